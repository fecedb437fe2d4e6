"""Corrections and re-scoring decide what is still open again; what people have ended stays ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from engagebot.domain.actions import DraftReply, Escalate, Notify, Outcome
from engagebot.domain.facts import Facts
from engagebot.domain.judgement import Intent, Judgement, Sentiment
from engagebot.domain.mention import Mention, MentionRef, MentionState
from engagebot.domain.outbox import CaseState, DraftState, Severity
from engagebot.domain.records import MentionRecord
from engagebot.domain.rules import Answer, Condition, Rulebook
from engagebot.errors import StoreUnavailable
from engagebot.pipeline import review
from engagebot.pipeline.correcting import correct
from engagebot.pipeline.deliver import deliver_replies
from engagebot.pipeline.rescoring import rescore
from engagebot.pipeline.review import Terms
from engagebot.pipeline.triage import restore_facts, triage
from engagebot.ports import Scorer
from engagebot.store import tables
from engagebot.store.heard import decisions, mentions, redaction, verdicts
from engagebot.store.heard.reopening import OPEN_FOR
from engagebot.store.persons import customers
from tests.factories import act, id_of, make_author, make_book, make_mention, make_rule
from tests.fakes import FakeConnector
from tests.integration.pipeline.desk import SCORER, Desk

S = DraftState
HAPPY = {Sentiment.POSITIVE, Sentiment.VERY_POSITIVE}
LOVE = "I love the new modem"
PLAIN = "so that is the new modem"


def feels(name: str, ask: Callable[[Facts], bool]) -> Condition:
    return Condition(name, True, lambda facts: Answer(ask(facts), None))


UNHAPPY = feels("unhappiness", lambda facts: (facts.unhappiness or 0.0) >= 0.5)
CHEERFUL = feels("sentiment", lambda facts: facts.sentiment in HAPPY and facts.unhappiness in (None, 0.0))
WANTS_MONEY = feels("intent", lambda facts: Intent.BILLING.value in (facts.intents or ()))
BOOK = make_book(
    make_rule("sad", UNHAPPY, then=[Escalate(team="support", severity=Severity.HIGH)]),
    make_rule("glad", CHEERFUL, then=[DraftReply(template="thanks")]),
    make_rule("money", WANTS_MONEY, then=[Notify(channel="console")]),
)


class Anew(Scorer):
    """A scorer that reads every text in one way."""

    version = "anew"

    def __init__(self, level: Sentiment, unhappiness: float | None = None) -> None:
        self.level = level
        self.unhappiness = unhappiness

    def judge(self, text: str, *, lang: str | None = None) -> Judgement:
        return Judgement(
            compound=0.0, sentiment=self.level, version=self.version, unhappiness=self.unhappiness
        )


class Broken(Scorer):
    """A scorer that reads nothing."""

    version = "broken"

    def judge(self, text: str, *, lang: str | None = None) -> Judgement:
        raise RuntimeError("no")


def record(desk: Desk, native_id: str = "1") -> MentionRecord:
    with desk.store.read() as tx:
        return mentions.get(tx, id_of(tx, native_id))


def say(desk: Desk, native_id: str = "1", *, sentiment: str | None = None, **over: object) -> None:
    """A person's word, and the next turn of triage."""
    with desk.store.write() as tx:
        correct(tx, id_of(tx, native_id), act(desk.store), sentiment=sentiment, **over)  # type: ignore[arg-type]


def decided(desk: Desk, book: Rulebook = BOOK) -> int:
    return desk.triage(book).decided


def approve(desk: Desk) -> None:
    draft = desk.draft_of("1")
    with desk.store.write() as tx:
        review.approve(tx, draft.id, act(desk.store), version=draft.version, terms=Terms(timedelta(0)))


def all_decisions(desk: Desk) -> int:
    return desk.count(tables.decisions)


