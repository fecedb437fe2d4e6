"""The socket that browsers come to."""

from __future__ import annotations

import socket

import pytest

from engagebot.web.server import listen


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_is_sent_to_a_browser_leaves_at_once(host: str) -> None:
    with listen(host) as listener, socket.create_connection(listener.getsockname()[:2]):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
