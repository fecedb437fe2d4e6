"""Modals, by docs.slack.dev: what opens one within three seconds, what it may hold, and what comes back."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.slack.blocks import blocks_of_view, faults_of_text, unknown_keys

TRIGGER_LASTS_S = 3.0
_KEYS = {
    "type", "title", "blocks", "close", "submit", "private_metadata", "callback_id", "clear_on_close",
    "notify_on_close", "external_id", "submit_disabled",
}  # fmt: skip


@dataclass
class Modal:
    """A form that somebody has before them."""

    user: str
    view: dict[str, Any]

    def submitted(self, picks: Mapping[str, str]) -> dict[str, Any]:
        """The view as it comes back: by block, what was picked by its words, or typed."""
        inputs = {block["block_id"]: block["element"] for block in self.view["blocks"] if "element" in block}
        assert picks.keys() <= inputs.keys(), f"the form asks for {sorted(inputs)}"
        values = {name: {each["action_id"]: _state(each, picks.get(name))} for name, each in inputs.items()}
        return {**self.view, "state": {"values": values}}


@dataclass
class Modals:
    """The forms that were opened, and what each press gave to open one with."""

    opened: list[Modal] = field(default_factory=list)
    _given: dict[str, tuple[str, float]] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    def trigger(self, user: str) -> str:
        """What somebody's press gives."""
        made = f"1.2.{secrets.token_hex(8)}"
        self._given[made] = (user, time.monotonic())
        return made

    def age(self) -> None:
        """Let three seconds go by for all that was given."""
        self._given = {key: (user, at - TRIGGER_LASTS_S) for key, (user, at) in self._given.items()}

    def trigger_fault(self, trigger: object) -> str | None:
        """The word by which Slack refuses to open a form with this."""
        if trigger not in self._given:
            return "invalid_trigger_id"
        if trigger in self._used:
            return "exchanged_trigger_id"
        return "expired_trigger_id" if time.monotonic() - self._given[trigger][1] > TRIGGER_LASTS_S else None

    def wait_for(self, opened: int) -> None:
        """Wait until so many forms have been opened in all."""
        until = time.monotonic() + 10
        while len(self.opened) < opened:
            assert time.monotonic() < until, f"{len(self.opened)} forms were opened"
            time.sleep(0.01)

    def open(self, trigger: str, view: dict[str, Any]) -> dict[str, Any]:
        """Open a form and answer it as Slack keeps it."""
        self._used.add(trigger)
        kept = {"id": f"V{len(self.opened)}", **view}
        self.opened.append(Modal(self._given[trigger][0], kept))
        return kept


def faults_of_view(view: Mapping[str, Any]) -> list[str]:
    """What is wrong with a modal, and where."""
    found = list(unknown_keys(view, _KEYS, "/view"))
    if view.get("type") != "modal":
        found.append("must be modal [json-pointer:/view/type]")
    for name in ("title", "submit", "close"):
        if name == "title" or name in view:
            found += faults_of_text(view.get(name), 24, f"/view/{name}", kinds=("plain_text",))
    for name, most in (("private_metadata", 3000), ("callback_id", 255)):
        if len(view.get(name, "")) > most:
            found.append(f"must be less than {most + 1} characters [json-pointer:/view/{name}]")
    blocks = view.get("blocks") or []
    found += blocks_of_view(blocks)
    if "submit" not in view and any(block.get("type") == "input" for block in blocks):
        found.append("missing required field: submit [json-pointer:/view]")
    return found


def _state(element: Mapping[str, Any], given: str | None) -> dict[str, Any]:
    if element["type"] == "plain_text_input":
        assert len(given or "") <= element.get("max_length", 3000), "nobody can type that much"
        return {"type": "plain_text_input", "value": given}
    return {"type": element["type"], "selected_option": _option(element["options"], given)}


def _option(options: list[dict[str, Any]], words: str | None) -> dict[str, Any] | None:
    if words is None:
        return None
    found = [each for each in options if words in each["text"]["text"]]
    assert found, f"there is no {words!r} to pick"
    return found[0]
