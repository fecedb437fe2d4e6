"""What a value becomes in a CSV file, so that no spreadsheet runs what a stranger wrote."""

from __future__ import annotations

from typing import Any

# https://owasp.org/www-community/attacks/CSV_Injection: a spreadsheet would run these, and some read the
# wide forms of East Asian keyboards as the same signs.
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


def cell(value: Any) -> Any:
    """Make one value of a row: a text that would be run as a formula gets an apostrophe in front.

    Lists are joined by spaces and truth is written `true` or `false`; numbers stay numbers.
    """
    if isinstance(value, (list, tuple)):
        value = " ".join(str(part) for part in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.startswith(_STARTS_FORMULA):
        return f"'{value}"
    return value
