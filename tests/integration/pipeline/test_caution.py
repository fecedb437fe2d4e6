from datetime import timedelta

import pytest
import sqlalchemy as sa

from engagebot.domain.heard.verdicts import REASONS, Refusal
from engagebot.domain.mention import ReplyRoute
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord
from engagebot.domain.replying.advice import Check, Flag
from engagebot.domain.replying.risks import RiskKind
from engagebot.domain.roles import Role
from engagebot.errors import IllegalMove, NeedsReason, NotAllowed
from engagebot.pipeline import review
from engagebot.pipeline.deliver import deliver_replies
from engagebot.pipeline.review import Caution, Terms
from engagebot.pipeline.review.matter import Matter, matter_of
from engagebot.store import tables
from engagebot.store.replying import rejections
from engagebot.store.replying.drafts import text_hash
from tests.factories import API, BY_HAND, act, make_mention
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

S = DraftState
TALKS_DOWN = Flag(Check.CONDESCENSION, 0, 8, "Actually", "Say it kinder.", is_risky=True)


def careful(*kinds: RiskKind) -> Terms:
    def flags(tx: object, matter: Matter, wording: str) -> list[Flag]:
        return [TALKS_DOWN] if wording.startswith("Actually") else []

    return Terms(timedelta(0), caution=Caution(second_reader=frozenset(kinds), large_reach=1000, flags=flags))


TWO = careful(RiskKind.LARGE_REACH)


def widely_read(desk: Desk, *, route: ReplyRoute = API) -> int:
    draft_id = desk.propose(route=route)
    desk.put_draft(draft_id, S.PROPOSED, reach=5000)
    return draft_id


def approve(
    desk: Desk, draft_id: int, by: str = "agent_demo", role: Role = Role.COMMUNITY, **given: object
) -> DraftRecord:
    terms = given.pop("terms", TWO)
    assert isinstance(terms, Terms)
    with desk.store.write() as tx:
        return review.approve(tx, draft_id, act(desk.store, by, role), terms=terms, **given)  # type: ignore[arg-type]


def test_a_risky_reply_leaves_for_a_reason_alone(desk: Desk) -> None:
    draft_id = widely_read(desk)
    with pytest.raises(NeedsReason, match="5,000 people") as refused:
        approve(desk, draft_id, terms=careful())
    assert refused.value.risks == ("large_reach",)
    assert desk.draft(draft_id).state is S.PROPOSED

    done = approve(desk, draft_id, terms=careful().because(" they asked us in public "))
    detail = desk.events(f"draft:{draft_id}")[-1].detail
    assert done.state is S.APPROVED
    assert (detail["risks"], detail["reason"]) == (["large_reach"], "they asked us in public")


def test_a_harmless_reply_needs_none(desk: Desk) -> None:
    done = approve(desk, desk.propose())
    assert done.state is S.APPROVED
    assert "risks" not in desk.events(f"draft:{done.id}")[-1].detail


def test_the_wording_on_the_screen_is_what_is_read_for_risks(desk: Desk) -> None:
    draft_id = desk.propose()
    with pytest.raises(NeedsReason, match="talks down"):
        approve(desk, draft_id, text="Actually, no.")
    assert approve(desk, draft_id, text="No, sorry.").state is S.APPROVED


def test_two_people_read_what_the_site_wants_read_twice(desk: Desk) -> None:
    draft_id = widely_read(desk)
    terms = TWO.because("it is right")
    first = approve(desk, draft_id, "kim_demo", terms=terms, text="Thanks a lot!")
    assert (first.state, first.first_reader, first.text) == (S.HELD, "kim_demo", "Thanks a lot!")
    assert (first.last_error or "").startswith("waits for a second reader")
    assert (first.approved_by, first.due_at) == (None, None)
    assert deliver_replies(desk.deliver_context) == 0

    with pytest.raises(IllegalMove, match="another person"):
        approve(desk, draft_id, "kim_demo", Role.OWNER, terms=terms)
    with pytest.raises(NotAllowed, match="second reader"):
        approve(desk, draft_id, "max_demo", terms=terms)
    done = approve(desk, draft_id, "lee_demo", Role.LEAD, terms=terms)
    assert (done.state, done.approved_by, done.first_reader) == (S.APPROVED, "lee_demo", "kim_demo")
    assert deliver_replies(desk.deliver_context) == 1
    actions = [event.action for event in desk.events(f"draft:{draft_id}")]
    assert actions == ["draft.proposed", "draft.first_read", "draft.approved", "draft.sending", "draft.sent"]


def test_nobody_takes_a_side_for_the_brand_alone(desk: Desk) -> None:
    def flags(tx: object, matter: Matter, wording: str) -> list[Flag]:
        side = Flag(Check.OPINION, 0, 4, "Vote", "Leave it to others.", is_risky=True)
        return [side] if wording.startswith("Vote") else []

    caution = Caution(second_reader=frozenset({RiskKind.TAKES_A_SIDE}), flags=flags)
    terms = Terms(timedelta(0), caution=caution, reason="it is right")
    draft_id = desk.propose()
    said = "Vote for the green ones!"
    first = approve(desk, draft_id, "kim_demo", Role.OWNER, terms=terms, text=said)
    assert (first.state, first.last_error) == (
        S.HELD, "waits for a second reader: the reply takes a side in politics, religion or identity",
    )  # fmt: skip
    with pytest.raises(IllegalMove, match="waits for another person, a second reader"):
        approve(desk, draft_id, "kim_demo", Role.OWNER, terms=terms, text=said)
    assert deliver_replies(desk.deliver_context) == 0
    assert approve(desk, draft_id, "lee_demo", Role.LEAD, terms=terms, text=said).state is S.APPROVED


