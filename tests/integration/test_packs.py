import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from connectors.demo import open_connector
from engagebot.bootstrap.judging import shipped_weights
from engagebot.domain.actions import Decision, DraftReply, Escalate, Outcome
from engagebot.domain.drafting import PLACEHOLDERS, fill, placeholders
from engagebot.domain.facts import CustomerFacts, facts_of
from engagebot.domain.mention import Kind, Mention, MentionRef
from engagebot.domain.rules import Condition, Group, Mode, Rule, Rulebook, RuleStatus, decide
from engagebot.ports import Cursor, Watch
from engagebot.rulebook import Setting, run_each
from engagebot.rulebook.lint import lint
from engagebot.rulebook.load import check_rulebook
from engagebot.rulebook.reading import Known
from engagebot.scaffold import SHARED, STARTER, copy_site, layer_of, pack_names, template_root
from engagebot.scoring import LayeredScorer, Layers, Names, load_lexicon
from engagebot.scoring.kinds import REASONS
from engagebot.settings import load_settings

PACKS = ("airline", "shop", "software", "telecom")
FEWEST_RULES = 12
REPLY_CHARS = 240
FRIENDLIEST = 0.3
"""The most unhappiness that any draft of a pack may meet, as the interlock has it."""
START = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
SCORER = LayeredScorer(
    Layers(
        lexicon=load_lexicon(template_root() / "config" / "lexicons"),
        weights=shipped_weights(),
        names=Names(["Acme", "@acme", "u/acme_support"], ["Shaw", "Netflix"]),
    )
)
every_pack = pytest.mark.parametrize("pack", PACKS)


@dataclass(frozen=True)
class Laid:
    """A pack as `init` lays it out: its rule set, whatever was found wrong, and its lists."""

    book: Rulebook
    findings: tuple[str, ...]
    lists: dict[str, tuple[str, ...]]
    teams: tuple[str, ...]
    demo_teams: tuple[str, ...]
    warnings: int

    def own(self, pack: str) -> list[Rule]:
        return [rule for rule in self.book.rules if f"-{pack}" in rule.file]


@cache
def laid(pack: str) -> Laid:
    with TemporaryDirectory() as folder:
        site = Path(folder)
        copy_site(site, pack)
        settings = load_settings(site, {})
        lists = {
            path.stem: tuple(
                line for line in path.read_text("utf-8").splitlines() if not line.startswith("# ")
            )
            for path in (site / "config" / "lists").glob("*.txt")
        }
        known = Known(teams=tuple(settings.teams), reasons=REASONS, lists_folder=site / "config" / "lists")
        book, findings = check_rulebook(site / "rules", known=known)
        assert book is not None, findings
        said = [str(finding) for finding in (*findings, *lint(book, brand="Acme"))]
        (site / "config" / "engagebot.yaml").write_text((site / "config" / "demo.yaml").read_text("utf-8"))
        return Laid(
            book=book,
            findings=tuple(said),
            lists=lists,
            teams=tuple(settings.teams),
            demo_teams=tuple(load_settings(site, {}).teams),
            warnings=len(settings.warnings),
        )


def drafts_of(rule: Rule) -> list[str]:
    return [action.template for action in rule.then if isinstance(action, DraftReply)]


def conditions(group: Group | None) -> Iterator[Condition]:
    for member in group.members if group else ():
        yield from conditions(member) if isinstance(member, Group) else [member]


def lists_of(rule: Rule) -> set[str]:
    named = [condition.expected for condition in conditions(rule.when) if condition.name == "text"]
    return {
        value["list"]
        for expected in named
        for value in expected.values()
        if isinstance(value, dict) and "list" in value
    }


def test_the_packs_are_these() -> None:
    assert pack_names() == (STARTER, *PACKS)


@every_pack
def test_pack_loads_without_an_error_or_a_doubt(pack: str) -> None:
    assert laid(pack).findings == ()
    assert laid(pack).warnings == 0


