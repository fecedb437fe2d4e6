from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from connectors.demo import open_connector
from connectors.demo.connector import DemoConnector
from engagebot.bootstrap.judging import shipped_weights
from engagebot.domain.actions import DraftReply, Escalate, Outcome
from engagebot.domain.drafting import PLACEHOLDERS, fill, placeholders
from engagebot.domain.facts import CustomerFacts, Facts, facts_of
from engagebot.domain.mention import Mention, Route
from engagebot.domain.rules import Rule, Rulebook, decide
from engagebot.ports import Cursor, Watch
from engagebot.rulebook import Setting, run_each
from engagebot.rulebook.load import check_rulebook
from engagebot.rulebook.reading import Known
from engagebot.scaffold import template_root
from engagebot.scoring import LayeredScorer, Layers, Names, load_lexicon
from engagebot.scoring.kinds import REASONS
from engagebot.settings import load_settings

START = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
REPLY_CHARS = 240
SCORER = LayeredScorer(
    Layers(
        lexicon=load_lexicon(template_root() / "config" / "lexicons"),
        weights=shipped_weights(),
        names=Names(["Acme", "@acme", "u/acme_support"], ["Shaw", "Netflix"]),
    )
)


class HandClock:
    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time


@pytest.fixture(scope="module")
def book() -> Rulebook:
    root = template_root()
    known = Known(teams=("support",), reasons=REASONS, lists_folder=root / "config" / "lists")
    found, findings = check_rulebook(root / "rules", known=known)
    assert findings == ()
    assert found is not None
    return found


def drafts_of(rule: Rule) -> list[DraftReply]:
    return [action for action in rule.then if isinstance(action, DraftReply)]


def test_starter_rules_pass_their_own_tests(book: Rulebook) -> None:
    results = run_each(book, SCORER, Setting(now=START))

    assert len(results) >= 2 * len(book.rules)
    assert [result.problem for result in results if not result.is_passed] == []


def test_starter_files_are_these() -> None:
    assert sorted(path.stem for path in (template_root() / "rules").glob("*.yaml")) == [
        "05-leave-alone", "10-escalate", "15-hold-back",
        "20-questions", "30-praise", "40-small-talk", "90-default",
    ]  # fmt: skip


def test_every_starter_rule_shows_what_it_takes_and_what_it_leaves(book: Rulebook) -> None:
    for rule in book.rules:
        expected = {test.matches for test in rule.tests}
        assert expected == {True, False}, rule.id


def test_every_draft_is_limited_overall_and_per_person(book: Rulebook) -> None:
    for rule in book.rules:
        if drafts_of(rule):
            assert len({limit.scope for limit in rule.limits}) >= 2, rule.id


def test_nothing_is_named_that_is_not_used(book: Rulebook) -> None:
    lists = {path.stem for path in (template_root() / "config" / "lists").glob("*.txt")}
    texts = "".join(path.read_text("utf-8") for path in (template_root() / "rules").glob("*.yaml"))

    assert [name for name in sorted(lists) if f"list: {name}}}" not in texts and name != "staff"] == []


def test_templates_are_short_warm_and_sell_nothing(book: Rulebook) -> None:
    longest = {"author.name": "Maximiliane-Alexandra", "brand.name": "Acme Telecommunications"}
    for template in book.templates.values():
        drafted = fill(template, longest)
        assert drafted.missing == (), template.name
        assert len(drafted.text) <= REPLY_CHARS, template.name
        assert set(placeholders(template.text)) <= set(PLACEHOLDERS)
        assert fill(template, {"brand.name": "Acme"}).text.startswith("Hi there"), template.name
        for word in ("http", "offer", "discount", "buy", "%", "@", "#"):
            assert word not in template.text.lower(), template.name


@pytest.mark.parametrize(
    "text",
    [
        "Oh great, another outage. Thanks @acme, I love paying for the quiet.",
        "Love how @acme keeps me on hold for two hours, brilliant!",
        "Thanks @acme for losing my parcel, well done.",
        "Amazing @acme, charged twice. Superb.",
        "Great job @acme, crashes every time, love it!",
        "Thank you @acme, still waiting, best service ever",
        "Best @acme support ever: they hung up on me. Thanks!",
    ],
)
def test_cheerful_words_about_a_problem_get_no_cheerful_draft(book: Rulebook, text: str) -> None:
    mention = Mention(ref=_mentions()[0].ref, kind=_mentions()[0].kind, text=text, posted_at=START)
    for is_to_us in (True, False, None):
        facts = facts_of(mention._replace(addressed_to_us=is_to_us), SCORER.judge(text), now=START)
        assert decide(book, facts).outcome is not Outcome.DRAFTED


def test_demo_day_fills_queue_and_cases(book: Rulebook) -> None:
    last_day = [mention for mention in _mentions() if START - DAY <= mention.posted_at <= START]
    outcomes = Counter(_outcome(book, mention) for mention in last_day)

    assert outcomes[Outcome.DRAFTED] >= 8
    assert outcomes[Outcome.ESCALATED] >= 5
    assert outcomes[Outcome.IGNORED] >= 2
    assert outcomes[Outcome.ROUTED] >= 1


