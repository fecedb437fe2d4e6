import base64
import hashlib
import hmac
import json
import logging
import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest

from engagebot.errors import DeliveryFailed
from engagebot.ports import Filed, FilesTickets, Sink
from engagebot.sinks import slack, webhook
from engagebot.sinks.outbound import Way
from tests.integration.sinks.servers import Receiver, http_receiver
from tests.unit.sinks.notices import SENT_AT, StillClock, make_notice

KEY = b"a key for tests, made up here...."
SECRET = "whsec_" + base64.b64encode(KEY).decode()
ATTEMPT_AT = SENT_AT + timedelta(hours=3)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with http_receiver() as receiver:
        yield receiver


def open_webhook(url: str, *, allow_private: bool = True) -> Sink:
    return webhook.open_sink(url, SECRET, StillClock(ATTEMPT_AT), way=Way(allow_private=allow_private))


def open_slack(url: str, *, seconds: float = 20.0) -> Sink:
    return slack.open_sink(url, StillClock(ATTEMPT_AT), way=Way(allow_private=True, seconds=seconds))


def answer(status: int, **headers: str) -> DeliveryFailed:
    with http_receiver() as receiver:
        receiver.status, receiver.headers = status, headers
        with pytest.raises(DeliveryFailed) as raised:
            open_webhook(receiver.url).deliver(make_notice())
        assert len(receiver.requests) == 1
    return raised.value


def test_webhook_carries_the_payload_and_a_signature_that_verifies() -> None:
    with http_receiver() as receiver:
        open_webhook(f"{receiver.url}/hook?team=support").deliver(make_notice())

    ((path, headers, body),) = receiver.requests
    assert path == "/hook?team=support"
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == make_notice().payload
    assert headers["webhook-id"] == "case-17-opened"
    assert headers["webhook-timestamp"] == str(int(ATTEMPT_AT.timestamp()))
    signed = b".".join([b"case-17-opened", headers["webhook-timestamp"].encode(), body])
    expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_name_of_the_receiver_stays_in_the_host_header() -> None:
    with http_receiver() as receiver:
        port = receiver.url.rpartition(":")[2]
        open_webhook(f"http://localhost:{port}/hook").deliver(make_notice())

    assert receiver.requests[0][1]["host"] == f"localhost:{port}"


@pytest.mark.parametrize(
    ("body", "filed"),
    [
        ('{"key": "X-12", "url": "https://jira.example/X-12"}', Filed("X-12", "https://jira.example/X-12")),
        ('{"key": 12, "url": 7, "more": []}', Filed("12")),
        *((odd, None) for odd in ("", "ok", "[]", '{"key": true}', '{"key": " "}', "[" * 5000, '"key"')),
        ('{"key": "X-12", "more": "' + "x" * webhook.ANSWER_BYTES + '"}', None),
    ],
)
def test_ticket_is_read_from_the_answer_where_it_names_one(body: str, filed: Filed | None) -> None:
    with http_receiver() as receiver:
        receiver.status, receiver.body = 201, body
        sink = open_webhook(receiver.url)
        assert isinstance(sink, FilesTickets)
        assert sink.file(make_notice()) == filed

    assert receiver.requests[0][1]["accept-encoding"] == "identity"


def test_answer_that_breaks_off_is_asked_for_again(receiver: Receiver) -> None:
    receiver.status, receiver.body, receiver.headers = 201, '{"key": "X-', {"Content-Length": "40"}
    sink = open_webhook(receiver.url)
    assert isinstance(sink, FilesTickets)

    with pytest.raises(DeliveryFailed, match="cannot be reached") as raised:
        sink.file(make_notice())
    assert not raised.value.is_permanent
    sink.deliver(make_notice())


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_not_followed(status: int) -> None:
    with http_receiver() as other:
        error = answer(status, Location=f"{other.url}/elsewhere")

    assert other.requests == []
    assert str(status) in str(error)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 405, 408, 425, 429, 500, 502, 503, 504])
