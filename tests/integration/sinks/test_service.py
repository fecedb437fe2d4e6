"""Whatever else people use is told through Apprise, and no address of it is ever shown."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from engagebot.errors import DeliveryFailed
from engagebot.ports import ChecksChannel
from engagebot.sinks import service
from tests.integration.sinks.servers import Receiver, http_receiver
from tests.unit.sinks.notices import make_notice

# Among its many services Apprise imports one whose own library still uses a module that Python gives up.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with http_receiver() as receiver:
        receiver.status = 200
        yield receiver


def open_sink(receiver: Receiver, form: str = "json://{}/sesame") -> service.ServiceSink:
    return service.open_sink(form.format(receiver.url.removeprefix("http://")), name="apprise:ops")


def test_a_generic_receiver_gets_all_of_it(receiver: Receiver) -> None:
    open_sink(receiver).deliver(make_notice())

    ((path, _, body),) = receiver.requests
    told = json.loads(body)
    assert path.startswith("/sesame")
    assert told["title"] == make_notice().title
    for part in ("The modem is dead again", "http://127.0.0.1:8000/cases/17", "Reference: case-17-opened"):
        assert part in told["message"]


def test_ntfy_gets_a_topic_and_what_is_long_is_cut(receiver: Receiver) -> None:
    open_sink(receiver, "ntfy://{}/care").deliver(make_notice(text="x" * 20_000))

    told = json.loads(receiver.requests[0][2])
    assert told["topic"] == "care"
    assert told["message"].endswith("… full text in engagebot")


@pytest.mark.parametrize(
    ("status", "flags"),
    [(401, (False, False)), (413, (True, False)), (429, (False, True)), (500, (False, False))],
)
def test_refusals_have_words_and_no_address(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, status: int, flags: tuple[bool, bool]
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.status = status
    with pytest.raises(DeliveryFailed, match=f"JSON answers {status}: ") as raised:
        open_sink(receiver).deliver(make_notice())
    assert (raised.value.is_permanent, raised.value.is_general) == flags
    assert (raised.value.retry_after == timedelta(minutes=1)) is (status == 429)
    assert "sesame" not in str(raised.value) + caplog.text


def test_nobody_there_is_said_without_the_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sink = service.open_sink("json://user:sesame@127.0.0.1:1/sesame", name="apprise:ops")
    with pytest.raises(DeliveryFailed, match="cannot be reached") as raised:
        sink.deliver(make_notice())
    assert raised.value.is_general
    assert "sesame" not in str(raised.value) + caplog.text


def test_a_receiver_that_never_answers_is_given_up(receiver: Receiver) -> None:
    receiver.drips = True
    sink = service.open_sink(f"json://{receiver.url[7:]}", name="apprise:ops", seconds=0.3)
    with pytest.raises(DeliveryFailed, match="did not answer in time") as raised:
        sink.deliver(make_notice())
    assert raised.value.is_general


@pytest.mark.parametrize("url", ["", "sesame", "sesame://127.0.0.1", "json://"])
def test_what_is_no_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="Apprise") as raised:
        service.open_sink(url, name="apprise:ops")
    assert "sesame" not in str(raised.value)


def test_the_check_names_the_service(receiver: Receiver) -> None:
    sink = open_sink(receiver)
    assert isinstance(sink, ChecksChannel)
    assert "address of JSON" in sink.check()
    assert receiver.requests == []
