"""What a person sets for X in the environment."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from connectors.x.query import LONGEST_QUERY

USER_KEYS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
ENVIRONMENT = "ENGAGEBOT_X_"


def _secret(value: str) -> str:
    # requests puts a header that it refuses into its error message, token and all: such a token stops here.
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ValueError("must be plain letters, digits and signs without spaces; copy it again")
    return value


Secret = Annotated[str, AfterValidator(_secret)] | None
Handle = Annotated[str, AfterValidator(lambda value: value.lstrip("@"))] | None
Address = Annotated[str, StringConstraints(pattern=r"^https?://[^/?#\s]+[^?#\s]*$")] | None


class XOptions(BaseModel):
    """Keys, address and habits of one X account."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    handle: Handle = None
    bearer_token: Secret = None
    consumer_key: Secret = None
    consumer_secret: Secret = None
    access_token: Secret = None
    access_token_secret: Secret = None
    base_url: Address = None
    connect_timeout_s: float = Field(5.0, gt=0, le=60)
    read_timeout_s: float = Field(20.0, gt=0, le=300)
    authors: bool = True
    authors_max_age_h: float = Field(24.0, ge=0, le=24 * 365)
    query_chars: int = Field(LONGEST_QUERY, ge=1, le=4096)
    unsolicited_replies: bool = False

    @property
    def keys(self) -> tuple[str | None, ...]:
        """The bearer token and the four keys, as tweepy wants them."""
        return (self.bearer_token, *(getattr(self, name) for name in USER_KEYS))

    @property
    def has_user_keys(self) -> bool:
        """Say whether we may act as an account, not only read."""
        return all(self.keys[1:])


def read_options(options: Mapping[str, Any]) -> XOptions:
    """Check the options; empty ones count as not set.

    Raises:
        ValueError: with everything that is wrong, one line each, and never a value.
    """
    try:
        read = XOptions.model_validate(
            {name: value for name, value in options.items() if value not in (None, "")}
        )
    except ValidationError as wrong:
        lines = [_line(str(error["loc"][0]), error["type"], error["msg"]) for error in wrong.errors()]
    else:
        missing = [ENVIRONMENT + name.upper() for name in USER_KEYS if not getattr(read, name)]
        if not missing or (read.bearer_token and len(missing) == len(USER_KEYS)):
            return read
        lines = [
            f"X needs {ENVIRONMENT}BEARER_TOKEN to read, or to read and reply also: {', '.join(missing)}"
        ]
    # Raised out here, so that the values inside the model's own error are not chained to this one.
    raise ValueError("\n".join(lines))


def _line(key: str, kind: str, message: str) -> str:
    shown = ENVIRONMENT + key.upper()
    if kind != "extra_forbidden":
        return f"{shown}: {message.removeprefix('Value error, ')}"
    near = difflib.get_close_matches(key, XOptions.model_fields, n=1)
    return f"{shown}: unknown key {key!r}" + (f", did you mean {near[0]!r}?" if near else "")
