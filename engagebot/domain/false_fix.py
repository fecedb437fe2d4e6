"""What looked fixed and was not: words by which somebody says that an old problem is still there, or back.

English only. Words alone do not tell a false fix: they count where a case of their writer ended a short while
ago.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

LOOKS_FIXED_FOR = timedelta(days=14)
"""So long after a case was resolved such words reopen it."""

_BROKEN = (
    r"(?:broken|down|dead|out|off(?:line)?|gone|fail(?:s|ed|ing)|faulty|stuck|crash(?:es|ed|ing)"
    r"|freez(?:es|ing)|frozen"
    r"|drop(?:s|ped|ping)|cut(?:s|ting)(?: out)?|missing|wrong|bad|slow|lagging|unusable|useless"
    r"|waiting|charg(?:ed|ing)"
    r"|happen(?:s|ed|ing)|stopp(?:ed|ing)|disconnect(?:s|ed|ing)|buffering|blinking|leaking"
    r"|overcharged|billed)"
)
_NOT = r"(?:not|n't|never|no longer|cannot|can't|won't|hardly|barely)"
_MENDED = (
    r"(?:fix(?:ed)?|solv(?:ed|e)|resolv(?:ed|e)|sort(?:ed)?|repair(?:ed)?|mended|working|work(?:s|ed)?|cured)"
)
_TROUBLE = (
    r"(?:problem|issue|error|fault|bug|trouble|mistake|noise|charge|outage|message|thing|nonsense|mess|story)"
)
# Each is one way in which people say it; `\W+` lets a comma or a dash stand between.
_WAYS: Final = (
    rf"\bstill(?:\W+\w+){{0,3}}?\W+{_BROKEN}\b",
    rf"\bstill(?:\W+\w+){{0,3}}?\W+(?:{_NOT}|no|nothing|without|waiting|the same|got the|have the"
    rf"|having|getting)\b",
    r"\bstill(?:\W+\w+){0,2}?\W+(?:isn't|aren't|doesn't|don't|hasn't|haven't|didn't|can't|won't"
    r"|wasn't|nobody|nowhere)\b",
    rf"\b(?:is|are|was|has|have|did|does|do|were)(?:n't| not| never"
    rf"| still not)(?:\W+\w+){{0,3}}?\W+{_MENDED}\b",
    r"\b(?:not|never|nothing|far from|hardly)(?:\W+\w+){0,2}?\W+(?:fixed|solved|resolved|sorted"
    r"|repaired|cured)\b",
    r"\b(?:un(?:fixed|solved|resolved))\b",
    rf"\b{_BROKEN}\W+(?:\w+\W+)?(?:(?:once|yet|all over) )?again\b",
    rf"\b(?:once|yet) again\W+(?:\w+\W+){{0,6}}?{_BROKEN}\b",
    rf"\bagain\W+(?:\w+\W+){{0,3}}?{_BROKEN}\b",
    r"\bsame (?:\w+ )?(?:here|screen|story|as (?:before|ever|last|yesterday|always|then)|old)\b"
    r"|\bas (?:last|before)\b",
    r"\b(?:re-?appear(?:s|ed|ing)?|resurfaced|recurr(?:ed|ing)|happening all over)\b",
    r"(?:^|[.!?]\s*)(?:and )?again\W*$",
    r"\bwithout (?:fix|solv|resolv|sort|repair|do|chang)ing\b|\bnever (?:came|arrived|happened|showed"
    r"|helped)\b",
    r"\b(?:not|isn't|wasn't|no) (?:a |the |one |much of a )?(?:solution|fix|cure|help)\b|\bsolution isn't\b",
    r"\bsince (?:the|your|that|their)(?: \w+){0,3} (?:repair|fix|visit|update|reset|replacement)\b",
    rf"\b(?:same|exact|identical|old)(?: (?:old|exact|damn|bloody|stupid))? {_TROUBLE}s?\b",
    rf"\b{_TROUBLE}s?\W+(?:\w+\W+){{0,3}}?(?:is|are|came|has come|keeps coming|returned"
    rf"|has returned)(?:\W+\w+)?"
    r"(?:\W+back|\W+again)?\W*(?:back|again|returned)\b",
    rf"\b(?:{_TROUBLE}|it|this) (?:has |have )?(?:returned|came back|is back|comes back"
    rf"|keeps? coming back)\b",
    r"\bback to square one\b|\bback where (?:we|i|it|things) (?:started|began|were|was)\b",
    r"\bpersists?\b|\bnothing (?:has |was )?(?:changed|happened|improved|been done)\b|\b(?:did|does"
    r"|changed) nothing\b",
    rf"\b{_MENDED}\b[^.!?]{{0,30}}\b(?:anything but|my foot|as if|not really)\b",
    r"\b(?:and|but|only) (?:then )?(?:it |to )?(?:then )?(?:died|die|stopped|broke|break|failed|fail)\b",
    r"\bhere we go again\b|\b(?:started|starting|starts|begins|began) (?:all over )?again\b",
    r"\b(?:thought|said|told|claimed|promised|assured)\b[^.!?]{0,60}\b(?:fixed|solved|resolved|sorted"
    r"|repaired)\b",
    r"\b(?:fixed|solved|resolved|sorted|repaired)\b[\"'”’]?\s*(?:\?|\.{2,}|!)\s*(?:nope|no\b|not"
    r"|hardly|wrong|yeah right|lol)",
    r"\bso much for (?:the|that|your|being)\b",
    rf"\b(?:keeps?|kept) {_BROKEN}",
    r"\b(?:no|not any) (?:better|change|improvement|difference)\b",
    r"\b(?:stopped|quit|ceased) working again\b",
    r"\b(?:didn't|did not|doesn't|does not) (?:help|last|hold|change (?:a thing|anything)"
    r"|do (?:a thing|anything))\b",
    r"\blasted (?:\w+ ){1,3}(?:day|days|hour|hours|minutes|week)\b",
)
# An unhappy person who says "again" means the old problem, whatever the other words are.
_HINTS: Final = re.compile(r"\b(?:again|still|as before|as ever|as well|another one|too)\b", re.IGNORECASE)
_SAYS: Final = re.compile("|".join(_WAYS), re.IGNORECASE)
# What is said when all is well again, and what is somebody else's or another matter.
_WELL: Final = re.compile(
    r"(?<!stopped )(?<!quit )(?<!not )(?<!n't )\b(?:works?|working|running|back|online|up|happy|good"
    r"|fine) again\b(?!\W+(?:stopp|down|dead|broken|off))"
    r"|\bstill (?:working|works|fine|good|great|happy|love|running|perfect)\b"
    r"|\bthanks? (?:\w+ )?again\b|\bthank you (?:\w+ )?again\b"
    r"|\bno (?:more )?(?:problems?|issues?) (?:since|any ?more|so far)\b|\bnot (?:a"
    r"|one) (?:single )?(?:problem|issue)\b",
    re.IGNORECASE,
)


def says_not_fixed(text: str, *, is_unhappy: bool = False) -> bool:
    """Whether somebody says that a problem which had ended is still there, or back.

    Of words that feel unhappy a hint is enough.
    """
    words = _WELL.sub(" ", text.replace("’", "'"))
    return _SAYS.search(words) is not None or (is_unhappy and _HINTS.search(words) is not None)
