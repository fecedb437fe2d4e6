"""Buttons in chats, put together: what a press does here, and how its person is answered."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from slack_sdk import WebClient

from engagebot.bootstrap.app import App
from engagebot.domain.casework.remedies import lacks_ending
from engagebot.domain.casework.snoozes import snooze_end
from engagebot.domain.roles import Act
from engagebot.domain.telling.cards import Deed
from engagebot.domain.telling.presses import Press
from engagebot.errors import WrongUsage
from engagebot.pipeline import casework, pressing
from engagebot.pipeline.pressing import Move, PressContext
from engagebot.sinks import slack_bot, slack_form, slack_presses, slack_socket
from engagebot.sinks.slack_presses import SignedPosts
from engagebot.sinks.slack_socket import SlackSocket
from engagebot.store.casework import cases
from engagebot.store.engine import Tx

log = logging.getLogger(__name__)


def press_context(app: App) -> PressContext:
    """What it takes to carry presses out on this site."""
    return PressContext(
        store=app.store,
        clock=app.clock,
        moves=_moves(app),
        base_url=app.settings.base_url,
        zone=app.settings.timezone,
        is_masked=app.settings.masks_notices,
        ask=lambda press, question: slack_form.ask(
            _client(app, timeout_s=slack_form.TIMEOUT_S), press, question
        ),
    )


def listen(app: App) -> SlackSocket | None:
    """Connect to Slack for its buttons, where both tokens are set and this process may tell people."""
    settings = app.settings
    if not app.may_notify or settings.slack_app_token is None or settings.slack_bot_token is None:
        return None
    token = settings.slack_app_token.reveal()
    return SlackSocket(token, lambda told: carry_out(app, told), settings.slack_base_url).start()


def check_socket(app: App) -> str:
    """Say whether Slack would give us a connection for its buttons.

    Raises:
        DeliveryFailed: it would not.
    """
    token = app.settings.slack_app_token
    return slack_socket.check(token.reveal() if token else "", app.settings.slack_base_url)


def signed_posts(app: App) -> SignedPosts | None:
    """The check of what Slack sends over HTTP; `None` where the site takes nothing that way."""
    secret = app.settings.slack_signing_secret
    return None if secret is None else SignedPosts(secret.reveal(), app.clock)


def carry_out(app: App, told: Mapping[str, Any]) -> None:
    """Do what an interaction tells of, and answer its person where there is something to say."""
    press = slack_presses.press_of(told) or slack_form.submission_of(told)
    if press is None:
        return
    context = press_context(app)
    said = pressing.press(context, press)
    if said is not None and not answer(app, press, said.text):
        pressing.never_told(context, said)


def answer(app: App, press: Press, text: str) -> bool:
    """Tell the person who pressed something, and nobody else; false where that failed, as far as we know."""
    return slack_presses.answer(_client(app), press, text)


def _client(app: App, *, timeout_s: int = slack_bot.TIMEOUT_S) -> WebClient:
    token = app.settings.slack_bot_token
    base_url = app.settings.slack_base_url
    return slack_bot.client_of(token.reveal() if token else None, base_url, timeout_s=timeout_s)


def _moves(app: App) -> Mapping[Deed, Move]:
    return {
        Deed.ACKNOWLEDGE: lambda tx, press, act: casework.acknowledge(tx, press.case_id, act),
        Deed.UNACKNOWLEDGE: lambda tx, press, act: casework.unacknowledge(tx, press.case_id, act),
        Deed.TAKE: _take,
        Deed.SNOOZE: lambda tx, press, act: _snooze(app, tx, press, act),
        Deed.RESOLVE: _resolve,
        Deed.REOPEN: lambda tx, press, act: casework.reopen(tx, press.case_id, act),
    }


def _take(tx: Tx, press: Press, act: Act) -> None:
    pressing.refuse_taken(tx, press, act)
    casework.assign(tx, press.case_id, act, to=act.by.name)


def _resolve(tx: Tx, press: Press, act: Act) -> None:
    ending = press.ending
    case = cases.get(tx, press.case_id, lock=True)
    if ending is not None and ending.says_something and lacks_ending(case):
        # A form that opened after all, once we had given it up and resolved the case without it.
        casework.say_ending(tx, press.case_id, act, ending=ending)
    else:
        casework.resolve(tx, press.case_id, act, ending=ending)


def _snooze(app: App, tx: Tx, press: Press, act: Act) -> None:
    until = snooze_end(press.choice or "", act.at, app.settings.timezone)
    if until is None:
        raise WrongUsage("choose until when it shall rest")
    pressing.refuse_resting(tx, press)
    casework.snooze(tx, press.case_id, act, until=until)
