"""What a person sets for Bluesky in the environment and in a watch."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from engagebot.errors import WatchInvalid
from engagebot.ports import Watch

ENVIRONMENT = "ENGAGEBOT_BLUESKY_"

Address = Annotated[
    str, Field(pattern=r"^https?://[^/?#\s]+[^?#\s]*$"), AfterValidator(lambda url: url.rstrip("/"))
]
Word = Annotated[str, Field(min_length=2, max_length=100)]
_listed = BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
_Model = TypeVar("_Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class BlueskyOptions(_Strict):
    """Who we are and which servers to ask; everything has a default."""

    handle: Annotated[str, AfterValidator(lambda name: name.lstrip("@").lower())] | None = None
    app_password: Annotated[str | None, Field(repr=False)] = None
    base_url: Address = "https://bsky.social"
    appview_url: Address = "https://public.api.bsky.app"
    jetstream_url: Annotated[str, Field(pattern=r"^wss?://[^/?#\s]+[^?#\s]*$")] = (
        "wss://jetstream2.us-east.bsky.network/subscribe"
    )
    timeout_s: float = Field(10.0, gt=0, le=60)


class Keywords(_Strict):
    """What a watch of kind `keywords` may say."""

    match: Annotated[list[Word], _listed] = Field(min_length=1, max_length=200)
    max_posts: int = Field(2_000, ge=1, le=20_000)
    max_seconds: float = Field(10.0, gt=0, le=120)


def read_options(options: Mapping[str, Any]) -> BlueskyOptions:
    """Check the options; empty ones count as not set.

    Raises:
        ValueError: with everything that is wrong, one line each, and never a value.
    """
    given = {name: value for name, value in options.items() if value not in (None, "")}
    read, wrong = _checked(BlueskyOptions, given)
    if read and read.app_password and not read.handle:
        wrong = {"handle": "needed: brand.handles.bluesky names the account of the app password"}
    if read is None or wrong:
        raise ValueError("\n".join(f"{ENVIRONMENT}{key.upper()}: {said}" for key, said in wrong.items()))
    return read


def read_watch(watch: Watch) -> Keywords | None:
    """Check what a watch says; `None` is a watch of kind `mentions`, which has no options.

    Raises:
        WatchInvalid: with everything that is wrong.
    """
    kinds: dict[str, type[Keywords] | type[_Strict]] = {"keywords": Keywords, "mentions": _Strict}
    if watch.kind not in kinds:
        raise WatchInvalid(f"Bluesky has no watches of kind {watch.kind!r}; there are: {', '.join(kinds)}")
    read, wrong = _checked(kinds[watch.kind], watch.options)
    if wrong:
        raise WatchInvalid("\n".join(f"the watch {watch.name}: {key}: {said}" for key, said in wrong.items()))
    return read if isinstance(read, Keywords) else None


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
