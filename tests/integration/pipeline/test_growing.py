"""A post that spreads: growth is read from what is shown anyway, and each crossing is told once."""

from __future__ import annotations

import pytest

from engagebot.domain.actions import Escalate
from engagebot.domain.casework.case_marks import marks_of
from engagebot.domain.heard.removal import Removal
from engagebot.domain.mention import Engagement, Mention
from engagebot.domain.outbox import CaseState, Severity
from engagebot.domain.rules import Rulebook
from engagebot.domain.ruling.growth import CONDITION
from engagebot.pipeline import intake, prune
from engagebot.pipeline.prune import PruneContext
from engagebot.pipeline.triage import look_at_growth
from engagebot.settings.values import Deletion
from engagebot.store import tables
from engagebot.store.heard import decisions, mentions, readings, redaction
from engagebot.store.tables import mention_readings
from engagebot.store.telling import deliveries
from tests.factories import id_of, make_book, make_mention, make_rule, says
from tests.integration.pipeline.desk import Desk
from tests.unit.domain.ruling.test_growth import grows_by


def book(least: float = 200) -> Rulebook:
    return make_book(
        make_rule("spreads", grows_by(least), then=[Escalate(team="support", severity=Severity.URGENT)]),
        make_rule("dead", says("dead"), then=[Escalate(team="support", severity=Severity.MEDIUM)]),
    )


def post(likes: int, text: str = "look at this") -> Mention:
    return make_mention("1", text, engagement=Engagement(likes=likes))


def push(desk: Desk, shown: Mention, *, minutes: float = 10, is_history: bool = False) -> None:
    desk.clock.forward(minutes=minutes)
    with desk.store.write() as tx:
        intake.accept(tx, [shown], at=desk.clock.now(), is_history=is_history)


def decide(desk: Desk, rules: Rulebook | None = None) -> int:
    rules = rules or book()
    look_at_growth(desk.triage_context, rules)
    return desk.triage(rules).decided


def growth(desk: Desk) -> float | None:
    with desk.store.read() as tx:
        found = readings.growth_of(tx, [id_of(tx, "1")])
    return next((each.per_hour for each in found.values()), None)


def notices(desk: Desk) -> list[str]:
    with desk.store.read() as tx:
        return sorted(each.notice_id for each in deliveries.page(tx).items)


def test_a_post_that_doubles_every_ten_minutes_is_told_exactly_once_at_the_crossing(desk: Desk) -> None:
    desk.hear(post(10), book=book())
    told = []
    for likes in (20, 40, 80, 160, 320, 640, 1280):
        push(desk, post(likes))
        told.append((growth(desk), decide(desk), len(notices(desk))))
    assert told == [
        (60, 0, 0), (120, 0, 0), (240, 1, 1), (480, 0, 1), (960, 0, 1), (1920, 0, 1), (3840, 0, 1),
    ]  # fmt: skip
    case, decision = desk.case_of("1"), desk.decision_of("1")
    assert case is not None
    assert (case.severity, case.rule_id, case.contacts) == (Severity.URGENT, "spreads", 1)
    assert decision is not None
    assert decision.facts["extra"][CONDITION] == 240


def test_a_case_that_is_open_is_raised_once_and_told_again_once(desk: Desk) -> None:
    desk.hear(post(10, "dead, look at this"), book=book())
    case = desk.case_of("1")
    assert case is not None
    assert case.severity is Severity.MEDIUM
    for likes in (200, 150, 400, 400, 900):
        push(desk, post(likes, "dead, look at this"))
        decide(desk)
    raised = desk.case_of("1")
    assert raised is not None
    assert (raised.id, raised.severity, raised.contacts) == (case.id, Severity.URGENT, 1)
    assert notices(desk) == [f"case-{case.id}-mention-1", f"case-{case.id}-mention-1-urgent"]


