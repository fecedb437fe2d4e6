"""Values of the environment that must look right before anything is opened: addresses, keys, levels."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from engagebot.errors import Finding
from engagebot.settings.environment import Environment
from engagebot.yamlfile import did_you_mean

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_DATABASES = ("sqlite://", "postgresql://", "postgresql+psycopg://")
_TELLING_PATH = 12
_HTTP = re.compile(r"https?://[^\s/?#]+\S*")


def check_place(environment: Environment) -> list[Finding]:
    """Hold the environment's own values against what they must look like; the value itself is never shown."""
    findings = []
    checks = {
        "ENGAGEBOT_DATABASE_URL": _database,
        "ENGAGEBOT_SECRET_KEY": _secret_key,
        "ENGAGEBOT_LOG_LEVEL": _log_level,
        "ENGAGEBOT_WEBHOOK_SECRET": _webhook_secret,
        "ENGAGEBOT_SMTP_URL": _smtp,
    }
    for name, given in environment.values.items():
        check = (
            _web_address if name.endswith("_BASE_URL") or name.endswith("_WEBHOOK_URL") else checks.get(name)
        )
        problem = check(given.value) if check else None
        if problem is not None:
            findings.append(given.finding(f"{name} {problem}"))
    return findings


def sqlite_at(site: Path, url: str | None) -> str:
    """The database's address; a relative SQLite path starts at the site, wherever the command was called."""
    if url is None:
        return f"sqlite:///{site / 'var' / 'engagebot.db'}"
    scheme, slashes, path = url.partition(":///")
    if scheme.startswith("sqlite") and slashes and path and not path.startswith(("/", ":memory:", "file:")):
        return f"{scheme}:///{site / path}"
    return url


def passwords_in(secrets: Iterable[str]) -> tuple[str, ...]:
    """Secret values for blacking out: of a database only the password, of a web address the path too."""
    found = set()
    for value in secrets:
        if re.match(r"(?:sqlite|postgresql)\b", value):
            password = urlsplit(value).password
            found |= {password, unquote(password)} if password else set()
        elif re.match(r"smtps?://", value):
            password = urlsplit(value).password
            found |= {value, password, unquote(password)} if password else {value}
        elif re.match(r"https?://", value):
            # What is logged may hold the machine's number instead of its name.
            path = urlsplit(value)._replace(scheme="", netloc="").geturl()
            found |= {value, path} if len(path) >= _TELLING_PATH else {value}
        else:
            found.add(value)
    # Longest first, so that a secret inside another one does not leave the rest standing.
    return tuple(sorted(found, key=lambda value: (-len(value), value)))


def _database(value: str) -> str | None:
    if value.startswith(_DATABASES):
        return None
    return "must begin with sqlite:/// or postgresql+psycopg://"


def _secret_key(value: str) -> str | None:
    if len(value) >= 32:
        return None
    return f"has {len(value)} characters and needs at least 32; make one with `openssl rand -hex 32`"


def _log_level(value: str) -> str | None:
    if value.upper() in _LEVELS:
        return None
    return f'is "{value[:20]}"; allowed: {", ".join(_LEVELS)}{did_you_mean(value, _LEVELS)}'


def _webhook_secret(value: str) -> str | None:
    try:
        size = len(base64.b64decode(value.removeprefix("whsec_"), validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if size >= 16:
        return None
    return 'must be base64 of at least 16 bytes; make one with `echo "whsec_$(openssl rand -base64 24)"`'


def _smtp(value: str) -> str | None:
    try:
        parts = urlsplit(value)
        is_fine = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_fine = False
    return None if is_fine else "must look like smtps://USER:PASSWORD@HOST:465 (special characters as %40)"


def _web_address(value: str) -> str | None:
    return None if _HTTP.fullmatch(value) else "must be an address that begins with http:// or https://"
