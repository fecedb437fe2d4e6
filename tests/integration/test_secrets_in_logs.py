"""No secret reaches a log at any level, whatever the client libraries write; without the guards it would."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, quote_plus

import httpx
import pytest
import requests

from connectors.reddit import open_connector as open_reddit
from connectors.x import open_connector as open_x
from engagebot.cli import log
from engagebot.cli.terminal import Terminal
from engagebot.errors import ConnectorError, DeliveryFailed
from engagebot.ports import Connector, Notice, Watch
from engagebot.settings.place import passwords_in
from engagebot.sinks import slack, webhook
from engagebot.sinks.outbound import Way
from tests.emulators.faults import Fault
from tests.emulators.reddit import RedditEmulator
from tests.emulators.reddit_auth import Credentials
from tests.emulators.server import Emulator
from tests.emulators.x import XEmulator
from tests.fakes import FakeClock

X_SECRETS = {
    "bearer_token": "bearer%2Fmade+up/one==",
    "consumer_key": "consumer+key/made-up-two",
    "consumer_secret": "consumer+secret/made-up-three",
    "access_token": "9001-access-made-up-four",
    "access_token_secret": "access+secret/made-up-five",
}
CLIENT_ID = "client-id-made-up"
REDDIT_SECRETS = {"client_secret": "client+secret/made-up-six", "password": "pass word+made/up&seven"}
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"webhook-secret-made-up-eight").decode()
SLACK_PATH = "/services/T0MADEUP/B0MADEUP/slack-made-up-nine"
# Every library that writes what it sends when its level is DEBUG, and its children of today.
LIBRARIES = (
    "tweepy", "tweepy.client", "praw", "prawcore", "urllib3", "urllib3.connectionpool", "requests", "httpx",
    "httpcore", "httpcore.connection", "httpcore.http11", "requests_oauthlib",
    "requests_oauthlib.oauth1_auth", "oauthlib", "oauthlib.oauth1.rfc5849",
)  # fmt: skip
WATCHES = {
    "x": Watch(name="x", connector="x", kind="search", every=timedelta(minutes=5), options={"query": "acme"}),
    "reddit": Watch(
        name="reddit",
        connector="reddit",
        kind="comments",
        every=timedelta(minutes=5),
        options={"match": ["acme"], "subreddits": ["acme"]},
    ),
}


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    loggers = [logging.getLogger(), *map(logging.getLogger, (*LIBRARIES, "alembic", "apscheduler"))]
    before = [(each, each.level, each.handlers[:], each.filters[:]) for each in loggers]
    yield
    for each, level, handlers, filters in before:
        each.setLevel(level)
        each.handlers[:] = handlers
        each.filters[:] = filters


def forms(secret: str) -> set[str]:
    """The secret as it stands, as a part of an address or a form, and in Base64."""
    plain = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}
    plain.add(base64.b64encode(secret.encode()).decode())
    # OAuth 1.0a signs with a text that holds encoded values, and encodes that text once more.
    return plain | {quote(form, safe="") for form in plain}


def wanted() -> dict[str, set[str]]:
    """What must not be found, by what it is."""
    secrets = {**X_SECRETS, **REDDIT_SECRETS, "webhook": WEBHOOK_SECRET, "slack": SLACK_PATH}
    found = {name: forms(secret) for name, secret in secrets.items()}
    login = f"{CLIENT_ID}:{REDDIT_SECRETS['client_secret']}"
    found["basic auth"] = {base64.b64encode(login.encode()).decode()}
    # Handed out by the emulator, one for each login.
    found["reddit token"] = {"made-up-token-"}
    return found


def leaks(text: str) -> set[str]:
    return {name for name, forms_ in wanted().items() if any(form in text for form in forms_)}


def remove_guards() -> None:
    """Take away every guard but the blacking out: levels, and the filters of X's client."""
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).filters.clear()


