"""Fill a reply template: own placeholders, no logic, one pass, values of strangers defused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engagebot.domain.mention import Mention

PLACEHOLDERS = ("author.name", "author.handle", "brand.name", "mention.community")
WRITTEN_BY_HAND = "by_hand"
"""Stands where a rule's id stands, for replies that a person began; no rule may be called so."""
HOLDING_REPLY = "holding_reply"
"""The same for replies that time proposes, to tell who waits when a person answers."""
ANSWER_WHEN = "answer.when"
"""What a holding reply has to say."""
MOST_WORDINGS = 3
SEPARATOR = "---"
"""The line between two wordings in a template's file."""
VALUE_CHARS = 80
_READ_CHARS = 1000
_PLACEHOLDER = re.compile(r"\{\{\s*([^{}|]*?)\s*(?:\|\s*default\(\s*\"([^\"{}]*)\"\s*\)\s*)?\}\}")
_LINK = re.compile(r"(?:(?:https?|ftp)://|www\.)\S*", re.IGNORECASE)
_SCHEME = re.compile(
    r"(?:[a-z][a-z0-9+.-]{0,30}://|(?<!\w)(?:mailto|javascript|tel|sms|data):)\S*", re.IGNORECASE
)
_DOMAIN = re.compile(r"(?<=\w)[.\u3002](?=[^\W\d_]{2})")
# Where a template begins with a value, these would begin a list; and what looks like a sign in HTML is one.
_LIST = re.compile(r"^(?:[-+=•]+(?=\s|$)|(?<!\d)(\d{1,9})[.)](?=\s|$))")
_ENTITY = re.compile(r"&(?=#?\w{1,32};)")
_PILE = re.compile(r"([\u0300-\u036f]{2})[\u0300-\u036f]+")
_BLANK_LETTERS = dict.fromkeys((0x115F, 0x1160, 0x2800))
_EDGE = re.compile(r"(?<!\w)_|_(?!\w)|(?<=_)_")
_LINE_ENDS = frozenset("\r\n\t\u2028\u2029")
_OURS = frozenset({"brand.name", ANSWER_WHEN})
# At the end of a value too: the template may go on with a word.
_SUMMONS = re.compile(r"(?<!\w)(?:[@#$]|/?[ur]/(?=\w|$))", re.IGNORECASE)
_MARKUP = str.maketrans(dict.fromkeys("*`~^|<>[]()\\{}"))


@dataclass(frozen=True, slots=True)
class Template:
    """A reply text with `{{placeholders}}`, checked when it was loaded; `others` say the same otherwise."""

    name: str
    text: str
    others: tuple[str, ...] = ()

    @property
    def wordings(self) -> tuple[str, ...]:
        """All ways to say it, as they stand in the file."""
        return (self.text, *self.others)

    def in_turn(self, number: int) -> tuple[Template, ...]:
        """Each wording as a template of its own, beginning with another one for each number."""
        first = number % len(self.wordings)
        turned = (*self.wordings[first:], *self.wordings[:first])
        return tuple(Template(self.name, text) for text in turned)


@dataclass(frozen=True, slots=True)
class SavedReply:
    """A text that people put into the composer; it is searched by its name and its words."""

    template: Template

    @property
    def name(self) -> str:
        """The name of its file."""
        return self.template.name

    @property
    def title(self) -> str:
        """Its name as people read it."""
        return self.name.replace("_", " ").replace("-", " ")

    def holds(self, words: str) -> bool:
        """Whether all of these words stand in its title or its text, in whole or in part."""
        text = f"{self.title} {self.template.text}".casefold()
        return all(word in text for word in words.casefold().split())


@dataclass(frozen=True, slots=True)
class Drafted:
    """A filled template. `missing` names placeholders that had no value: such a draft cannot be sent."""

    text: str
    missing: tuple[str, ...] = ()


def wordings_in(text: str) -> Iterator[tuple[int, str]]:
    """The wordings in the text of a template, each with the line that it begins on."""
    begun, kept = 1, list[str]()
    for number, line in enumerate(text.split("\n"), start=1):
        if line.rstrip() == SEPARATOR:
            yield begun, "\n".join(kept)
            begun, kept = number + 1, []
        else:
            kept.append(line)
    yield begun, "\n".join(kept)


def placeholders(text: str) -> tuple[str, ...]:
    """List the names between double braces, in order, unknown ones included."""
    return tuple(match[1] for match in _PLACEHOLDER.finditer(text))


def values_of(mention: Mention, brand: str) -> dict[str, str | None]:
    """What the placeholders stand for in a reply to this mention."""
    author = mention.author
    return {
        "author.name": author.name if author else None,
        "author.handle": author.handle if author else None,
        "brand.name": brand,
        "mention.community": mention.community,
    }


def fill(template: Template, values: Mapping[str, str | None]) -> Drafted:
    """Fill a template in a single pass, so that no value is read as a placeholder again.

    A placeholder without a value and without a default stays literally in the text and is reported in
    `missing`, so that nobody sends a blank where a name should be.
    """
    missing: list[str] = []

    def value_of(match: re.Match[str]) -> str:
        name, default = match[1], match[2]
        value = values.get(name) or ""
        value = value if name in _OURS else defuse(value)
        if value:
            return value
        if default is not None:
            return str(default)
        missing.append(name)
        return match[0]

    return Drafted(_PLACEHOLDER.sub(value_of, template.text).strip(), tuple(missing))


def defuse(value: str) -> str:
    """Make a stranger's value inert: no link, no mention, no markup, no control or direction characters."""
    # Compatibility forms first: platforms read the wide @ and the wide letters of a link as plain ones.
    text = unicodedata.normalize("NFKC", value[:_READ_CHARS])
    text = "".join(" " if ch in _LINE_ENDS else ch for ch in text)
    text = "".join(ch for ch in text if unicodedata.category(ch) not in {"Cc", "Cf", "Co", "Cn", "Cs"})
    # Markup goes before what it can hide: (@)name and h*ttp:// come to life once it is gone. Whatever one
    # step brings together the next round meets again.
    before = None
    while text != before:
        before = text
        text = _EDGE.sub("", text.translate(_MARKUP).translate(_BLANK_LETTERS))
        text = _SCHEME.sub("", _LINK.sub("", _ENTITY.sub("", text)))
        text = _SUMMONS.sub("", text)
        text = _LIST.sub(r"\1", _PILE.sub(r"\1", text))
        text = " ".join(_DOMAIN.sub(" ", text).split())[:VALUE_CHARS].strip()
        text = unicodedata.normalize("NFKC", text)
    return text
