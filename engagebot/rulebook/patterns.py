"""Patterns of `text: {matches: …}`: RE2, so that no pattern can take long, with word ends of our own."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

import re2

from engagebot.rulebook.words import TEXT_CHARS, Span

PATTERN_CHARS = 1000
_MAX_SPANS = 20
# Each further place costs a heavy pattern as much as the first, up to some 20 ms.
_HEAVY_SPANS, _HEAVY_SIZE = 1, 1000
_PATTERN_BYTES = 1 << 20
_SET_BYTES = 1 << 25
_TOO_LARGE: Any = object()
_BEFORE, _AFTER = r"(?:^|[^\p{L}\p{N}_])", r"(?:$|[^\p{L}\p{M}\p{N}_])"
_WORD = r"\p{L}\p{M}\p{N}_"


class Pattern:
    """A compiled pattern, asked of a text as it was written, in any case."""

    def __init__(self, source: str) -> None:
        """Compile it.

        Raises:
            ValueError: RE2 does not know something in it, or it is too large; in words for a person.
        """
        if len(source) > PATTERN_CHARS:
            raise ValueError(f"the pattern has {len(source)} characters; at most {PATTERN_CHARS}")
        if not source:
            raise ValueError("the pattern is empty and would match everything")
        self.source = source
        try:
            self._compiled: Any = re2.compile(_with_word_ends(source), _options(_PATTERN_BYTES))
        except re2.error as error:
            raise ValueError(_explain(error)) from None
        if self._compiled.search("") is not None:
            raise ValueError(
                "the pattern matches an empty text, and so everything; ask for at least one character"
            )

    @property
    def size(self) -> int:
        """How many steps RE2 made of it: what it costs to compile, and to ask."""
        return int(self._compiled.programsize)

    def find(self, text: str) -> list[Span]:
        """List where the pattern occurs: at most twenty places, of a heavy pattern the first."""
        most = _MAX_SPANS if self.size <= _HEAVY_SIZE else _HEAVY_SPANS
        # The replacement of lone surrogates keeps every position.
        text = _utf8(text).decode()
        return [match.span(1) for match in islice(self._compiled.finditer(text), most)]

    def is_in(self, text: str) -> bool:
        """Whether the pattern occurs."""
        return self._compiled.search(_utf8(text)) is not None


class PatternSet:
    """Patterns by number, looked for in one walk over the text."""

    def __init__(self) -> None:
        self._patterns: list[tuple[int, Pattern]] = []
        self._together: Any = None

    def add(self, number: int, pattern: Pattern) -> None:
        """Take a pattern in."""
        self._patterns.append((number, pattern))
        self._together = None

    def found_in(self, text: str) -> list[int]:
        """The numbers of the patterns that occur."""
        if not self._patterns:
            return []
        together = self._together or self._compile()
        told = together.Match(_utf8(text)) if together is not _TOO_LARGE else None
        if told is None:
            return [number for number, pattern in self._patterns if pattern.is_in(text)]
        return [self._patterns[place - 1][0] for place in told if place]

    def _compile(self) -> Any:
        # RE2 says nothing where a set runs out of memory. The first pattern is in every text, so that silence
        # can be told from a text that holds none of the others.
        try:
            together = re2.Set.SearchSet(_options(_SET_BYTES))
            together.Add("(?s).?")
            for _, pattern in self._patterns:
                together.Add(_with_word_ends(pattern.source))
            together.Compile()
        except re2.error:
            together = _TOO_LARGE
        self._together = together
        return together


def _options(max_bytes: int) -> Any:
    options = re2.Options()
    options.max_mem = max_bytes
    options.log_errors = False
    options.case_sensitive = False
    return options


def _utf8(text: str) -> bytes:
    """What is read of a text, as RE2 takes it: a lone surrogate is no character and becomes `?`."""
    return text[:TEXT_CHARS].encode("utf-8", "replace")


def _with_word_ends(source: str) -> str:
    r"""Replace what RE2 knows for ASCII only: `\b` at the pattern's two ends, and `\w`.

    RE2's own `\b` takes é for the end of a word, and it cannot look around; so a word's end is one consumed
    character that is no letter, which works at the ends of a pattern alone.
    """
    starts = source.startswith(r"\b")
    body = source[2:] if starts else source
    escapes = [(match[0], match.start()) for match in re.finditer(r"\\.|\\$", body, re.DOTALL)]
    ends = bool(escapes) and escapes[-1] == (r"\b", len(body) - 2)
    if ends:
        body, escapes = body[:-2], escapes[:-1]
    if any(escape in (r"\b", r"\B") for escape, _ in escapes):
        raise ValueError(r"\b works at the two ends of a pattern only, and \B nowhere: write \b(one|two)\b")
    if (starts or ends) and _has_open_choice(body):
        raise ValueError(r"with \b at an end, put the choices into brackets: \b(one|two)\b")
    body = _unicode_words(body)
    return f"{_BEFORE if starts else ''}({body}){_AFTER if ends else ''}"


def _has_open_choice(body: str) -> bool:
    depth = 0
    bare = re.sub(r"\\.|\[\^?\]?[^\]]*\]", "", body, flags=re.DOTALL)
    for char in bare:
        depth += (char == "(") - (char == ")")
        if char == "|" and depth <= 0:
            return True
    return False


def _unicode_words(body: str) -> str:
    out, is_class = [], False
    for piece in re.findall(r"\\.|\\$|[^\\]", body, re.DOTALL):
        if piece == r"\w":
            out.append(_WORD if is_class else f"[{_WORD}]")
        elif piece == r"\W" and is_class:
            raise ValueError(r"\W does not work between [ and ]; list the characters you mean")
        elif piece == r"\W":
            out.append(f"[^{_WORD}]")
        else:
            is_class = piece == "[" or (is_class and piece != "]")
            out.append(piece)
    return "".join(out)


def _explain(error: re2.error) -> str:
    text = error.args[0] if error.args else ""
    reason = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    if "perl operator" in reason:
        return f"{reason}: looking ahead or behind is not possible; use all/none with two conditions instead"
    if re.search(r"escape sequence: \\[0-9]", reason):
        return f"{reason}: a pattern cannot refer back to a group"
    return f"the pattern cannot be read: {reason}"