def test_readings_close_together_and_history_tell_no_growth(desk: Desk) -> None:
    desk.hear(post(10), book=book())
    push(desk, post(500), minutes=9)
    assert (growth(desk), decide(desk)) == (None, 0)
    push(desk, post(9_000), minutes=30, is_history=True)
    assert (growth(desk), decide(desk)) == (None, 0)
    # Ten minutes after it was heard it is read, from what it had then.
    push(desk, post(510), minutes=11)
    assert growth(desk) == 600
    assert decide(desk) == 1


def test_a_post_heard_again_and_the_daily_look_are_readings_too(desk: Desk) -> None:
    desk.fake.posts = [post(10)]
    desk.register()
    desk.poll()
    desk.triage(book(5))
    for minutes, likes in ((5, 12), (10, 40)):
        desk.clock.forward(minutes=minutes)
        desk.fake.posts = [post(likes)]
        desk.poll()
    assert growth(desk) == 120
    with desk.store.read() as tx:
        assert mentions.get(tx, 1).mention.engagement.likes == 40
    desk.clock.forward(hours=23)
    desk.fake.posts = [post(270)]
    context = PruneContext(
        store=desk.store, clock=desk.clock, connector=lambda source: desk.fake, deletion=Deletion()
    )
    assert prune.recheck(context).shown == 1
    assert growth(desk) == 10
    assert desk.fake.looked_up == [["1"]], "nothing is asked for the sake of growth"


def test_what_comes_along_with_a_page_is_read_and_never_stored(desk: Desk) -> None:
    desk.hear(post(10), book=book())
    desk.register()
    desk.fake.posts = []
    desk.clock.forward(minutes=10)
    # An edit is for the deletion check to find; the reactions are told all the same.
    desk.fake.shown = [post(100, "look at that"), make_mention("2", engagement=Engagement(likes=900))]
    desk.poll()
    assert (growth(desk), desk.count(tables.mentions), desk.count(mention_readings)) == (540, 1, 1)
    assert decide(desk) == 1
    with desk.store.read() as tx:
        found = mentions.get(tx, 1).mention
    assert (found.text, found.engagement.likes) == ("look at this", 100)


def test_who_is_not_open_any_more_and_who_is_gone_is_not_asked_about(desk: Desk) -> None:
    desk.hear(post(10, "dead, look at this"), book=book())
    case = desk.case_of("1")
    assert case is not None
    desk.put_case(case.id, CaseState.CLOSED)
    push(desk, post(900, "dead, look at this"))
    assert (growth(desk), decide(desk)) == (5340, 0)
    with desk.store.write() as tx:
        redaction.redact(tx, [1], desk.clock.now(), Removal.GONE)
    assert desk.count(mention_readings) == 0
    assert desk.count(tables.mentions) == 1
    push(desk, post(9000, "dead, look at this"))
    assert growth(desk) is None


def test_growth_of_yesterday_is_not_known_to_rules(desk: Desk) -> None:
    desk.hear(post(10), book=book(9_000))
    push(desk, post(500))
    decide(desk, book(9_000))
    desk.clock.forward(hours=24.1)
    with desk.store.write() as tx:
        tx.execute(tables.mentions.update().values(state="new"))
    desk.triage(book())
    assert desk.case_of("1") is None
    with desk.store.read() as tx:
        latest = decisions.latest(tx, 1)
    assert latest is not None
    assert CONDITION not in (latest.facts.get("extra") or {})


@pytest.mark.parametrize(
    ("likes", "words"),
    [
        (10 + 60, ["spreads fast: 60 reactions an hour between its last two readings"]),
        (10 + 29, []),
    ],
)
def test_the_mark_of_a_case_goes_by_two_readings_where_there_are(
    desk: Desk, likes: int, words: list[str]
) -> None:
    heard = post(10, "dead, look at this")._replace(engagement=Engagement(likes=10, replies=2))
    desk.hear(heard, book=book())
    push(desk, post(likes, "dead, look at this"), minutes=60)
    case = desk.case_of("1")
    assert case is not None
    with desk.store.read() as tx:
        records = list(mentions.get_many(tx, case.mention_ids).values())
        found = marks_of(case, records, readings.growth_of(tx, case.mention_ids))
    assert [mark.words for mark in found] == words
