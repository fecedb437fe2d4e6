"""Copies are grouped, not multiplied: one case for a bandwagon, and every voice of its own still heard."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engagebot.domain.actions import DraftReply, Escalate
from engagebot.domain.facts import Facts
from engagebot.domain.mention import Mention, MentionRef
from engagebot.domain.outbox import CaseState, DeliveryState, DraftState, Severity
from engagebot.domain.records import MentionRecord
from engagebot.domain.rules import Answer, Condition
from engagebot.pipeline import intake
from engagebot.pipeline.triage import restore_facts
from engagebot.store import tables
from engagebot.store.casework import cases
from engagebot.store.heard import copies, mentions
from engagebot.store.replying import drafts
from engagebot.store.telling import deliveries
from tests.factories import make_author, make_book, make_mention, make_rule, says
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

RUMOUR = "Acme modems are dead by design, they die two days after the warranty ends, so never buy one again"
PRAISE = "I love how Acme fixed my router within the hour, that was the best support I ever had"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def bandwagon() -> list[Mention]:
    """153 posts: one source, 143 echoes of many makes, and 9 people with something of their own to say."""
    dressed = (
        "{text}", "RT @maple_fan_demo: {text}", "{text} https://example.com/{n}", "{text}!!! 😡",
        "@friend_demo {text}", "THIS: {text}", "{text} {n}/{n}", "“{text}”", "{text} wow",
    )  # fmt: skip
    own = (
        "my modem from you is dead since monday and the hotline hangs up on me",
        "the box is dead, the app says all is fine, which of them is lying to me?",
        "dead line in the whole street, when will somebody come and look at it",
        "third technician and the television is still as dead as before he came",
        "you charged me for a dead phone that I sent back to you in april",
        "is the one with the blue light dead or just asleep, I cannot tell",
        "dead again",
        "dead again",
        "my grandmother's alarm button is dead and nobody calls her back",
    )
    posts = [make_mention("first", RUMOUR, posted_at=NOON - 160 * MINUTE)]
    for n in range(143):
        text = dressed[n % len(dressed)].format(
            text=RUMOUR.replace("never", "NEVER") if n % 11 == 5 else RUMOUR, n=n
        )
        author = make_author("maple_fan_demo" if n == 70 else f"echo_{n}_demo")
        posts.append(make_mention(f"echo-{n}", text, author=author, posted_at=NOON - (150 - n) * MINUTE))
    for n, text in enumerate(own):
        author = make_author(f"voice_{n}_demo")
        posts.insert(10 * n + 5, make_mention(f"own-{n}", text, author=author, posted_at=NOON - MINUTE))
    return posts


def listen(desk: Desk, *posts: Mention) -> None:
    desk.fake.posts.extend(posts)
    desk.register()
    desk.poll()


def stored(desk: Desk, native_id: str) -> MentionRecord:
    with desk.store.read() as tx:
        found = mentions.find(tx, MentionRef("fake", native_id))
    assert found is not None
    return found


def say(
    desk: Desk, native_id: str, text: str, who: str = "maple_fan_demo", *, ago: timedelta = MINUTE
) -> None:
    listen(desk, make_mention(native_id, text, author=make_author(who), posted_at=NOON - ago))
    desk.clock.forward(minutes=5)


def copy_of(desk: Desk, native_id: str) -> str | None:
    first = stored(desk, native_id).copy_of
    if first is None:
        return None
    with desk.store.read() as tx:
        return mentions.get(tx, first).mention.ref.native_id


# Pages end where posts are stored, batches begin with what is stored: neither knows of the other.
@pytest.mark.parametrize(("page_size", "batch"), [(1, 500), (10, 20), (153, 500)])
def test_a_bandwagon_of_153_posts_is_one_case_and_nine_voices(desk: Desk, page_size: int, batch: int) -> None:
    desk.fake.page_size = page_size
    posts = bandwagon()
    assert len(posts) == 153
    listen(desk, *posts)
    while desk.triage(batch=batch).decided:
        pass
    case = desk.case_of("first")
    assert case is not None
    assert (case.contacts, case.sources, case.echoes) == (2, 1, 143)
    assert {desk.case_of(f"echo-{n}").id for n in range(143)} == {case.id}  # type: ignore[union-attr]
    assert [copy_of(desk, f"own-{n}") for n in range(9)] == [None] * 9
    assert len({desk.case_of(f"own-{n}").id for n in range(9)} - {case.id}) == 9  # type: ignore[union-attr]
    assert desk.count(tables.cases) == 10
    with desk.store.read() as tx:
        told = deliveries.in_state(tx, DeliveryState.PENDING)
    # One for what was said first, one for its author's repost, and one for each voice.
    assert len([each for each in told if each.kind == "case"]) == 11
    assert [each.kind for each in told if each.kind != "case"] == ["alarm"], "the rule matched in a rush"


def test_the_same_file_of_history_is_grouped_too_and_opens_nothing(desk: Desk) -> None:
    with desk.store.write() as tx:
        intake.accept(tx, bandwagon(), at=NOON, is_history=True, manners=desk.settings.manners)
    desk.triage()
    assert sum(copy_of(desk, f"echo-{n}") == "first" for n in range(143)) == 143
    assert desk.count(tables.cases) == 0


def test_a_copy_starts_no_draft_and_says_which_mention_it_copies(desk: Desk) -> None:
    listen(
        desk,
        make_mention("1", PRAISE),
        make_mention("2", f"RT: {PRAISE}", author=make_author("oak_fan_demo"), posted_at=NOON - MINUTE),
    )
    desk.triage()
    first = stored(desk, "1")
    assert desk.draft_of("1").state is DraftState.PROPOSED
    assert desk.drafts_of("2") == []
    decision = desk.decision_of("2")
    assert decision is not None
    assert decision.notes == (
        f"no draft by rule love: it says again what mention {first.id} said; "
        "one reply, to the first, is enough",
    )


def test_copies_are_found_over_restarts_and_for_a_fortnight(desk: Desk) -> None:
    say(desk, "1", RUMOUR, ago=13 * DAY)
    say(desk, "2", PRAISE, ago=15 * DAY)
    say(desk, "3", RUMOUR.upper(), "oak_fan_demo")
    say(desk, "4", PRAISE, "oak_fan_demo")
    say(desk, "5", f"{RUMOUR} https://example.com", "elm_fan_demo", ago=-2 * DAY)
    # As long as it goes round, it is the same rumour.
    assert [copy_of(desk, name) for name in "345"] == ["1", None, "1"]


def test_a_near_copy_is_found_among_the_latest_and_an_equal_one_among_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "RECENT", 3)
    say(desk, "1", RUMOUR)
    say(desk, "2", f"{RUMOUR} wow", "oak_fan_demo")
    assert copy_of(desk, "2") == "1"
    for n in range(5):
        say(
            desk,
            f"x{n}",
            f"something else altogether is said by {'abcde'[n] * 3}",
            f"ash_{n}_demo",
        )
    say(desk, "3", f"{RUMOUR} wow wow", "fir_fan_demo")
    say(desk, "4", RUMOUR.lower(), "yew_fan_demo")
    assert (copy_of(desk, "3"), copy_of(desk, "4")) == (None, "1")


def test_an_echo_of_an_echo_leads_to_the_first(desk: Desk) -> None:
    say(desk, "1", RUMOUR)
    say(desk, "2", f"{RUMOUR} wow", "oak_fan_demo")
    say(desk, "3", f"{RUMOUR} wow", "elm_fan_demo")
    assert (copy_of(desk, "2"), copy_of(desk, "3")) == ("1", "1")


def test_a_few_words_are_a_copy_of_the_same_persons_only(desk: Desk) -> None:
    say(desk, "1", "love it")
    say(desk, "2", "@acme Love it!!!")
    say(desk, "3", "love it", "oak_fan_demo")
    say(desk, "4", "", "elm_fan_demo")
    say(desk, "5", "", "elm_fan_demo")
    assert [copy_of(desk, name) for name in "2345"] == ["1", None, None, None]
    listen(desk, make_mention("6", "love it", author=None), make_mention("7", "love it", author=None))
    assert [copy_of(desk, name) for name in "67"] == [None, None]


def test_seven_equal_words_of_two_people_are_two_voices_and_eight_are_an_echo(desk: Desk) -> None:
    seven, eight = "Thank you so much for your help", "Thank you all so much for your help"
    for words, names in ((seven, "abc"), (eight, "def")):
        say(desk, names[0], words)
        say(desk, names[1], words, "oak_fan_demo")
        say(desk, names[2], f"{words}!!!", "oak_fan_demo")
    assert [copy_of(desk, name) for name in "abc"] == [None, None, "b"]
    assert [copy_of(desk, name) for name in "def"] == [None, "d", "d"]


def test_in_one_page_what_was_said_first_is_the_original_whatever_stands_first(desk: Desk) -> None:
    listen(
        desk,
        make_mention("late", RUMOUR, author=make_author("oak_fan_demo"), posted_at=NOON - MINUTE),
        make_mention("early", RUMOUR, posted_at=NOON - 2 * MINUTE),
    )
    assert (copy_of(desk, "early"), copy_of(desk, "late")) == (None, "early")


def test_an_echo_joins_the_open_case_and_a_new_one_is_opened_once_that_has_ended(desk: Desk) -> None:
    say(desk, "1", RUMOUR)
    desk.triage()
    case = desk.case_of("1")
    assert case is not None
    say(desk, "2", RUMOUR, "oak_fan_demo")
    desk.triage()
    assert desk.case_of("2") == desk.case_of("1")
    desk.put_case(case.id, CaseState.RESOLVED)
    for n in range(3, 6):
        say(desk, str(n), RUMOUR, f"elm_{n}_demo")
        desk.triage()
    later = [desk.case_of(str(n)) for n in range(3, 6)]
    assert later[0] is not None
    assert later[0].id != case.id
    assert {each.id for each in later if each} == {later[0].id}


def test_somebody_with_a_case_of_their_own_keeps_it(desk: Desk) -> None:
    say(desk, "1", RUMOUR)
    say(desk, "2", "my line is dead as well and it has been for a week", "oak_fan_demo")
    desk.triage()
    say(desk, "3", RUMOUR, "oak_fan_demo")
    desk.triage()
    assert desk.case_of("3") == desk.case_of("2")
    assert desk.case_of("3") != desk.case_of("1")


def test_an_echo_does_not_make_its_author_the_cases_customer(desk: Desk) -> None:
    say(desk, "1", RUMOUR)
    say(desk, "2", RUMOUR, "oak_fan_demo")
    desk.triage()
    say(desk, "3", "and now my own modem is dead since the storm last night", "oak_fan_demo")
    desk.triage()
    case = desk.case_of("3")
    assert case is not None
    assert case.customer_id == stored(desk, "3").customer_id
    assert case != desk.case_of("1")


def test_an_echo_that_presses_harder_raises_the_case_and_is_told(desk: Desk) -> None:
    book = make_book(
        make_rule("dead", says("dead"), then=[Escalate(team="support", severity=Severity.MEDIUM)]),
        make_rule("loud", says("WARRANTY"), then=[Escalate(team="support", severity=Severity.URGENT)]),
    )
    say(desk, "1", RUMOUR)
    desk.triage(book)
    say(desk, "2", RUMOUR, "oak_fan_demo")
    desk.triage(book)
    say(desk, "3", RUMOUR.replace("warranty", "WARRANTY"), "elm_fan_demo")
    desk.triage(book)
    case = desk.case_of("1")
    assert case is not None
    assert (case.severity, case.contacts, case.echoes) == (Severity.URGENT, 1, 2)
    with desk.store.read() as tx:
        assert len(deliveries.in_state(tx, DeliveryState.PENDING)) == 2


def test_rules_can_ask_whether_it_is_a_copy_and_the_trace_says_so_later(desk: Desk) -> None:
    def ask(facts: Facts) -> Answer:
        said = facts.extra.get("near_duplicate_of_recent")
        return Answer(None if said is None else bool(said), said)

    copied = Condition("near_duplicate_of_recent", True, ask)
    book = make_book(make_rule("copy", copied, then=[DraftReply(template="thanks")]))
    say(desk, "1", RUMOUR)
    say(desk, "2", RUMOUR, "oak_fan_demo")
    desk.triage(book)
    first, second = desk.decision_of("1"), desk.decision_of("2")
    assert first is not None
    assert second is not None
    assert (first.matched, second.matched) == (("default",), ("copy",))
    assert "extra" not in second.facts
    for native_id, decision, said in (("1", first, False), ("2", second, True)):
        facts = restore_facts(stored(desk, native_id), decision.facts)
        assert facts.extra == {"near_duplicate_of_recent": said}


def test_many_cases_know_their_echoes(desk: Desk) -> None:
    say(desk, "1", RUMOUR)
    say(desk, "2", RUMOUR, "oak_fan_demo")
    say(desk, "3", "my line is dead as well and it has been for a week", "elm_fan_demo")
    desk.triage()
    with desk.store.read() as tx:
        found = {case.title: (case.sources, case.echoes) for case in cases.page(tx).items}
    assert sorted(found.values()) == [(1, 0), (1, 1)]


def test_what_was_stored_before_fingerprints_is_nobodys_original(desk: Desk) -> None:
    desk.hear(make_mention("1", RUMOUR))
    say(desk, "2", RUMOUR, "oak_fan_demo")
    assert stored(desk, "2").copy_of is None
    with desk.store.read() as tx:
        assert drafts.of_mention(tx, stored(desk, "2").id) == []
    assert stored(desk, "2")._replace(copy_of=None) == stored(desk, "2")