def test_what_nobody_routed_reaches_a_team_once_a_person_calls_it_unhappy(desk: Desk) -> None:
    desk.hear(make_mention("1", PLAIN), book=BOOK)
    first = desk.decision_of("1")
    assert first is not None
    assert first.outcome is not Outcome.ESCALATED
    say(desk, sentiment="negative")
    assert record(desk).state is MentionState.NEW
    assert decided(desk) == 1
    newest = desk.decision_of("1")
    assert newest is not None
    assert (newest.outcome, newest.id > first.id, all_decisions(desk)) == (Outcome.ESCALATED, True, 2)
    after = record(desk)
    assert after.judgement is not None
    assert (after.judgement.sentiment, after.outcome) == (Sentiment.NEGATIVE, Outcome.ESCALATED)
    assert after.judgement.unhappiness != 1.0, "the figure in its row stays the machine's"
    assert restore_facts(after, newest.facts).unhappiness == 1.0
    case = desk.case_of("1")
    assert case is not None
    assert case.state is CaseState.NEW


def test_a_friendly_draft_goes_with_its_approval_when_a_person_calls_the_author_unhappy(desk: Desk) -> None:
    desk.hear(make_mention("1", LOVE), book=BOOK)
    approve(desk)
    say(desk, sentiment="negative")
    assert deliver_replies(desk.deliver_context) == 0, "a reply waits while its mention waits"
    assert decided(desk) == 1
    (draft,) = desk.drafts_of("1")
    assert (draft.state, draft.approved_by) == (S.WITHDRAWN, None)
    assert draft.last_error == "a person corrected how the post is read, and so this rule proposes no reply"
    assert desk.case_of("1") is not None
    assert deliver_replies(desk.deliver_context) == 0