def test_what_somebody_may_mend_is_tried_again(status: int) -> None:
    error = answer(status)

    assert (error.is_permanent, error.is_gone, error.is_general) == (False, False, status == 429)


@pytest.mark.parametrize("status", [413, 415, 422])
def test_what_would_be_refused_again_is_given_up(status: int) -> None:
    error = answer(status)

    assert (error.is_permanent, error.is_gone, error.is_general) == (True, False, False)


def test_gone_ends_the_channel() -> None:
    error = answer(410)

    assert (error.is_permanent, error.is_gone, error.is_general) == (True, True, True)


@pytest.mark.parametrize(
    ("header", "seconds"), [("90", 90), ("Tue, 01 Sep 2026 15:01:30 GMT", 90), ("whenever", None)]
)
def test_wish_to_be_left_alone_is_passed_on(header: str, seconds: int | None) -> None:
    wait = answer(503, **{"Retry-After": header}).retry_after

    assert wait == (None if seconds is None else timedelta(seconds=seconds))


def test_answer_that_never_ends_is_cut_off(receiver: Receiver) -> None:
    receiver.drips = True
    way = Way(allow_private=True, seconds=0.3)
    sink = webhook.open_sink(receiver.url, SECRET, StillClock(), way=way)

    with pytest.raises(DeliveryFailed, match="did not answer in time") as raised:
        sink.deliver(make_notice())
    assert (raised.value.is_permanent, raised.value.is_general) == (False, True)


def test_private_address_is_refused_unless_the_settings_allow_it() -> None:
    with http_receiver() as receiver:
        port = receiver.url.rpartition(":")[2]
        sink = open_webhook(f"https://127.0.0.1:{port}/hook", allow_private=False)
        with pytest.raises(DeliveryFailed, match="settings allow") as raised:
            sink.deliver(make_notice())

    assert raised.value.is_permanent
    assert receiver.requests == []


def test_nobody_listening_may_be_tried_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(DeliveryFailed, match="cannot be reached") as raised:
        open_webhook(f"http://127.0.0.1:{port}/").deliver(make_notice())
    assert not raised.value.is_permanent


@pytest.mark.parametrize(
    "secret", ["", "sesame", "whsec_", "whsec_sesame!", "whsec_" + base64.b64encode(b"short").decode()]
)
def test_unusable_secret_is_explained_without_repeating_it(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_") as raised:
        webhook.open_sink("https://example.com/hook", secret, StillClock())

    assert "sesame" not in str(raised.value)


def test_slack_takes_the_message(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with http_receiver() as receiver:
        receiver.status = 200
        open_slack(f"{receiver.url}/services/sesame").deliver(make_notice())

    assert json.loads(receiver.requests[0][2])["text"] == make_notice().title
    assert "sesame" not in caplog.text


@pytest.mark.parametrize(
    ("status", "word", "flags"),
    [
        (404, "no_service", (True, True)),
        (404, "channel_not_found", (True, True)),
        (410, "channel_is_archived", (True, True)),
        (403, "invalid_token", (True, True)),
        (403, "action_prohibited", (False, False)),
        (400, "invalid_payload", (True, False)),
        (404, "", (True, True)),
        (429, "rate_limited", (False, False)),
        (500, "rollup_error", (False, False)),
        (502, "<html>sesame</html>", (False, False)),
    ],
)
def test_slack_refusals(receiver: Receiver, status: int, word: str, flags: tuple[bool, bool]) -> None:
    receiver.status, receiver.body, receiver.headers = status, word, {"Retry-After": "30"}

    with pytest.raises(DeliveryFailed, match=str(status)) as raised:
        open_slack(f"{receiver.url}/services/sesame").deliver(make_notice())
    assert (raised.value.is_permanent, raised.value.is_gone) == flags
    assert raised.value.retry_after == timedelta(seconds=30)
    assert "sesame" not in str(raised.value)