def test_new_words_are_read_by_two_anew(desk: Desk) -> None:
    draft_id = widely_read(desk)
    terms = TWO.because("it is right")
    approve(desk, draft_id, "kim_demo", terms=terms)
    again = approve(desk, draft_id, "lee_demo", Role.LEAD, terms=terms, text="Other words")
    assert (again.state, again.first_reader) == (S.HELD, "lee_demo")
    assert approve(desk, draft_id, "kim_demo", Role.OWNER, terms=terms).state is S.APPROVED


def test_an_edit_sends_the_first_reader_away(desk: Desk) -> None:
    draft_id = widely_read(desk)
    first = approve(desk, draft_id, "kim_demo", terms=TWO.because("so"))
    with desk.store.write() as tx:
        edited = review.edit(tx, draft_id, act(desk.store), text="New", version=first.version)
    assert (edited.state, edited.first_reader) == (S.PROPOSED, None)


def test_the_first_of_two_approvals_can_be_taken_back(desk: Desk) -> None:
    draft_id = widely_read(desk)
    approve(desk, draft_id, "kim_demo", terms=TWO.because("so"))
    with desk.store.write() as tx:
        undone = review.undo(tx, draft_id, act(desk.store, "kim_demo"))
    assert (undone.was, undone.draft.state, undone.draft.first_reader) == (S.HELD, S.PROPOSED, None)


def test_a_reply_for_the_hand_is_read_twice_too(desk: Desk) -> None:
    draft_id = widely_read(desk, route=BY_HAND)
    terms = TWO.because("so")
    assert approve(desk, draft_id, "kim_demo", terms=terms).state is S.HELD
    assert approve(desk, draft_id, "lee_demo", Role.LEAD, terms=terms).state is S.BY_HAND


def test_an_undone_second_approval_wants_both_again(desk: Desk) -> None:
    draft_id = widely_read(desk)
    terms = TWO.because("so")
    approve(desk, draft_id, "kim_demo", terms=terms)
    approve(desk, draft_id, "lee_demo", Role.LEAD, terms=terms)
    with desk.store.write() as tx:
        review.undo(tx, draft_id, act(desk.store))
    assert approve(desk, draft_id, "lee_demo", Role.LEAD, terms=terms).state is S.HELD


def test_a_cheerful_template_is_risky_once_its_post_is_known_to_be_unhappy(desk: Desk) -> None:
    desk.hear(make_mention("1", "we love it"))
    draft = desk.draft_of("1")
    with desk.store.write() as tx:
        tx.execute(sa.update(tables.mentions).values(sentiment="negative"))
        matter = matter_of(tx, draft)
        found = review.risks_of(tx, matter, draft.text, TWO)
        reworded = review.risks_of(tx, matter, "We are sorry.", TWO)
    assert [risk.kind for risk in found] == [RiskKind.FRIENDLY_TO_UNHAPPY]
    assert (reworded, review.wants_second(found, TWO)) == ((), False)


def test_the_audit_keeps_what_a_decision_was_taken_on(desk: Desk) -> None:
    desk.hear(make_mention("1", "we love it"))
    draft = desk.draft_of("1")
    desk.clock.forward(minutes=10)
    approve(desk, draft.id, text="Thank you so much!")
    event = desk.events(f"draft:{draft.id}")[-1]
    assert (event.actor, event.at) == ("agent_demo", desk.clock.now())
    assert event.detail | {"from": "", "to": "", "version": 0} == {
        "from": "", "to": "", "version": 0, "text_hash": text_hash("Thank you so much!"), "is_edited": True,
        "route": "api", "rule": "love", "rule_set": "0" * 64, "rules_version": None, "post_age_s": 15 * 60,
    }  # fmt: skip


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
def test_a_digit_a_code_and_the_words_of_a_reason_are_one(desk: Desk, reason: object) -> None:
    (wanted,) = [each for each in REASONS if each is reason]
    for number, given in enumerate(
        (wanted.key, wanted.code.value, wanted.words, f"{wanted.key}: see her profile")
    ):
        draft_id = desk.propose(str(number))
        with desk.store.write() as tx:
            done = review.reject(tx, draft_id, act(desk.store), reason=given)
        detail = desk.events(f"draft:{draft_id}")[-1].detail
        assert detail["code"] == wanted.code
        assert (done.last_error or "").partition(":")[0] == detail["reason"].partition(":")[0] == wanted.words
    with desk.store.read() as tx:
        met = rejections.by_rule(tx, ["love"], NOON)["love"]
    assert (met.decided, met.rejected, met.refused) == (4, 4, {wanted.code: 4})


def test_words_of_ones_own_count_as_other(desk: Desk) -> None:
    first, second = desk.propose("1"), desk.propose("2")
    with desk.store.write() as tx:
        done = review.reject(tx, first, act(desk.store), reason=" they moved on ")
        review.reject(tx, second, act(desk.store), reason="tone")
        review.undo(tx, second, act(desk.store))
    assert done.last_error == "they moved on"
    with desk.store.read() as tx:
        met = rejections.by_rule(tx, ["love"], NOON)["love"]
        assert (met.decided, met.refused) == (1, {Refusal.OTHER: 1})
        assert rejections.by_rule(tx, ["love"], desk.clock.now() + timedelta(seconds=1)) == {}
        assert rejections.by_rule(tx, ["dead"], NOON) == {}
