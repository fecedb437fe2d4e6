"""What is left of a mention that is gone: everything that was done about it, and none of its words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engagebot.domain.heard.removal import Removal, requoted, without_author
from engagebot.domain.mention import Engagement, Mention, MentionRef, Route
from engagebot.domain.outbox import CaseState, DeliveryState, DraftState
from engagebot.domain.records import MentionRecord
from engagebot.pipeline import prune, review
from engagebot.pipeline.correcting import correct
from engagebot.pipeline.deliver import deliver_replies
from engagebot.pipeline.pull import poll
from engagebot.pipeline.review import Terms
from engagebot.store import tables
from engagebot.store.engine import Store
from engagebot.store.heard import answers, decisions, mentions, redaction
from engagebot.store.persons import customers
from engagebot.store.replying import drafts
from engagebot.store.telling import deliveries
from tests.factories import act, hear, id_of, incoming, make_author, make_mention, make_settings, make_watch
from tests.fakes import NOON, FakeClock, FakeConnector
from tests.integration.pipeline.desk import Desk

SECRETS = ("zebra", "quagga", "oak_fan_demo", "Oak Fan", "id-oak", "fake.example/oak", "okapi")


@pytest.fixture
def desk(store: Store, clock: FakeClock, tmp_path: Path) -> Desk:
    settings = make_settings(tmp_path, store.url)
    return Desk(store=store, clock=clock, settings=settings, fake=FakeConnector(clock))


def told(native_id: str = "1", text: str = "I love my zebra", **over: Any) -> Mention:
    values: dict[str, Any] = {
        "title": "A quagga",
        "author": make_author(
            "oak_fan_demo", native_id="id-oak", name="Oak Fan", url="https://fake.example/oak"
        ),
        "url": f"https://fake.example/oak/{native_id}",
        "engagement": Engagement(likes=3),
        "platform": {"species": "okapi"},
    }
    return make_mention(native_id, text, **{**values, **over})


def redact(desk: Desk, *native_ids: str, reason: Removal = Removal.GONE) -> int:
    with desk.store.write() as tx:
        ids = [id_of(tx, native_id) for native_id in native_ids]
        return redaction.redact(tx, ids, desk.clock.now(), reason)


def record(desk: Desk, native_id: str = "1") -> MentionRecord:
    with desk.store.read() as tx:
        return mentions.get(tx, id_of(tx, native_id))


def found_words(desk: Desk) -> set[str]:
    """Which of the words of the mention stand anywhere in the database."""
    with desk.store.read() as tx:
        rows = [
            repr(tuple(row)).casefold()
            for table in tables.metadata.sorted_tables
            if table.name != "rule_sets"
            for row in tx.execute(sa.select(table))
        ]
    return {word for word in SECRETS if any(word.casefold() in row for row in rows)}


def test_not_a_word_of_a_praise_is_left_in_any_table(desk: Desk) -> None:
    desk.hear(told())
    draft_id = desk.draft_of("1").id
    with desk.store.write() as tx:
        tx.execute(sa.update(tables.mentions).values(cues=[["animal", "my zebra", 7, 15, 0.5]]))
    assert found_words(desk) >= {"zebra", "oak_fan_demo", "Oak Fan"}
    assert redact(desk, "1") == 1
    assert found_words(desk) == set()
    draft = desk.draft(draft_id)
    assert (draft.state, draft.text) == (DraftState.WITHDRAWN, "")
    assert draft.last_error == "the post is not there any more: removed by author"


def test_not_a_word_of_a_complaint_is_left_and_its_case_stands(desk: Desk) -> None:
    desk.hear(told(text="my zebra is dead"))
    before, case = record(desk), desk.case_of("1")
    assert case is not None
    redact(desk, "1")
    after, skeleton = record(desk), desk.case_of("1")
    assert skeleton is not None
    assert found_words(desk) == set()
    assert skeleton.title == "(removed by its author)"
    kept = ("id", "state", "severity", "team", "why", "contacts", "opened_at", "first_reply_due_at")
    for name in kept:
        assert getattr(skeleton, name) == getattr(case, name), name
    assert after.redacted_at == desk.clock.now()
    assert (after.outcome, after.tags, after.fetched_at, after.customer_id, after.state) == (
        before.outcome,
        before.tags,
        before.fetched_at,
        before.customer_id,
        before.state,
    )
    assert after.judgement is not None
    assert before.judgement is not None
    assert after.judgement.sentiment is before.judgement.sentiment
    assert after.mention.posted_at == before.mention.posted_at
    decision = desk.decision_of("1")
    assert decision is not None
    assert decision.matched == ("dead",)


def test_every_draft_that_has_not_left_is_withdrawn(desk: Desk) -> None:
    states = (
        DraftState.PROPOSED,
        DraftState.APPROVED,
        DraftState.HELD,
        DraftState.BY_HAND,
        DraftState.NEEDS_PERSON,
    )
    for number, state in enumerate(states):
        draft_id = desk.propose(str(number))
        desk.put_draft(draft_id, state)
        redact(desk, str(number))
        draft = desk.draft(draft_id)
        assert (draft.state, draft.text, draft.approved_by, draft.due_at) == (
            DraftState.WITHDRAWN,
            "",
            None,
            None,
        )
        assert desk.events(f"draft:{draft_id}")[-1].action == "draft.withdrawn"


@pytest.mark.parametrize(
    "state", [DraftState.SENT, DraftState.POSTED_BY_HAND, DraftState.SENDING, DraftState.UNKNOWN]
)
def test_a_reply_that_may_be_out_there_keeps_our_words_without_their_name(
    desk: Desk, state: DraftState
) -> None:
    draft_id = desk.propose("1", text="Thank you, Maple Fan! And you, @maple_fan_demo.")
    desk.put_draft(draft_id, state)
    redact(desk, "1")
    draft = desk.draft(draft_id)
    assert (draft.state, draft.text) == (state, "Thank you, someone! And you, someone.")


@pytest.mark.parametrize("state", [DraftState.REJECTED, DraftState.EXPIRED, DraftState.FAILED])
def test_a_draft_that_came_to_nothing_loses_its_text(desk: Desk, state: DraftState) -> None:
    draft_id = desk.propose("1", text="Thank you, Maple Fan!")
    desk.put_draft(draft_id, state)
    redact(desk, "1")
    assert (desk.draft(draft_id).state, desk.draft(draft_id).text) == (state, "")


def test_an_approved_text_is_nowhere_in_the_audit(desk: Desk) -> None:
    desk.hear(told())
    with desk.store.write() as tx:
        draft = desk.draft_of("1")
        review.edit(tx, draft.id, act(desk.store), text="Dear Oak Fan", version=draft.version)
        review.approve(tx, draft.id, act(desk.store), terms=Terms(timedelta(0)))
    redact(desk, "1")
    assert found_words(desk) == set()


def test_waiting_and_delivered_notices_lose_their_quote(desk: Desk) -> None:
    desk.hear(told("1", "my zebra is dead"), told("2", "my zebra is dead too"))
    with desk.store.write() as tx:
        first, second = deliveries.in_state(tx, DeliveryState.PENDING)
        statement = sa.update(tables.deliveries).where(tables.deliveries.c.id == first.id)
        tx.execute(statement.values(state="delivered", delivered_at=desk.clock.now()))
    redact(desk, "1", "2")
    assert found_words(desk) == set()
    with desk.store.read() as tx:
        assert [each.id for each in deliveries.in_state(tx, DeliveryState.PENDING)] == [second.id]
        (told_one,) = deliveries.in_state(tx, DeliveryState.DELIVERED)
    assert "> (removed by its author)" in told_one.payload["text"]
    assert told_one.payload["title"].startswith("[High] 2nd contact: someone")
    assert "Post:" not in told_one.payload["text"]
    mention = told_one.payload["data"]["mention"]
    assert (mention["text"], mention["author"], mention["url"]) == ("", None, None)
    assert told_one.payload["url"]


def test_a_customer_is_forgotten_with_the_last_mention_only(desk: Desk) -> None:
    desk.hear(told("1"), told("2"))
    customer_id = record(desk).customer_id
    assert customer_id is not None
    redact(desk, "1")
    with desk.store.read() as tx:
        assert customers.get(tx, customer_id).handle == "oak_fan_demo"
    redact(desk, "2")
    with desk.store.read() as tx:
        customer = customers.get(tx, customer_id)
    assert (customer.handle, customer.name, customer.url) == (f"removed-{customer_id}", None, None)
    assert customer.contacts == 2
    desk.hear(told("3"))
    assert record(desk, "3").customer_id != customer_id


def test_who_asked_not_to_be_written_to_is_still_known_by_the_account(desk: Desk) -> None:
    desk.hear(told("1"))
    customer_id = record(desk).customer_id
    with desk.store.write() as tx:
        tx.execute(sa.update(tables.customers).values(is_opted_out=True))
    redact(desk, "1")
    assert found_words(desk) == {"id-oak"}
    desk.hear(told("2"))
    assert record(desk, "2").customer_id == customer_id
    assert desk.drafts_of("2") == []


def test_a_redacted_mention_that_is_heard_again_stays_redacted(desk: Desk) -> None:
    desk.hear(told())
    redact(desk, "1")
    assert hear(desk.store, told()) == 0
    with desk.store.write() as tx:
        assert mentions.save(tx, [incoming(told())], watch="talk", fetched_at=NOON) == 0
    assert record(desk).mention.text == ""
    assert desk.triage().decided == 0
    assert found_words(desk) == set()


def test_an_undecided_mention_that_is_gone_is_not_decided_any_more(desk: Desk) -> None:
    hear(desk.store, told())
    redact(desk, "1")
    assert desk.triage().decided == 0
    assert desk.decision_of("1") is None


def test_redacting_twice_changes_nothing_the_second_time(desk: Desk) -> None:
    desk.hear(told())
    assert redact(desk, "1") == 1
    first = record(desk)
    desk.clock.forward(hours=1)
    assert redact(desk, "1", reason=Removal.EXPIRED) == 0
    assert record(desk) == first
    assert [event.action for event in desk.events(f"mention:{first.id}")] == ["mention.redacted"]


def test_a_corrected_mention_is_redacted_all_the_same(desk: Desk) -> None:
    desk.hear(told())
    with desk.store.write() as tx:
        correct(tx, id_of(tx, "1"), act(desk.store), sentiment="negative", intents=["bug"])
    redact(desk, "1")
    assert found_words(desk) == set()


def test_deletions_that_a_page_brings_are_taken_at_once(desk: Desk) -> None:
    desk.register()
    desk.fake.posts = [told("1"), told("2")]
    desk.poll()
    desk.triage()
    desk.fake.posts.append(told("3"))
    desk.fake.pushed_gone = [MentionRef("fake", name) for name in ("1", "3", "never-heard")]
    result = poll(desk.pull_context(), make_watch(), desk.fake)
    desk.clock.forward(minutes=5)
    result = desk.poll()
    assert result is not None
    assert result.error is None
    assert record(desk, "1").mention.text == record(desk, "3").mention.text == ""
    assert record(desk, "2").mention.text == "I love my zebra"
    assert desk.draft_of("1").state is DraftState.WITHDRAWN


def test_a_page_that_tells_of_a_gone_account_empties_what_it_wrote_before(desk: Desk) -> None:
    other = make_author("ash_fan_demo", native_id="id-ash")
    desk.register()
    desk.fake.posts.extend(
        [told("1"), told("2", "I love my okapi"), told("3", "I love it too", author=other)]
    )
    desk.poll()
    desk.triage()
    desk.fake.posts.append(told("4", "I am back", posted_at=NOON))
    desk.fake.pushed_gone_authors = ["id-oak", "id-nobody-heard-of"]
    desk.clock.forward(minutes=5)
    result = desk.poll()
    assert result is not None
    assert result.error is None
    assert record(desk, "1").mention.text == record(desk, "2").mention.text == ""
    assert record(desk, "3").mention.text == "I love it too"
    assert record(desk, "4").mention.text == "I am back", "what came with the page was written afterwards"
    assert desk.draft_of("1").state is DraftState.WITHDRAWN
    assert desk.draft_of("3").state is DraftState.PROPOSED


def test_only_the_account_of_that_platform_is_gone(desk: Desk) -> None:
    desk.hear(told())
    with desk.store.write() as tx:
        assert redaction.redact_authors(tx, "yelp", ["id-oak"], NOON, Removal.GONE) == 0
        assert redaction.redact_authors(tx, "fake", [], NOON, Removal.GONE) == 0
        many = [*(f"id-{number}" for number in range(1200)), "id-oak"]
        assert redaction.redact_authors(tx, "fake", many, NOON, Removal.GONE) == 1
        assert redaction.redact_authors(tx, "fake", many, NOON, Removal.GONE) == 0


def test_a_post_that_is_gone_when_the_reply_should_leave_is_forgotten(desk: Desk) -> None:
    desk.hear(told())
    with desk.store.write() as tx:
        review.approve(tx, desk.draft_of("1").id, act(desk.store), terms=Terms(timedelta(0)))
    desk.fake.gone.add("1")
    assert deliver_replies(desk.deliver_context) == 0
    assert record(desk).removal is Removal.GONE
    assert found_words(desk) == set()


def test_many_mentions_are_emptied_at_once(desk: Desk) -> None:
    hear(desk.store, *(make_mention(str(number), f"zebra {number}") for number in range(1200)))
    with desk.store.write() as tx:
        ids = tx.execute(sa.select(tables.mentions.c.id)).scalars().all()
        assert redaction.redact(tx, ids, desk.clock.now(), Removal.GONE) == 1200
    assert "zebra" not in found_words(desk)


def test_expired_mentions_say_so(desk: Desk) -> None:
    desk.hear(told(text="my zebra is dead"))
    desk.clock.forward(days=400)
    assert prune.expire(desk.store, desk.clock, timedelta(days=365)) == 1
    case = desk.case_of("1")
    assert case is not None
    assert (case.title, case.state) == ("(no longer kept)", CaseState.NEW)
    assert record(desk).removal is Removal.EXPIRED


def test_facts_of_decisions_hold_no_words(desk: Desk) -> None:
    desk.hear(told(text="my zebra is dead"))
    with desk.store.read() as tx:
        decision = decisions.latest(tx, id_of(tx, "1"))
    assert decision is not None
    assert not {word for word in SECRETS if word in repr(decision)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thanks, Ann!", "Thanks, someone!"),
        ("Thanks, @ann_demo and ANN_DEMO", "Thanks, someone and someone"),
        ("Thanks, Anna, annual fan", "Thanks, Anna, annual fan"),
        ("Thanks!", "Thanks!"),
    ],
)
def test_a_name_is_taken_out_as_a_word_of_its_own(text: str, expected: str) -> None:
    assert without_author(text, make_author("ann_demo", name="Ann")) == expected
    assert without_author(text, None) == text


def test_a_notice_without_a_quote_is_left_as_it_is() -> None:
    payload = {"title": "test", "text": "This is a test", "url": None}
    assert requoted(payload, told(), None) == payload


def test_a_quote_follows_an_edit(desk: Desk) -> None:
    before = told(text="dead")
    text = "> dead\nPost: https://fake.example/oak/1"
    payload = {"title": "t", "text": text, "data": {"mention": {"text": "dead"}}}
    after = before._replace(title=None, text="alive")
    assert requoted(payload, before, after) == {
        "title": "t",
        "text": "> alive\nPost: https://fake.example/oak/1",
        "data": {"mention": {"text": "alive"}},
    }


def test_drafts_of_other_mentions_are_left_alone(desk: Desk) -> None:
    desk.hear(told("1"), make_mention("2", "I love it", author=make_author("elm_fan_demo")))
    redact(desk, "1")
    other = desk.draft_of("2")
    assert (other.state, bool(other.text)) == (DraftState.PROPOSED, True)
    with desk.store.read() as tx:
        assert drafts.counts(tx) == {"proposed": 1, "withdrawn": 1}


def test_a_route_learned_later_does_not_cover_why_a_mention_was_emptied(desk: Desk) -> None:
    desk.hear(told())
    redact(desk, "1")
    with desk.store.write() as tx:
        mentions.set_route(tx, id_of(tx, "1"), answers.ANSWERED)
    assert (record(desk).reply_route.route, record(desk).reply_route.reason) == (
        Route.BLOCKED,
        "removed by author",
    )


def test_our_answer_to_a_post_that_is_gone_by_now_changes_nothing_about_it(desk: Desk) -> None:
    desk.hear(told())
    redact(desk, "1")
    ours = told("2", "We are sorry!", author=make_author("acme"), parent_native_id="1")
    with desk.store.write() as tx:
        answers.note(tx, [ours], desk.clock.now())
    assert record(desk).reply_route.reason == "removed by author"
