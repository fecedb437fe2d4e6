"""The long run: the web app in the main thread, the scheduler's threads beside it, and an orderly end."""

from __future__ import annotations

import errno
import ipaddress
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import fields, replace
from datetime import timedelta
from types import FrameType

import uvicorn

from engagebot import scheduler
from engagebot.bootstrap import App, chatting
from engagebot.cli import lock
from engagebot.cli.place import RUNNING, Place
from engagebot.cli.terminal import Terminal
from engagebot.errors import AlreadyRunning, WrongUsage
from engagebot.settings import Settings
from engagebot.store import site
from engagebot.store.engine import sqlite_warning
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind
from engagebot.web.app import create_app
from engagebot.web.server import Server, listen

DRAIN_SECONDS = 10
_WEB_DRAIN_SECONDS = 3
_LINK_LASTS = timedelta(days=1)


def serve(terminal: Terminal, app: App, place: Place) -> None:
    """Run until a signal says stop, then let what has begun come to its end.

    Raises:
        AlreadyRunning: another process holds the site, or the port is taken.
        WrongUsage: the web app would be open to others and nobody has an account.
    """
    one = lock.hold(lock.path_of(app)) if app.store.is_sqlite else nullcontext()
    with one, _signals(), ExitStack() as stack:
        listener = None
        if place.has_web:
            _refuse_open_door(app, place)
            listener = stack.enter_context(_listen(place))
            _link_here(app, _address(place, listener))
        app.rules.refresh()
        if app.store.is_sqlite and (warning := sqlite_warning()) is not None:
            terminal.say(f"Warning: {warning}")
        scheduler.prepare(app, is_alone=app.store.is_sqlite)
        stack.enter_context(_noted(app))
        server = Server(_config(app, place)) if listener is not None else None
        stack.callback(terminal.announce, "stopped")
        if place.role != "web":
            stack.callback(_finish, scheduler.start(app, polls=place.polls, works=place.works))
        if place.works and (socket_mode := chatting.listen(app)) is not None:
            stack.callback(socket_mode.stop)
        if server is not None and listener is not None:
            _welcome(terminal, app, _address(place, listener))
            server.run(sockets=[listener])
        else:
            terminal.announce(f"engagebot works as {place.role} (Ctrl-C stops it)")
            threading.Event().wait()


def _finish(ticks: scheduler.Ticks) -> None:
    # What is cut off here is found and settled at the next start; hanging for ever is worse.
    late = threading.Timer(DRAIN_SECONDS - _WEB_DRAIN_SECONDS, os._exit, args=(1,))
    late.daemon = True
    late.start()
    ticks.stop()
    late.cancel()


@contextmanager
def _noted(app: App) -> Iterator[None]:
    """Let short commands know whether the running process is live."""
    _note(app, {"is_live": app.is_live, "pid": os.getpid()})
    try:
        yield
    finally:
        _note(app, None)


def _note(app: App, running: dict[str, object] | None) -> None:
    with app.store.write() as tx:
        site.put(tx, RUNNING, running, app.clock.now())


def _address(place: Place, listener: socket.socket) -> str:
    host = f"[{place.host}]" if ":" in place.host else place.host
    return f"http://{host}:{listener.getsockname()[1]}"


def _link_here(app: App, address: str) -> None:
    """Let links in messages lead to this port, unless the settings name another address."""
    default = next(field.default for field in fields(Settings) if field.name == "base_url")
    if app.settings.base_url == default:
        app.settings = replace(app.settings, base_url=address)


def _welcome(terminal: Terminal, app: App, address: str) -> None:
    terminal.announce(f"engagebot is at {address} (Ctrl-C stops it)")
    _offer_first_account(terminal, app, address)


def _config(app: App, place: Place) -> uvicorn.Config:
    trusted = list(app.settings.server.trusted_proxies)
    return uvicorn.Config(
        create_app(app, runs_scheduler=place.polls),
        host=place.host,
        port=place.port,
        log_config=None,
        # Paths can hold the first account's link; what people do is in the audit.
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted),
        # An empty list is not enough: uvicorn would take FORWARDED_ALLOW_IPS from the environment.
        forwarded_allow_ips=trusted or "",
        timeout_graceful_shutdown=_WEB_DRAIN_SECONDS,
    )


def _listen(place: Place) -> socket.socket:
    try:
        return listen(place.host, place.port)
    except socket.gaierror as error:
        raise WrongUsage(f"--host {place.host} is not an address of this machine; try 127.0.0.1") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise AlreadyRunning(
                f"port {place.port} on {place.host} is taken by another program; "
                f"stop it, or choose another port with --port {place.port + 1}"
            ) from error
        raise WrongUsage(
            f"cannot listen on {place.host} port {place.port}: {error.strerror}; "
            "choose a port above 1023 and an address of this machine"
        ) from error


def _refuse_open_door(app: App, place: Place) -> None:
    if _is_loopback(place.host):
        return
    with app.store.read() as tx:
        if accounts.has_people(tx):
            return
    raise WrongUsage(
        f"--host {place.host} lets other machines in, and nobody has an account yet; "
        "make one first: `engagebot users add NAME --role owner`"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _offer_first_account(terminal: Terminal, app: App, address: str) -> None:
    if app.is_demo:
        return
    now = app.clock.now()
    with app.store.write() as tx:
        if accounts.has_people(tx):
            return
        accounts.revoke(tx, KeyKind.SETUP)
        secret = accounts.issue(tx, KeyKind.SETUP, user_id=None, at=now, expires_at=now + _LINK_LASTS)
    terminal.announce(f"Make the first account (once, within a day): {address}/setup/{secret}")


@contextmanager
def _signals() -> Iterator[None]:
    """Let SIGTERM and Ctrl-C end the process in order, and a second one at once.

    uvicorn puts its own handlers in place while it serves, and raises the signal again for these afterwards.
    """
    seen = False

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal seen
        if seen:
            os._exit(128 + number)
        seen = True
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(0)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
