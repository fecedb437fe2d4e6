"""What the environment and `.env` may say: the table of variables, and how they are read."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv.parser import parse_stream

from engagebot.errors import FilesInvalid, Finding
from engagebot.yamlfile import nearest, read_text

PREFIX = "ENGAGEBOT_"
_SECRET_NAME = re.compile(r"(?:^|_)(?:TOKEN|SECRET|PASSWORD|KEY)$|_SECRET_|_PASSWORD_")


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable. A secret can also be given as a file, in NAME_FILE."""

    name: str
    meaning: str
    default: str = ""
    is_secret: bool = False


ENVIRONMENT: tuple[Variable, ...] = (
    Variable(
        name="ENGAGEBOT_SITE",
        meaning="The site's folder, the one with `config/` and `rules/`. Set it outside `.env`.",
        default="`.`",
    ),
    Variable(
        name="ENGAGEBOT_DATABASE_URL",
        meaning="Where everything is kept: `sqlite:///PATH` (a relative path starts at the "
        "site), or `postgresql+psycopg://…` for teams.",
        default="`sqlite:///SITE/var/engagebot.db`",
        is_secret=True,
    ),
    Variable(
        name="ENGAGEBOT_SECRET_KEY",
        meaning="Will sign links that act without a login; at least 32 characters. No part needs it yet.",
        is_secret=True,
    ),
    Variable(
        name="ENGAGEBOT_BASE_URL",
        meaning="The address people reach the web app at; links in messages begin with it.",
        default="`http://127.0.0.1:8000`",
    ),
    Variable(
        name="ENGAGEBOT_LOG_LEVEL",
        meaning="How much is logged: DEBUG, INFO, WARNING or ERROR.",
        default="`INFO`",
    ),
    Variable(
        name="ENGAGEBOT_NOW",
        meaning="A frozen clock for tests and rehearsals: ISO time with zone; refused with `--live`.",
    ),
    Variable(
        name="ENGAGEBOT_X_BEARER_TOKEN",
        meaning="X: the app's bearer token, for reading.",
        is_secret=True,
    ),
    Variable(
        name="ENGAGEBOT_X_CONSUMER_KEY",
        meaning="X: the app's API key, for replying.",
        is_secret=True,
    ),
    Variable(
        name="ENGAGEBOT_X_CONSUMER_SECRET",
        meaning="X: the app's API key secret.",
        is_secret=True,
    ),
    Variable(
        name="ENGAGEBOT_X_ACCESS_TOKEN",
        meaning="X: the access token of the account that replies.",
        is_secret=True,
    ),
    Variable(
        name="ENGAGEBOT_X_ACCESS_TOKEN_SECRET",
        meaning="X: the secret of that access token.",
        is_secret=True,
    ),
    Variable(
        name="ENGAGEBOT_X_BASE_URL",
        meaning="X: another server that speaks X API v2, such as an enterprise proxy or a test server.",
        default="`https://api.twitter.com`, as the tweepy package has it",
    ),
    Variable(
        name="ENGAGEBOT_X_AUTHORS",
        meaning="X: whether to read authors' names and followers, which X charges for: true or false.",
        default="true",
    ),
    Variable(
        name="ENGAGEBOT_X_AUTHORS_MAX_AGE_H",
        meaning="X: for how many hours an author is known and not paid for again.",
        default="24",
    ),
    Variable(
        name="ENGAGEBOT_X_QUERY_CHARS",
        meaning="X: how long a search query may be; X allows Enterprise access up to 4096.",
        default="512",
    ),
    Variable(
        name="ENGAGEBOT_X_UNSOLICITED_REPLIES",
        meaning="X: true for Enterprise access, which may answer people who did not write to us.",
        default="false",
    ),
    Variable(
        name="ENGAGEBOT_X_CONNECT_TIMEOUT_S",
        meaning="X: how long to wait for a connection, in seconds.",
        default="5",
    ),
    Variable(
        name="ENGAGEBOT_X_READ_TIMEOUT_S",
        meaning="X: how long to wait for an answer, in seconds.",
        default="20",
    ),
    Variable(
        name="ENGAGEBOT_REDDIT_CLIENT_ID",
        meaning="Reddit: the app's id.",
    ),
    Variable(
        name="ENGAGEBOT_REDDIT_CLIENT_SECRET",
        meaning="Reddit: the app's secret.",
        is_secret=True,
    ),
    Variable(
        name="ENGAGEBOT_REDDIT_USERNAME",
        meaning="Reddit: the account that replies, with its password.",
    ),
    Variable(
        name="ENGAGEBOT_REDDIT_PASSWORD",
        meaning="Reddit: that account's password; or use a refresh token.",
        is_secret=True,
    ),
    Variable(
        name="ENGAGEBOT_REDDIT_REFRESH_TOKEN",
        meaning="Reddit: a refresh token, instead of name and password.",
        is_secret=True,
    ),
    Variable(
        name="ENGAGEBOT_REDDIT_USER_AGENT",
        meaning="Reddit: how the app names itself: `linux:engagebot:0.1 (by /u/NAME)`.",
    ),
    Variable(
        name="ENGAGEBOT_REDDIT_BASE_URL",
        meaning="Reddit: another server that serves both the www and the oauth side.",
        default="Reddit's own",
    ),
    Variable(
        name="ENGAGEBOT_REDDIT_TIMEOUT_S",
        meaning="Reddit: how long to wait for an answer, in seconds.",
        default="20",
    ),
    Variable(
        name="ENGAGEBOT_BLUESKY_APP_PASSWORD",
        meaning="Bluesky: an app password of the account in `brand.handles.bluesky`; without it we only "
        "listens.",
        is_secret=True,
    ),
    Variable(
        name="ENGAGEBOT_BLUESKY_BASE_URL",
        meaning="Bluesky: the server that holds the account.",
        default="`https://bsky.social`",
    ),
    Variable(
        name="ENGAGEBOT_BLUESKY_APPVIEW_URL",
        meaning="Bluesky: the public view of the network, for authors' names and look-ups.",
        default="`https://public.api.bsky.app`",
    ),
    Variable(
        name="ENGAGEBOT_BLUESKY_JETSTREAM_URL",
        meaning="Bluesky: the stream of all posts.",
        default="`wss://jetstream2.us-east.bsky.network/subscribe`",
    ),
    Variable(
        name="ENGAGEBOT_BLUESKY_TIMEOUT_S",
        meaning="Bluesky: how long to wait for an answer, or for the next event, in seconds.",
        default="10",
    ),
    Variable(
        name="ENGAGEBOT_HACKERNEWS_BASE_URL",
        meaning="Hacker News: the search.",
        default="`https://hn.algolia.com`",
    ),
    Variable(
        name="ENGAGEBOT_HACKERNEWS_ITEMS_URL",
        meaning="Hacker News: the site's own interface, for look-ups.",
        default="`https://hacker-news.firebaseio.com`",
    ),
    Variable(
        name="ENGAGEBOT_HACKERNEWS_TIMEOUT_S",
        meaning="Hacker News: how long to wait for an answer, in seconds.",
        default="20",
    ),
    Variable(
        name="ENGAGEBOT_RSS_USER_AGENT",
        meaning="Feeds: how engagebot names itself to the sites; an address to write to is polite.",
        default="`engagebot (feed reader)`",
    ),
    Variable(
        name="ENGAGEBOT_RSS_TIMEOUT_S",
        meaning="Feeds: how long to wait for an answer, in seconds.",
        default="20",
    ),
    Variable(
        name="ENGAGEBOT_SLACK_WEBHOOK_URL",
        meaning="Slack: the incoming webhook that notices go to.",
        is_secret=True,
    ),
    Variable(
        name="ENGAGEBOT_SLACK_BOT_TOKEN",
        meaning="Slack: the bot token (`xoxb-…`), for buttons.",
        is_secret=True,
    ),
    Variable(
        name="ENGAGEBOT_SLACK_APP_TOKEN",
        meaning="Slack: the app token (`xapp-…`), for buttons without a public address.",
        is_secret=True,
    ),
    Variable(
        name="ENGAGEBOT_SMTP_URL",
        meaning="E-mail: `smtps://USER:PASSWORD@HOST:465` or `smtp://USER:PASSWORD@HOST:587`.",
        is_secret=True,
    ),
    Variable(
        name="ENGAGEBOT_WEBHOOK_SECRET",
        meaning="Signs outgoing webhooks (Standard Webhooks): `whsec_` and base64.",
        is_secret=True,
    ),
)
_KNOWN = {variable.name: variable for variable in ENVIRONMENT}


