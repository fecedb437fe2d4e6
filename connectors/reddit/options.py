"""The connector's settings, checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_NAME = re.compile(r"[A-Za-z0-9_-]{3,20}")
_ADDRESS = re.compile(r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:\d{1,5})?(/[\w./-]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Who we are to Reddit. Without `password` and `refresh_token` the connector only reads."""

    client_id: str
    client_secret: str = field(repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    user_agent: str
    base_url: str | None = None
    timeout_s: float = 20.0
    handle: str | None = None

    @property
    def has_account(self) -> bool:
        """Whether somebody is logged in."""
        return bool(self.password or self.refresh_token)

    @property
    def handles(self) -> frozenset[str]:
        """Our own account's names as far as the settings tell, in lower case."""
        return frozenset(name.lower() for name in (self.handle, self.username) if name)


def read_options(options: Mapping[str, Any]) -> Options:
    """Check the settings; an empty one counts as not given.

    Raises:
        ValueError: everything that is wrong, without the values of secrets.
    """
    known = Options.__dataclass_fields__
    given = {key: str(value).strip() for key, value in options.items() if value not in (None, "")}
    wrong = [
        f"{_name(key)} is not known (known: {', '.join(map(_name, known))})"
        for key in given.keys() - known.keys()
    ]
    wrong += [f"{_name(key)} is missing" for key in ("client_id", "client_secret") if not given.get(key)]
    for key in {"username", "handle"} & given.keys():
        given[key] = re.sub(r"^/?u/", "", given[key])
        if not _NAME.fullmatch(given[key]):
            wrong.append(f"{_name(key)} {given[key]!r} is not a Reddit user name")
    if "password" in given and "refresh_token" in given:
        wrong.append(f"give either {_name('password')} or {_name('refresh_token')}")
    if "password" in given and "username" not in given:
        wrong.append(f"{_name('password')} needs {_name('username')}")
    if not re.fullmatch(r"(?!0+(\.0+)?$)\d{1,2}(\.\d{1,3})?", given.get("timeout_s", "20")):
        wrong.append(f"{_name('timeout_s')} must be a number of seconds below 100")
    if "base_url" in given and not _ADDRESS.fullmatch(given["base_url"]):
        wrong.append(f"{_name('base_url')} must look like https://host:port, without a login or a query")
    who = given.get("username") or given.get("handle")
    given.setdefault("user_agent", f"python:engagebot:1 (by /u/{who})" if who else "python:engagebot:1")
    if not re.fullmatch(r"[ -~]{7,200}", given["user_agent"]):
        wrong.append(f"{_name('user_agent')} must be plain text like 'linux:acme-care:1.0 (by /u/acme_care)'")
    if wrong:
        raise ValueError("; ".join(sorted(wrong)))
    if "base_url" in given:
        given["base_url"] = given["base_url"].rstrip("/")
    checked: dict[str, Any] = {**given, "timeout_s": float(given.get("timeout_s", "20"))}
    return Options(**checked)


def _name(key: str) -> str:
    return "brand.handles.reddit" if key == "handle" else f"ENGAGEBOT_REDDIT_{key.upper()}"
