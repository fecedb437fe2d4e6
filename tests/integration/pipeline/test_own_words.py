from datetime import timedelta

import pytest
import sqlalchemy as sa

from engagebot.domain.heard.removal import Removal
from engagebot.domain.mention import ReplyRoute
from engagebot.domain.outbox import CaseState, DraftState, Severity
from engagebot.domain.roles import Act
from engagebot.errors import IllegalMove, NotFound, WrongUsage
from engagebot.pipeline import review, silencing
from engagebot.pipeline.deliver import deliver_replies
from engagebot.store import tables
from engagebot.store.casework import cases
from engagebot.store.engine import Tx
from engagebot.store.heard import redaction, reopening
from engagebot.store.replying import rejections
from tests.factories import API, BLOCKED, BY_HAND, act, hear, id_of, make_mention
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

S = DraftState


def heard(
    desk: Desk, native_id: str = "1", text: str = "a van is parked here", route: ReplyRoute = API
) -> int:
    """A mention for which no rule has a reply."""
    desk.hear(make_mention(native_id, text), route=route)
    with desk.store.read() as tx:
        return id_of(tx, native_id)


def me(desk: Desk) -> Act:
    return act(desk.store, "kim_demo")


def open_case(tx: Tx, mention_id: int, customer_id: int | None = None) -> int:
    new = cases.NewCase(
        customer_id=customer_id, severity=Severity.LOW, team="support", title="t", why="w", rule_id=None,
        first_symptom_at=NOON, first_reply_due_at=None,
    )  # fmt: skip
    return cases.open_case(tx, new, [mention_id], NOON, actor="rule:dead")


def test_a_reply_of_ones_own_goes_the_way_of_all_others(desk: Desk) -> None:
    mention_id = heard(desk)
    with desk.store.write() as tx:
        draft = review.begin(tx, mention_id, me(desk), text="  Hello! ", answer_by=NOON)
        assert (draft.text, draft.rule_id, draft.state) == ("Hello!", "by_hand", S.PROPOSED)
        assert (draft.assignee, draft.answer_by, draft.lane) == ("kim_demo", NOON, "small_talk")
        review.approve(tx, draft.id, me(desk))
    assert deliver_replies(desk.deliver_context) == 1
    assert desk.fake.replies == [("1", "Hello!")]
    assert desk.events(f"draft:{draft.id}")[0].actor == "kim_demo"


def test_an_empty_one_can_be_begun_but_not_sent(desk: Desk) -> None:
    mention_id = heard(desk)
    with desk.store.write() as tx:
        draft = review.begin(tx, mention_id, me(desk))
        with pytest.raises(WrongUsage, match="empty"):
            review.approve(tx, draft.id, me(desk))


def test_what_somebody_must_post_goes_to_their_hand(desk: Desk) -> None:
    mention_id = heard(desk, route=BY_HAND)
    with desk.store.write() as tx:
        draft = review.begin(tx, mention_id, me(desk), text="Hi")
        assert review.approve(tx, draft.id, me(desk)).state is S.BY_HAND


def test_a_mention_has_one_reply(desk: Desk) -> None:
    mention_id = heard(desk, text="we love it")
    with desk.store.write() as tx, pytest.raises(IllegalMove, match="work on that one"):
        review.begin(tx, mention_id, me(desk))


def test_nothing_is_begun_where_nothing_may_be_said(desk: Desk) -> None:
    blocked, gone = heard(desk, "1", route=BLOCKED), heard(desk, "2")
    with desk.store.write() as tx:
        redaction.redact(tx, [gone], NOON, Removal.GONE)
    for mention_id, why in ((blocked, "locked"), (gone, "gone")):
        with desk.store.write() as tx, pytest.raises(IllegalMove, match=why):
            review.begin(tx, mention_id, me(desk), text="Hi")
    with desk.store.write() as tx, pytest.raises(NotFound):
        review.begin(tx, 4711, me(desk))
    assert desk.count(tables.drafts) == 0


