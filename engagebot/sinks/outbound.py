"""One request to an address that was looked at first: the way out for webhooks and chat, and to pictures.

The name is resolved once, every address it has is checked, and the connection goes to a checked address, so
that a name that changes its mind between the look and the call gains nothing.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn
from urllib.parse import SplitResult, urlsplit

import httpx

from engagebot.errors import DeliveryFailed
from engagebot.sinks.deadline import WHOLE_S, Deadline

CONNECT_S = 5.0
BODY_BYTES = 200
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_SHARED = ipaddress.IPv4Network("100.64.0.0/10")
# Clouds answer here with the machine's own credentials. The usual one, 169.254.169.254, is link-local anyway.
_METADATA = frozenset(
    ipaddress.ip_address(text) for text in ("100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
)

# At INFO httpx logs each request with its whole address, and a chat webhook's address is its password.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


def checked_url(url: str, *, allow_private: bool) -> SplitResult:
    """Check an address as the settings give it; never repeats it, since its path may be a secret.

    Raises:
        ValueError: not an http(s) address with a host, or plain http where private addresses are not allowed.
    """
    try:
        parts = urlsplit(url.strip())
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        raise ValueError("is not a web address; write https://host/path") from None
    if parts.scheme not in {"http", "https"} or not has_host:
        raise ValueError("is not a web address; write https://host/path")
    if parts.username or parts.password:
        raise ValueError("holds a user name or password; give it without")
    if parts.scheme == "http" and not allow_private:
        raise ValueError(
            "must begin with https://; plain http is for private addresses that the settings allow"
        )
    return parts


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the Retry-After header, and the beginning of the body."""

    status: int
    retry_after: str | None
    body: str

    @property
    def is_success(self) -> bool:
        """Whether it was taken."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a request leaves: to which addresses it may go, and how many seconds all of it may take."""

    allow_private: bool = False
    seconds: float = WHOLE_S


PUBLIC = Way()


def post(
    url: SplitResult, way: Way, *, content: bytes, headers: Mapping[str, str], answer_bytes: int = 0
) -> Answer:
    """Send one POST; redirects are not followed, and of the body only a line is read.

    Of a success nothing is read but the first `answer_bytes`; an answer that breaks off before is none.

    Raises:
        DeliveryFailed: the name does not resolve, leads to a forbidden address, or nobody answered in time.
    """
    with Deadline(way.seconds) as deadline:
        host, target = _target(url, allow_private=way.allow_private)
        if deadline.is_over():
            raise DeliveryFailed(f"the name {host} took too long to resolve", is_general=True)
        request_headers = {**headers, "Host": url.netloc, "User-Agent": "engagebot"}
        if answer_bytes:
            request_headers["Accept-Encoding"] = "identity"
        try:
            return _posted(
                target, content, request_headers, host=host, deadline=deadline, answer_bytes=answer_bytes
            )
        except httpx.HTTPError as error:
            if deadline.is_over() or isinstance(error, httpx.TimeoutException):
                raise DeliveryFailed(f"{host} did not answer in time", is_general=True) from None
            # A line that is cut may be about this message; a line that never stood is about the receiver.
            raise DeliveryFailed(
                f"{host} cannot be reached: {error}", is_general=isinstance(error, httpx.ConnectError)
            ) from None


def _posted(
    target: str,
    content: bytes,
    headers: Mapping[str, str],
    *,
    host: str,
    deadline: Deadline,
    answer_bytes: int,
) -> Answer:
    def trace(event: str, info: Mapping[str, Any]) -> None:
        # The only way to the socket before an answer came, by plain line and then by the encrypted one.
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            deadline.holds(info["return_value"].get_extra_info("socket"))

    timeout = httpx.Timeout(deadline.left_s, connect=min(CONNECT_S, deadline.left_s))
    # Proxies of the environment are not used: they would resolve the name again, unchecked.
    with (
        httpx.Client(timeout=timeout, trust_env=False, follow_redirects=False, verify=_tls()) as client,
        client.stream(
            "POST",
            target,
            content=content,
            headers=headers,
            extensions={"sni_hostname": host, "trace": trace},
        ) as response,
    ):
        # The status decides. A success is one even if the line is cut within the body, save where the
        # answer itself is asked for: the same question gets it again.
        if response.is_success:
            body = _body_of(response, answer_bytes) if answer_bytes else ""
        else:
            body = _line_of(response)
        return Answer(response.status_code, response.headers.get("retry-after"), body)