@dataclass(frozen=True, slots=True)
class Given:
    """A variable's value and where it was written."""

    value: str = field(repr=False)
    file: str
    line: int

    def finding(self, message: str, code: str = "EBE03") -> Finding:
        return Finding(self.file, self.line, 1 if self.line else 0, code, message)


@dataclass(frozen=True, slots=True)
class Environment:
    """What was given: our own variables by name, and each connector's options."""

    values: Mapping[str, Given]
    options: Mapping[str, Mapping[str, str]] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    def text(self, name: str) -> str | None:
        """The value of a variable, or `None` when it is not set or empty."""
        given = self.values.get(name)
        return given.value if given else None


def read_environment(
    site: Path, environ: Mapping[str, str], connectors: Collection[str]
) -> tuple[Environment, list[Finding]]:
    """Read `.env` and the real environment, which wins; an empty value counts as not set."""
    findings: list[Finding] = []
    given = dict(_dotenv(site / ".env", findings))
    for name, value in environ.items():
        if name.startswith(PREFIX):
            given[name] = Given(value, "environment", 0)
    given = {name: item for name, item in given.items() if item.value}
    prefixes = {f"{PREFIX}{_shout(name)}_": name for name in connectors}
    values: dict[str, Given] = {}
    for name, item in sorted(given.items()):
        if name == "ENGAGEBOT_SITE" and item.file == ".env":
            findings.append(
                item.finding(f"{name} says where .env is, so it cannot stand in it; set it outside")
            )
        elif _is_file_twin(name, prefixes):
            _take_file(site, name, given, values, findings)
        elif (problem := _unknown(name, prefixes)) is not None:
            findings.append(item.finding(problem, "EBE02"))
        else:
            values.setdefault(name, item)
    options: dict[str, dict[str, str]] = {name: {} for name in connectors}
    for name, item in values.items():
        if (prefix := _prefix(name, prefixes)) is not None:
            options[prefixes[prefix]][name[len(prefix) :].lower()] = item.value
    secrets = tuple(sorted({values[name].value for name in values if _is_secret(name)}))
    return Environment(values, options, secrets), findings


