"""Secrets blacked out of whatever is shown or logged."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

MASK = "***"
_SHORT = 6
_LONG_ENOUGH_IN_BASE64 = 8


class Mask:
    """Blacks out secrets, as they are and as JSON, addresses, signatures and Base64 write them.

    A secret of fewer than six characters is blacked out only where it stands alone: inside other words it
    would make every log unreadable and hide nothing.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        parts = [_part(form) for form in sorted(forms, key=len, reverse=True)]
        self._pattern = re.compile("|".join(parts)) if parts else None

    def __call__(self, text: str) -> str:
        return self._pattern.sub(MASK, text) if self._pattern is not None else text


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield from (json.dumps(secret)[1:-1], repr(secret)[1:-1])
    raw = secret.encode("utf-8", "surrogatepass")
    for coded in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield coded
        # What OAuth 1.0a signs holds encoded values and is encoded once more.
        yield quote(coded, safe="")
    if len(raw) < _LONG_ENOUGH_IN_BASE64:
        return
    # A login is coded together with the name before it: the secret looks different by where in a group
    # of three bytes it begins.
    for before in range(3):
        coded = base64.b64encode(bytes(before) + raw).decode()
        inside = coded[-(-8 * before // 6) : 8 * (before + len(raw)) // 6]
        yield inside
        yield inside.replace("+", "-").replace("/", "_")


def _part(form: str) -> str:
    return re.escape(form) if len(form) >= _SHORT else rf"(?<!\w){re.escape(form)}(?!\w)"