def _line_of(response: httpx.Response) -> str:
    with suppress(httpx.HTTPError):
        for part in response.iter_raw(BODY_BYTES):
            return part.decode(errors="replace").strip()
    return ""


def _body_of(response: httpx.Response, most_bytes: int) -> str:
    body = bytearray()
    # As it comes over the line: what was packed could unpack to anything.
    for part in response.iter_raw():
        body += part
        if len(body) > most_bytes:
            break
    return bytes(body[:most_bytes]).decode(errors="replace")


@cache
def _tls() -> ssl.SSLContext:
    # Made once: reading all the authorities takes longer than a request.
    return httpx.create_ssl_context(trust_env=False)


def fetch(url: SplitResult, *, timeout_s: float, most_bytes: int, allow_private: bool) -> bytes:
    """Send one GET and return the body; redirects are not followed.

    Raises:
        DeliveryFailed: as for `post`, or the answer is no success, too long or too slow.
    """
    host, target = _target(url, allow_private=allow_private)
    ends_at, body = time.monotonic() + timeout_s, bytearray()
    request_headers = {"Host": url.netloc, "User-Agent": "engagebot", "Accept-Encoding": "identity"}
    try:
        with (
            httpx.Client(timeout=timeout_s, trust_env=False, follow_redirects=False) as client,
            client.stream(
                "GET", target, headers=request_headers, extensions={"sni_hostname": host}
            ) as response,
        ):
            if response.status_code != 200:
                raise DeliveryFailed(f"{host} answers {response.status_code}")
            for part in response.iter_raw():
                body += part
                if len(body) > most_bytes or time.monotonic() > ends_at:
                    raise DeliveryFailed(f"{host} sends more than {most_bytes} bytes, or too slowly")
    except httpx.HTTPError as error:
        raise DeliveryFailed(f"{host} cannot be reached: {error}") from None
    return bytes(body)


def is_forbidden(address: _Address, *, allow_private: bool) -> bool:
    """Say whether nothing may be sent there: link-local and metadata never, private ones by setting."""
    address = _unwrapped(address)
    if address in _METADATA or address.is_link_local or address.is_multicast or address.is_unspecified:
        return True
    if address.is_loopback or address.is_private or (address.version == 4 and address in _SHARED):
        return not allow_private
    return address.is_reserved or not address.is_global


def _target(url: SplitResult, *, allow_private: bool) -> tuple[str, str]:
    """The host, and the address with a number for its name."""
    host = url.hostname or ""
    port = url.port or (443 if url.scheme == "https" else 80)
    address = _resolve(host, port, allow_private=allow_private)
    shown = f"[{address}]" if address.version == 6 else str(address)
    return host, url._replace(netloc=f"{shown}:{port}", fragment="").geturl()


def _unwrapped(address: _Address) -> _Address:
    # Each of these IPv6 forms carries an IPv4 address that the packet would reach in the end.
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address.teredo is not None:
        inner = address.teredo[1]
    return inner or address


def _resolve(host: str, port: int, *, allow_private: bool) -> _Address:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DeliveryFailed(f"the name {host} does not resolve: {error}", is_general=True) from None
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in addresses:
        if is_forbidden(address, allow_private=allow_private):
            _refuse(host, address)
    return addresses[0]


def _refuse(host: str, address: _Address) -> NoReturn:
    raise DeliveryFailed(
        f"{host} leads to {address}, where engagebot does not send (private and loopback ones only where "
        "the settings allow them, link-local and metadata addresses never)",
        is_permanent=True,
        is_general=True,
    )