def test_nothing_is_begun_for_who_wants_no_word(desk: Desk) -> None:
    mention_id = heard(desk)
    with desk.store.write() as tx:
        who = tx.execute(sa.select(tables.mentions.c.customer_id)).scalar_one()
        silencing.opt_out(tx, who, me(desk))
    with desk.store.write() as tx, pytest.raises(IllegalMove, match="asked not to be written to"):
        review.begin(tx, mention_id, me(desk), text="Hi", manners=desk.settings.manners)


def test_what_a_person_began_is_not_taken_back_by_a_new_decision(desk: Desk) -> None:
    mention_id = heard(desk)
    with desk.store.write() as tx:
        draft = review.begin(tx, mention_id, me(desk), text="Hello!")
        assert reopening.reopen(tx, [mention_id], desk.clock.now())
    desk.triage()
    assert desk.draft(draft.id).state is S.PROPOSED
    assert [each.id for each in desk.drafts_of("1")] == [draft.id]


def test_a_post_can_be_joined_to_the_case_of_its_author(desk: Desk) -> None:
    desk.hear(make_mention("0"))
    case = desk.case_of("0")
    assert case is not None
    draft_id = desk.propose("1")
    with desk.store.write() as tx:
        joined = review.join(tx, draft_id, me(desk))
    assert (joined.id, joined.contacts) == (case.id, 2)
    draft = desk.draft(draft_id)
    assert (draft.state, draft.last_error) == (S.WITHDRAWN, f"joined to case {case.id}")
    assert desk.events(f"draft:{draft_id}")[-1].detail["reason"] == f"joined to case {case.id}"
    event = desk.events(f"case:{case.id}")[-1]
    assert (event.actor, event.detail) == ("kim_demo", {"mention": draft.mention_id})


def test_any_open_case_can_be_named(desk: Desk) -> None:
    other = heard(desk, "0")
    draft_id = desk.propose("1")
    with desk.store.write() as tx:
        case_id = open_case(tx, other)
        assert review.join(tx, draft_id, me(desk), case_id=case_id).contacts == 2


def test_a_case_that_is_none_or_closed_takes_nothing(desk: Desk) -> None:
    hear(desk.store, make_mention("0", author=None))
    draft_id = desk.propose("1")
    with desk.store.write() as tx:
        closed = open_case(tx, id_of(tx, "0"))
    desk.put_case(closed, CaseState.CLOSED)
    refusals: list[tuple[int | None, type[Exception]]] = [
        (None, WrongUsage),
        (4711, NotFound),
        (closed, IllegalMove),
    ]
    for case_id, error in refusals:
        with desk.store.write() as tx, pytest.raises(error):
            review.join(tx, draft_id, me(desk), case_id=case_id)
    assert desk.draft(draft_id).state is S.PROPOSED


def test_what_was_passed_over_is_listed_with_its_reasons(desk: Desk) -> None:
    first, second = desk.propose("1"), desk.propose("2")
    with desk.store.write() as tx:
        review.skip(tx, first, me(desk), reason=" I do not know the product ")
    desk.clock.forward(minutes=1)
    with desk.store.write() as tx:
        review.skip(tx, second, act(desk.store))
        with pytest.raises(NotFound):
            review.skip(tx, 4711, me(desk))
    with desk.store.read() as tx:
        found = rejections.skips(tx)
        late = rejections.skips(tx, since=NOON + timedelta(seconds=1))
        met = rejections.by_rule(tx, ["love"], NOON)["love"]
    assert (met.decided, met.skips) == (0, tuple(found))
    assert [(skip.draft_id, skip.by, skip.reason) for skip in found] == [
        (second, "agent_demo", ""), (first, "kim_demo", "I do not know the product"),
    ]  # fmt: skip
    assert [skip.draft_id for skip in late] == [second]
    assert desk.draft(first).state is S.PROPOSED


def test_a_note_must_hold_words(desk: Desk) -> None:
    draft_id = desk.propose()
    with desk.store.write() as tx, pytest.raises(WrongUsage, match="empty"):
        review.note(tx, draft_id, me(desk), text="  ")