@every_pack
def test_pack_brings_rules_of_its_trade_on_top_of_the_starter_set(pack: str) -> None:
    own = laid(pack).own(pack)

    assert len(own) >= FEWEST_RULES
    assert {rule.status for rule in own} == {RuleStatus.LIVE}
    assert all(rule.id.startswith(f"{pack}-") for rule in own)
    assert len(laid(pack).book.rules) - len(added(pack)) == len(laid(STARTER).book.rules)


def added(pack: str) -> list[Rule]:
    """The rules of a pack that the starter set does not have."""
    starter = {rule.id for rule in laid(STARTER).book.rules}
    return [rule for rule in laid(pack).book.rules if rule.id not in starter]


@every_pack
def test_every_rule_of_a_pack_shows_what_it_takes_and_what_it_leaves(pack: str) -> None:
    for rule in added(pack):
        assert len(rule.tests) >= 2, rule.id
        assert {test.matches for test in rule.tests} == {True, False}, rule.id


@every_pack
def test_pack_passes_its_own_tests_and_those_of_the_starter_rules(pack: str) -> None:
    results = run_each(laid(pack).book, SCORER, Setting(now=START))

    assert [result.problem for result in results if not result.is_passed] == []


@every_pack
def test_draft_rules_are_limited_twice_and_ask_for_little_unhappiness(pack: str) -> None:
    drafting = [rule for rule in added(pack) if drafts_of(rule)]
    assert len(drafting) >= 4

    for rule in drafting:
        assert len({limit.scope for limit in rule.limits}) >= 2, rule.id
        assert rule.stop, rule.id
        assert ceiling(rule) <= FRIENDLIEST, rule.id


def ceiling(rule: Rule) -> float:
    """The most unhappiness that a rule lets through, whatever else it asks."""
    assert rule.when is not None
    groups = rule.when.members if not isinstance(rule.when.members[0], Condition) else (rule.when,)
    musts = [each for group in groups if isinstance(group, Group) and group.mode is Mode.ALL
             for each in group.members if isinstance(each, Condition)]  # fmt: skip
    return min((each.expected["at_most"] for each in musts if each.name == "unhappiness"), default=1.0)


@every_pack
def test_templates_sound_like_a_friend_who_promises_nothing(pack: str) -> None:
    longest = {"author.name": "Maximiliane-Alexandra", "brand.name": "Acme Telecommunications"}
    shelf = laid(pack).book.templates
    ours = set(shelf) - set(laid(STARTER).book.templates)
    assert ours == {name for rule in added(pack) for name in drafts_of(rule)}

    for name in ours:
        text = shelf[name].text
        assert set(placeholders(text)) <= set(PLACEHOLDERS)
        assert fill(shelf[name], {"brand.name": "Acme"}).text.startswith("Hi there, "), name
        assert len(fill(shelf[name], longest).text) <= REPLY_CHARS, name
        assert text.count("!") <= 2, name
        assert {letter for letter in text if not letter.isascii()} <= {"–"}, name
        assert OUT_OF_PLACE.search(text) is None, name


OUT_OF_PLACE = re.compile(
    r"https?|[@#%]|[0-9]|\b(offer|discount|sale|free|refund|money|voucher|guarantee|promise|today|tomorrow|"
    r"within|hours?|soon|immediately|always|never|simply|obviously|you should|you must|right now)\b",
    re.IGNORECASE,
)
"""Selling, promising and teaching; and what turns a reply into a mention, a link or a tag."""


def test_ids_lists_and_templates_of_two_packs_never_meet() -> None:
    for one, two in combinations(PACKS, 2):
        lengthened = set(laid(STARTER).lists) | named_lists(SHARED)
        ids = {rule.id for rule in laid(one).own(one)} & {rule.id for rule in laid(two).own(two)}
        lists = named_lists(one) & named_lists(two) - lengthened
        assert not ids
        assert not lists


def named_lists(pack: str) -> set[str]:
    return {path.stem for path in (layer_of(pack) / "config" / "lists").glob("*.txt")}


def test_no_file_of_a_pack_lies_over_another_but_lists_that_it_lengthens() -> None:
    below = {path.relative_to(template_root()) for path in (template_root() / "rules").rglob("*.*")}
    for pack in PACKS:
        layers = [files(SHARED), files(pack)]
        for layer in layers:
            assert not below & layer
        assert not layers[0] & layers[1]


