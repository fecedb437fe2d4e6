"""Which words of a text say what it is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engagebot.guards.phrases import Token

_SHORTEST: Final = 3
_STEM: Final = 5
# Words that stand in any post and any reply, and so say nothing of the matter.
_COMMON_WORDS: Final = """
a about after again all also always am an and another any anybody anymore anyone anything are arent as
ask asked at away back be because been before being best better both but by call can cannot cant come
contact could couldnt customer customers day days dear did didnt do does doesnt doing done dont each
either else even ever every everybody everyone everything far feel few find first for found from further
get gets getting give go goes going good got great guys had happen happened happy has hasnt have havent
having he hear hello help her here hers hey hi him his hope how however i id if ill im in into is isnt it
its itself ive just keep know last later least let lets like little long look looking lot love made make
many may maybe me mean message might mine month months more most much must my myself need needs never new
next no nobody none nor not nothing now of off often oh ok okay on once one only or other our ours out
over own people person please put quite rather really reply right said same say says see seem send sent
shall she should shouldnt show since so some somebody someone something soon sorry still such sure take
tell than thank thanks that thats the their theirs them then there theres these they theyre thing things
think this those though through time times to today told tomorrow too took tried try trying two under
until up upon us use used using very via want wanted was wasnt way we week weeks well were werent what
whats when where wherever whether which while who whole whom whose why will with without wont word work
works would wouldnt write writing yes yesterday yet you youd youll your youre yours yourself youve order
ordered ordering product service company team support minute minutes hour hours year years four three
five six seven eight nine ten second monday tuesday wednesday thursday friday saturday sunday direct dm
question answer
"""
_COMMON: Final = frozenset(_COMMON_WORDS.split())


_COUNTED: Final = "one two three four five six seven eight nine ten eleven twelve"
_NUMBERS: Final = {word: str(number) for number, word in enumerate(_COUNTED.split(), 1)}


def matter_of(tokens: Iterable[Token]) -> set[str]:
    """The stems of the words that say what a text is about, and its figures: `2 hours` is `two hours`."""
    found: set[str] = set()
    number = ""
    for token in tokens:
        form = token.form
        if number:
            found.add(number + stem_of(form))
        number = _NUMBERS.get(form, form if form.isdigit() else "")
        if len(form) > 1 and form.isdigit():
            found.add(form)
        elif len(form) >= _SHORTEST and form not in _COMMON and not number:
            found.add(stem_of(form))
    return found


def stem_of(form: str) -> str:
    """What forms of one word have in common, roughly: `delays` and `delayed` are one."""
    if len(form) > _SHORTEST and form.endswith("s") and not form.endswith("ss"):
        form = form[:-1]
    return form[:_STEM]
