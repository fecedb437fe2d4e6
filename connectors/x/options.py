"""What a person sets for X: keys and addresses from the environment, and the keys of a watch."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

USER_KEYS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
ENVIRONMENT = "ENGAGEBOT_X_"

Model = TypeVar("Model", bound=BaseModel)


def _secret(value: str) -> str:
    # requests puts a header that it refuses into its error message, token and all: such a token stops here.
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ValueError("must be plain letters, digits and signs without spaces; copy it again")
    return value


Secret = Annotated[str, AfterValidator(_secret)] | None


class XOptions(BaseModel):
    """Keys, address and habits of one X account."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True
    )

    handle: str | None = None
    bearer_token: Secret = None
    consumer_key: Secret = None
    consumer_secret: Secret = None
    access_token: Secret = None
    access_token_secret: Secret = None
    base_url: str | None = None
    connect_timeout_s: float = Field(5.0, gt=0, le=60)
    read_timeout_s: float = Field(20.0, gt=0, le=300)
    authors: bool = True
    unsolicited_replies: bool = False

    @field_validator("handle")
    @classmethod
    def _bare(cls, value: str | None) -> str | None:
        return value.lstrip("@") if value else None

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and (
            urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname
        ):
            raise ValueError("must be an address such as https://x-proxy.example.com")
        return value

    @property
    def has_user_keys(self) -> bool:
        """Say whether we may act as an account, not only read."""
        return all(getattr(self, name) for name in USER_KEYS)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        values = (getattr(self, name) for name in ("bearer_token", *USER_KEYS))
        return tuple(value for value in values if value)


class MentionsWatch(BaseModel):
    """Keys of a watch of kind `mentions`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    page_size: int = 100


class SearchWatch(MentionsWatch):
    """Keys of a watch of kind `search`."""

    query: str = Field(min_length=1)

    @field_validator("query")
    @classmethod
    def _known_traps(cls, value: str) -> str:
        # X answers these with a 400 that does not name the cause.
        for term in value.replace("(", " ").lower().split():
            bare = term.lstrip("-")
            if bare.startswith(("from:@", "to:@")):
                raise ValueError(
                    f"write {bare.replace('@', '')} instead of {bare}: these operators take a bare name"
                )
            if bare.startswith("min_faves:"):
                raise ValueError("the operator is called min_likes: here")
        return value


def read_options(options: Mapping[str, Any]) -> XOptions:
    """Check the options of the environment; empty ones count as not set.

    Raises:
        ValueError: with everything that is wrong, one line each, and never a value.
    """
    given = {name: value for name, value in options.items() if value not in (None, "")}
    read = validated(XOptions, given, prefix=ENVIRONMENT)
    missing = [f"{ENVIRONMENT}{name.upper()}" for name in USER_KEYS if not getattr(read, name)]
    if 0 < len(missing) < len(USER_KEYS):
        raise ValueError(
            f"the four keys of an X account belong together; still missing: {', '.join(missing)}"
        )
    if missing and read.bearer_token is None:
        raise ValueError(
            f"X needs {ENVIRONMENT}BEARER_TOKEN to read, or {', '.join(missing)} to read and reply"
        )
    return read


def validated(model: type[Model], values: Mapping[str, Any], *, prefix: str = "") -> Model:
    """Build the model, or raise ValueError with a line for each fault, without the values.

    Raises:
        ValueError: naming each wrong key and what is allowed.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as wrong:
        lines = [_line(model, error["type"], error["msg"], error["loc"], prefix) for error in wrong.errors()]
    # Raised out here, so that the values inside the model's own error are not chained to this one.
    raise ValueError("\n".join(lines))


def _line(model: type[BaseModel], kind: str, message: str, loc: tuple[int | str, ...], prefix: str) -> str:
    key = str(loc[0]) if loc else ""
    shown = f"{prefix}{key.upper()}" if prefix and key != "handle" else key
    if kind != "extra_forbidden":
        return f"{shown}: {message.removeprefix('Value error, ')}"
    near = difflib.get_close_matches(key, model.model_fields, n=1)
    hint = (
        f", did you mean {near[0]!r}?" if near else f"; allowed are {', '.join(sorted(model.model_fields))}"
    )
    return f"{shown}: unknown key {key!r}{hint}"
