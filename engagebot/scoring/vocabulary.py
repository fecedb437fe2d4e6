"""What all layers know of a word, found together: one look into one table instead of one for each layer.

Each layer's own table is far larger than the processor's cache, and by turns they push each other out of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from engagebot.scoring.language import is_small
from engagebot.scoring.lexicon import Entry, Lexicon
from engagebot.scoring.model import Words, WordWeight
from engagebot.scoring.phrases import Node
from engagebot.scoring.remembered import Remembered
from engagebot.scoring.tokens import BRAND, HANDLE, RIVAL, Cut, Names
from engagebot.scoring.vader import Vader, Word


class Form:
    """A token as it is compared: which cues begin there, what it weighs, whether it proves English."""

    __slots__ = ("is_small", "quiet", "start", "taught", "weight")

    def __init__(self, start: Node[Entry] | None, quiet: Node[Entry] | None, *, is_small: bool) -> None:
        self.start = start
        self.quiet = quiet
        self.is_small = is_small
        self.weight: WordWeight | None = None
        self.taught: WordWeight | None = None


class Part(Cut):
    """A part of a text without blanks: its tokens, what is known of each, and the word that VADER sees."""

    __slots__ = ("known", "word")

    def __init__(self, part: str, names: Names, word: Word) -> None:
        cut, forms, may_name = names.forms_of(part)
        super().__init__(part, cut, forms, may_name=may_name)
        self.word = word
        self.known: Sequence[Form] = ()


class Vocabulary:
    """The words that were met, for as long as `Remembered` keeps them; threads may share one."""

    def __init__(
        self, lexicon: Lexicon, names: Names, vader: Vader, words: Words, taught: Words | None
    ) -> None:
        self._lexicon = lexicon
        self._names = names
        self._vader = vader
        self._words = words
        self._taught = taught
        self._forms = Remembered(self._form)
        self._parts = Remembered(self._part)

    def parts_of(self, text: str) -> list[Part]:
        """The parts of a text between blanks."""
        return list(map(self._parts.__getitem__, text.split()))

    def forms_of(self, forms: Sequence[str]) -> list[Form]:
        """What is known of tokens that are no longer those of the parts."""
        return list(map(self._forms.__getitem__, forms))

    def _part(self, part: str) -> Part:
        made = Part(part, self._names, self._vader.word(part))
        made.known = tuple(self.forms_of(made.forms))
        return made

    def _form(self, form: str) -> Form:
        lexicon = self._lexicon
        known = Form(lexicon.begin(form), lexicon.begin_quiet(form), is_small=is_small(form))
        # As weights know it: they were fitted on posts in which ours is a name like any other.
        weighed = HANDLE if form in (BRAND, RIVAL) else form
        known.weight = self._words.known(weighed)
        known.taught = None if self._taught is None else self._taught.known(weighed)
        return known
