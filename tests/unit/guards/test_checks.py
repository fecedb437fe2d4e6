"""Each check finds what it is for, and nothing beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from engagebot.domain.judgement import Intent, Judgement, Sentiment
from engagebot.domain.replying.advice import CHECK_NAMES, About, Check, Flag, Recent
from engagebot.guards import load_guards
from engagebot.guards.guarding import MOST_FLAGS
from engagebot.scaffold import template_root
from tests.fakes import NOON

GUARDS = load_guards(template_root() / "config" / "guards")


def felt(sentiment: Sentiment, *intents: Intent, **over: Any) -> Judgement:
    return Judgement(compound=0.0, sentiment=sentiment, version="v", intents=intents, **over)


UNHAPPY = About(
    judgement=felt(Sentiment.NEGATIVE, Intent.COMPLAINT), mention_text="the kettle leaks, so annoyed"
)
HAPPY = About(judgement=felt(Sentiment.POSITIVE, Intent.PRAISE), mention_text="the kettle is great")
ASKING = About(judgement=felt(Sentiment.NEUTRAL, Intent.QUESTION), mention_text="How do I clean the kettle?")
CHEATED = About(
    judgement=felt(Sentiment.NEGATIVE, feels_cheated=True), mention_text="you charged me twice, scam"
)
TENDER = About(judgement=felt(Sentiment.NEGATIVE, is_tender=True), mention_text="my father died last week")


NOBODY = About()


def marks(check: Check, reply: str, about: About = NOBODY) -> list[str]:
    return [flag.words for flag in GUARDS.check(reply, about) if flag.check is check]


def flag_of(check: Check, reply: str, about: About = NOBODY) -> Flag:
    (flag,) = (each for each in GUARDS.check(reply, about) if each.check is check)
    return flag


def test_an_empty_reply_and_a_good_one_have_no_flags() -> None:
    good = "I'm sorry the kettle leaks. Would you like another one or your money back?"
    for text in ("", " \n ", good):
        assert GUARDS.check(text, UNHAPPY) == ()


def test_every_flag_gives_one_sentence_and_marks_its_own_words() -> None:
    text = (
        "You simply dropped it, idiot! 😂😂😂 Vote for us, we guarantee a refund by Friday! "
        "Check out our shop: call +49 170 5550123."
    )
    flags = GUARDS.check(text, UNHAPPY)
    assert len({flag.check for flag in flags}) >= 8
    for flag in flags:
        assert CHECK_NAMES[flag.check]
        assert flag.advice.endswith((".", "?", "”"))
        assert flag.is_whole or text[flag.start : flag.end] == flag.words
    risky = [flag.is_risky for flag in flags]
    assert risky == sorted(risky, reverse=True)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("Just restart it.", ["Just"]),
        ("Please adjust the dial.", []),
        ("I just checked, and just now it was fine.", []),
        ("As I said, obviously it is off.", ["As I said", "obviously"]),
        (
            "You should have asked. Calm down. Per our policy, no.",
            ["You should have asked", "Calm down", "Per our policy"],
        ),
    ],
)
def test_condescension(reply: str, words: list[str]) -> None:
    assert marks(Check.CONDESCENSION, reply) == words


@pytest.mark.parametrize(
    ("reply", "is_blame"),
    [
        ("That's because you dropped it.", True),
        ("You must have pressed the wrong button.", True),
        ("It's not our fault.", True),
        ("You must have had a long evening.", False),
        ("It is our fault, and not your fault.", False),
        ("I asked because you wrote that it leaks.", False),
    ],
)
def test_blame(reply: str, is_blame: bool) -> None:
    assert bool(marks(Check.BLAME, reply)) is is_blame


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("WE HAVE TOLD YOU before", ["WE HAVE TOLD YOU"]),
        ("It is NOT broken", ["NOT"]),
        ("Use the HDMI port and the USB port of ACME", []),
        ("What an idiot", ["idiot"]),
        ("Oh wow, good luck with that", ["Oh wow", "good luck with that"]),
    ],
)
def test_heated(reply: str, words: list[str]) -> None:
    about = About(ours=("Acme",))
    assert marks(Check.HEATED, reply, about) == words
    assert all(flag.is_risky for flag in GUARDS.check(reply, about) if flag.check is Check.HEATED)


@pytest.mark.parametrize(
    ("reply", "about", "is_marked"),
    [
        ("How can we help?", UNHAPPY, True),
        ("A leaking kettle? Oh no.", UNHAPPY, False),
        ("That must be frustrating.", UNHAPPY, False),
        ("How can we help?", ASKING, False),
        ("How can we help?", HAPPY, False),
    ],
)
def test_empathy(reply: str, about: About, is_marked: bool) -> None:
    found = [flag for flag in GUARDS.check(reply, about) if flag.check is Check.EMPATHY]
    assert [flag.is_whole for flag in found] == ([True] if is_marked else [])


def test_an_apology_is_asked_for_where_the_cause_is_ours() -> None:
    ours = About(judgement=felt(Sentiment.NEGATIVE, reason="damaged"), mention_text="box arrived broken")
    theirs = About(judgement=ours.judgement, mention_text=ours.mention_text, is_our_fault=False)
    reply = "A broken box. Which one was it?"
    assert marks(Check.APOLOGY, reply, ours) == [""]
    assert marks(Check.APOLOGY, reply, theirs) == []
    assert marks(Check.APOLOGY, reply, UNHAPPY) == []
    assert marks(Check.APOLOGY, "I'm sorry about the broken box.", ours) == []
    assert marks(Check.APOLOGY, "I'm sorry you feel that way about the box.", ours) == [""]


def test_nothing_cheerful_on_tender_topics() -> None:
    assert marks(Check.TENDER, "Awesome, have a great day! 😊 :)", TENDER) == [
        "Awesome",
        "have a great day",
        "!",
        "😊",
        ":)",
    ]
    assert marks(Check.TENDER, "I am so sorry about your father.", TENDER) == []
    assert marks(Check.TENDER, "Awesome! 😊", HAPPY) == []


def test_no_gift_first_for_who_feels_cheated() -> None:
    late = "I'm sorry about the second charge. It went back today. Have a voucher, too."
    assert marks(Check.CHEATED, "Here is a voucher for you!", CHEATED) == ["voucher", "!"]
    assert marks(Check.CHEATED, late, CHEATED) == []
    assert marks(Check.CHEATED, "Here is a voucher!", UNHAPPY) == []
    assert flag_of(Check.CHEATED, "A voucher for you.", CHEATED).is_risky


def test_humour_depends_on_whom_it_is_for() -> None:
    assert marks(Check.HUMOUR, "Haha, lovely", HAPPY) == []
    assert flag_of(Check.HUMOUR, "Haha, lovely", UNHAPPY).is_risky
    assert not flag_of(Check.HUMOUR, "Haha, lovely", ASKING).is_risky
    assert marks(Check.HUMOUR, "Hey sexy", HAPPY) == ["sexy"]
    assert marks(Check.HUMOUR, "Yay 🎉🎉🎉", HAPPY) == ["🎉🎉🎉"]
    assert marks(Check.HUMOUR, "Yay 🎉 and ❤️", HAPPY) == []
    assert marks(Check.HUMOUR, "Family: 👩‍👩‍👧‍👦 👍🏽", HAPPY) == []
    assert marks(Check.HUMOUR, "Thanks! Sorry! It leaks!", UNHAPPY) == ["!", "!", "!"]
    assert marks(Check.HUMOUR, "Thanks!", UNHAPPY) == []


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("Your refund will be there by Friday.", ["refund will be there by Friday"]),
        ("We'll fix it within two hours.", ["fix it within two hours"]),
        ("The parcel will come on 3 May.", ["parcel will come on 3 May"]),
        ("I'll write to you about the refund by Friday.", []),
        ("Refunds usually take five days.", []),
        ("The refund left on Friday.", []),
        ("Did the refund come by Friday?", []),
        ("It should be with you tomorrow.", []),
        ("We guarantee it.", ["guarantee"]),
        ("We can't guarantee it.", []),
        ("It won't happen again.", ["won't happen again"]),
        ("We're always happy to help.", []),
    ],
)
def test_promises(reply: str, words: list[str]) -> None:
    assert marks(Check.PROMISE, reply) == words


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("Try this: https://shop.example.com/kettles", ["https://shop.example.com/kettles"]),
        ("Only $79 today", ["$79"]),
        ("Check out our new kettles", ["Check out our"]),
        ("The steps: https://help.example.com/leaks", []),
        ("We'll refund the $79.", []),
        ("It shows error code E1234, doesn't it?", []),
    ],
)
def test_selling_in_a_help_reply(reply: str, words: list[str]) -> None:
    for about in (UNHAPPY, ASKING, About()):
        assert [each for each in words if each not in marks(Check.SELLING, reply, about)] == []
        assert bool(marks(Check.SELLING, reply, about)) is bool(words)
    assert marks(Check.SELLING, reply, HAPPY) == []


def test_who_asks_what_to_buy_may_hear_it() -> None:
    reply = "The Pro, $79: https://shop.example.com/pro"
    asked = About(judgement=ASKING.judgement, mention_text="Which kettle is best for tea?")
    angry = About(judgement=UNHAPPY.judgement, mention_text="Which kettle does not leak? Mine does, awful")
    assert marks(Check.SELLING, reply, asked) == []
    assert marks(Check.SELLING, reply, angry) != []


def test_codes_are_not_given_in_public() -> None:
    assert marks(Check.SELLING, "Thank you! Use code LOVE10.", HAPPY) == ["code LOVE10"]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("Is maple.fan@example.com still right?", ["maple.fan@example.com"]),
        ("Write to support@example.com", []),
        ("We called 0170 5550123 twice.", ["0170 5550123"]),
        ("We called +49 (30) 555-0123.", ["+49 (30) 555-0123"]),
        ("Please call us on 030 5550123.", []),
        ("Your order number 4711-0815 left.", ["4711-0815"]),
        ("Order #A12345 left", ["A12345"]),
        ("It went to 12 Maple Street.", ["12 Maple Street"]),
        ("It went to Ahornweg 12.", ["Ahornweg 12"]),
        ("Our shop is at 12 Maple Street.", []),
        ("From 2026-08-03 until 04.09.2026, 10:30-12:30", []),
        ("It costs 1200000 points in 24 hours", ["1200000"]),
        ("Your order from Monday left in 2 boxes.", []),
    ],
)
def test_private_data_in_public(reply: str, words: list[str]) -> None:
    assert marks(Check.PRIVATE, reply, About()) == words
    assert marks(Check.PRIVATE, reply, About(is_public=False)) == []


@pytest.mark.parametrize(
    ("text", "is_marked"),
    [
        ("Thank you, Juniper! The box is for you.", True),
        ("Hi Maple, thank you! The box is for you.", True),
        ("thank you. the box is for you", True),
        ("What a photo. The box is for you.", False),
    ],
)
def test_sameness(text: str, is_marked: bool) -> None:
    about = About(recent=(Recent(7, "Thank you! The box is for you.", False),))
    found = [flag.resembles for flag in GUARDS.check(text, about) if flag.check is Check.SAMENESS]
    assert found == ([7] if is_marked else [])


def test_changing_the_first_sentence_clears_a_long_form_letter() -> None:
    rest = " ".join(f"Here is sentence number {number} about kettles." for number in range(30))
    about = About(recent=(Recent(1, f"Thank you for your words. {rest}", False),))
    assert marks(Check.SAMENESS, f"Thank you for your words. {rest} Bye.", about) == [""]
    assert marks(Check.SAMENESS, f"The photo of your garden is a joy. {rest}", about) == []


def test_a_reply_in_the_same_thread_is_named_first() -> None:
    same = "Thank you so much for this."
    about = About(recent=(Recent(1, same, False), Recent(2, same, True)))
    flag = flag_of(Check.SAMENESS, same, about)
    assert (flag.resembles, flag.is_risky) == (2, True)
    assert not flag_of(Check.SAMENESS, same, About(recent=about.recent[:1])).is_risky


@pytest.mark.parametrize(
    ("age", "limit", "reply", "advised"),
    [
        (timedelta(hours=23, minutes=59), None, "Which one was it?", []),
        (timedelta(hours=24, minutes=1), None, "Which one was it?", ["24 hours"]),
        (timedelta(days=3), None, "Which one was it?", ["3 days"]),
        (timedelta(days=3), None, "Sorry this took so long. Which one was it?", []),
        (timedelta(hours=5), timedelta(hours=4), "Sorry for the wait. Which one?", ["our limit is 4 hours"]),
        (timedelta(hours=5), timedelta(hours=4), "Which one?", ["our limit is 4 hours", "waited 5 hours"]),
        (timedelta(hours=3), timedelta(hours=4), "Which one?", []),
    ],
)
def test_late_replies(age: timedelta, limit: timedelta | None, reply: str, advised: Sequence[str]) -> None:
    about = About(said_at=NOON - age, now=NOON, answer_within=limit)
    found = [flag.advice for flag in GUARDS.check(reply, about) if flag.check is Check.TOO_LATE]
    assert len(found) == len(advised)
    assert all(words in advice for words, advice in zip(advised, found, strict=True))


@pytest.mark.parametrize(
    ("mention", "reply", "open_ones"),
    [
        ("Do you open on Sunday? Where can I park?", "Yes, from ten.", ["Where can I park?"]),
        ("Do you open on Sunday? Where can I park?", "Yes, from ten, and you can park behind the shop.", []),
        ("When will it come? Is it the blue one?", "It's blue.", ["When will it come?"]),
        ("When will it come? Is it the blue one?", "I'll find out and write by Friday.", []),
        ("Is it blue? Is it big?", "Yes.", ["Is it big?"]),
        ("How much is the kettle?", "It's 40 euros.", []),
        ("Are you kidding me? The kettle leaks", "I'm sorry.", []),
        ("The kettle leaks.", "I'm sorry.", []),
    ],
)
def test_open_questions_are_listed(mention: str, reply: str, open_ones: list[str]) -> None:
    found = [
        flag for flag in GUARDS.check(reply, About(mention_text=mention)) if flag.check is Check.QUESTIONS
    ]
    assert [flag.words for flag in found] == (
        [" ".join(f"“{each}”" for each in open_ones)] if open_ones else []
    )
    for flag in found:
        asked = mention.count("?")
        assert flag.advice.startswith(f"{asked - len(open_ones)} of {asked} question")
        assert not flag.is_risky


def test_opinions() -> None:
    assert flag_of(Check.OPINION, "We hope this government goes.").is_risky
    assert marks(Check.OPINION, "Oh my god, thank god, and keep good faith.") == []


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("she is pregnant", ["pregnant"]),
        ("Muslim, votes for the left wing", ["Muslim", "votes for", "left wing"]),
        ("wants the black box, prefers e-mail", []),
    ],
)
def test_notes_hold_no_sensitive_traits(note: str, words: list[str]) -> None:
    flags = GUARDS.check_note(note)
    assert [flag.words for flag in flags] == words
    assert all(flag.is_risky and flag.check is Check.SENSITIVE and flag.advice for flag in flags)
    # Such words are no fault of a reply.
    assert Check.SENSITIVE not in {flag.check for flag in GUARDS.check(note, About())}


def test_one_check_raises_so_many_flags_and_no_more() -> None:
    assert len(marks(Check.CONDESCENSION, "simply " * 1000)) == MOST_FLAGS


@pytest.mark.parametrize(
    "part",
    [
        "you have the ",
        "$1,",
        "order number is ",
        "a@",
        "1-",
        "in the next ",
        "what is it? ",
        "😂",
        "AB'",
        "(1 ",
    ],
)
def test_time_grows_with_the_length_alone(part: str) -> None:
    # What grew with the square of the length would take minutes here, and the suite stops it.
    text = part * (100_000 // len(part))
    about = About(
        mention_text=text,
        judgement=CHEATED.judgement,
        recent=tuple(Recent(n, text, False) for n in range(50)),
    )
    assert len(GUARDS.check(text, about)) <= MOST_FLAGS * len(Check)
