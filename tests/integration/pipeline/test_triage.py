"""Triage: a decision and everything it starts are one, on facts that can be asked again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from engagebot.domain import rules
from engagebot.domain.actions import (
    Assign,
    DraftReply,
    Escalate,
    Ignore,
    Notify,
    Outcome,
    Tag,
    Webhook,
)
from engagebot.domain.drafting import Template
from engagebot.domain.durations import Rate
from engagebot.domain.facts import Facts
from engagebot.domain.limits import Limit, Scope
from engagebot.domain.mention import MentionState
from engagebot.domain.outbox import CaseState, DeliveryState, DraftState, Severity
from engagebot.domain.records import DeliveryRecord
from engagebot.domain.rules import Answer, Condition, Rulebook, RuleStatus
from engagebot.domain.ruling.explaining import explain
from engagebot.errors import WrongUsage
from engagebot.pipeline import casework, review
from engagebot.pipeline.review import Handover
from engagebot.pipeline.triage import Tally, restore_facts
from engagebot.settings.values import ContactPolicy, Team
from engagebot.store import tables
from engagebot.store.casework import cases
from engagebot.store.casework.escalations import Announcement
from engagebot.store.heard import mentions
from engagebot.store.replying import drafts
from engagebot.store.telling import deliveries
from tests.factories import (
    API,
    BLOCKED,
    BY_HAND,
    act,
    hear,
    id_of,
    make_author,
    make_book,
    make_mention,
    make_rule,
    says,
    usual_book,
)
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

DAY = timedelta(days=1)
THANKS = DraftReply(template="thanks")
URGENT = Escalate(team="support", severity=Severity.URGENT)


def notices(desk: Desk) -> list[DeliveryRecord]:
    with desk.store.read() as tx:
        return deliveries.in_state(tx, DeliveryState.PENDING)


def ever(name: str = "always", answer: bool | None = True) -> Condition:
    return Condition(name, True, lambda facts: Answer(answer))


def broken() -> Condition:
    def ask(facts: Facts) -> Answer:
        raise ZeroDivisionError("no followers to divide by")

    return Condition("broken", None, ask)


def test_an_unhappy_customer_gets_a_case_with_the_reason_and_a_clock(desk: Desk) -> None:
    tally = desk.hear(make_mention("1", "the modem is dead again, I hate it"))
    assert tally == Tally(decided=1, drafted=0, escalated=1)
    case = desk.case_of("1")
    assert case is not None
    assert (case.team, case.severity, case.state, case.rule_id) == (
        "support",
        Severity.HIGH,
        CaseState.NEW,
        "dead",
    )
    assert case.title == "the modem is dead again, I hate it"
    assert "“Dead”" in case.why
    assert case.first_symptom_at == NOON - timedelta(minutes=5)
    assert case.first_reply_due_at == NOON - timedelta(minutes=5) + DAY
    (notice,) = notices(desk)
    assert (notice.channel, notice.case_id, notice.kind) == ("console", case.id, "case")
    assert notice.payload["url"] == f"http://127.0.0.1:8000/cases/{case.id}"
    decision = desk.decision_of("1")
    assert decision is not None
    assert (decision.outcome, decision.matched, decision.decided_at) == (Outcome.ESCALATED, ("dead",), NOON)


def test_a_happy_customer_gets_a_draft_that_waits(desk: Desk) -> None:
    assert desk.hear(make_mention("1", "I love my modem")) == Tally(decided=1, drafted=1, escalated=0)
    draft = desk.draft_of("1")
    assert (draft.state, draft.text, draft.rule_id) == (DraftState.PROPOSED, "Thank you, Maple Fan!", "love")
    assert (draft.reply_route, draft.missing, draft.version) == (API, (), 1)
    assert desk.count(tables.cases) == 0
    with desk.store.read() as tx:
        found = mentions.get(tx, draft.mention_id)
    assert (found.state, found.outcome) == (MentionState.DECIDED, Outcome.DRAFTED)
    assert found.judgement is not None


def test_nothing_waiting_is_a_tally_of_zero(desk: Desk) -> None:
    assert desk.triage() == Tally()
    desk.hear(make_mention("1"))
    assert desk.triage() == Tally()


def test_what_waits_longest_is_decided_first_in_batches(desk: Desk) -> None:
    hear(desk.store, *[make_mention(str(number)) for number in range(5)])
    assert [desk.triage(batch=2).decided for _ in range(4)] == [2, 2, 1, 0]
    assert desk.count(tables.decisions) == 5


@pytest.mark.parametrize(
    "cut",
    [
        "heard.decisions.add_many",
        "heard.mentions.mark_decided",
        "replying.drafts.propose",
        "telling.deliveries.add",
        "casework.cases.open_case",
    ],
)
def test_a_crash_anywhere_leaves_the_batch_waiting_as_it_was(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    happy = make_mention("2", "I love it", author=make_author("happy_demo"))
    hear(desk.store, make_mention("1"), happy, make_mention("3", "dead", author=None))

    class Killed(BaseException):
        pass

    def end_here(*args: object, **more: object) -> object:
        real(*args, **more)
        raise Killed

    module_name, _, name = cut.rpartition(".")
    module = __import__(f"engagebot.store.{module_name}", fromlist=[name])
    real = getattr(module, name)
    with monkeypatch.context() as patch:
        patch.setattr(module, name, end_here)
        with pytest.raises(Killed):
            desk.triage()
    for table in (tables.decisions, tables.drafts, tables.cases, tables.deliveries, tables.audit):
        assert desk.count(table) == 0, table.name
    with desk.store.read() as tx:
        assert len(mentions.waiting(tx, 10)) == 3
    assert desk.triage() == Tally(decided=3, drafted=1, escalated=2)


def test_history_starts_nothing(desk: Desk) -> None:
    tally = desk.hear(make_mention("1"), make_mention("2", "I love it"), is_history=True)
    assert tally == Tally(decided=2)
    for table in (tables.drafts, tables.cases, tables.deliveries):
        assert desk.count(table) == 0, table.name
    assert [desk.decision_of(number).outcome for number in "12"] == [Outcome.ESCALATED, Outcome.DRAFTED]  # type: ignore[union-attr]


def test_an_escalation_silences_every_draft_of_its_decision(desk: Desk) -> None:
    book = make_book(
        make_rule("love", says("love"), then=[THANKS]),
        make_rule("dead", says("dead"), then=[URGENT, Tag(tags=("modem",))]),
        make_rule("also", says("love"), then=[Tag(tags=("love", "modem")), Ignore(reason="no")]),
    )
    assert desk.hear(make_mention("1", "I love a dead modem"), book=book) == Tally(decided=1, escalated=1)
    assert desk.count(tables.drafts) == 0
    decision = desk.decision_of("1")
    assert decision is not None
    assert [(planned.rule_id, planned.silenced is None) for planned in decision.planned] == [
        ("love", False), ("dead", True), ("dead", True), ("also", True), ("also", True),
    ]  # fmt: skip
    with desk.store.read() as tx:
        assert mentions.get(tx, id_of(tx, "1")).tags == ("modem", "love")


def test_only_one_draft_is_made_whatever_number_of_rules_ask(desk: Desk) -> None:
    book = make_book(make_rule("one", ever(), then=[THANKS]), make_rule("two", ever(), then=[THANKS, THANKS]))
    assert desk.hear(make_mention("1", "I love it"), book=book).drafted == 1
    assert desk.draft_of("1").rule_id == "one"


def test_the_hardest_escalation_of_a_decision_makes_its_one_case(desk: Desk) -> None:
    book = make_book(
        make_rule("mild", ever(), then=[Escalate(team="billing", severity=Severity.LOW)]),
        make_rule("hard", ever(), then=[URGENT]),
        make_rule("late", ever(), then=[Escalate(team="other", severity=Severity.URGENT)]),
    )
    assert desk.hear(make_mention("1"), book=book).escalated == 1
    case = desk.case_of("1")
    assert case is not None
    assert (case.team, case.severity, case.rule_id, desk.count(tables.cases)) == (
        "support", Severity.URGENT, "hard", 1,
    )  # fmt: skip
    assert all(name in case.why for name in ("“Mild”", "“Hard”", "“Late”"))


def graded() -> Rulebook:
    return make_book(
        *[
            make_rule(
                severity.value, says(severity.value), then=[Escalate(team="support", severity=severity)]
            )
            for severity in Severity
        ]
    )


def test_a_further_contact_joins_the_open_case_and_severity_only_rises(desk: Desk) -> None:
    ranks = []
    for number, word in enumerate(("medium", "low", "urgent", "high")):
        desk.hear(make_mention(str(number), f"this is {word}"), book=graded())
        case = desk.case_of(str(number))
        assert case is not None
        assert case.contacts == number + 1
        ranks.append(case.severity.value)
    assert desk.count(tables.cases) == 1
    assert ranks == ["medium", "medium", "urgent", "urgent"]
    found = desk.case_of("0")
    assert found is not None
    actions = [event.action for event in desk.events(f"case:{found.id}")]
    assert actions.count("case.severity_raised") == 1
    assert actions.count("case.contact") == 4
    assert [notice.payload["data"]["type"] for notice in reversed(notices(desk))] == [
        "case.opened", "case.contact", "case.contact", "case.contact",
    ]  # fmt: skip


def test_contacts_of_one_batch_join_one_case(desk: Desk) -> None:
    desk.hear(
        *[make_mention(str(number)) for number in range(4)],
        make_mention("x", author=make_author("other_demo")),
    )
    assert desk.count(tables.cases) == 2
    case = desk.case_of("3")
    assert case is not None
    assert case.contacts == 4


def test_people_without_an_account_get_a_case_each(desk: Desk) -> None:
    desk.hear(make_mention("1", author=None), make_mention("2", author=None))
    assert desk.count(tables.cases) == 2


def test_a_resolved_case_is_not_joined(desk: Desk) -> None:
    desk.hear(make_mention("1"))
    case = desk.case_of("1")
    assert case is not None
    with desk.store.write() as tx:
        casework.resolve(tx, case.id, act(desk.store), outcome="new modem")
    desk.hear(make_mention("2"), book=make_book(make_rule("dead", says("dead"), then=[URGENT])))
    newer = desk.case_of("2")
    assert newer is not None
    assert newer.id != case.id
    decision = desk.decision_of("2")
    assert decision is not None
    assert decision.facts["last_outcome"] == "new modem"
    assert decision.facts["has_open_case"] is False


def test_the_facts_know_an_open_case(desk: Desk) -> None:
    desk.hear(make_mention("1"))
    desk.hear(make_mention("2"))
    decision = desk.decision_of("2")
    assert decision is not None
    assert decision.facts["has_open_case"] is True


def test_an_unknown_team_gets_a_case_that_nobody_is_told_of(desk: Desk) -> None:
    desk.hear(make_mention("1"), book=make_book(make_rule("a", ever(), then=[Escalate(team="gone")])))
    assert (desk.count(tables.cases), desk.count(tables.deliveries)) == (1, 0)


def test_every_channel_of_a_team_is_told(desk: Desk) -> None:
    channels = ("console", "webhook:crm")
    desk.settings = replace(desk.settings, teams={"support": Team(name="support", notify=channels)})
    desk.hear(make_mention("1"))
    assert {notice.channel for notice in notices(desk)} == set(channels)
    assert len({notice.notice_id for notice in notices(desk)}) == 1


def contact_counts(desk: Desk, *native_ids: str) -> list[int]:
    found = []
    for native_id in native_ids:
        decision = desk.decision_of(native_id)
        assert decision is not None
        with desk.store.read() as tx:
            heard = mentions.get(tx, id_of(tx, native_id))
        found.append(restore_facts(heard, decision.facts).customer.contacts_in(30))
    return found


def test_the_first_contact_is_one_and_only_earlier_ones_count(desk: Desk) -> None:
    desk.hear(make_mention("too old", posted_at=NOON - 32 * DAY), is_history=True)
    desk.hear(
        make_mention("30 days", posted_at=NOON - 30 * DAY),
        make_mention("1 day", posted_at=NOON - DAY),
        make_mention("now", posted_at=NOON),
        make_mention("another", posted_at=NOON, author=make_author("other_demo")),
        make_mention("nobody", posted_at=NOON, author=None),
    )
    counted = contact_counts(desk, "too old", "30 days", "1 day", "now", "another", "nobody")
    assert counted == [1, 2, 2, 3, 1, 1]


def test_a_late_hearing_of_an_early_post_counts_only_what_was_before_it(desk: Desk) -> None:
    desk.hear(make_mention("now", posted_at=NOON))
    desk.hear(make_mention("earlier", posted_at=NOON - DAY))
    assert contact_counts(desk, "now", "earlier") == [1, 1]


def limited(*limits: Limit) -> Rulebook:
    return make_book(make_rule("love", says("love"), then=[THANKS], limits=limits))


def limit(count: int, scope: Scope, **over: object) -> Limit:
    values: dict[str, object] = {"name": f"per_{scope}", "rule_id": "love", "rate": Rate(count, DAY), **over}
    return Limit(scope=scope, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("scope", list(Scope))
def test_a_limit_holds_within_a_batch_over_batches_and_over_restarts(desk: Desk, scope: Scope) -> None:
    book = limited(limit(2, scope))
    many = [make_mention(str(number), "love", conversation_id="c") for number in range(3)]
    assert desk.hear(*many, book=book).drafted == 2
    assert desk.hear(make_mention("3", "love", conversation_id="c"), book=book).drafted == 0
    decision = desk.decision_of("3")
    assert decision is not None
    assert decision.notes == (f"no draft by rule love: limit per_{scope} 2/1d reached (2 drafted)",)
    other = make_mention("4", "love", conversation_id="d", author=make_author("other_demo"))
    assert desk.hear(other, book=book).drafted == (0 if scope is Scope.OVERALL else 1)
    desk.clock.forward(days=1)
    assert desk.hear(make_mention("5", "love", conversation_id="c"), book=book).drafted == 1


@pytest.mark.parametrize(("scope", "over"), [(Scope.AUTHOR, {"author": None}), (Scope.THREAD, {})])
def test_nobody_and_no_thread_are_under_no_limit(desk: Desk, scope: Scope, over: dict[str, object]) -> None:
    book = make_book(make_rule("love", says("love"), then=[THANKS], limits=(limit(1, scope),)))
    made = [make_mention(str(number), "love", **over) for number in range(2)]
    assert desk.hear(*made, book=book).drafted == (0 if "author" in over else 2)
    decision = desk.decision_of("1")
    assert decision is not None
    assert not any("limit" in note for note in decision.notes)


def test_a_limit_of_one_rule_does_not_bind_another(desk: Desk) -> None:
    book = make_book(
        make_rule("love", says("love"), then=[THANKS], limits=(limit(0, Scope.OVERALL),)),
        make_rule("like", says("like"), then=[THANKS]),
    )
    assert desk.hear(make_mention("1", "love"), make_mention("2", "like"), book=book).drafted == 1


def test_a_rejected_draft_gives_its_place_back(desk: Desk) -> None:
    book = limited(limit(1, Scope.OVERALL))
    desk.hear(make_mention("1", "love"), book=book)
    with desk.store.write() as tx:
        review.reject(tx, desk.draft_of("1").id, act(desk.store), reason="no")
    assert desk.hear(make_mention("2", "love"), book=book).drafted == 1


@pytest.mark.parametrize("addressed", [False, None])
def test_only_replies_nobody_asked_for_are_bound_by_the_contact_policy(
    desk: Desk, addressed: bool | None
) -> None:
    policy = ContactPolicy(proactive_per_author=Rate(1, 30 * DAY), proactive_per_day=2)
    desk.settings = replace(desk.settings, contact_policy=policy)
    asked = [make_mention(f"asked-{number}", "love") for number in range(5)]
    assert desk.hear(*asked, book=limited()).drafted == 5
    unasked = [make_mention(f"un-{n}", "love", addressed_to_us=addressed) for n in range(2)]
    assert desk.hear(*unasked, book=limited()).drafted == 1
    decision = desk.decision_of("un-1")
    assert decision is not None
    assert "contact_policy.proactive_per_author 1/30d reached" in decision.notes[0]
    others = [
        make_mention(f"o-{n}", "love", addressed_to_us=addressed, author=make_author(f"fan_{n}_demo"))
        for n in range(3)
    ]
    assert desk.hear(*others, book=limited()).drafted == 1
    decision = desk.decision_of("o-2")
    assert decision is not None
    assert "contact_policy.proactive_per_day 2/1d reached" in decision.notes[0]
    desk.clock.forward(days=2)
    again = make_mention("again", "love", addressed_to_us=addressed)
    assert desk.hear(again, book=limited()).drafted == 0


def opt_out(desk: Desk) -> None:
    desk.hear(make_mention("before", "hello"))
    with desk.store.write() as tx:
        tx.execute(sa.update(tables.customers).values(is_opted_out=True))


@pytest.mark.parametrize(
    ("over", "route", "says_why"),
    [
        pytest.param({}, BLOCKED, "not allowed there: the thread is locked", id="blocked"),
        pytest.param({"author": None}, API, "account is gone", id="deleted"),
        pytest.param({}, API, "asked not to be written to", id="opted out"),
    ],
)
def test_people_we_must_not_write_to_never_get_a_draft(
    desk: Desk, over: dict[str, object], route: object, says_why: str
) -> None:
    if "asked" in says_why:
        opt_out(desk)
    assert desk.hear(make_mention("1", "love", **over), route=route, book=limited()).drafted == 0  # type: ignore[arg-type]
    assert desk.drafts_of("1") == []
    decision = desk.decision_of("1")
    assert decision is not None
    assert says_why in decision.notes[0]


def test_a_reply_by_hand_is_still_drafted(desk: Desk) -> None:
    desk.hear(make_mention("1", "love"), route=BY_HAND, book=limited())
    assert desk.draft_of("1").reply_route == BY_HAND


def test_a_template_without_a_value_says_so_and_cannot_be_sent_as_it_is(desk: Desk) -> None:
    text = "Hi {{author.name}} in {{mention.community}}, love, {{brand.name}} ({{author.handle}})"
    book = make_book(
        make_rule("love", says("love"), then=[THANKS]), templates={"thanks": Template("thanks", text)}
    )
    desk.hear(make_mention("1", "love", author=make_author(name=None)), book=book)
    draft = desk.draft_of("1")
    assert draft.missing == ("author.name", "mention.community")
    assert draft.text.startswith("Hi {{author.name}} in {{mention.community}}, love, Acme (maple")
    with pytest.raises(WrongUsage, match="still holds"), desk.store.write() as tx:
        review.approve(tx, draft.id, act(desk.store))


def test_an_assignment_goes_to_the_draft_and_to_the_case(desk: Desk) -> None:
    book = make_book(
        make_rule("all", ever(), then=[Assign(to="kim_demo")]),
        make_rule("love", says("love"), then=[THANKS]),
        make_rule("dead", says("dead"), then=[URGENT]),
    )
    desk.hear(make_mention("1", "love"), make_mention("2", "dead"), book=book)
    case = desk.case_of("2")
    assert case is not None
    assert (desk.draft_of("1").assignee, case.assignee) == ("kim_demo", "kim_demo")


def test_notices_without_a_case_go_to_their_channel_once(desk: Desk) -> None:
    book = make_book(make_rule("a", ever(), then=[Notify(channel="console"), Webhook(name="crm")]))
    desk.hear(make_mention("1", "look", author=None), book=book)
    found = {notice.channel: notice for notice in notices(desk)}
    assert set(found) == {"console", "webhook:crm"}
    payload = found["webhook:crm"].payload
    assert payload["data"]["type"] == "mention.matched"
    assert payload["data"]["rule"] == "a"
    assert payload["title"].startswith("someone on Fake")
    decision = desk.decision_of("1")
    assert decision is not None
    assert decision.outcome is Outcome.ROUTED


def test_a_rule_that_fails_sends_the_mention_to_the_human_team_and_others_go_on(desk: Desk) -> None:
    book = make_book(
        make_rule("bad", broken(), then=[THANKS]), make_rule("love", says("love"), then=[THANKS])
    )
    assert desk.hear(make_mention("1", "I love it"), book=book) == Tally(decided=1, escalated=1)
    case = desk.case_of("1")
    assert case is not None
    assert (case.team, case.severity) == ("support", Severity.MEDIUM)
    assert "rule bad could not be evaluated, so a person looks at it" in case.why
    decision = desk.decision_of("1")
    assert decision is not None
    assert (decision.failed, decision.matched) == (("bad",), ("love",))


@pytest.mark.parametrize("condition", [ever(), broken()])
def test_a_shadow_rule_does_nothing_but_is_recorded(desk: Desk, condition: Condition) -> None:
    book = make_book(make_rule("try", condition, then=[URGENT, THANKS], status=RuleStatus.SHADOW, stop=True))
    assert desk.hear(make_mention("1"), book=book) == Tally(decided=1)
    decision = desk.decision_of("1")
    assert decision is not None
    assert (decision.matched, decision.outcome) == (("default",), Outcome.ROUTED)
    assert "try" in (*decision.shadow, *decision.failed)
    assert desk.count(tables.cases) == desk.count(tables.drafts) == 0


def test_a_stored_decision_can_be_explained_as_it_was(desk: Desk) -> None:
    seen: list[Facts] = []

    def remember(facts: Facts) -> Answer:
        seen.append(facts)
        return Answer(facts.customer.contacts_in(30) >= 2, facts.customer.contacts_in(30))

    book = make_book(
        make_rule(
            "repeat", Condition("customer.contacts_in_30_days", 2, remember), says("dead"), then=[URGENT]
        ),
        make_rule("love", says("love"), then=[THANKS]),
    )
    desk.hear(
        make_mention("1"), make_mention("2", title="Hé 👋🏽", lang="en", community="r/acme_demo"), book=book
    )
    for native_id, asked in zip(("1", "2"), list(seen), strict=True):
        decision = desk.decision_of(native_id)
        assert decision is not None
        with desk.store.read() as tx:
            heard = mentions.get(tx, id_of(tx, native_id))
        again = restore_facts(heard, decision.facts)
        assert again == asked
        assert explain(book, again) == explain(book, asked)
        assert rules.decide(book, again).planned == decision.planned


def in_threads(*work: Callable[[], object]) -> None:
    start = threading.Barrier(len(work))
    failed: list[BaseException] = []

    def run(task: Callable[[], object]) -> None:
        start.wait(10)
        try:
            task()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(task,)) for task in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_several_workers_decide_each_mention_once_with_one_case_per_customer(desk: Desk) -> None:
    happy = make_author("happy_demo")
    hear(desk.store, *[make_mention(str(n), "dead") for n in range(1, 40, 2)])
    hear(desk.store, *[make_mention(str(n), "love", author=happy) for n in range(0, 40, 2)])
    tallies: list[Tally] = []
    book = usual_book(limit(5, Scope.OVERALL, rule_id="love"))

    def work() -> None:
        for _ in range(12):
            tallies.append(desk.triage(book, batch=5))

    in_threads(work, work, work)
    while desk.triage(book).decided:
        pass
    assert desk.count(tables.decisions) == 40
    assert desk.count(tables.cases) == 1
    assert desk.count(tables.drafts) == 5
    case = desk.case_of("1")
    assert case is not None
    assert case.contacts == 20


def test_a_person_and_the_rules_open_one_case_for_a_customer_together(desk: Desk) -> None:
    for number in range(4):
        author = make_author(f"fan_{number}_demo")
        desk.hear(make_mention(f"a{number}", "love", author=author))
        hear(desk.store, make_mention(f"b{number}", "dead", author=author))
        told = Announcement(channels=(), base_url="", zone=desk.settings.timezone)
        to = Handover(team="support", severity=Severity.LOW, told=told, due_at=lambda at: None)
        draft_id = desk.draft_of(f"a{number}").id

        def hand_over(draft_id: int = draft_id, to: Handover = to) -> None:
            with desk.store.write() as tx:
                review.escalate(tx, draft_id, act(desk.store), to=to)

        in_threads(hand_over, desk.triage)
        with desk.store.read() as tx:
            first, second = (
                cases.of_mention(tx, id_of(tx, f"a{number}")),
                cases.of_mention(tx, id_of(tx, f"b{number}")),
            )
        assert first is not None
        assert second is not None
        assert first.id == second.id
        assert first.severity is Severity.HIGH


def test_a_second_live_reply_to_a_mention_is_noted_not_made(desk: Desk) -> None:
    desk.propose("1", said="I love it")
    desk.triage(make_book(make_rule("a", ever(), then=[THANKS])))
    decision = desk.decision_of("1")
    assert decision is not None
    assert decision.notes == ("no draft by rule a: this mention has a reply already",)
    with desk.store.read() as tx:
        assert drafts.counts(tx) == {"proposed": 1}


def test_a_case_names_the_rules_that_weigh_most_and_counts_the_rest(desk: Desk) -> None:
    book = make_book(*[make_rule(f"rule-{number}", ever(), then=[URGENT]) for number in range(9)])
    desk.hear(make_mention("1"), book=book)
    case = desk.case_of("1")
    assert case is not None
    assert "“Rule 0”" in case.why
    assert case.why.endswith(f"and {9 - case.why.count('“')} more")


def test_no_limit_counts_people_or_threads_that_are_not_known(desk: Desk) -> None:
    desk.propose("1")
    with desk.store.read() as tx:
        counted = {
            scope: drafts.count_under(
                tx, limit(9, scope), now=desk.clock.now(), customer_id=None, conversation_id=None
            )
            for scope in Scope
        }
    assert counted == {Scope.OVERALL: 1, Scope.AUTHOR: 0, Scope.THREAD: 0}
