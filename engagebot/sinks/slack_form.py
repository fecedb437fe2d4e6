"""The form that asks, before a case is resolved in Slack, how it ended; each question may be left out."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from engagebot.domain.casework.remedies import (
    REMEDY_CHARS,
    Cause,
    Ending,
    EndingQuestion,
    Reached,
    Stayed,
    Suggestion,
)
from engagebot.domain.telling.cards import Deed
from engagebot.domain.telling.presses import Press
from engagebot.sinks.slack_card import PREFIX
from engagebot.sinks.slack_presses import CHAT, name_of, person_of

log = logging.getLogger(__name__)

TIMEOUT_S = 3
"""What a press gives to open a form with is good for three seconds; to wait longer opens nothing."""
FORM = f"{PREFIX}ending"
_PICK, _WORDS = f"{PREFIX}pick", f"{PREFIX}words"
_OPTION_CHARS = 75
_KEPT_CHARS = 3000
_REACHED = {
    Reached.REACHED: "Reached: they got what they wanted",
    Reached.PARTLY: "Partly",
    Reached.NO: "No, they did not get it",
}
_STAYED = {
    Stayed.STAYED: "They stayed",
    Stayed.LEFT: "They left",
    Stayed.UNKNOWN: "Nobody knows",
}
_CAUSES = {
    Cause.OURS: "Ours",
    Cause.THIRD_PARTY: "A third party's",
    Cause.THEIRS: "Theirs",
    Cause.UNKNOWN: "Nobody knows",
}


def ask(client: WebClient, press: Press, question: EndingQuestion) -> bool:
    """Open the form for whoever pressed; false where it did not open, as far as we know."""
    try:
        client.views_open(trigger_id=press.trigger, view=view_of(question, press.place))
    except (OSError, HTTPException, SlackClientError) as error:
        word = getattr(error, "response", None)
        said = word.get("error") if word is not None else type(error).__name__
        log.warning("the form of case %d did not open in Slack: %s", question.case_id, said)
        return False
    return True


def view_of(question: EndingQuestion, place: str) -> dict[str, Any]:
    """The form, in Slack's own terms. What it keeps for us comes back with what was picked."""
    worked, kept = _kept(question, place)
    reached = [(each.value, text, None) for each, text in _REACHED.items()]
    blocks = [_choice("reached", "How did it end?", reached)]
    if question.holder:
        has_it = _plain(f"{question.holder} has this case.")
        blocks.insert(0, {"type": "section", "block_id": "holder", "text": has_it})
    if worked:
        options = [
            (str(number), each.remedy, f"worked {each.worked} of {each.tried}")
            for number, each in enumerate(worked)
        ]
        blocks.append(_choice("tried", "What fixed it?", options))
    blocks.append(
        {
            "type": "input",
            "block_id": "remedy",
            "optional": True,
            "label": _plain("Something else fixed it" if worked else "What fixed it?"),
            "element": {"type": "plain_text_input", "action_id": _WORDS, "max_length": REMEDY_CHARS},
        }
    )
    blocks.append(
        _choice("cause", "Whose doing was it?", [(each.value, text, None) for each, text in _CAUSES.items()])
    )
    if question.may_leave:
        stayed = [(each.value, text, None) for each, text in _STAYED.items()]
        blocks.append(_choice("stayed", "They spoke of leaving. Did they stay?", stayed))
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": kept,
        "title": _plain(f"Resolve case {question.case_id}"),
        "submit": _plain("Resolve"),
        "close": _plain("Cancel"),
        "blocks": blocks,
    }


def submission_of(payload: Mapping[str, Any]) -> Press | None:
    """The press that a form stands for which was sent off; `None` where it is none of ours."""
    try:
        view = payload["view"]
        if payload["type"] != "view_submission" or view["callback_id"] != FORM:
            return None
        kept = json.loads(view["private_metadata"])
        return Press(
            chat=CHAT,
            person=person_of(payload),
            name=name_of(payload["user"]),
            deed=Deed.RESOLVE,
            case_id=int(kept["case"]),
            place=str(kept["place"]),
            ending=_ending(view["state"]["values"], kept["remedies"]),
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return None


def _ending(values: Mapping[str, Any], remedies: list[str]) -> Ending:
    reached, cause, tried, stayed = (
        _picked(values, name) for name in ("reached", "cause", "tried", "stayed")
    )
    typed = " ".join(str(values.get("remedy", {}).get(_WORDS, {}).get("value") or "").split())
    # Who types takes the trouble to: their words count before a pick.
    remedy = typed[:REMEDY_CHARS] or (remedies[int(tried)] if tried is not None else None)
    return Ending(
        remedy=remedy,
        cause=Cause(cause) if cause else None,
        was_reached=Reached(reached) if reached else None,
        stayed=Stayed(stayed) if stayed else None,
    )


def _picked(values: Mapping[str, Any], name: str) -> str | None:
    option = (values.get(name, {}).get(_PICK) or {}).get("selected_option")
    return str(option["value"]) if option else None


def _kept(question: EndingQuestion, place: str) -> tuple[list[Suggestion], str]:
    """The remedies to pick from, as many as Slack keeps for us, and all that it keeps."""
    worked = list(question.worked)
    while True:
        remedies = [each.remedy for each in worked]
        kept = json.dumps({"case": question.case_id, "place": place, "remedies": remedies})
        if len(kept) <= _KEPT_CHARS:
            return worked, kept
        worked.pop()


def _choice(name: str, label: str, options: Iterable[tuple[str, str, str | None]]) -> dict[str, Any]:
    shown = [
        {"text": _plain(text, _OPTION_CHARS), "value": value}
        | ({"description": _plain(hint, _OPTION_CHARS)} if hint else {})
        for value, text, hint in options
    ]
    element = {
        "type": "static_select", "action_id": _PICK, "placeholder": _plain("Not said"), "options": shown,
    }  # fmt: skip
    return {
        "type": "input", "block_id": name, "optional": True, "label": _plain(label), "element": element,
    }  # fmt: skip


def _plain(text: str, most: int = 2000) -> dict[str, Any]:
    cut = text if len(text) <= most else text[: most - 1].rstrip() + "…"
    return {"type": "plain_text", "text": cut, "emoji": False}
