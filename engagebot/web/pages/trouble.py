"""What a page says when a form could not be carried out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Trouble:
    """What could not be done and why. The `form` that asked for it stays open with what was `typed` there.

    `field` is the one that is wrong, where it is one of several.

    Without a form it is said above the page, and so is what holds whatever somebody types (409).
    """

    status: int
    message: str
    form: str = ""
    typed: Mapping[str, str] = dataclass_field(default_factory=dict)
    field: str | None = None

    @property
    def in_form(self) -> bool:
        """Whether the form itself says what is wrong with what was typed."""
        return bool(self.form) and self.status != HTTPStatus.CONFLICT

    def is_at(self, form: str, name: str, *, is_main: bool) -> bool:
        """Whether the focus belongs to a field; to the main one where nothing says which is wrong."""
        wanted = self.field if self.field in self.typed else None
        return form == self.form and (name == wanted or (wanted is None and is_main))

    def typed_in(self, form: str, name: str, otherwise: str | None = "") -> str:
        """What a field holds: what was refused there, or what it begins with."""
        return self.typed.get(name, "") if form == self.form else otherwise or ""


NO_TROUBLE = Trouble(200, "")
