"""The language of a post, told by its letters, by its small words, and only then by two detectors.

A customer who is wrongly taken for a foreigner is lost, so whoever says "not English" needs a second voice.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engagebot.scoring.detectors import Detectors

MOST_READ: Final = 600
"""Characters that are judged; handles, links, figures and signs are not among them."""
_MOST_LOOKED_AT: Final = 4_000
_MOST_FORMS: Final = 1_200
_MOST_WORDS: Final = 120
_FEW_LETTERS: Final = 15
# The share of such words that is enough, by how many proofs are among them: foreign posts borrow a few.
_ENOUGH: Final = (1.0, 0.5, 0.4, 1 / 3)
_ENGLISH: Final = "en"
# English by another name: Nigerian Pidgin and Scots share its words.
_CALLED_ENGLISH: Final = frozenset({_ENGLISH, "pcm", "sco"})
# Old codes that platforms still use, and ours for what has two.
_SAME_CODES: Final = {"in": "id", "iw": "he", "ji": "yi", "nb": "no", "fil": "tl"}
_NO_LANGUAGES: Final = frozenset({"und", "zxx", "mul", "mis", "art"})
_CODE: Final = re.compile(r"[a-z]{2,3}(?=$|[-_])")

# Words that other languages do not write as well: no "in", "die", "was", "no", "me", "man", "u" or "is".
_SMALL: Final = """
about actually after again ago aint airline airlines already also always and another answer answers any anyone
anything appreciate are arent around asking away awesome awful back bad bags be because been before being
better bill booked booking both bought bring broken but call called calling calls came canceled cancelled cant
change charged coming could couldnt customers cuz day days delayed delivered did didnt disappointed
disappointing does doesnt doing done dont each either else enough ever every everyone everything experience
fix fixed flight flights flying following found friend from fuck fucking get gets getting give given go goes
going gonna good got gotta great guess had happened happy hasnt have havent having hear helped helpful here
hes hey him his home hope hour hours how hung idk if ill into isnt it its ive just keep kinda know later least
leave like little lol long look looking lost luggage make makes making many maybe might money month months
more much my myself need needed needs never next nobody not nothing now off old omg only ordered other our out
own paid parcel pay people phone plane please pls plz probably problems rather really replied reply ridiculous
right said same saying says seats see seems she should shouldnt since smh someone something soon sorry stuck
stuff such sure take taking talk tbh tell than thank thanks thankyou that thats the their them then there
theres these they theyre theyve thing things think this those thought three through thru thx til tired today
told tomorrow tonight too took tried try trying two ugh unacceptable until up ur us used using very wait
waited waiting wanna wanted wants wasnt wasting way week weeks well went were werent weve what whats when
where which while who whole whose why wish with without wont work worked working works worse worst would
wouldnt wrong wtf yeah year years yes yesterday yet you youll your youre yours youve
"""
# English too, but no proof of it: others write these as well. They count beside the words above.
_SHARED: Final = """
a agent all am amazing an as at bag best boarding by can check customer delay different dm do down due email
fail fast few find first fly follow for full gate half has he help her hi hold hotel i im in internet is issue
last late left let line love made me men missing most must new nice no of on one online open or order over
problem put request response rude seat send sent service shame so some staff start still stop support team
terrible ticket till time to travel trip u use via want was we will
"""
_SMALL_WORDS: Final = frozenset(_SMALL.split())
_SHARED_WORDS: Final = frozenset(_SHARED.split())

_NOISE: Final = re.compile(r"(?:https?://|www\.)\S+|[@\uff20]\w+|(?<![\w/])/?u/[\w-]+|&\#?\w+;|<\w+>|\[\w+\]")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019`\u00b4-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class _Script:
    """Letters from `first` to `last`; `code` is who writes most in them, `others` may be claimed instead."""

    first: int
    last: int
    code: str
    others: frozenset[str] = frozenset()
    weight: int = 1


def _scripts() -> tuple[_Script, ...]:
    cyrillic = frozenset({"uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg", "tt", "ba", "uz"})
    arabic = frozenset({"fa", "ur", "ps", "ckb", "sd", "ug", "ku", "arz", "ary"})
    han = frozenset({"ja", "ko", "yue", "wuu"})
    return (
        _Script(0x0370, 0x03FF, "el"),
        _Script(0x0400, 0x052F, "ru", cyrillic),
        _Script(0x0531, 0x058F, "hy"),
        _Script(0x05D0, 0x05F4, "he", frozenset({"yi"})),
        _Script(0x0620, 0x06D5, "ar", arabic),
        _Script(0x0900, 0x097F, "hi", frozenset({"mr", "ne", "sa", "gom", "bho", "mai"})),
        _Script(0x0980, 0x09FF, "bn", frozenset({"as"})),
        _Script(0x0A00, 0x0A7F, "pa"),
        _Script(0x0A80, 0x0AFF, "gu"),
        _Script(0x0B00, 0x0B7F, "or"),
        _Script(0x0B80, 0x0BFF, "ta"),
        _Script(0x0C00, 0x0C7F, "te"),
        _Script(0x0C80, 0x0CFF, "kn"),
        _Script(0x0D00, 0x0D7F, "ml"),
        _Script(0x0D80, 0x0DFF, "si"),
        _Script(0x0E01, 0x0E7F, "th"),
        _Script(0x0E80, 0x0EFF, "lo"),
        _Script(0x0F40, 0x0FBC, "bo", frozenset({"dz"})),
        _Script(0x1000, 0x109F, "my"),
        _Script(0x10A0, 0x10FF, "ka"),
        _Script(0x1100, 0x11FF, "ko", weight=2),
        _Script(0x1200, 0x139F, "am", frozenset({"ti"})),
        _Script(0x1780, 0x17FF, "km"),
        _Script(0x1F00, 0x1FFF, "el"),
        _Script(0x3041, 0x30FA, "ja", weight=2),
        _Script(0x30FC, 0x30FF, "ja", weight=2),
        _Script(0x3131, 0x318E, "ko", weight=2),
        _Script(0x3400, 0x9FFF, "zh", han, weight=2),
        _Script(0xAC00, 0xD7A3, "ko", weight=2),
        _Script(0xF900, 0xFAFF, "zh", han, weight=2),
        _Script(0xFF66, 0xFF9D, "ja", weight=2),
    )


_SCRIPTS: Final = _scripts()
_FIRSTS: Final = [script.first for script in _SCRIPTS]
# A single such letter is part of a face, such as the shrug's; only in Korean a syllable is often a word.
_RUN: Final = re.compile(
    "[" + "".join(f"{chr(each.first)}-{chr(each.last)}" for each in _SCRIPTS) + "]{2,}|[\uac00-\ud7a3]"
)
# Letters that give away a neighbour who writes in the same script; the first that is found decides.
_TELLING: Final = {
    "ru": (
        ("be", re.compile("\u045e")),
        ("uk", re.compile("[\u0454\u0456\u0457\u0491]")),
        ("sr", re.compile("[\u0452\u0458-\u045b\u045f]")),
    ),
    "ar": (
        ("ur", re.compile("[\u0679\u0688\u0691\u06ba\u06d2]")),
        ("fa", re.compile("[\u067e\u0686\u0698\u06a9\u06af\u06cc]")),
    ),
}
_KANA_SHARE: Final = 0.1


_DETECTORS: Final = Detectors()


class Languages:
    """Tells the language of texts; nothing is kept, so threads may share one."""

    def __init__(self, detectors: Detectors = _DETECTORS) -> None:
        self._detectors = detectors

    def detect(
        self, text: str, forms: Sequence[str], *, hint: str | None, small: int | None = None
    ) -> str | None:
        """The code of the language (ISO 639, two letters where there are two), None where no word tells it.

        `forms` are the tokens of `text`. `hint` is what the platform says: it may confirm a foreign language
        that is heard anyway, settle in favour of English what two detectors hear differently, and choose
        between languages of one script. `small` is how many small words are among `forms`, if that is known:
        each counted once.
        """
        if not text.isascii() and (code := _by_letters(text, hint)):
            return code
        if len(forms) > _MOST_WORDS:
            forms = [form for form in forms[:_MOST_FORMS] if form.isalpha()][:_MOST_WORDS]
            small = None
        # Signs and stand-ins in the number of forms only make this stricter, and counting words takes time.
        known = len(_SMALL_WORDS.intersection(forms)) if small is None else small
        enough = _ENOUGH[min(known, len(_ENOUGH) - 1)]
        if known and known >= len(forms) * enough:
            return _ENGLISH
        words = [form for form in forms if form.isalpha()]
        if not words:
            return None
        if known and known + len(_SHARED_WORDS.intersection(words)) >= len(words) * enough:
            return _ENGLISH
        return self._heard(text, sum(map(len, words)), claim_of(hint))

    def _heard(self, text: str, letters: int, claim: str | None) -> str:
        is_short = letters < _FEW_LETTERS
        if is_short and claim in (None, _ENGLISH):
            return _ENGLISH
        line = _plain(text)
        first = self._detectors.fast(line)
        if first.code in _CALLED_ENGLISH:
            return _ENGLISH
        second = self._detectors.second(line)
        if second.code in _CALLED_ENGLISH:
            return _ENGLISH
        if is_short and not first.code == second.code == claim:
            return _ENGLISH
        if claim == _ENGLISH and first.code != second.code:
            return _ENGLISH
        if claim in (first.code, second.code):
            return str(claim)
        return max(first, second, key=lambda vote: vote.sureness).code


def is_small(form: str) -> bool:
    """Whether a word is a proof of English."""
    return form in _SMALL_WORDS


def claim_of(hint: str | None) -> str | None:
    """The language that a platform names, without region and in today's code; None where it names none."""
    match = _CODE.match(hint.lower()) if hint else None
    if match is None:
        return None
    code = match.group()
    # X's own codes for "only hashtags", "only media" and the like begin with q.
    if code in _NO_LANGUAGES or (len(code) == 3 and code.startswith("q")):
        return None
    return _SAME_CODES.get(code, code)


