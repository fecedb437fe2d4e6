"""Times that a reply names: days, hours, dates and spans."""

from __future__ import annotations

import re
from typing import Final

_DAY: Final = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|tomorrow|tonight|today|midnight|noon"
    r"|this (?:morning|afternoon|evening|week|weekend|month)"
    r"|next (?:week|month|year|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
    r"|(?:the )?end of (?:the |this |next )?(?:day|week|month|year|business)|eod"
)
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DATE: Final = (
    r"\d{4}-\d\d-\d\d"
    rf"|(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?"
    r"|the \d{1,2}(?:st|nd|rd|th)|\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?"
)
_HOUR: Final = r"\d{1,2}(?:[:.]\d\d)? ?(?:am|pm|o['’]clock)|\d{1,2}:\d\d"
_COUNT: Final = r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|ten|a few|a couple of|the next few)"
_SPAN: Final = rf"{_COUNT}(?: more| (?:working|business))? (?:minute|hour|day|week|month)s?"
_WHEN: Final = rf"(?:{_DAY}|{_DATE}|{_HOUR})"

BOUND: Final = re.compile(
    rf"\b(?:by|before|until|till|no later than) (?:the |this )?{_WHEN}\b"
    rf"|\b(?:within|in(?: less than| under)?|inside) (?:the (?:next|hour)|{_SPAN})\b|\bwithin the hour\b",
    re.IGNORECASE,
)
"""A time at whose end something is to be there: `by Friday`, `within two days`."""
TIME: Final = re.compile(rf"\b(?:{_WHEN}|{_SPAN}|\d+ ?(?:h|hrs?|mins?)|now|already|soon)\b", re.IGNORECASE)
"""Any time."""
POINT: Final = re.compile(rf"\b(?:on |at |from )?{_WHEN}\b", re.IGNORECASE)
"""A point in time: `Friday`, `on 3 May`, `at 5 pm`."""
