"""What a person sets for feeds in the environment and in a watch."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from engagebot.errors import WatchInvalid
from engagebot.ports import Watch

ENVIRONMENT = "ENGAGEBOT_RSS_"

Address = Annotated[str, Field(pattern=r"^https?://[^/?#\s]+[^#\s]*$", max_length=2_000)]
Agent = Annotated[str, Field(pattern=r"^[ -~]{3,200}$")]
_listed = BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
_Model = TypeVar("_Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Options(_Strict):
    """How we ask; everything has a default. `handle` is taken and not needed."""

    handle: str | None = None
    user_agent: Agent = "engagebot (feed reader)"
    timeout_s: float = Field(20.0, gt=0, le=100)


class Feeds(_Strict):
    """What a watch of kind `feed` may say."""

    url: Address | None = None
    urls: Annotated[list[Address], _listed] = Field([], max_length=100)
    match: Annotated[list[Annotated[str, Field(min_length=2)]], _listed] = []

    @property
    def all(self) -> list[str]:
        """All addresses, each once."""
        return list(dict.fromkeys([*([self.url] if self.url else []), *self.urls]))

    def hears(self, text: str) -> bool:
        """Say whether one of the words of `match` stands in the text, if there are any."""
        words = "|".join(rf"(?<!\w){re.escape(_folded(word))}(?!\w)" for word in self.match)
        return not words or re.search(words, _folded(text)) is not None


def read_options(options: Mapping[str, Any]) -> Options:
    """Check the options; empty ones count as not set.

    Raises:
        ValueError: with everything that is wrong, one line each.
    """
    given = {name: value for name, value in options.items() if value not in (None, "")}
    read, wrong = _checked(Options, given)
    if read is None:
        raise ValueError("\n".join(f"{ENVIRONMENT}{key.upper()}: {said}" for key, said in wrong.items()))
    return read


def read_watch(watch: Watch) -> Feeds:
    """Check what a watch says.

    Raises:
        WatchInvalid: with everything that is wrong.
    """
    if watch.kind != "feed":
        raise WatchInvalid(f"RSS has no watches of kind {watch.kind!r}; there is: feed")
    read, wrong = _checked(Feeds, watch.options)
    if read is not None and not read.all:
        wrong = {"url": "needed: the address of a feed, or several under urls"}
    if read is None or wrong:
        raise WatchInvalid("\n".join(f"the watch {watch.name}: {key}: {said}" for key, said in wrong.items()))
    return read


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _checked(model: type[_Model], given: Mapping[str, Any]) -> tuple[_Model | None, dict[str, str]]:
    try:
        return model.model_validate(dict(given)), {}
    except ValidationError as problem:
        wrong = {}
        for error in problem.errors(include_input=False):
            key, said = str(error["loc"][0]), error["msg"]
            if error["type"] == "extra_forbidden":
                near = difflib.get_close_matches(key, model.model_fields, n=1)
                said = "unknown key" + (f", did you mean {near[0]!r}?" if near else "")
            wrong[key] = said
        return None, wrong
