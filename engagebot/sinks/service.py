"""Tell people through whatever else they use, by the Apprise library: an address names all it needs.

An address is a secret as a whole, so it is shown nowhere, and what the library says of it stays here.
"""

from __future__ import annotations

import logging
import re
import threading

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat

from engagebot.domain.telling.cards import cut
from engagebot.errors import DeliveryFailed
from engagebot.ports import Notice
from engagebot.sinks import refusals
from engagebot.sinks.deadline import WHOLE_S

FORMAT = "write an address of https://github.com/caronc/apprise/wiki, such as ntfys://ntfy.example.com/TOPIC"
_STATUS = re.compile(r"\berror=([1-5][0-9]{2})\b")
_ASSET = AppriseAsset(app_id="engagebot", app_desc="engagebot", app_url="", plugin_paths=[])
_library = logging.getLogger("apprise")
_library.setLevel(logging.WARNING)
_library.propagate = False
_library.addHandler(logging.NullHandler())
# It tells whole addresses, and in them the keys.
logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)


class ServiceSink:
    """One service; its library says only whether it took the message, and tells the rest to its log."""

    def __init__(self, name: str, service: NotifyBase, *, seconds: float) -> None:
        self.name = name
        self._seconds = seconds
        self._service = service
        self._kind = str(service.service_name)

    def deliver(self, notice: Notice) -> None:
        parts = [notice.text, notice.url or "", f"Reference: {notice.id}"]
        body = "\n\n".join(part.strip() for part in parts if part.strip())
        title = cut(" ".join(notice.title.split()), self._service.title_maxlen or len(notice.title))
        sending = _Sending(self._service, title, cut(body, self._service.body_maxlen))
        sending.start()
        # The library's time-outs begin anew with each byte; a thread that hangs at one ends with the line.
        sending.join(self._seconds)
        if sending.is_alive():
            raise DeliveryFailed(f"{self._kind} did not answer in time", is_general=True)
        if not sending.is_taken:
            raise self._failed(sending.said)

    def check(self) -> str:
        """Say which service the address names; nobody is asked, since most can only be asked to send."""
        return f"the address of {self._kind} can be read; `engagebot notify test` sends"

    def _failed(self, said: str) -> DeliveryFailed:
        # Of its words only the number is repeated: the rest may hold the address.
        if (found := _STATUS.search(said)) is not None:
            status = int(found[1])
            return refusals.of_http(status).failed(f"{self._kind} answers {status}")
        if "onnection" in said or "imeout" in said:
            return DeliveryFailed(
                f"{self._kind} cannot be reached, or did not answer in time", is_general=True
            )
        return DeliveryFailed(f"{self._kind} did not take it: {refusals.UNKNOWN.why}")


class _Sending(threading.Thread):
    """One message on its way, and what the library says of it."""

    def __init__(self, service: NotifyBase, title: str, body: str) -> None:
        super().__init__(name="apprise", daemon=True)
        self._service, self._title, self._body = service, title, body
        self.is_taken = False
        self.said = ""

    def run(self) -> None:
        hearing = _Hearing(self)
        _library.addHandler(hearing)
        try:
            self.is_taken = bool(
                self._service.notify(title=self._title, body=self._body, body_format=NotifyFormat.TEXT)
            )
        except Exception as error:  # a service of a stranger's hand may raise anything
            self.said += f"{type(error).__name__}"
        finally:
            _library.removeHandler(hearing)


class _Hearing(logging.Handler):
    def __init__(self, sending: _Sending) -> None:
        super().__init__(logging.WARNING)
        self._sending = sending

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._sending.ident:
            self._sending.said += f"{record.getMessage()}\n"


def open_sink(url: str, *, name: str, seconds: float = WHOLE_S) -> ServiceSink:
    """Make a sink for one address of Apprise.

    Raises:
        ValueError: it is none; the message never repeats it.
    """
    service = Apprise.instantiate(url.strip(), asset=_ASSET, suppress_exceptions=True)
    if not isinstance(service, NotifyBase):
        raise ValueError(f"is not an address that Apprise can use; {FORMAT}")
    # Its own pacing sleeps, and a new service is made for each message.
    service.request_rate_per_sec = 0
    return ServiceSink(name, service, seconds=seconds)