def use_everything(clock: FakeClock) -> None:
    """Read, write and fail on both platforms, and tell people through both kinds of web addresses."""
    wrong = [Fault.unauthorized(), Fault.html_503(), Fault.cut_before(), Fault.list_body(), Fault.not_json()]
    with XEmulator(account="acme", clock=clock.now) as x:
        x.post(text="@acme love it")
        connector = open_x({**X_SECRETS, "handle": "acme", "base_url": x.url}, clock)
        for reads in (
            connector,
            open_x({"bearer_token": X_SECRETS["bearer_token"], "base_url": x.url}, clock),
        ):
            use(reads, WATCHES["x"], x, wrong)
        assert len(x.replies) == 1
        send_notices(x.url, clock)
    credentials = Credentials(client_id=CLIENT_ID, client_secret=REDDIT_SECRETS["client_secret"])
    with RedditEmulator(account="acme_support", credentials=credentials, clock=clock.now) as reddit:
        reddit.comment(text="acme, love it")
        keys = {"client_id": CLIENT_ID, "username": "acme_support", "handle": "acme_support"}
        use(
            open_reddit({**keys, **REDDIT_SECRETS, "base_url": reddit.url}, clock),
            WATCHES["reddit"],
            reddit,
            wrong,
        )
        assert len(reddit.replies) == 1


def use(connector: Connector, watch: Watch, platform: Emulator, wrong: list[Fault]) -> None:
    with suppress(ConnectorError):
        connector.verify()
    (mention,) = connector.pull(watch, None).mentions
    for fault in wrong:
        platform.fault(fault, times=1)
        try:
            connector.pull(watch, None)
        except ConnectorError:
            logging.getLogger("engagebot.test").exception("the poll failed")
        platform.clear_faults()
    with suppress(ConnectorError):
        connector.reply(mention, "Thank you!")
    platform.fault(Fault.cut_before(), times=1)
    try:
        connector.reply(mention, "Thank you again!")
    except ConnectorError:
        logging.getLogger("engagebot.test").exception("the reply failed")


def send_notices(url: str, clock: FakeClock) -> None:
    at = datetime(2026, 8, 3, 12, tzinfo=UTC)
    notice = Notice(id="n1", kind="test", title="Test", text="Test", url=None, sent_at=at)
    sinks = (
        slack.open_sink(url + SLACK_PATH, clock, way=Way(allow_private=True)),
        webhook.open_sink(f"{url}/hook", WEBHOOK_SECRET, clock, way=Way(allow_private=True)),
    )
    for sink in sinks:
        try:
            sink.deliver(notice)
        except DeliveryFailed:
            logging.getLogger("engagebot.test").exception("the notice failed")
    with suppress(httpx.HTTPError), httpx.Client(trust_env=False) as client:
        client.post(url + SLACK_PATH, headers={"authorization": f"Bearer {X_SECRETS['bearer_token']}"})


def configured() -> set[str]:
    """What the settings would name; the address that is called holds a number, not this host."""
    slack_url = f"https://hooks.example.com{SLACK_PATH}"
    return set(passwords_in([*X_SECRETS.values(), *REDDIT_SECRETS.values(), WEBHOOK_SECRET, slack_url]))


def logged(monkeypatch: pytest.MonkeyPatch, terminal: Terminal, *, has_guards: bool = True) -> str:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    log.set_up(terminal, level="DEBUG")
    if not has_guards:
        remove_guards()
    use_everything(FakeClock())
    assert "the poll failed" in stream.getvalue()
    return stream.getvalue()


def test_nothing_leaks_at_debug(monkeypatch: pytest.MonkeyPatch) -> None:
    assert leaks(logged(monkeypatch, Terminal(is_debug=True, secrets=configured()))) == set()


def test_blacking_out_alone_is_enough_when_libraries_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    text = logged(monkeypatch, Terminal(is_debug=True, secrets=configured()), has_guards=False)

    assert "Signing" in text
    assert leaks(text) == set()


def test_levels_alone_are_enough_when_no_secret_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert leaks(logged(monkeypatch, Terminal(is_debug=True))) == set()


def test_without_the_guards_secrets_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    text = logged(monkeypatch, Terminal(is_debug=True), has_guards=False)

    assert {"bearer_token", "consumer_key", "access_token", "slack"} <= leaks(text)
    # The signed text holds the key in no form but this one.
    assert quote(quote(X_SECRETS["consumer_key"], safe=""), safe="") in text


def test_a_line_that_shows_headers_shows_no_login(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    log.set_up(Terminal(is_debug=True, secrets=configured()), level="DEBUG")
    login = (CLIENT_ID, REDDIT_SECRETS["client_secret"])
    sent = requests.Request("POST", "http://127.0.0.1/", auth=login, data=REDDIT_SECRETS).prepare()

    logging.getLogger("engagebot.test").debug("sent %s %s", sent.headers, sent.body)

    assert "Basic" in stream.getvalue()
    assert leaks(stream.getvalue()) == set()
