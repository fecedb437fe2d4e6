"""The environment's variables: what one is, and those that belong to engagebot itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

PREFIX = "ENGAGEBOT_"
APPRISE = f"{PREFIX}APPRISE_"
"""What the names of addresses for Apprise begin with; the rest is the channel's name."""
_SECRET_NAME = re.compile(r"(?:^|_)(?:TOKEN|SECRET|PASSWORD|KEY)$|_SECRET_|_PASSWORD_")


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable. A secret can also be given as a file, in NAME_FILE."""

    name: str
    meaning: str
    default: str = ""
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Variables that belong together, under the title they have in `.env.example`."""

    title: str = ""
    variables: tuple[Variable, ...] = ()


def prefix_of(connector: str) -> str:
    """What the names of a connector's variables begin with."""
    return f"{PREFIX}{re.sub(r'[^A-Za-z0-9]', '_', connector).upper()}_"


def looks_secret(name: str) -> bool:
    """Whether a variable that nobody described must be kept secret, by its name."""
    return _SECRET_NAME.search(name) is not None


def key_of(service: str) -> str:
    """What a channel `apprise:NAME` is called in the environment, in lower case."""
    return re.sub(r"[^A-Za-z0-9]", "_", service).lower()


SITE = Section(
    "The site",
    (
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
            meaning="Signs the links in mails; at least 32 characters. Without it mails have none.",
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
    ),
)
CHANNELS = Section(
    "Ways to reach people",
    (
        Variable(
            name="ENGAGEBOT_SLACK_WEBHOOK_URL",
            meaning="Slack: the incoming webhook that notices go to.",
            is_secret=True,
        ),
        Variable(
            name="ENGAGEBOT_SLACK_BOT_TOKEN",
            meaning="Slack: the bot token (`xoxb-…`), for one message per case that changes in place.",
            is_secret=True,
        ),
        Variable(
            name="ENGAGEBOT_SLACK_APP_TOKEN",
            meaning="Slack: the app token (`xapp-…`), for buttons without a public address.",
            is_secret=True,
        ),
        Variable(
            name="ENGAGEBOT_SLACK_SIGNING_SECRET",
            meaning="Slack: the signing secret, where buttons come to `/hooks/slack` instead.",
            is_secret=True,
        ),
        Variable(
            name="ENGAGEBOT_SLACK_BASE_URL",
            meaning="Slack: another server that speaks its Web API, such as GovSlack's or a test server.",
            default="`https://slack.com/api/`",
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
    ),
)
OWN = {variable.name: variable for section in (SITE, CHANNELS) for variable in section.variables}