def _plain(text: str) -> str:
    """The words of a text's beginning, on one line; letters in fancy dress or shouted are made plain."""
    plain = _NOISE.sub(" ", text[:_MOST_LOOKED_AT])
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain)
    line = " ".join(_WORD.findall(plain))[:MOST_READ]
    return line.lower() if line.isupper() else line


def _by_letters(text: str, hint: str | None) -> str | None:
    """The language of a text most of whose letters are not Latin."""
    if not _RUN.search(text, 0, _MOST_LOOKED_AT):
        return None
    line = _NOISE.sub(" ", text[:_MOST_LOOKED_AT])[:MOST_READ]
    runs = "".join(_RUN.findall(line))
    scripts = [_SCRIPTS[bisect_right(_FIRSTS, ord(letter)) - 1] for letter in runs]
    foreign = sum(script.weight for script in scripts)
    plain = unicodedata.normalize("NFKC", _RUN.sub("", line))
    if foreign <= sum(map(str.isalpha, plain)):
        return None
    counts = Counter(script.code for script in scripts)
    code = counts.most_common(1)[0][0]
    if code == "zh" and counts["ja"] > _KANA_SHARE * len(scripts):
        return "ja"
    script = next(each for each in scripts if each.code == code)
    claim = claim_of(hint)
    if claim in script.others:
        return claim
    for neighbour, letters in _TELLING.get(code, ()):
        if letters.search(runs):
            return neighbour
    return code
