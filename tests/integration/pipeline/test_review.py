"""What people do with drafts: every action in every state, legal or refused with nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from engagebot.domain.outbox import DRAFT_OPEN, CaseState, DraftState, Severity
from engagebot.domain.records import DraftRecord
from engagebot.domain.roles import Act
from engagebot.errors import IllegalMove, NotFound, VersionMoved, WrongUsage
from engagebot.pipeline import review
from engagebot.pipeline.review import Handover, Terms
from engagebot.store import tables
from engagebot.store.casework import cases
from engagebot.store.casework.escalations import Announcement
from engagebot.store.desk import queue
from engagebot.store.desk.queue import QueueFilter
from engagebot.store.engine import Store, Tx
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import text_hash
from tests.factories import API, BLOCKED, BY_HAND, PLAIN, act, hear, id_of, make_mention
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

S = DraftState
TOLD = Announcement(channels=("console",), base_url="http://127.0.0.1:8000", zone=NOON.tzinfo)  # type: ignore[arg-type]
SUPPORT = Handover(
    team="support", severity=Severity.HIGH, told=TOLD, due_at=lambda at: at + timedelta(hours=1), note="angry"
)

Action = Callable[[Tx, int, Act], object]


def open_case(tx: Tx, draft_id: int) -> int:
    """A case of somebody else."""
    new = cases.NewCase(
        customer_id=None, severity=Severity.LOW, team="support", title="t", why="w", rule_id=None,
        first_symptom_at=NOON, first_reply_due_at=None,
    )  # fmt: skip
    drafts.get(tx, draft_id)
    return cases.open_case(tx, new, [], NOON, actor="rule:dead")


ACTIONS: dict[str, Action] = {
    "approve": review.approve,
    "approve another text": lambda tx, number, by: review.approve(tx, number, by, text="Other words"),
    "edit": lambda tx, number, by: review.edit(
        tx, number, by, text="Edited", version=drafts.get(tx, number).version
    ),
    "reject": lambda tx, number, by: review.reject(tx, number, by, reason="too cheery"),
    "undo": review.undo,
    "posted": review.posted,
    "assign": lambda tx, number, by: review.assign(tx, number, by, to="kim_demo"),
    "snooze": lambda tx, number, by: review.snooze(tx, number, by, until=by.at + timedelta(hours=1)),
    "escalate": lambda tx, number, by: review.escalate(tx, number, by, to=SUPPORT),
    "release": review.release,
    "not posted": review.not_posted,
    "join": lambda tx, number, by: review.join(tx, number, by, case_id=open_case(tx, number)),
    "withdraw": lambda tx, number, by: review.withdraw(tx, number, by, reason="answered elsewhere"),
    "settle there": lambda tx, number, by: review.settle(tx, number, by, is_there=True),
    "settle not there": lambda tx, number, by: review.settle(tx, number, by, is_there=False),
}
# What each action leads to from each state; every pair that is not here is refused.
LEADS: dict[str, dict[DraftState, DraftState]] = {
    "approve": {S.PROPOSED: S.APPROVED, S.HELD: S.APPROVED},
    "approve another text": {S.PROPOSED: S.APPROVED, S.HELD: S.APPROVED},
    "edit": {
        S.PROPOSED: S.PROPOSED,
        S.HELD: S.HELD,
        S.APPROVED: S.PROPOSED,
        S.BY_HAND: S.PROPOSED,
    },
    "reject": {
        S.PROPOSED: S.REJECTED,
        S.HELD: S.REJECTED,
        S.BY_HAND: S.REJECTED,
        S.NEEDS_PERSON: S.REJECTED,
    },
    "undo": {
        S.APPROVED: S.PROPOSED,
        S.BY_HAND: S.PROPOSED,
        S.POSTED_BY_HAND: S.PROPOSED,
        S.REJECTED: S.PROPOSED,
        S.EXPIRED: S.PROPOSED,
    },
    "posted": {S.BY_HAND: S.POSTED_BY_HAND},
    "not posted": {S.BY_HAND: S.PROPOSED},
    "release": {S.APPROVED: S.APPROVED},
    "assign": {state: state for state in DRAFT_OPEN},
    "snooze": {S.PROPOSED: S.PROPOSED, S.HELD: S.HELD},
    "escalate": {
        S.PROPOSED: S.WITHDRAWN,
        S.HELD: S.WITHDRAWN,
        S.APPROVED: S.WITHDRAWN,
        S.BY_HAND: S.WITHDRAWN,
        S.NEEDS_PERSON: S.WITHDRAWN,
    },
    "settle there": {S.NEEDS_PERSON: S.SENT},
    "settle not there": {S.NEEDS_PERSON: S.APPROVED},
}
LEADS["withdraw"] = LEADS["join"] = LEADS["escalate"]


def row_of(store: Store, draft_id: int) -> dict[str, object]:
    with store.read() as tx:
        found = tx.execute(sa.select(tables.drafts).where(tables.drafts.c.id == draft_id)).mappings().one()
        return dict(found)


def do(desk: Desk, action: Action, draft_id: int) -> None:
    with desk.store.write() as tx:
        action(tx, draft_id, act(desk.store))


@pytest.mark.parametrize("name", ACTIONS)
def test_each_action_in_each_state_is_legal_or_changes_nothing(desk: Desk, name: str) -> None:
    for number, state in enumerate(DraftState):
        draft_id = desk.propose(str(number))
        desk.put_draft(draft_id, state)
        before, told = row_of(desk.store, draft_id), len(desk.events(f"draft:{draft_id}"))
        opened = desk.count(tables.cases)
        expected = LEADS[name].get(state)
        if expected is None:
            with pytest.raises(IllegalMove):
                do(desk, ACTIONS[name], draft_id)
            assert row_of(desk.store, draft_id) == before, state
            assert len(desk.events(f"draft:{draft_id}")) == told, state
            assert desk.count(tables.cases) == opened, state
        else:
            do(desk, ACTIONS[name], draft_id)
            assert desk.draft(draft_id).state is expected, state
            assert desk.draft(draft_id).version == 2
            event = desk.events(f"draft:{draft_id}")[-1]
            assert (event.actor, event.detail["from"], event.detail["to"]) == ("agent_demo", state, expected)


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_on_no_draft_is_not_found(desk: Desk, name: str) -> None:
    with pytest.raises(NotFound), desk.store.write() as tx:
        ACTIONS[name](tx, 4711, act(desk.store))


def test_an_approval_keeps_who_when_and_which_text(desk: Desk) -> None:
    draft_id = desk.propose(text="Thank you!")
    with desk.store.write() as tx:
        review.approve(
            tx,
            draft_id,
            act(desk.store),
            version=1,
            text="  Thanks a lot! ",
            terms=Terms(timedelta(seconds=10)),
        )
    draft = desk.draft(draft_id)
    assert (draft.text, draft.approved_by, draft.approved_at) == ("Thanks a lot!", "agent_demo", NOON)
    assert draft.due_at == NOON + timedelta(seconds=10)
    event = desk.events(f"draft:{draft_id}")[-1]
    assert event.action == "draft.approved"
    assert "text" not in event.detail
    with desk.store.read() as tx:
        text, _ = drafts.approved_hashes(tx, draft_id)
    assert text == text_hash("Thanks a lot!") == event.detail["text_hash"]


@pytest.mark.parametrize("odd", ["Thanks\x00!", "Thanks \ud83d!", "Grüße 👋🏽 ça va"])
def test_the_text_that_was_approved_is_the_text_that_leaves(desk: Desk, odd: str) -> None:
    draft_id = desk.propose()
    with desk.store.write() as tx:
        review.approve(tx, draft_id, act(desk.store), text=odd)
    draft = desk.draft(draft_id)
    with desk.store.read() as tx:
        assert drafts.approved_hashes(tx, draft_id)[0] == text_hash(draft.text)
    assert desk.events(f"draft:{draft_id}")[-1].detail["text_hash"] == text_hash(draft.text)


def test_a_reply_for_a_persons_hand_waits_there_once_approved(desk: Desk) -> None:
    draft_id = desk.propose(route=BY_HAND)
    do(desk, review.approve, draft_id)
    assert desk.draft(draft_id).state is S.BY_HAND
    with desk.store.write() as tx:
        review.posted(tx, draft_id, act(desk.store), url="https://fake.example/ours")
    draft = desk.draft(draft_id)
    assert (draft.state, draft.url, draft.posted_at) == (S.POSTED_BY_HAND, "https://fake.example/ours", NOON)
    do(desk, review.undo, draft_id)
    draft = desk.draft(draft_id)
    assert (draft.state, draft.url, draft.posted_at, draft.approved_by) == (S.PROPOSED, None, None, None)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "fake.example/ours", "https://", "https://a@b.example/"]
)
def test_where_a_reply_was_posted_is_a_web_address(desk: Desk, url: str) -> None:
    by_hand, lost = desk.propose(route=BY_HAND), desk.propose("2")
    do(desk, review.approve, by_hand)
    desk.put_draft(lost, S.NEEDS_PERSON, attempt_started_at=NOON, settle_tries=5)
    with desk.store.write() as tx:
        with pytest.raises(WrongUsage, match=r"no address of a reply; write one that begins with https://"):
            review.posted(tx, by_hand, act(desk.store), url=url)
        with pytest.raises(WrongUsage, match="no address of a reply"):
            review.settle(tx, lost, act(desk.store), is_there=True, url=url)
    assert [desk.draft(each).state for each in (by_hand, lost)] == [S.BY_HAND, S.NEEDS_PERSON]


def test_a_blocked_reply_cannot_be_approved(desk: Desk) -> None:
    draft_id = desk.propose(route=BLOCKED)
    with pytest.raises(IllegalMove, match="the thread is locked"):
        do(desk, review.approve, draft_id)
    assert desk.draft(draft_id).state is S.PROPOSED


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("   ", "empty", id="empty"),
        pytest.param("Hello {{author.name}}", "author.name", id="unfilled"),
        pytest.param("x" * 281, "1 over", id="too long"),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused(desk: Desk, text: str, says: str) -> None:
    draft_id = desk.propose()

    def too_long(draft: DraftRecord, wording: str) -> str | None:
        return f"{len(wording) - 280} over" if len(wording) > 280 else None

    with pytest.raises(WrongUsage, match=says), desk.store.write() as tx:
        review.approve(tx, draft_id, act(desk.store), text=text, terms=Terms(text_problem=too_long))
    assert desk.draft(draft_id).version == 1


def test_two_who_read_the_same_version_cannot_both_change_it(desk: Desk) -> None:
    draft_id = desk.propose()
    with desk.store.write() as tx:
        review.edit(tx, draft_id, act(desk.store, "kim_demo"), text=" Hi! ", version=1)
    late: tuple[Action, ...] = (
        lambda tx, number, by: review.approve(tx, number, by, version=1),
        lambda tx, number, by: review.edit(tx, number, by, text="Mine", version=1),
        lambda tx, number, by: review.reject(tx, number, by, reason="no", version=1),
    )
    for action in late:
        with pytest.raises(VersionMoved) as moved:
            do(desk, action, draft_id)
        assert (moved.value.version, moved.value.text) == (2, "Hi!")
    assert desk.draft(draft_id).text == "Hi!"


def test_a_change_between_read_and_write_is_noticed(desk: Desk) -> None:
    draft_id = desk.propose()
    stale = desk.draft(draft_id)
    do(desk, ACTIONS["edit"], draft_id)
    with pytest.raises(VersionMoved) as moved, desk.store.write() as tx:
        drafts.change(tx, stale, drafts.Move(to=S.APPROVED, at=NOON, actor="late_demo", action="approved"))
    assert moved.value.version == 2
    assert len(desk.events(f"draft:{draft_id}")) == 2


def test_an_edit_of_an_approved_draft_must_be_approved_again(desk: Desk) -> None:
    draft_id = desk.propose()
    do(desk, review.approve, draft_id)
    do(desk, ACTIONS["edit"], draft_id)
    draft = desk.draft(draft_id)
    assert (draft.state, draft.approved_by, draft.approved_at, draft.due_at) == (S.PROPOSED, None, None, None)
    with desk.store.read() as tx:
        assert drafts.approved_hashes(tx, draft_id) == (None, None)


def test_an_edit_that_leaves_a_placeholder_says_so(desk: Desk) -> None:
    draft_id = desk.propose()
    with desk.store.write() as tx:
        edited = review.edit(tx, draft_id, act(desk.store), text="Hi {{author.name}}", version=1)
    assert edited.missing == ("author.name",)


def test_a_rejection_needs_a_reason(desk: Desk) -> None:
    draft_id = desk.propose()
    with pytest.raises(WrongUsage, match="reason"), desk.store.write() as tx:
        review.reject(tx, draft_id, act(desk.store), reason="  ")
    assert desk.draft(draft_id).state is S.PROPOSED


def test_an_undone_rejection_cannot_stand_beside_a_newer_draft(desk: Desk) -> None:
    first = desk.propose()
    do(desk, ACTIONS["reject"], first)
    second = desk.propose()
    assert second != first
    with pytest.raises(IllegalMove, match=f"draft {second}"):
        do(desk, review.undo, first)
    assert desk.draft(first).state is S.REJECTED


def test_snoozing_into_the_past_is_refused(desk: Desk) -> None:
    draft_id = desk.propose()
    with pytest.raises(WrongUsage), desk.store.write() as tx:
        review.snooze(tx, draft_id, act(desk.store), until=NOON)


def test_a_snoozed_draft_hides_until_its_time(desk: Desk) -> None:
    draft_id, awake = desk.propose("1"), desk.propose("2")
    do(desk, ACTIONS["snooze"], draft_id)

    def queued(*, is_snoozed: bool = False) -> list[int]:
        with desk.store.read() as tx:
            now = desk.clock.now()
            only = QueueFilter(states=(S.PROPOSED,), now=now, is_snoozed=is_snoozed)
            found = queue.page(tx, only)
            return [item.draft.id for item in found.items]

    assert (queued(), queued(is_snoozed=True)) == ([awake], [draft_id])
    with desk.store.read() as tx:
        asleep = QueueFilter(states=(S.PROPOSED,), now=desk.clock.now(), is_snoozed=True)
        assert queue.count(tx, asleep) == 1
    desk.clock.forward(hours=1)
    assert (queued(), queued(is_snoozed=True)) == ([draft_id, awake], [])


def test_the_queue_pages_once_through_drafts_of_one_moment(desk: Desk) -> None:
    made = [desk.propose(str(number)) for number in range(7)]
    found: list[int] = []
    cursor = None
    with desk.store.read() as tx:
        while True:
            only = QueueFilter(states=(S.PROPOSED,), now=NOON)
            page = queue.page(tx, only, limit=3, cursor=cursor)
            found += [item.draft.id for item in page.items]
            assert all(item.mention.id == item.draft.mention_id for item in page.items)
            if (cursor := page.cursor) is None:
                break
    assert found == made


def test_escalating_a_draft_opens_a_case_that_its_team_hears_of(desk: Desk) -> None:
    draft_id = desk.propose()
    do(desk, ACTIONS["escalate"], draft_id)
    case = desk.case_of("1")
    assert case is not None
    assert (case.team, case.severity, case.state) == ("support", Severity.HIGH, CaseState.NEW)
    assert case.why == "agent_demo handed it over from the review queue: angry"
    assert case.first_reply_due_at == NOON + timedelta(minutes=55)
    assert desk.count(tables.deliveries) == 1
    assert [event.action for event in desk.events(f"case:{case.id}")] == ["case.opened", "case.contact"]
    assert desk.draft(draft_id).last_error == "handed to support"


def test_escalating_a_draft_joins_the_customers_open_case(desk: Desk) -> None:
    desk.hear(make_mention("0"))
    known = desk.case_of("0")
    draft_id = desk.propose("1")
    do(desk, ACTIONS["escalate"], draft_id)
    joined = desk.case_of("1")
    assert known is not None
    assert joined is not None
    assert (joined.id, joined.contacts) == (known.id, 2)


def test_a_draft_of_nobody_opens_a_case_of_its_own(desk: Desk) -> None:
    hear(desk.store, make_mention("1", author=None))
    draft_id = desk.propose("1")
    do(desk, ACTIONS["escalate"], draft_id)
    case = desk.case_of("1")
    assert case is not None
    assert case.customer_id is None


def test_a_person_who_posts_by_hand_stops_the_cases_clock(desk: Desk) -> None:
    draft_id = desk.propose(route=BY_HAND)
    with desk.store.write() as tx:
        new = cases.NewCase(
            customer_id=None, severity=Severity.LOW, team="support", title="t", why="w", rule_id=None,
            first_symptom_at=NOON, first_reply_due_at=None,
        )  # fmt: skip
        case_id = cases.open_case(tx, new, [id_of(tx, "1")], NOON, actor="rule:dead")
    do(desk, review.approve, draft_id)
    desk.clock.forward(minutes=5)
    do(desk, review.posted, draft_id)
    case = desk.case_of("1")
    assert case is not None
    assert (case.id, case.first_reply_at) == (case_id, NOON + timedelta(minutes=5))


def test_a_person_who_finds_the_reply_stops_the_cases_clock_at_its_attempt(desk: Desk) -> None:
    desk.hear(make_mention("1"))
    draft_id = desk.propose("1")
    tried = NOON - timedelta(minutes=1)
    desk.put_draft(draft_id, S.NEEDS_PERSON, attempt_started_at=tried, settle_tries=5)
    with desk.store.write() as tx:
        review.settle(tx, draft_id, act(desk.store), is_there=True, url="https://fake.example/ours")
    draft = desk.draft(draft_id)
    assert (draft.url, draft.posted_at, draft.last_error) == ("https://fake.example/ours", tried, None)
    case = desk.case_of("1")
    assert case is not None
    assert case.first_reply_at is not None


def test_a_reply_that_a_person_did_not_find_gets_all_its_looks_again(desk: Desk) -> None:
    draft_id = desk.propose()
    desk.put_draft(draft_id, S.NEEDS_PERSON, settle_tries=5)
    do(desk, ACTIONS["settle not there"], draft_id)
    assert desk.draft(draft_id).due_at == NOON
    with desk.store.read() as tx:
        assert drafts.settle_tries(tx, draft_id) == 0


def test_a_note_is_kept_and_cannot_be_empty(desk: Desk) -> None:
    draft_id = desk.propose()
    with desk.store.write() as tx:
        review.note(tx, draft_id, act(desk.store), text="she called yesterday")
    event = desk.events(f"draft:{draft_id}")[-1]
    assert (event.action, event.detail) == ("draft.note", {"text": "she called yesterday"})
    assert desk.draft(draft_id).text == "Thank you!"
    with pytest.raises(NotFound), desk.store.write() as tx:
        review.note(tx, 4711, act(desk.store), text="x")


def test_a_move_and_its_audit_are_one(desk: Desk) -> None:
    draft_id = desk.propose()

    def approve_and_crash() -> None:
        with desk.store.write() as tx:
            review.approve(tx, draft_id, act(desk.store))
            raise RuntimeError("the process ended here")

    with pytest.raises(RuntimeError):
        approve_and_crash()
    assert desk.draft(draft_id).state is S.PROPOSED
    assert [event.action for event in desk.events(f"draft:{draft_id}")] == ["draft.proposed"]


def test_one_mention_has_one_live_reply(desk: Desk) -> None:
    draft_id = desk.propose()
    with desk.store.write() as tx:
        again = drafts.NewDraft(
            mention_id=id_of(tx, "1"), customer_id=None, rule_id="other", source="fake", conversation_id=None,
            text="Second", missing=(), reply_route=API, is_proactive=False,
            said_at=NOON, urgency=PLAIN,
        )  # fmt: skip
        assert drafts.propose(tx, again, NOON) is None
    assert [draft.id for draft in desk.drafts_of("1")] == [draft_id]
