"""Secrets blacked out of whatever is shown or logged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

MASK = "***"
_SHORT = 6


class Mask:
    """Blacks out secrets, as they are and as JSON writes them.

    A secret of fewer than six characters is blacked out only where it stands alone: inside other words it
    would make every log unreadable and hide nothing.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if secret for form in (secret, json.dumps(secret)[1:-1])}
        parts = [_part(form) for form in sorted(forms, key=len, reverse=True)]
        self._pattern = re.compile("|".join(parts)) if parts else None

    def __call__(self, text: str) -> str:
        return self._pattern.sub(MASK, text) if self._pattern is not None else text


def _part(form: str) -> str:
    return re.escape(form) if len(form) >= _SHORT else rf"(?<!\w){re.escape(form)}(?!\w)"
