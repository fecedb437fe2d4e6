"""What a page says when a form could not be carried out."""

from __future__ import annotations

from typing import NamedTuple


class Trouble(NamedTuple):
    """What could not be done and why, and the words that somebody had written, which stay."""

    status: int
    message: str
    note: str = ""
    basis: str = ""


NO_TROUBLE = Trouble(200, "")
