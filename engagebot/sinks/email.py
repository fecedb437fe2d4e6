"""Mail notices through an SMTP server."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

from engagebot.errors import DeliveryFailed
from engagebot.ports import Notice, Sink
from engagebot.sinks import refusals
from engagebot.sinks.deadline import WHOLE_S, Deadline

SUBJECT_CHARS = 180
LookAfter = Callable[[int, datetime], str]
"""The link to a case for people who were told of it then."""
PORTS = {"smtp": 25, "starttls": 587, "smtps": 465}
FORMAT = "write smtp://, starttls:// or smtps://user:password@host:port?from=engagebot@example.com"
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\\x00-\x1f\x7f]+@[A-Za-z0-9.-]+")
_UNSAFE_IN_ID = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where mail is handed in. `security` is smtp (TLS if offered), starttls (TLS demanded) or smtps."""

    security: str
    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


class EmailSink:
    """One recipient, one plain-text message per notice; a repeat has the same Message-ID."""

    def __init__(
        self,
        name: str,
        server: Server,
        *,
        to: str,
        tls: ssl.SSLContext,
        seconds: float = WHOLE_S,
        look_after: LookAfter | None = None,
    ) -> None:
        self.name = name
        self._look_after = look_after
        self._server = server
        self._to = to
        self._tls = tls
        self._seconds = seconds

    def deliver(self, notice: Notice) -> None:
        server = self._server
        message = message_of(notice, sender=server.sender, to=self._to, look_after=self._look_after)
        with Deadline(self._seconds) as deadline:
            try:
                self._hand_in(message, deadline)
            except smtplib.SMTPRecipientsRefused as error:
                code, answer = error.recipients[self._to]
                said = f"{server.host} refuses the recipient {self._to}: {code} {_said(answer)}"
                raise refusals.of_recipient(code).failed(said) from None
            except smtplib.SMTPResponseException as error:
                # An answer to a password may repeat it.
                is_about_key = isinstance(error, smtplib.SMTPAuthenticationError)
                words = "" if is_about_key else f" {_said(error.smtp_error)}"
                said = f"{server.host} answers {error.smtp_code}{words}"
                raise refusals.of_smtp(error).failed(said) from None
            except (OSError, smtplib.SMTPException) as error:
                place = f"{server.host}:{server.port}"
                if deadline.is_over() or isinstance(error, TimeoutError):
                    raise DeliveryFailed(f"{place} did not answer in time", is_general=True) from None
                # A line that is cut may be about this message; one that never stood is about the server.
                raise DeliveryFailed(
                    f"{place} cannot take mail: {error}",
                    is_general=not isinstance(error, smtplib.SMTPServerDisconnected),
                ) from None

    def check(self) -> str:
        """Sign in to the server and hand in nothing."""
        server = self._server
        place = f"{server.host}:{server.port}"
        with Deadline(self._seconds) as deadline:
            try:
                client = self._connect(deadline)
                try:
                    if server.user is not None:
                        client.login(server.user, server.password or "")
                    client.noop()
                finally:
                    with suppress(OSError, smtplib.SMTPException):
                        client.quit()
            except smtplib.SMTPResponseException as error:
                said = f"{place} answers {error.smtp_code}"
                raise refusals.of_smtp(error).failed(said) from None
            except (OSError, smtplib.SMTPException) as error:
                raise DeliveryFailed(f"{place} cannot take mail: {error}", is_general=True) from None
        return f"{place} {'takes the user and password' if server.user else 'answers'}"

    def _hand_in(self, message: EmailMessage, deadline: Deadline) -> None:
        server = self._server
        client = self._connect(deadline)
        try:
            if server.user is not None:
                client.login(server.user, server.password or "")
            client.send_message(message, server.sender, [self._to])
        finally:
            # The message is accepted or not by now; how the server says goodbye changes nothing.
            with suppress(OSError, smtplib.SMTPException):
                client.quit()

    def _connect(self, deadline: Deadline) -> smtplib.SMTP:
        server = self._server
        if server.security == "smtps":
            encrypted = smtplib.SMTP_SSL(server.host, server.port, timeout=deadline.left_s, context=self._tls)
            return _held(encrypted, deadline)
        client = _held(smtplib.SMTP(server.host, server.port, timeout=deadline.left_s), deadline)
        try:
            client.ehlo_or_helo_if_needed()
            has_tls = client.has_extn("starttls")
            if has_tls:
                client.starttls(context=self._tls)
                _held(client, deadline)
            elif server.security == "starttls":
                raise smtplib.SMTPException("the server does not offer STARTTLS; use smtps:// or smtp://")
            elif server.user is not None and not _is_loopback(server.host):
                raise smtplib.SMTPException(
                    "the server offers no TLS, and a password is not sent in the clear"
                )
        except BaseException:
            client.close()
            raise
        return client


