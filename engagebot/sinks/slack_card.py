"""A case as a Slack message: a bar of colour and the word for it, one card, buttons that fit the state.

Strangers' words go out as plain text, so that nobody outside can page a channel or dress up a link.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engagebot.domain.casework.snoozes import CHOICES
from engagebot.domain.outbox import CASE_OPEN, CASE_UNANSWERED, CaseState
from engagebot.domain.telling.cards import DEED_WORDS, CaseCard, Deed, cut

TEXT_CHARS = 3000
TITLE_CHARS = 150
PREFIX = "engagebot."
OPEN = f"{PREFIX}open"
_COLOURS = {
    CaseState.NEW: "#d92d20",
    CaseState.REOPENED: "#d92d20",
    CaseState.ACKNOWLEDGED: "#e8a317",
    CaseState.WAITING: "#e8a317",
    CaseState.SNOOZED: "#8a8f98",
    CaseState.RESOLVED: "#2e9e5b",
    CaseState.CLOSED: "#8a8f98",
}
_MAIN = frozenset({Deed.ACKNOWLEDGE})


def message_of(card: CaseCard) -> dict[str, Any]:
    """The whole message; its text is what a phone shows, and what is read aloud."""
    return {
        "text": escaped(cut(card.title, TITLE_CHARS)),
        "attachments": [{"color": _COLOURS[card.state], "blocks": _blocks(card)}],
    }


def _blocks(card: CaseCard) -> list[dict[str, Any]]:
    head = f"{card.severity.value.capitalize()}, {card.feeling} · {card.state.value.upper()}"
    facts = [
        f"{card.who} · {card.where}",
        f"“{card.quote}”",
        card.came,
        f"Why you: {card.why}",
    ]
    held = (
        f"Team {card.team}, {card.holder} has it" if card.holder else f"Team {card.team}, nobody has it yet"
    )
    facts += [held, *([card.since[:1].upper() + card.since[1:]] if card.since else [])]
    blocks: list[dict[str, Any]] = [
        {"type": "section", "text": _plain(head)},
        {"type": "section", "text": _plain("\n".join(facts))},
    ]
    if card.due_at is not None and card.due is not None:
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": _due(card)}})
    blocks.append({"type": "actions", "block_id": f"case:{card.case_id}", "elements": _elements(card)})
    links = [f"<{escaped(card.url)}|Open in engagebot>"]
    links += [f"<{escaped(card.post_url)}|The post>"] if card.post_url else []
    footer = "\n".join([*_meaning(card), " · ".join([*links, f"case {card.case_id}"])])
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": cut(footer, 2000)}]})
    return blocks


def _meaning(card: CaseCard) -> list[str]:
    """What the first buttons mean, below them, as long as people are called about the case."""
    if Deed.ACKNOWLEDGE not in card.deeds or card.state not in CASE_UNANSWERED:
        return []
    said = f"*{DEED_WORDS[Deed.ACKNOWLEDGE]}*: you look after it, "
    if card.holder:
        return [f"{said}it stays with {escaped(card.holder)}, and nobody else is rung."]
    first = f"{said}it becomes yours, and nobody else is rung."
    return [f"{first} *{DEED_WORDS[Deed.TAKE]}*: yours as well, but the others are still rung."]


def _due(card: CaseCard) -> str:
    # Slack counts the minutes itself, so that "in 27 min" stays true while the message stands.
    clock, _, rest = (card.due or "").partition(" (")
    at = int(card.due_at.timestamp()) if card.due_at else 0
    away = f"<!date^{at}^{{ago}}|{escaped(rest.rstrip(')'))}>"
    return f"*{card.due_what.capitalize()} due {escaped(clock)}*, {away}"


def _elements(card: CaseCard) -> list[dict[str, Any]]:
    elements = [_element(deed, card) for deed in card.deeds if deed is not Deed.TAKE or not card.holder]
    if card.state not in CASE_OPEN:
        # Nobody writes a reply in a case that has ended; it is reopened first.
        return elements
    reply = {"type": "button", "action_id": OPEN, "text": _plain("Write a reply"), "url": card.reply_url}
    return [*elements, reply]


def _element(deed: Deed, card: CaseCard) -> dict[str, Any]:
    if deed is Deed.SNOOZE:
        options = [
            {"text": _plain(words), "value": f"{card.case_id}:{key}"} for key, words in CHOICES.items()
        ]
        chooser = {"type": "static_select", "placeholder": _plain(DEED_WORDS[deed]), "options": options}
        return {**chooser, "action_id": f"{PREFIX}{deed}"}
    button: dict[str, Any] = {"type": "button", "text": _plain(DEED_WORDS[deed]), "value": str(card.case_id)}
    style: Mapping[str, str] = {"style": "primary"} if deed in _MAIN else {}
    return {**button, **style, "action_id": f"{PREFIX}{deed}"}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": cut(text, TEXT_CHARS), "emoji": False}


def escaped(text: str) -> str:
    """A text that Slack takes for nothing but text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
