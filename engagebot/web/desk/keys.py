"""The one table of keys: pages print them, the script listens for them, the help sheet lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from engagebot.errors import WrongUsage


class Where(StrEnum):
    """Where a key works; the help sheet is parted by it."""

    ITEM = "With the item before you"
    HAND = "While it waits to be posted by hand"
    CASE = "With a case before you"
    LIST = "In the list"
    WRITING = "While writing"
    ANYWHERE = "Anywhere"


@dataclass(frozen=True, slots=True)
class Key:
    """One action and its key; `is_letter` keys are the ones a person may switch off or change."""

    action: str
    key: str
    label: str
    where: Where

    @property
    def is_letter(self) -> bool:
        """Whether it is a single character that speech or a slip of the hand may strike (WCAG 2.1.4)."""
        return len(self.key) == 1


def _keys() -> Iterable[Key]:
    item, hand, case, row, writing, anywhere = Where
    yield Key("approve", "a", "Approve", item)
    yield Key("approve_with_reason", "A", "Approve with a reason", item)
    yield Key("edit", "e", "Edit the reply", item)
    yield Key("reject", "r", "Reject, then 1 to 8 for the reason", item)
    yield Key("snooze", "s", "Snooze", item)
    yield Key("take", "i", "Take it, or leave it to others", item)
    yield Key("assign", "m", "Give it to somebody", item)
    yield Key("escalate", "h", "Hand it to a team", item)
    yield Key("join", "d", "Join it to a case", item)
    yield Key("note", "n", "Write a note that stays in here", item)
    yield Key("happier", "+", "They are happier than that", item)
    yield Key("unhappier", "-", "They are unhappier than that", item)
    yield Key("intents", "t", "Say what they want, then 1 to 9", item)
    yield Key("why", "w", "Why it is here: every condition", item)
    yield Key("preview", "p", "Preview as it will stand there", item)
    yield Key("customer", "c", "What is known of the person", item)
    yield Key("open", "o", "Open the post on its platform", item)
    yield Key("posted", "y", "I posted it by hand", hand)
    yield Key("not_posted", "n", "Not posted: back to review", hand)
    yield Key("log", "l", "Log a call, a chat or a visit of theirs", case)
    yield Key("quote", "q", "Head the case with the words you marked", case)
    yield Key("resolve", "R", "Resolve the case", case)
    yield Key("ticket", "T", "Ask for a ticket elsewhere, or link one", case)
    yield Key("send_now", "f", "Send it now, do not wait", item)
    yield Key("first", "1", "First wording", item)
    yield Key("second", "2", "Second wording", item)
    yield Key("third", "3", "Third wording", item)
    yield Key("take_over", "v", "Take it over from who is writing", item)
    yield Key("undo", "z", "Undo the last", item)
    yield Key("next", "j", "Next", row)
    yield Key("previous", "k", "Previous", row)
    yield Key("select", "x", "Select for all at once", row)
    yield Key("select_to", "X", "Select up to here", row)
    yield Key("bulk", "B", "Go on with all selected", row)
    yield Key("fresh", "u", "Show what came in", row)
    yield Key("send", "Control+Enter", "Approve from the field; on a case, send its form", writing)
    yield Key("leave", "Escape", "Leave the field; the text stays", writing)
    yield Key("saved", "Control+/", "Saved replies", writing)
    yield Key("search", "/", "Search", anywhere)
    yield Key("palette", "Control+k", "Find any action, page or person", anywhere)
    yield Key("help", "?", "This sheet", anywhere)
    for action, key, label in _GOES:
        yield Key(f"go_{action}", f"g {key}", f"Go to {label}", anywhere)


_GOES = (
    ("today", "t", "Today"),
    ("queue", "q", "the queue"),
    ("mentions", "i", "Mentions"),
    ("cases", "c", "Cases"),
    ("customers", "u", "Customers"),
    ("rules", "r", "Rules"),
    ("play", "p", "one item at a time"),
    ("connectors", "d", "Connectors"),
    ("me", "m", "your own page"),
)
KEYS: Mapping[str, Key] = {key.action: key for key in _keys()}
ALSO_OF_CASES = frozenset({"take", "assign", "snooze", "note", "customer"})
"""What does the same to a case as to an item; the help sheet names it with both."""


def keys_of(chosen: Mapping[str, str], *, has_letters: bool = True) -> dict[str, str]:
    """The keys of one person by action; without letters only keys with Control and Escape are left."""
    own = {action: chosen.get(action, key.key) for action, key in KEYS.items()}
    return {action: key for action, key in own.items() if has_letters or len(KEYS[action].key) > 3}


def check_keys(chosen: Mapping[str, str]) -> dict[str, str]:
    """The keys a person may have chosen; the usual ones are left out.

    Raises:
        WrongUsage: an action is unknown, a key is no single character, or one key would do two things.
    """
    own: dict[str, str] = {}
    for action, key in chosen.items():
        if action not in KEYS or not KEYS[action].is_letter:
            raise WrongUsage(f"{action[:40]!r} has no key that can be changed")
        if len(key) != 1 or not key.isprintable() or key.isspace() or key == "g":
            raise WrongUsage(f"the key for “{KEYS[action].label}” must be one character that is not g")
        if key != KEYS[action].key:
            own[action] = key
    for hidden in (Where.HAND, Where.ITEM):
        _refuse_twice(
            {action: key for action, key in keys_of(own).items() if KEYS[action].where is not hidden}
        )
    return own


def _refuse_twice(keys: Mapping[str, str]) -> None:
    taken: dict[str, str] = {}
    for action, key in keys.items():
        if key in taken:
            one, two = KEYS[taken[key]].label, KEYS[action].label
            raise WrongUsage(f"the key {key} would do two things: “{one}” and “{two}”; change one of them")
        taken[key] = action