def test_a_reply_that_was_due_already_is_not_sent_past_a_correction(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.hear(make_mention("1", LOVE), book=BOOK)
    approve(desk)
    looked_up = desk.fake.lookup

    def meanwhile(_: FakeConnector, ref: MentionRef) -> Mention | None:
        say(desk, sentiment="negative")
        return looked_up(ref)

    monkeypatch.setattr(FakeConnector, "lookup", meanwhile)
    assert deliver_replies(desk.deliver_context) == 0
    assert desk.draft_of("1").state is S.APPROVED
    assert decided(desk) == 1
    assert (desk.draft_of("1").state, desk.fake.replies) == (S.WITHDRAWN, [])


@pytest.mark.parametrize("state", [S.PROPOSED, S.APPROVED, S.BY_HAND, S.HELD])
def test_a_draft_that_is_proposed_again_stays_to_the_letter(desk: Desk, state: DraftState) -> None:
    desk.hear(make_mention("1", LOVE), book=BOOK)
    before = desk.draft_of("1")
    desk.put_draft(before.id, state, approved_by="agent_demo")
    before = desk.draft_of("1")
    say(desk, sentiment="very_positive", intents=["praise"])
    assert decided(desk) == 1
    assert desk.drafts_of("1") == [before]
    decision = desk.decision_of("1")
    assert decision is not None
    assert (decision.outcome, decision.notes) == (Outcome.DRAFTED, ())


def test_another_text_of_the_same_rule_takes_the_place_of_one_nobody_touched(desk: Desk) -> None:
    desk.hear(make_mention("1", LOVE), book=BOOK)
    templates = {"thanks": replace(BOOK.templates["thanks"], text="Thank you so much!")}
    say(desk, sentiment="very_positive")
    assert decided(desk, replace(BOOK, templates=templates)) == 1
    new, old = desk.drafts_of("1")
    assert (new.state, new.text, old.state) == (S.PROPOSED, "Thank you so much!", S.WITHDRAWN)
    assert (old.last_error or "").endswith("this rule proposes another reply")


def test_what_a_person_wrote_stays_while_its_rule_wants_to_reply(desk: Desk) -> None:
    desk.hear(make_mention("1", LOVE), book=BOOK)
    draft = desk.draft_of("1")
    with desk.store.write() as tx:
        review.edit(tx, draft.id, act(desk.store), text="Our own words", version=draft.version)
    before = desk.draft_of("1")
    say(desk, sentiment="very_positive")
    assert decided(desk) == 1
    assert desk.drafts_of("1") == [before]


def test_a_second_equal_correction_changes_nothing(desk: Desk) -> None:
    desk.hear(make_mention("1", PLAIN), book=BOOK)
    said: dict[str, object] = {"sentiment": "neutral", "intents": ["complaint", "bug"]}
    say(desk, **said)  # type: ignore[arg-type]
    assert decided(desk) == 1
    with desk.store.read() as tx:
        before = (verdicts.of(tx, id_of(tx, "1")), desk.events(f"mention:{id_of(tx, '1')}"), record(desk))
    say(desk, **said)  # type: ignore[arg-type]
    say(desk, intents=["bug", "complaint"])
    assert decided(desk) == 0
    with desk.store.read() as tx:
        after = (verdicts.of(tx, id_of(tx, "1")), desk.events(f"mention:{id_of(tx, '1')}"), record(desk))
    assert after == before
    assert desk.count(tables.verdicts) == 1
    assert all_decisions(desk) == 2


def test_a_complaint_that_is_added_says_unhappy_to_the_rules_too(desk: Desk) -> None:
    desk.hear(make_mention("1", PLAIN), book=BOOK)
    say(desk, sentiment="neutral", intents=["complaint"])
    assert decided(desk) == 1
    assert record(desk).outcome is Outcome.ESCALATED


def test_agreeing_with_the_machine_leaves_no_doubt_either(desk: Desk) -> None:
    desk.hear(make_mention("1", "the modem is awful"), book=BOOK)
    judgement = record(desk).judgement
    assert judgement is not None
    assert record(desk).outcome is not Outcome.ESCALATED
    say(desk, sentiment=judgement.sentiment.value)
    assert decided(desk) == 1
    assert record(desk).outcome is Outcome.ESCALATED


def test_intents_alone_leave_the_feeling_to_the_machine(desk: Desk) -> None:
    desk.hear(make_mention("1", PLAIN), book=BOOK)
    before = record(desk).judgement
    assert before is not None
    say(desk, intents=["billing"])
    for _ in range(2):
        assert decided(desk) <= 1
        after = record(desk).judgement
        assert after is not None
        assert (after.intents, after.sentiment) == ((Intent.BILLING,), before.sentiment)
    assert desk.count(tables.deliveries) == 1
    done = rescore(desk.store, Anew(Sentiment.POSITIVE))
    assert (done.rescored, done.kept) == (0, 1)


def test_the_persons_word_outlives_another_scorer_and_a_later_word_adds_to_it(desk: Desk) -> None:
    desk.hear(make_mention("1", LOVE), book=BOOK)
    say(desk, sentiment="negative")
    say(desk, intents=["bug"])
    context = replace(desk.triage_context, scorer=Anew(Sentiment.VERY_POSITIVE, 0.01))
    assert triage(context, BOOK).decided == 1
    after = record(desk)
    assert after.judgement is not None
    judged = after.judgement
    assert (judged.sentiment, judged.intents, judged.unhappiness, judged.version) == (
        Sentiment.NEGATIVE,
        (Intent.BUG,),
        0.01,
        "anew",
    )
    assert after.outcome is Outcome.ESCALATED


def test_a_case_is_never_taken_back_and_gets_no_friendly_draft_beside_it(desk: Desk) -> None:
    desk.hear(make_mention("1", PLAIN), book=BOOK)
    say(desk, sentiment="negative")
    decided(desk)
    case = desk.case_of("1")
    assert case is not None
    say(desk, sentiment="very_positive")
    assert decided(desk) == 1
    still = desk.case_of("1")
    assert still is not None
    assert (still.id, still.state, still.contacts) == (case.id, case.state, case.contacts)
    assert desk.drafts_of("1") == []
    decision = desk.decision_of("1")
    assert decision is not None
    (draft, handed_over) = decision.planned
    assert draft.silenced == handed_over.why == "something speaks against a ready thank-you: an open case"
    say(desk, sentiment="very_negative")
    assert decided(desk) == 1
    assert desk.count(tables.cases) == 1
    assert desk.count(tables.deliveries) == 1, "the team was told once"


def test_an_account_that_is_gone_has_one_case_however_often_it_is_decided(desk: Desk) -> None:
    desk.hear(make_mention("1", PLAIN, author=None), book=BOOK)
    for level in ("negative", "very_negative"):
        say(desk, sentiment=level)
        assert decided(desk) == 1
    assert desk.count(tables.cases) == 1


@pytest.mark.parametrize("state", [S.SENDING, S.SENT, S.UNKNOWN, S.NEEDS_PERSON, S.POSTED_BY_HAND])
def test_a_mention_whose_reply_is_out_or_on_its_way_keeps_its_decision(desk: Desk, state: DraftState) -> None:
    desk.hear(make_mention("1", LOVE), book=BOOK)
    desk.put_draft(desk.draft_of("1").id, state)
    say(desk, sentiment="negative")
    assert decided(desk) == 0
    after = record(desk)
    assert after.judgement is not None
    assert (after.judgement.sentiment, after.outcome) == (Sentiment.NEGATIVE, Outcome.DRAFTED)


def test_a_case_that_people_closed_stays_closed(desk: Desk) -> None:
    desk.hear(make_mention("1", PLAIN), book=BOOK)
    say(desk, sentiment="negative")
    decided(desk)
    case = desk.case_of("1")
    assert case is not None
    desk.put_case(case.id, CaseState.RESOLVED)
    say(desk, sentiment="very_negative")
    assert decided(desk) == 0
    assert desk.count(tables.cases) == 1


def test_a_rejected_reply_is_not_proposed_again_and_an_unhappy_author_still_gets_a_team(desk: Desk) -> None:
    desk.hear(make_mention("1", LOVE), book=BOOK)
    draft = desk.draft_of("1")
    with desk.store.write() as tx:
        review.reject(tx, draft.id, act(desk.store), reason="tone")
    say(desk, sentiment="very_positive")
    assert decided(desk) == 1
    assert [each.state for each in desk.drafts_of("1")] == [S.REJECTED]
    decision = desk.decision_of("1")
    assert decision is not None
    assert decision.notes == (f"no draft by rule glad: its draft {draft.id} came to an end: rejected",)
    say(desk, sentiment="negative")
    assert decided(desk) == 1
    assert desk.case_of("1") is not None


def test_history_and_what_is_long_past_start_nothing(desk: Desk) -> None:
    desk.hear(make_mention("1", PLAIN), is_history=True, book=BOOK)
    desk.hear(make_mention("2", f"{PLAIN} too", author=make_author("oak_fan_demo")), book=BOOK)
    desk.clock.forward(seconds=OPEN_FOR.total_seconds())
    for native_id in ("1", "2"):
        say(desk, native_id, sentiment="negative")
    assert decided(desk) == 0
    assert desk.count(tables.cases) == 0


def test_a_correction_that_comes_while_it_is_decided_again_is_not_lost(desk: Desk) -> None:
    desk.hear(make_mention("1", PLAIN), book=BOOK)
    say(desk, sentiment="positive")

    class Slow(Scorer):
        version = "slow"

        def judge(self, text: str, *, lang: str | None = None) -> Judgement:
            say(desk, sentiment="negative")
            return SCORER.judge(text, lang=lang)

    assert triage(replace(desk.triage_context, scorer=Slow()), BOOK).decided == 0
    assert decided(desk) == 1
    assert record(desk).outcome is Outcome.ESCALATED
    assert desk.drafts_of("1") == []


def test_a_crash_leaves_correction_and_waiting_together(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.hear(make_mention("1", LOVE), book=BOOK)
    with monkeypatch.context() as broken:

        def fails(*_: object) -> None:
            raise StoreUnavailable("the disk is full")

        broken.setattr(decisions, "add_many", fails)
        say(desk, sentiment="negative")
        with pytest.raises(StoreUnavailable):
            decided(desk)
    assert (desk.draft_of("1").state, desk.case_of("1")) == (S.PROPOSED, None)
    assert decided(desk) == 1
    assert (desk.draft_of("1").state, desk.case_of("1") is not None) == (S.WITHDRAWN, True)


def test_an_edit_takes_the_persons_word_with_the_words_it_was_about(desk: Desk) -> None:
    desk.hear(make_mention("1", PLAIN), book=BOOK)
    say(desk, sentiment="negative")
    decided(desk)
    with desk.store.write() as tx:
        redaction.revise(tx, {id_of(tx, "1"): make_mention("1", LOVE)}, desk.clock.now())
    assert record(desk).correction is None
    assert decided(desk) == 1
    after = record(desk).judgement
    assert after is not None
    assert after.sentiment in HAPPY


def test_only_named_mentions_are_decided(desk: Desk) -> None:
    desk.hear(make_mention("1", PLAIN), make_mention("2", f"{PLAIN} too"), book=BOOK)
    for native_id in ("1", "2"):
        say(desk, native_id, sentiment="negative")
    tally = triage(desk.triage_context, BOOK, only=[record(desk, "2").id])
    assert (tally.decided, record(desk, "1").state, record(desk, "2").state) == (
        1,
        MentionState.NEW,
        MentionState.DECIDED,
    )


def test_rescoring_decides_again_only_what_reads_otherwise(desk: Desk) -> None:
    desk.hear(make_mention("1", LOVE), make_mention("2", PLAIN), book=BOOK)
    anew = Anew(Sentiment.NEUTRAL, 0.9)
    done = rescore(desk.store, anew)
    assert (done.rescored, done.again) == (2, [record(desk, "1").id])
    assert record(desk, "2").state is MentionState.DECIDED
    context = replace(desk.triage_context, scorer=anew)
    assert triage(context, BOOK).decided == 1
    (draft,) = desk.drafts_of("1")
    assert draft.state is S.WITHDRAWN
    assert draft.last_error == "the post was scored anew, and so this rule proposes no reply"
    events = desk.events(f"mention:{record(desk).id}")
    assert [event.action for event in events] == ["mention.rescored"]
    assert events[0].detail["after"] == {"sentiment": "neutral", "intents": [], "scorer": "anew"}
    assert rescore(desk.store, anew).rescored == 0


def test_rescoring_leaves_the_decision_on_what_is_closed(desk: Desk) -> None:
    desk.hear(make_mention("1", LOVE), book=BOOK)
    desk.put_draft(desk.draft_of("1").id, S.SENT)
    done = rescore(desk.store, Anew(Sentiment.NEGATIVE, 0.9))
    assert (done.rescored, done.again, decided(desk)) == (1, [], 0)


def test_a_mention_that_cannot_be_decided_again_goes_to_a_person_with_the_persons_word(desk: Desk) -> None:
    desk.hear(make_mention("1", PLAIN, author=None), book=BOOK)
    say(desk, sentiment="negative")
    decided(desk)
    say(desk, sentiment="very_negative")

    tally = triage(replace(desk.triage_context, scorer=Broken()), BOOK)
    assert (tally.decided, tally.escalated) == (1, 1)
    after = record(desk).judgement
    assert after is not None
    assert after.sentiment is Sentiment.VERY_NEGATIVE
    assert desk.count(tables.cases) == 1


def test_an_approved_reply_does_not_leave_once_its_mention_cannot_be_decided_again(desk: Desk) -> None:
    desk.hear(make_mention("1", LOVE), book=BOOK)
    approve(desk)
    say(desk, sentiment="very_positive")
    assert triage(replace(desk.triage_context, scorer=Broken()), BOOK).escalated == 1
    assert desk.draft_of("1").state is S.WITHDRAWN
    assert deliver_replies(desk.deliver_context) == 0
    assert desk.case_of("1") is not None


def test_an_opt_out_in_between_is_honoured(desk: Desk) -> None:
    desk.hear(make_mention("1", PLAIN), book=BOOK)
    customer_id = record(desk).customer_id
    assert customer_id is not None
    with desk.store.write() as tx:
        customers.opt_out(tx, customer_id, desk.clock.now())
    say(desk, sentiment="very_positive")
    assert decided(desk) == 1
    assert desk.drafts_of("1") == []


def test_the_second_answer_of_two_people_stands(desk: Desk) -> None:
    desk.hear(make_mention("1", PLAIN), book=BOOK)
    say(desk, sentiment="very_positive")
    decided(desk)
    (draft,) = desk.drafts_of("1")
    say(desk, sentiment="neutral")
    assert decided(desk) == 1
    assert desk.draft(draft.id).state is S.WITHDRAWN
    say(desk, sentiment="positive")
    assert decided(desk) == 1
    assert [each.state for each in desk.drafts_of("1")] == [S.PROPOSED, S.WITHDRAWN]
