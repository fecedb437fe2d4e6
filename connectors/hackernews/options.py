"""What a person sets for Hacker News in the environment and in a watch."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from engagebot.errors import WatchInvalid
from engagebot.ports import Watch

ENVIRONMENT = "ENGAGEBOT_HACKERNEWS_"
LARGEST_PAGE = 1_000

Address = Annotated[
    str, Field(pattern=r"^https?://[^/?#\s]+[^?#\s]*$"), AfterValidator(lambda url: url.rstrip("/"))
]
_listed = BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
_Model = TypeVar("_Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Options(_Strict):
    """Which servers to ask; everything has a default. `handle` is our own account, if we have one."""

    handle: str | None = None
    base_url: Address = "https://hn.algolia.com"
    items_url: Address = "https://hacker-news.firebaseio.com"
    timeout_s: float = Field(20.0, gt=0, le=100)


class Search(_Strict):
    """What a watch of kind `search` may say."""

    query: str = Field(min_length=1, max_length=500)
    match: Annotated[list[Annotated[str, Field(min_length=2)]], _listed] = []
    tags: Annotated[list[Annotated[str, Field(pattern="^(story|comment|ask_hn|show_hn)$")]], _listed] = Field(
        ["story", "comment"], min_length=1
    )
    page_size: int = Field(LARGEST_PAGE, ge=10, le=LARGEST_PAGE)

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


def read_watch(watch: Watch) -> Search:
    """Check what a watch says.

    Raises:
        WatchInvalid: with everything that is wrong.
    """
    if watch.kind != "search":
        raise WatchInvalid(f"Hacker News has no watches of kind {watch.kind!r}; there is: search")
    read, wrong = _checked(Search, watch.options)
    if read is None:
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
