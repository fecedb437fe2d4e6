"""A reply as the checks read it: its words, its sentences and what the lists found in it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from engagebot.domain.replying.advice import About, Check, Flag
from engagebot.guards.phrases import Hit, Phrases, Token, tokens_of

MOST_OF_MENTION: Final = 20_000
"""How much of a mention is read beside a reply, in characters."""


class Span(NamedTuple):
    """A stretch of a text, in code points."""

    start: int
    end: int

    def holds(self, at: int) -> bool:
        """Whether a place lies in it."""
        return self.start <= at < self.end


class Text:
    """A text cut into words and sentences; `hits` are what the lists found, by list."""

    def __init__(self, text: str, phrases: Phrases) -> None:
        self.text = text
        self.tokens: Sequence[Token] = tokens_of(text)
        self._hits: Mapping[str, Sequence[Hit]] = phrases.find(self.tokens)

    def hits(self, *lists: str) -> Iterator[Hit]:
        """What one of these lists found."""
        for name in lists:
            yield from self._hits.get(name, ())

    def has(self, *lists: str) -> bool:
        """Whether one of these lists found anything."""
        return any(name in self._hits and self._hits[name] for name in lists)

    @cached_property
    def sentences(self) -> Sequence[Span]:
        """The sentences that hold words, each with the mark that ends it."""
        found: list[Span] = []
        first: int | None = None
        for token in self.tokens:
            if token.form != ".":
                first = token.start if first is None else first
            elif first is not None:
                found.append(Span(first, token.end))
                first = None
        if first is not None:
            found.append(Span(first, len(self.text)))
        return found

    @cached_property
    def _starts(self) -> Sequence[int]:
        return [span.start for span in self.sentences]

    def sentence_at(self, at: int) -> int:
        """The number of the sentence around a place (0 is the first)."""
        return max(0, bisect_right(self._starts, at) - 1)

    def by_sentence(self, places: Iterable[int]) -> set[int]:
        """The numbers of the sentences around these places."""
        return {self.sentence_at(at) for at in places}

    def words_in(self, span: Span) -> str:
        """What stands there."""
        return self.text[span.start : span.end]


class Reply(Text):
    """A reply beside what is known of the mention it answers."""

    def __init__(self, text: str, about: About, phrases: Phrases, contacts: Sequence[str] = ()) -> None:
        super().__init__(text, phrases)
        self.about = about
        self.contacts = contacts
        self._phrases = phrases

    @cached_property
    def mention(self) -> Text:
        """The mention, read by the same lists."""
        return Text(self.about.mention_text[:MOST_OF_MENTION], self._phrases)


Look = Callable[[Reply], Iterator[Flag]]
"""A check: everything it finds in a reply, in any order."""
LONGEST_QUOTE: Final = 80


def marked(reply: Text, check: Check, span: tuple[int, int], advice: str, *, is_risky: bool = False) -> Flag:
    """A flag on words of the reply."""
    start, end = span
    return Flag(check, start, end, reply.text[start:end], advice, is_risky)


def on_hits(
    reply: Text, check: Check, hits: Iterable[Hit], advice: str, *, is_risky: bool = False
) -> Iterator[Flag]:
    """A flag on each hit; the advice of its line goes before the check's own."""
    for hit in hits:
        own = hit.entry.advice or advice
        yield marked(reply, check, (hit.start, hit.end), own, is_risky=is_risky)


def on_whole(
    check: Check, advice: str, *, words: str = "", is_risky: bool = False, resembles: int | None = None
) -> Flag:
    """A flag on the whole reply."""
    return Flag(check, 0, 0, words, advice, is_risky, resembles)


def quoted(words: str) -> str:
    """Words in quotation marks, cut where they are long."""
    words = " ".join(words.split())
    return f"“{words[: LONGEST_QUOTE - 1].rstrip()}…”" if len(words) > LONGEST_QUOTE else f"“{words}”"
