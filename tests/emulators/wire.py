"""What passes between the HTTP server and an emulator: requests, responses and lines of the log."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from tests.emulators.faults import Fault

Clock = Callable[[], datetime]


def real_time() -> datetime:
    return datetime.now(UTC)


@dataclass
class Request:
    """One request as an emulator sees it. `path` has no trailing slash; header names are lower-case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    fault: Fault | None = None
    created: list[str] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    returned: dict[str, list[str]] = field(default_factory=dict)

    def listed(self, name: str) -> list[str]:
        """Return all values of a parameter that may be given several times."""
        return [value for each, value in self.pairs if each == name]

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self) -> dict[str, Any]:
        parsed = json.loads(self.body or b"{}")
        return parsed if isinstance(parsed, dict) else {}

    def has_quirk(self, name: str) -> bool:
        return self.fault is not None and name in self.fault.quirks


@dataclass
class Response:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, data: object, headers: Mapping[str, str] | None = None) -> Response:
        text = data if isinstance(data, str) else json.dumps(data)
        return cls(
            status, text.encode(), {"content-type": "application/json; charset=utf-8", **(headers or {})}
        )


class Answered(Exception):
    """Carries an answer out of the middle of a handler."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


@dataclass(frozen=True)
class Entry:
    """One line of the log. `status` is 0 where the connection was cut; `auth` is the kind only.

    `returned` are the ids that the answer carried: `posts` and `users`, as far as the platform counts them.
    """

    at: str
    method: str
    path: str
    query: dict[str, str]
    body: str
    status: int
    created: list[str]
    fault: str
    auth: str
    user_agent: str
    returned: dict[str, list[str]] = field(default_factory=dict)


def moment(value: datetime | str) -> datetime:
    """Return an aware UTC time from a datetime or an ISO text; a text without a zone is UTC."""
    given = datetime.fromisoformat(value) if isinstance(value, str) else value
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
