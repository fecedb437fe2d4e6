"""All checks together."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Final

from engagebot.domain.replying.advice import About, Check, Flag
from engagebot.guards import tone
from engagebot.guards.lists import load_entries
from engagebot.guards.phrases import Entry, Phrases
from engagebot.guards.private import plain_contact, private
from engagebot.guards.promising import promises
from engagebot.guards.questions import unanswered
from engagebot.guards.reading import Look, Reply, Text, on_hits
from engagebot.guards.sameness import sameness
from engagebot.guards.selling import selling
from engagebot.guards.timing import too_late

MOST_FLAGS: Final = 20
"""How many flags one check raises; more would only hide the text."""
_LOOKS: Final[tuple[Look, ...]] = (
    tone.heated,
    tone.tender,
    tone.cheated,
    private,
    tone.opinion,
    promises,
    selling,
    tone.humour,
    tone.blame,
    tone.condescension,
    tone.empathy,
    tone.apology,
    too_late,
    unanswered,
    sameness,
    tone.brand,
)
_ORDER: Final = {check: number for number, check in enumerate(Check)}


class Guards:
    """The checks with their word lists; never changed after they are made, so threads may share them."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        entries = tuple(entries)
        self._phrases = Phrases(entry for entry in entries if entry.places)
        self._contacts = tuple(
            plain_contact(entry.words) for entry in entries if entry.listed_in == "contacts"
        )

    def check(self, text: str, about: About) -> tuple[Flag, ...]:
        """Read a reply and say what is doubtful about it; never changes it.

        Risky flags come first, then flags on words in the order of the text, then flags on the whole reply.
        """
        if not text.strip():
            return ()
        reply = Reply(text, about, self._phrases, self._contacts)
        return _in_order(flag for look in _LOOKS for flag in islice(look(reply), MOST_FLAGS))

    def check_note(self, text: str) -> tuple[Flag, ...]:
        """Read an internal note for traits that are not kept about people."""
        advice = "Notes hold only what somebody told us for this; keep to what they need from us."
        note = Text(text, self._phrases)
        found = on_hits(note, Check.SENSITIVE, note.hits("sensitive"), advice, is_risky=True)
        return _in_order(islice(found, MOST_FLAGS))


def _in_order(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    return tuple(sorted(dict.fromkeys(flags), key=_place))


def _place(flag: Flag) -> tuple[bool, bool, int, int, int]:
    return not flag.is_risky, flag.is_whole, flag.start, flag.end, _ORDER[flag.check]


def load_guards(folder: Path, *, otherwise: Path | None = None, shown_as: str = "") -> Guards:
    """Read the word lists of a folder; a list that it lacks is taken from `otherwise`.

    Raises:
        FilesInvalid: the lists hold errors; all of them at once.
    """
    return Guards(load_entries(folder, otherwise=otherwise, shown_as=shown_as))
