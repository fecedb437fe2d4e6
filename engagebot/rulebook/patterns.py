"""Patterns of `text: {matches: …}`: RE2, so that no pattern can take long, with word ends of our own."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

import re2

from engagebot.rulebook.words import TEXT_CHARS, Span

PATTERN_CHARS = 1000
_MAX_SPANS = 20
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
        options = re2.Options()
        options.max_mem = 1 << 20
        options.log_errors = False
        options.case_sensitive = False
        try:
            self._compiled: Any = re2.compile(_with_word_ends(source), options)
        except re2.error as error:
            raise ValueError(_explain(error)) from None
        if self._compiled.search("") is not None:
            raise ValueError(
                "the pattern matches an empty text, and so everything; ask for at least one character"
            )

    def find(self, text: str) -> list[Span]:
        """List where the pattern occurs, at most twenty places."""
        # A lone surrogate is no character and RE2 takes UTF-8; the replacement keeps every position.
        text = text[:TEXT_CHARS].encode("utf-8", "replace").decode("utf-8")
        return [match.span(1) for match in islice(self._compiled.finditer(text), _MAX_SPANS)]


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
