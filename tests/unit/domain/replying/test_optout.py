"""Stop means stop, and only where it is said to us."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagebot.domain.replying.optout import OptOut

ASKS_US_TO_STOP = (
    "stop",
    "Stop.",
    "STOP!!!",
    "@acme stop",
    "@acme STOP 🛑",
    "@acme please stop",
    "@acme please stop replying",
    "please stop replying to my tweets",
    "stop replying to me",
    "@acme @acme_help stop replying to me please",
    "u/acme_support stop messaging me",
    "Could you please stop replying to my posts?",
    "can you guys stop tagging me",
    "Just stop.",
    "ok stop now",
    "stop it",
    "Stop it already",
    "stop contacting me, thanks",
    "I said stop",
    "I told you to stop messaging me!",
    "I'd like you to stop replying",
    "I’d like you to stop replying",
    "for the last time: STOP tagging me",
    "no thanks, stop",
    "stop stop stop",
    "Stop. Replying. To. Me.",
    "unsubscribe",
    "UNSUBSCRIBE",
    "unsubscribe me",
    "please unsubscribe me",
    "@acme unsubscribe me from these replies",
    "I want to unsubscribe",
    "stop spamming me https://example.com/p/1",
    "bot, stop",
    "hey stop bothering me",
    "leave me alone",
    "Please just leave me alone!",
    "stop, leave me alone",
    "\n  stop\n",
)
SAYS_SOMETHING_ELSE = (
    "",
    "@acme",
    "the updates never stop",
    "the updates never stop, love it",
    "non-stop",
    "flying non-stop with you tomorrow",
    "nonstop fun",
    "unstoppable!",
    "don't stop",
    "please don't stop replying",
    "do not stop",
    "never stop",
    "can't stop laughing at this",
    "stop charging my card",
    "please stop charging me twice",
    "stop the outages",
    "stop raising prices",
    "my modem does not stop beeping",
    "stop, my modem is broken",
    "when will you stop?",
    "does it ever stop",
    "the bus stop near your store",
    "full stop",
    "one-stop shop",
    "I will stop by your store",
    "how do I unsubscribe from the newsletter?",
    "unsubscribe from the newsletter",
    "unsubscribe does not work",
    "the unsubscribe link is broken",
    "@stop is my name",
    "u/stop",
    "see https://example.com/stop",
    "stopp",
    "stops",
    "s t o p",
    "stop-motion",
    "pit stop please",
    "leave me alone with this delicious cake",
    "pull out all the stops",
    "Stop! Hammer time",
    "please stop replying " + "x" * 300,
)


@pytest.mark.parametrize("text", ASKS_US_TO_STOP)
def test_an_opt_out_is_understood(text: str) -> None:
    assert OptOut().is_meant(text)


@pytest.mark.parametrize("text", SAYS_SOMETHING_ELSE)
def test_other_messages_are_no_opt_out(text: str) -> None:
    assert not OptOut().is_meant(text)


def test_a_site_has_its_own_words_and_phrases() -> None:
    german = OptOut(("stopp", "schreibt mir nicht"))

    assert german.is_meant("@acme Stopp bitte!")
    assert german.is_meant("bitte schreibt mir nicht")
    assert not german.is_meant("stop")


@pytest.mark.parametrize(
    "text",
    [
        "Please stop writing to me, Acme Air. unsubscribe.",
        "ACME AIR, STOP!",
        "stop, acme air, stop",
    ],
)
def test_the_brand_may_be_called_by_its_name(text: str) -> None:
    assert not OptOut().is_meant(text)
    assert OptOut(brand="Acme Air").is_meant(text)


@pytest.mark.parametrize(
    ("brand", "text", "is_meant"),
    [
        ("Acme", "where is the Acme stop?", False),
        ("Acme", "stop acmes van", False),
        ("Acme", "Acme", False),
        ("Stop", "stop", True),
        ("Me", "leave me alone", True),
        ("Reply All", "stop " + "reply all " * 15 + "card", False),
        ("!?", "stop", True),
    ],
)
def test_a_brands_name_takes_no_words_away(brand: str, text: str, is_meant: bool) -> None:
    assert OptOut(brand=brand).is_meant(text) is is_meant


def test_a_site_without_words_never_sees_an_opt_out() -> None:
    assert not OptOut(()).is_meant("stop")
    assert not OptOut(("", "!?")).is_meant("stop")
    assert not OptOut(("", "!?")).is_meant("")


def test_words_are_words_and_not_patterns() -> None:
    assert not OptOut((".*",)).is_meant("anything at all")
    assert OptOut(("c++ stop",)).is_meant("c++ stop")


@given(st.text(max_size=400))
def test_no_text_whatever_makes_it_stumble(text: str) -> None:
    OptOut().is_meant(text)


def test_a_hostile_text_costs_no_time() -> None:
    # Each of these words may stand before and behind; a careless pattern would try every split of them.
    assert not OptOut().is_meant(("stop please now " * 12)[:190] + "card")
