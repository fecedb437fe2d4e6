"""Made-up posts to a made-up brand: as many as wanted, the same ones for the same seed."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

_FIRST_POST_AT: Final = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_SLOT: Final = re.compile(r"\{(\w+)\}")

_UNHAPPY: Final = (
    "{hail} still waiting for my {item}, {wait} and no answer",
    "{hail} third time this month the {item} {fails}. {anger}",
    "great, another {trouble}, thanks {brand} {sour}",
    "love how {brand} keeps me on hold for {wait}",
    "your {item} {fails} again and your {desk} just hangs up. {anger}",
    "I was charged twice for the {item} and nobody at {brand} can tell me why",
    "{brand} {desk} is the worst. Not one person could help with my {item}",
    "cancelled my {plan}, {wait} later you still take my money. {anger}",
    "Switching to another company after {wait} of {trouble}. Never again, {brand}",
    "is it normal that the {item} {fails} every single evening? {sour}",
    "I don’t want another voucher, I want the {item} I paid for {sour}",
    "{anger} The {item} arrived broken and the {desk} told me to wait {wait}",
    "The {item} was kind of okay at first, but now it {fails} at least twice a day",
)
_NEUTRAL: Final = (
    "{hail} does the {plan} include the {item}?",
    "Anyone here using the {item} from {brand}? Thinking about the {plan}",
    "{hail} what are your opening hours on {day}?",
    "moving to a new flat on {day}, can I take my {plan} with me {brand}?",
    "The new {item} by {brand} comes out on {day} https://example.com/news/{number}",
    "Comparing {brand} and two others: prices, speed and the {desk}. https://example.com/{number}",
    "can you DM me please? it is about order {number}",
    "Got the {item} on {day}. Will report back in {wait}.",
    "RT if you are at the {brand} shop right now",
)
_HAPPY: Final = (
    "{hail} thanks, the {desk} sorted my {item} in ten minutes {cheer}",
    "Really happy with the {item}! {joy}",
    "shout-out to the {brand} {desk}, so friendly and so quick {cheer}",
    "Never had a problem with my {plan}, {joy}",
    "{joy} The {item} just works and the price isn't bad either",
    "The new {item} is the bomb {cheer}",
    "OK {brand}, the {item} is AMAZING {cheer}",
    "Was worried about the {plan} but honestly? {joy}",
)
_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "hail": ("@acme", "@acme_care", "hey @acme", "Hi Acme,", "@acme @acme_care", "Dear Acme,"),
    "brand": ("@acme", "Acme", "acme", "#acme", "ACME"),
    "item": ("modem", "router", "order", "parcel", "refund", "app", "new phone", "invoice", "TV box"),
    "plan": ("contract", "family plan", "subscription", "fibre line", "student plan"),
    "desk": ("support", "hotline", "chat team", "shop staff", "service desk"),
    "fails": ("crashes", "is down", "doesn't work", "won't connect", "loses the signal", "shows an error"),
    "trouble": ("outage", "delay", "dropped call", "wrong bill", "lost parcel"),
    "wait": ("two hours", "3 weeks", "45 minutes", "ten days", "a month", "2 years"),
    "anger": (
        "This is a joke.",
        "UNACCEPTABLE!!!",
        "I am so tired of this.",
        "Horrible service \N{POUTING FACE}",
        "Do you even care??",
        "What a total waste of money",
    ),
    "sour": ("", "", "\N{FACE WITH ROLLING EYES}", ":(", "smh", "\N{POUTING FACE}\N{POUTING FACE}", "wtf"),
    "cheer": ("", "!!", "\N{SMILING FACE WITH HEART-SHAPED EYES}", ":)", "\N{THUMBS UP SIGN}", "<3", "lol"),
    "joy": (
        "Best support I ever had.",
        "Could not be happier!",
        "Love it \N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}",
        "Very impressed.",
        "Works great so far.",
    ),
    "day": ("Monday", "Tuesday", "Friday", "Saturday", "Sunday", "the 14th"),
}
_NAMES: Final = (
    "maple",
    "pixel",
    "harbour",
    "lantern",
    "cobalt",
    "willow",
    "rocket",
    "pepper",
    "meadow",
    "tundra",
)
_TRAITS: Final = ("fan", "walker", "reader", "gamer", "baker", "driver", "cyclist", "gardener")


def service_posts(n: int, *, seed: int = 1) -> Iterator[dict[str, str]]:
    """Yield `n` made-up posts, oldest first, as an import takes them: `id, author, text, posted_at`.

    About half are unhappy, a quarter neutral and a quarter happy. An author has about eight posts.
    """
    rng = random.Random(seed)
    posted_at = _FIRST_POST_AT
    authors = max(1, n // 8)
    for number in range(n):
        posted_at += timedelta(seconds=rng.randint(5, 180))
        yield {
            "id": f"made-up-{seed}-{number}",
            "author": _author(rng.randrange(authors)),
            "text": _text(rng),
            "posted_at": posted_at.isoformat(),
        }


def _author(number: int) -> str:
    name = _NAMES[number % len(_NAMES)]
    trait = _TRAITS[number // len(_NAMES) % len(_TRAITS)]
    return f"{name}_{trait}_{number}_demo"


def _text(rng: random.Random) -> str:
    patterns = rng.choices((_UNHAPPY, _NEUTRAL, _HAPPY), weights=(2, 1, 1))[0]

    def fill(slot: re.Match[str]) -> str:
        if slot[1] == "number":
            return str(rng.randint(1_000, 9_999_999))
        return rng.choice(_WORDS[slot[1]])

    sentences = rng.sample(patterns, k=rng.choice((1, 1, 1, 2, 2, 3)))
    text = " ".join(_SLOT.sub(fill, " ".join(sentences)).split())
    return text.upper() if rng.random() < 0.03 else text
