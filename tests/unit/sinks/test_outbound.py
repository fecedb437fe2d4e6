import socket
from ipaddress import ip_address
from typing import Any

import pytest

from engagebot.errors import DeliveryFailed
from engagebot.sinks.outbound import PUBLIC, Way, checked_url, is_forbidden, post


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "169.254.1.1", "fe80::1", "100.100.100.200", "192.0.0.192", "fd00:ec2::254",
        "0.0.0.0", "::", "224.0.0.1", "ff02::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
    ],
)  # fmt: skip
def test_link_local_and_metadata_addresses_are_never_allowed(address: str) -> None:
    assert is_forbidden(ip_address(address), allow_private=True)
    assert is_forbidden(ip_address(address), allow_private=False)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "fc00::1", "100.64.0.1", "::ffff:10.0.0.1",
     "64:ff9b::a00:1"],
)  # fmt: skip
def test_private_addresses_are_allowed_only_by_setting(address: str) -> None:
    assert is_forbidden(ip_address(address), allow_private=False)
    assert not is_forbidden(ip_address(address), allow_private=True)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert not is_forbidden(ip_address(address), allow_private=False)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://example.com/secret", "not a web address"),
        ("https:///secret", "not a web address"),
        ("https://example.com:notaport/secret", "not a web address"),
        ("https://user:pass@example.com/secret", "user name or password"),
        ("http://example.com/secret", "https://"),
    ],
)
def test_unusable_address_is_explained_without_repeating_it(url: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as raised:
        checked_url(url, allow_private=False)

    assert "secret" not in str(raised.value)


def test_every_address_of_a_name_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    def two_faced(host: str, port: int, **_: Any) -> list[Any]:
        return [(2, 1, 6, "", (address, port)) for address in ("93.184.215.14", "169.254.169.254")]

    monkeypatch.setattr(socket, "getaddrinfo", two_faced)
    url = checked_url("https://hooks.example.com/x", allow_private=False)

    with pytest.raises(DeliveryFailed, match=r"169\.254\.169\.254") as raised:
        post(url, Way(allow_private=True), content=b"{}", headers={})
    assert raised.value.is_permanent


def test_unknown_name_may_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror("name not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    url = checked_url("https://hooks.example.com/x", allow_private=False)

    with pytest.raises(DeliveryFailed, match="does not resolve") as raised:
        post(url, PUBLIC, content=b"{}", headers={})
    assert (raised.value.is_permanent, raised.value.is_general) == (False, True)