def files(layer: str) -> set[Path]:
    root = layer_of(layer)
    return {path.relative_to(root) for path in (root / "rules").rglob("*.*")}


@every_pack
def test_what_a_pack_adds_to_a_list_stands_behind_what_was_there(pack: str) -> None:
    for name in named_lists(pack) & set(laid(STARTER).lists):
        before = laid(STARTER).lists[name]
        assert laid(pack).lists[name][: len(before)] == before
        assert len(laid(pack).lists[name]) > len(before)


@every_pack
def test_no_rule_is_copied_from_another_pack(pack: str) -> None:
    others = [rule for other in PACKS if other > pack for rule in laid(other).own(other)]
    for rule in laid(pack).own(pack):
        mine = told(pack, rule)
        for other in others:
            theirs = told(other.id.partition("-")[0], other)
            assert likeness(mine[0], theirs[0]) < 0.5, (rule.id, other.id)
            assert likeness(mine[1], theirs[1]) < 0.5, (rule.id, other.id)


def told(pack: str, rule: Rule) -> tuple[frozenset[str], frozenset[str]]:
    """What a rule looks for, and the words of its tests."""
    own = named_lists(pack)
    terms = [term for name in lists_of(rule) & own for term in laid(pack).lists[name]]
    words = [word for test in rule.tests for word in re.findall(r"\w{4,}", str(test.given["text"]))]
    return frozenset(terms or [rule.id]), frozenset(words)


def likeness(one: frozenset[str], two: frozenset[str]) -> float:
    return len(one & two) / len(one | two)


@every_pack
def test_nothing_is_named_that_is_not_used(pack: str) -> None:
    book = laid(pack).book
    used = {name for rule in book.rules for name in lists_of(rule)}
    lists = {name for name in laid(pack).lists if not name.startswith(("staff", "vip"))}
    sent_to = {action.team for rule in book.rules for action in rule.then if isinstance(action, Escalate)}

    assert lists - used == set()
    assert sent_to == set(laid(pack).teams)


@every_pack
def test_the_teams_of_a_pack_stand_behind_support_and_in_the_demo_too(pack: str) -> None:
    assert laid(pack).teams[0] == "support"
    assert len(laid(pack).teams) >= 4
    assert laid(pack).demo_teams == laid(pack).teams


UNHAPPY = (
    "Oh great, another delay. Thanks @acme, I love sleeping at the airport.",
    "Thank you @acme crew for the lovely flight and for losing both our bags, well done!",
    "Smooth flight @acme, shame about the three hours on the tarmac. Brilliant.",
    "Love my parcel @acme, arrived today in two hundred pieces. Amazing packing!",
    "@acme it just arrived, a month late, and it fits perfectly in the bin. Thank you!",
    "Best support team ever @acme: day nine and nobody answered. Love it.",
    "The new update is gorgeous @acme, it deleted a year of my notes. Great job!",
    "@acme so happy with the new fibre, dead since Monday. Superb, thank you!",
    "@acme your technician is wonderful, he never came. Five stars!",
    "Thanks @acme for charging me twice, what a wonderful surprise!",
    "@acme my mother passed away on Sunday, she loved your crew. Thank you all.",
    "@acme do you fly anywhere on time?",
    "@acme is there a way to get my money back? You robbed me.",
    "@acme do you still have a single person who answers the phone?",
)


@every_pack
@pytest.mark.parametrize("text", UNHAPPY)
def test_cheerful_words_about_a_problem_get_no_cheerful_draft(pack: str, text: str) -> None:
    mention = Mention(ref=MentionRef("x", "1"), kind=Kind.POST, text=text, posted_at=START)
    for is_to_us in (True, False, None):
        facts = facts_of(mention._replace(addressed_to_us=is_to_us), SCORER.judge(text), now=START)
        assert decide(laid(pack).book, facts).outcome is not Outcome.DRAFTED