def test_demo_shows_all_three_badges(book: Rulebook) -> None:
    connector = _connector(HandClock())
    last_day = [mention for mention in _mentions() if START - DAY <= mention.posted_at <= START]
    routes = {
        connector.reply_route(mention).route
        for mention in last_day
        if _outcome(book, mention) is Outcome.DRAFTED
    }

    assert routes == set(Route)


@pytest.mark.parametrize(
    ("slug", "rules"),
    [
        pytest.param("modem-5", {"last-plea", "may-leave", "repeat-unhappy"}, id="four contacts and a modem"),
        pytest.param("fees-2", {"money-trouble", "very-unhappy"}, id="absurd fees"),
        pytest.param("phone-1", {"question-with-a-catch"}, id="phone in the toilet"),
        pytest.param("hold-3", {"left-waiting"}, id="hour on hold"),
        pytest.param("regular-4", {"say-thanks"}, id="happy regular"),
        pytest.param("fixed-3", {"not-fixed", "asks-for-a-person"}, id="false fix"),
        pytest.param("bill-3", {"money-trouble", "repeat-unhappy"}, id="charged twice"),
        pytest.param("move-3", {"may-leave"}, id="leaving for Shaw"),
        pytest.param("attic-3", {"which-product"}, id="which product"),
        pytest.param("ask-2", {"how-to"}, id="how to"),
        pytest.param("dog-2", {"small-talk"}, id="small talk"),
        pytest.param("polite-1", {"question-with-a-catch"}, id="polite complaint"),
        pytest.param("wit-2", {"something-broken", "very-unhappy"}, id="sarcasm"),
        pytest.param("grief-1", {"tender-topic"}, id="tender topic"),
        pytest.param("french-2", {"other-language"}, id="foreign language"),
        pytest.param("spam-1", {"spam"}, id="spam"),
        pytest.param("staff-2", {"our-own-people"}, id="staff"),
        pytest.param("window-2", {"recommends-us"}, id="recommendation"),
        pytest.param("bench-2", {"thanks-overheard"}, id="untagged praise"),
        pytest.param("live-25", {"something-broken"}, id="defect"),
        pytest.param("quiet-1", {"default"}, id="nothing"),
    ],
)
def test_story_takes_its_turn(book: Rulebook, slug: str, rules: set[str]) -> None:
    mention = next(m for m in _mentions() if m.ref.native_id.rpartition("-")[0] == slug)

    assert rules <= set(decide(book, _facts(mention)).matched)


def test_no_unhappy_story_gets_a_friendly_draft(book: Rulebook) -> None:
    angry = {"maple_fan_demo", "film_night_demo", "double_bill_demo", "patient_caller_demo", "dry_wit_demo"}
    for mention in _mentions():
        if mention.author and mention.author.handle in angry and mention.posted_at <= START:
            assert _outcome(book, mention) is not Outcome.DRAFTED, mention.text


def test_last_plea_is_the_most_urgent_case(book: Rulebook) -> None:
    mention = next(m for m in _mentions() if m.ref.native_id.startswith("modem-5"))
    actions = [planned.action for planned in decide(book, _facts(mention)).actions]

    assert max(action.severity.rank for action in actions if isinstance(action, Escalate)) == 3


def test_demo_settings_hold(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    text = (template_root() / "config" / "demo.yaml").read_text("utf-8")
    (tmp_path / "config" / "engagebot.yaml").write_text(text, encoding="utf-8")

    settings = load_settings(tmp_path, {})

    assert settings.warnings == ()
    assert [(watch.connector, watch.kind) for watch in settings.watches] == [("demo", "stories")]
    assert settings.teams["support"].notify == ("console",)
    assert settings.slas[0].first_reply == DAY
    assert not settings.sending


def _connector(clock: HandClock) -> DemoConnector:
    connector = open_connector({}, clock)
    assert isinstance(connector, DemoConnector)
    return connector


@cache
def _mentions() -> tuple[Mention, ...]:
    clock = HandClock()
    connector = _connector(clock)
    clock.time += timedelta(minutes=15)
    watch = Watch(name="demo", connector="demo", kind="stories", every=timedelta(seconds=10))
    mentions: list[Mention] = []
    cursor: Cursor | None = None
    while True:
        page = connector.pull(watch, cursor)
        mentions += page.mentions
        cursor = page.cursor
        if not page.has_more:
            return tuple(mentions)


def _facts(mention: Mention) -> Facts:
    ages = [
        (mention.posted_at - other.posted_at) / DAY
        for other in _mentions()
        if other.author == mention.author and other.posted_at <= mention.posted_at
    ]
    customer = CustomerFacts(contact_ages_days=tuple(sorted(ages)))
    judgement = SCORER.judge(mention.words, lang=mention.lang)
    return facts_of(mention, judgement, now=mention.posted_at, customer=customer)


def _outcome(book: Rulebook, mention: Mention) -> Outcome:
    return decide(book, _facts(mention)).outcome
