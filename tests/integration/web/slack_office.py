"""An office whose support team hears of cases in a Slack channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engagebot import scheduler
from engagebot.domain.records import CaseRecord
from engagebot.domain.roles import Role
from engagebot.domain.telling.cards import Deed
from engagebot.domain.telling.presses import Press
from engagebot.settings.values import Secret, Team
from engagebot.store.casework import cases
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import NewUser
from engagebot.store.persons import chatters
from tests.emulators.slack import SlackEmulator
from tests.emulators.slack.server import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, TEAM, Message
from tests.integration.web.office import Office


def case_of(office: Office, case_id: int) -> CaseRecord:
    with office.app.store.read() as tx:
        return cases.get(tx, case_id)


def join(office: Office, slack: SlackEmulator) -> None:
    """Let the support team be told in the channel #care."""
    app = office.app
    app.settings = replace(
        app.settings,
        teams={"support": Team(name="support", notify=("slack:#care",))},
        slack_bot_token=Secret(BOT_TOKEN),
        slack_app_token=Secret(APP_TOKEN),
        slack_signing_secret=Secret(SIGNING_SECRET),
        slack_base_url=slack.api_url,
    )
    app.may_notify = True


def told(office: Office, slack: SlackEmulator) -> Message:
    """Deliver what waits; answer the one message in the channel."""
    scheduler.exhaust(office.app, scheduler.tell_people)
    (message,) = slack.care.shown
    return message


def words(message: Message) -> str:
    """All that a message says."""
    blocks = message.body["attachments"][0]["blocks"]
    return "\n".join(block["text"]["text"] for block in blocks if "text" in block)


def labels(message: Message) -> list[str]:
    """The actions of a message's buttons, without their prefix."""
    (buttons,) = (each for each in message.body["attachments"][0]["blocks"] if each["type"] == "actions")
    return [each["action_id"].partition(".")[2] for each in buttons["elements"]]


def post(office: Office, slack: SlackEmulator, action: str, **more: Any) -> int:
    """Press a button in HTTP mode; answer the status that Slack gets."""
    return _tell(office, slack, slack.interaction(f"engagebot.{action}", **more))


def send_off(office: Office, slack: SlackEmulator, **picks: str) -> int:
    """Send off the form that stands open, in HTTP mode; answer the status that Slack gets."""
    return _tell(office, slack, slack.submission(**picks))


def _tell(office: Office, slack: SlackEmulator, payload: Mapping[str, Any]) -> int:
    body, headers = slack.signed(payload, at=int(office.clock.now().timestamp()))
    response = office.visitor().post("/hooks/slack", content=body, headers=headers)
    assert response.content == b"", "anything but an empty answer would keep a form open"
    return response.status_code


def is_known(office: Office, slack: SlackEmulator, user: str, name: str, role: Role = Role.SUPPORT) -> None:
    """Give somebody in Slack an account, linked already."""
    slack.users[user] = name
    now = office.clock.now()
    with office.app.store.write() as tx:
        account = accounts.add(tx, NewUser(name=name, role=role), now)
        press = Press(
            chat="slack", person=f"{TEAM}:{user}", name=name, deed=Deed.ACKNOWLEDGE, case_id=1,
            place="C0CARE",
        )  # fmt: skip
        chatters.link(tx, chatters.ask(tx, press, now).secret or "", account, now)
