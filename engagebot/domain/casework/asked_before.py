"""How often customers say that they have asked already, wherever it was: "I have called twice".

What was heard here counts by itself; this is what nobody here wrote down, in their own words (English).
"""

from __future__ import annotations

import re
from typing import Final

MANY: Final = 0
"""More often than once, and they do not say how often."""
_NUMBERS: Final = {
    "two": 2, "twice": 2, "second": 2, "three": 3, "thrice": 3, "third": 3, "four": 4, "fourth": 4,
    "five": 5, "fifth": 5, "six": 6, "sixth": 6, "seven": 7, "seventh": 7, "eight": 8, "eighth": 8,
    "nine": 9, "ninth": 9, "ten": 10, "tenth": 10,
}  # fmt: skip
_MOST = 50
_COUNT = r"two|three|four|five|six|seven|eight|nine|ten|[2-9]|[1-4][0-9]"
_MANY = r"several|countless|many|numerous|multiple|dozens of|a (?:dozen|couple(?: of)?|few|hundred|thousand)"
_NTH = r"second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|2nd|3rd|[4-9]th|1[0-9]th"
_VERB = (
    r"called|rung|rang|phoned|e-?mailed|mailed|written|wrote|messaged|texted|asked|contacted|complained|"
    r"reported|dm'?e?d|chased|spoken|been in touch|to call|call(?:ing)? back|calling|to reach|on hold|"
    r"on the phone"
)
_NOUN = r"calls?|(?:e-?)?mails?|messages?|letters?|dms?|tickets?|requests?|chats?|complaints?"
# Others who called are no customers of ours asking us.
_OTHERS = r"(?:\b(?:you|they|he|she|it|who|was|were|been|be|get|got|being)(?:'ve| have| had| has)? )?"
_SAID: Final = (
    re.compile(
        rf"(?P<others>{_OTHERS})\b(?:{_VERB})\b(?: [\w@']+){{0,3}}? "
        rf"(?:(?P<word>twice|thrice)|(?P<count>{_COUNT}|{_MANY}) ?(?:times|xs?)\b)"
    ),
    re.compile(
        rf"\b(?P<others>)(?:after|and|made|had|sent|spent|opened|despite|with|it took|on) (?:now )?"
        rf"(?P<count>{_COUNT}|{_MANY}) (?:\w+ )?(?:{_NOUN})\b"
    ),
    re.compile(
        rf"\b(?P<others>)(?P<count>{_COUNT}|{_MANY}) (?:\w+ )?(?:{_NOUN})[,.:;]? "
        r"(?:and |but |still |yet |later )*(?:no|nothing|nobody|none|zero)\b"
    ),
    re.compile(rf"\b(?P<others>)(?:my|our|this is the|the) (?P<count>{_NTH}) (?:\w+ )?(?:{_NOUN})\b"),
    re.compile(
        rf"\b(?P<others>)(?P<count>{_NTH}) time (?:now )?(?:that )?"
        r"(?:i|we)(?:'ve|'m|'re| have| am| are| had)?(?: to)? "
        rf"(?:{_VERB}|call|ask|write|mail|e-?mail|message|asking|writing|e-?mailing|mailing|messaging)\b"
    ),
    re.compile(
        rf"\b(?P<others>)(?P<count>{_COUNT}|{_MANY}) times (?:now )?(?:that )?"
        rf"(?:i|we)(?:'ve| have| had)? (?:{_VERB})\b"
    ),
)
_MARKS = str.maketrans({"’": "'", "‘": "'"})


def asked_before(words: str) -> int | None:
    """How often they say they have asked; `MANY` where they give no number, `None` where they say nothing.

    Of several figures the highest counts.
    """
    line = " ".join(words.translate(_MARKS).lower().split())
    said = (_number(match) for pattern in _SAID for match in pattern.finditer(line))
    return max((number for number in said if number is not None), default=None)


def asked_words(times: int) -> str:
    """`says they asked twice`, as whoever takes the case reads it."""
    often = {MANY: "several times", 2: "twice"}.get(times, f"{times} times")
    return f"says they asked {often}"


def _number(match: re.Match[str]) -> int | None:
    if match["others"]:
        return None
    parts = match.groupdict()
    said = parts.get("word") or parts["count"]
    if said in _NUMBERS:
        return _NUMBERS[said]
    digits = re.match(r"[0-9]+", said)
    number = int(digits.group()) if digits else MANY
    return number if number <= _MOST else None