def _held(client: smtplib.SMTP, deadline: Deadline) -> smtplib.SMTP:
    if client.sock is not None:
        deadline.holds(client.sock)
    return client


def open_sink(
    smtp_url: str,
    to: str,
    *,
    name: str | None = None,
    tls: ssl.SSLContext | None = None,
    seconds: float = WHOLE_S,
    look_after: LookAfter | None = None,
) -> Sink:
    """Make a sink that mails one address through the server in ENGAGEBOT_SMTP_URL.

    `look_after` makes the link by which somebody says that they look after a case.

    Raises:
        ValueError: the address or the server cannot be used; the message never repeats the password.
    """
    if not _ADDRESS.fullmatch(to):
        raise ValueError(f"{to!r} is not a mail address")
    return EmailSink(
        name or f"email:{to}", parse_server(smtp_url), to=to, tls=tls or _tls(), seconds=seconds,
        look_after=look_after,
    )  # fmt: skip


def parse_server(smtp_url: str) -> Server:
    """Read ENGAGEBOT_SMTP_URL: scheme://user:password@host:port?from=address, special characters as %XX.

    Without `from` the sender is the user, where that is an address, else engagebot at the server's name.
    """
    try:
        parts = urlsplit(smtp_url.strip())
        port = parts.port or PORTS[parts.scheme]
    except (KeyError, ValueError):
        raise ValueError(f"is not the address of a mail server; {FORMAT}") from None
    if not parts.hostname:
        raise ValueError(f"names no mail server; {FORMAT}")
    user = unquote(parts.username) if parts.username else None
    own = user if user and "@" in user else f"engagebot@{parts.hostname}"
    sender = parse_qs(parts.query).get("from", [own])[0]
    if not _ADDRESS.fullmatch(sender):
        raise ValueError(f"names no sender; {FORMAT}")
    return Server(
        security=parts.scheme,
        host=parts.hostname,
        port=port,
        sender=sender,
        user=user,
        password=unquote(parts.password) if parts.password else None,
    )


@cache
def _tls() -> ssl.SSLContext:
    # Made once: reading all the authorities takes longer than handing in a message.
    return ssl.create_default_context()


def message_of(notice: Notice, *, sender: str, to: str, look_after: LookAfter | None = None) -> EmailMessage:
    """Write a notice as one complete plain-text message; all messages about a case are one thread."""
    message = EmailMessage()
    message["From"] = Address("engagebot", addr_spec=sender)
    message["To"] = to
    message["Subject"] = _one_line(notice.title)[:SUBJECT_CHARS] or notice.kind
    message["Date"] = format_datetime(notice.sent_at)
    domain = sender.rpartition("@")[2]
    message["Message-ID"] = f"<{_UNSAFE_IN_ID.sub('-', notice.id)}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    parts = [notice.title, notice.text, notice.url or ""]
    if (case_id := _case_of(notice)) is not None:
        # No message has this id: mail programs put those together that name the same one before them.
        root = f"<case-{case_id}@{domain}>"
        message["In-Reply-To"] = message["References"] = root
        if look_after is not None:
            said = "opening it changes nothing, its button does"
            parts.append(f"I look after it ({said}):\n{look_after(case_id, notice.sent_at)}")
    parts.append(f"Reference: {notice.id}")
    message.set_content("\n\n".join(part.strip() for part in parts if part.strip()) + "\n")
    return message


def _case_of(notice: Notice) -> int | None:
    case = notice.payload.get("case")
    case_id = case.get("id") if isinstance(case, Mapping) else None
    return case_id if isinstance(case_id, int) else None


def _one_line(text: str) -> str:
    # A customer's words may stand in the subject: a line break there would begin a header of their own.
    return " ".join("".join(ch if ch.isprintable() else " " for ch in text).split())


def _said(answer: bytes | str) -> str:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return _one_line(text)[:200]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
