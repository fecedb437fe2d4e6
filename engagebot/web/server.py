"""The web server: uvicorn, which by itself would wait at its end for streams that never end."""

from __future__ import annotations

import asyncio
import socket
from typing import cast

import uvicorn
from fastapi import FastAPI

from engagebot.web.desk.streams import Streams


def listen(host: str, port: int = 0) -> socket.socket:
    """A socket that waits for browsers at an address; port 0 takes any that is free.

    What is sent through it leaves at once. asyncio sees to that for sockets of its own making alone, and
    otherwise the second part of each answer waits 40 ms for the browser to acknowledge the first.

    Raises:
        OSError: the address is none of this machine's, or the port is taken.
    """
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    listener = socket.create_server((host, port), family=family, backlog=2048)
    # What is accepted inherits it.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


class Server(uvicorn.Server):
    """Serves one web app made by `create_app`, and ends its live streams before it stops."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        streams = cast("Streams", cast("FastAPI", self.config.app).state.streams)
        await asyncio.to_thread(streams.close)
        await super().shutdown(sockets)
