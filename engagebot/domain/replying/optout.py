"""Whether a short message asks us to leave somebody alone, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

DEFAULT_WORDS = ("stop", "unsubscribe", "leave me alone")
LONGEST = 200

# What may stand around the words: politeness and insistence in front, whom and what to spare behind. Anything
# else makes it another message: "stop charging my card" is a complaint, "the updates never stop" praise.
# No phrase is made of others, so that there is one way to read a text, however long it is drawn out.
_BEFORE = """
    please, pls, plz, kindly, just, ok, okay, hey, hi, hello, yo, seriously, now, again, and, so, no, nope,
    thanks, thank you, sorry, enough, guys, all, bot, go away, i said, i say, i beg you to, i told you to, i
    asked you to, i am asking you to, i'm asking you to, i need you to, i want you to, i want to, i wanna,
    i'd like to, i would like to, i'd like you to, i would like you to, i wish to, can you, could you, would
    you, will you, you must, you should, you need to, you have to, for the last time, once, one more time,
    bitte, por favor, svp
"""
_AFTER = """
    replying, responding, answering, messaging, texting, contacting, writing, tagging, mentioning, tweeting,
    posting, commenting, dming, pinging, pming, spamming, bothering, harassing, annoying, pestering,
    talking, speaking, emailing, following, sending, reply, replies, responses, answers, messages, message,
    msgs, tweets, posts, comments, dms, mentions, spam, automated, automatic, auto, bot, bots, canned, me,
    us, my, mine, our, these, this, those, that, it, your, the, any, all, more, to, at, with, in, on, under,
    from, of, and, or, please, pls, plz, now, right now, thanks, thank you, thx, ok, okay, immediately,
    already, ever, again, forever, anymore, once, today, you, u, guys, everyone, here, i said, leave me
    alone, go away, unsubscribe, stop, bitte, por favor, svp
"""
_NOT_WORDS = re.compile(r"https?://\S+|[^\w\s'-]|(?<!\w)['-]+|['-]+(?!\w)")


@dataclass(frozen=True, slots=True)
class OptOut:
    """The site's opt-out words; a word may be a phrase. The brand's name may stand anywhere among them."""

    words: tuple[str, ...] = DEFAULT_WORDS
    brand: str = ""
    _pattern: re.Pattern[str] | None = field(init=False, repr=False, compare=False)
    _first: re.Pattern[str] | None = field(init=False, repr=False, compare=False)
    _name: re.Pattern[str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = [words for words in map(_plain, self.words) if words]
        wanted = _any_of(known)
        whole = f"(?:{_any_of(_phrases(_BEFORE))} )*{wanted}(?: {_any_of([*_phrases(_AFTER), *known])})*"
        object.__setattr__(self, "_pattern", re.compile(whole) if known else None)
        object.__setattr__(self, "_first", re.compile(wanted) if known else None)
        name = re.compile(rf"(?<!\S){re.escape(_plain(self.brand))}(?!\S)") if _plain(self.brand) else None
        # A brand that is called as one asks to be left alone would take the very words away.
        is_apart = name is not None and not any(map(name.search, known))
        object.__setattr__(self, "_name", name if is_apart else None)

    def is_meant(self, text: str) -> bool:
        """Whether this message, with names and links taken out, is an opt-out from end to end."""
        if self._pattern is None or self._first is None or len(text) > LONGEST:
            return False
        words = _plain(text)
        if self._name is not None:
            words = " ".join(self._name.sub(" ", words).split())
        return self._first.search(words) is not None and self._pattern.fullmatch(words) is not None


def _phrases(listed: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in listed.split(",")]


def _any_of(phrases: Iterable[str]) -> str:
    # Longest first, and each once: a phrase that stood there twice would double the ways to read it.
    return f"(?:{'|'.join(map(re.escape, sorted(set(phrases), key=lambda each: (-len(each), each))))})"


def _plain(text: str) -> str:
    """Words in lower case with one space between them; names of accounts, links and signs are left out."""
    text = text.casefold().replace("\u2019", "'")
    text = re.sub(r"(?<!\w)@[\w.-]+|(?<![\w/])/?u/[\w-]+", " ", text)
    return " ".join(_NOT_WORDS.sub(" ", text).split())
