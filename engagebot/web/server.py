"""The web server: uvicorn, which by itself would wait at its end for streams that never end."""

from __future__ import annotations

import asyncio
import socket
from typing import cast

import uvicorn
from fastapi import FastAPI

from engagebot.web.desk.streams import Streams


class Server(uvicorn.Server):
    """Serves one web app made by `create_app`, and ends its live streams before it stops."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        streams = cast("Streams", cast("FastAPI", self.config.app).state.streams)
        await asyncio.to_thread(streams.close)
        await super().shutdown(sockets)