def _shout(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", name).upper()


def _dotenv(path: Path, findings: list[Finding]) -> Iterator[tuple[str, Given]]:
    if not path.is_file():
        return
    try:
        text = read_text(path, ".env")
    except FilesInvalid as error:
        findings.extend(error.findings)
        return
    seen: dict[str, int] = {}
    for binding in parse_stream(io.StringIO(text)):
        # python-dotenv counts the blank lines before an entry as part of it.
        original = binding.original
        line = original.line + len(original.string) - len(original.string.lstrip("\r\n"))
        here = Given("", ".env", line)
        if binding.error:
            findings.append(
                here.finding(
                    "cannot be read; write NAME=value, with quotes round a value with spaces", "EBE01"
                )
            )
        elif binding.key is None or not binding.key.startswith(PREFIX):
            continue
        elif binding.key in seen:
            findings.append(
                here.finding(
                    f"{binding.key} is already there, in line {seen[binding.key]}; keep one", "EBE01"
                )
            )
        else:
            seen[binding.key] = line
            yield binding.key, Given((binding.value or "").strip(), ".env", line)


def _is_secret(name: str) -> bool:
    known = _KNOWN.get(name)
    return known.is_secret if known else _SECRET_NAME.search(name) is not None


def _prefix(name: str, prefixes: Mapping[str, str]) -> str | None:
    fitting = [prefix for prefix in prefixes if name.startswith(prefix) and len(name) > len(prefix)]
    return max(fitting, key=len, default=None)


def _is_file_twin(name: str, prefixes: Mapping[str, str]) -> bool:
    stem = name.removesuffix("_FILE")
    return stem != name and _is_secret(stem) and (stem in _KNOWN or _prefix(stem, prefixes) is not None)


def _unknown(name: str, prefixes: Mapping[str, str]) -> str | None:
    if name in _KNOWN:
        return None
    prefix = _prefix(name, prefixes)
    if prefix is None:
        stems = [known.removeprefix(PREFIX) for known in _names()]
        near = nearest(name.removeprefix(PREFIX), stems, cutoff=0.7)
        hint = f'did you mean "{PREFIX}{near}"?' if near else "docs/settings.md lists them all"
        return f"{name} is not a setting; {hint}"
    # A connector may read more options than the table knows; a near miss is a slip all the same.
    documented = [known for known in _names() if known.startswith(prefix)]
    near = nearest(name, documented, cutoff=0.85)
    return f'{name} is not a setting; did you mean "{near}"?' if near else None


def _names() -> list[str]:
    twins = [f"{variable.name}_FILE" for variable in ENVIRONMENT if variable.is_secret]
    return [*_KNOWN, *twins]


def _take_file(
    site: Path, name: str, given: Mapping[str, Given], values: dict[str, Given], findings: list[Finding]
) -> None:
    item, stem = given[name], name.removesuffix("_FILE")
    if stem in given:
        findings.append(item.finding(f"{name} and {stem} are both set; keep one of them"))
        return
    path = site / item.value
    try:
        value = read_text(path, item.file).strip()
    except FilesInvalid as error:
        reason = error.findings[0].message
        findings.append(item.finding(f"{name} names the file {item.value}, which {reason}"))
        return
    if value:
        values[stem] = Given(value, item.file, item.line)
    else:
        findings.append(item.finding(f"{name} names the file {item.value}, which is empty"))