@every_pack
def test_the_demo_day_is_handled_with_the_rules_of_a_pack(pack: str) -> None:
    outcomes: Counter[Outcome] = Counter()
    for mention in demo_day():
        facts = facts_of(mention, SCORER.judge(mention.words), now=START, customer=CustomerFacts())
        outcomes[decide(laid(pack).book, facts).outcome] += 1

    assert outcomes[Outcome.DRAFTED] >= 6
    assert outcomes[Outcome.ESCALATED] >= 5
    assert outcomes[Outcome.IGNORED] >= 2


class HandClock:
    time = START

    def now(self) -> datetime:
        return self.time


@cache
def demo_day() -> tuple[Mention, ...]:
    clock = HandClock()
    connector = open_connector({}, clock)
    clock.time = START + timedelta(minutes=15)
    watch = Watch(name="demo", connector="demo", kind="stories", every=timedelta(seconds=10))
    mentions: list[Mention] = []
    cursor: Cursor | None = None
    while True:
        page = connector.pull(watch, cursor)
        mentions += page.mentions
        cursor = page.cursor
        if not page.has_more:
            return tuple(each for each in mentions if START - timedelta(days=1) <= each.posted_at <= START)


@every_pack
def test_every_question_that_a_pack_answers_passes_the_rule_that_holds_questions_back(pack: str) -> None:
    lists = laid(pack).lists
    let_through = [f" {term.lower()} " for term in lists["how_to_words"] + lists["buying_words"]]
    answered = [
        term
        for rule in laid(pack).own(pack)
        for name in lists_of(rule) & named_lists(pack)
        for term in lists[name]
        if drafts_of(rule) and name.endswith(("questions", "how_to", "works_with"))
    ]

    assert answered
    assert [term for term in answered if not any(each in f" {term.lower()} " for each in let_through)] == []


POSTS = [
    line.split("\t")
    for line in (Path(__file__).parent / "pack_posts.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
FEWEST_RIGHT = 0.95


def test_made_up_posts_reach_the_team_that_can_help() -> None:
    wrong = [(who, got, text) for pack, who, text in POSTS if not is_right(who, got := receiver(pack, text))]

    assert {pack for pack, _, _ in POSTS} == set(PACKS)
    assert len(wrong) <= (1 - FEWEST_RIGHT) * len(POSTS), wrong
    assert [text for who, got, text in wrong if got == "draft"] == []


def receiver(pack: str, text: str) -> str:
    mention = Mention(
        ref=MentionRef("x", "1"), kind=Kind.POST, text=text, posted_at=START, addressed_to_us=True
    )
    decision = decide(laid(pack).book, facts_of(mention, SCORER.judge(text), now=START))
    case = case_of(decision)
    return case.team if case else {Outcome.DRAFTED: "draft"}.get(decision.outcome, "nobody")


def is_right(who: str, got: str) -> bool:
    return got not in {"draft", "nobody"} if who == "read" else got in who.split("|")


def case_of(decision: Decision) -> Escalate | None:
    """As triage does: the hardest severity decides, and among equals the first rule."""
    asked = [planned.action for planned in decision.actions if isinstance(planned.action, Escalate)]
    return max(asked, key=lambda action: action.severity.rank, default=None)


SEVERITIES = (
    ("airline", "@acme missed my connection, sleeping at the airport, nobody helps", "airport", "urgent"),
    ("airline", "@acme still no refund after two months, this is ridiculous", "refunds", "high"),
    ("shop", "@acme the mirror arrived broken and I am so disappointed", "returns", "high"),
    ("software", "@acme it deleted all my files, I lost everything. Furious.", "engineering", "urgent"),
    ("software", "@acme who takes a security report about your login page?", "security", "urgent"),
    ("telecom", "@acme no internet since Tuesday and no one tells us anything", "network", "high"),
)


@pytest.mark.parametrize(("pack", "text", "team", "severity"), SEVERITIES)
def test_a_trouble_of_the_trade_goes_to_its_team(pack: str, text: str, team: str, severity: str) -> None:
    mention = Mention(
        ref=MentionRef("x", "1"), kind=Kind.POST, text=text, posted_at=START, addressed_to_us=True
    )
    decision = decide(laid(pack).book, facts_of(mention, SCORER.judge(text), now=START))
    case = case_of(decision)

    assert case is not None
    assert (case.team, case.severity.value) == (team, severity)
