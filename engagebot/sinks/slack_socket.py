"""Socket Mode: presses come down a connection that we opened, so that no address of ours has to be public."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from typing import Any

from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from engagebot.errors import DeliveryFailed
from engagebot.sinks.slack_bot import BASE_URL, client_of

log = logging.getLogger(__name__)

WORKERS = 4
LOOK_EVERY_S = 1.0
# How many looks are left out after so many failures in a row.
_WAITS = (1, 2, 5, 10, 30)
_STOP_S = 3.0


def check(token: str, base_url: str = BASE_URL) -> str:
    """Ask for a connection and do not open it.

    Raises:
        DeliveryFailed: there would be none; the message says what to mend.
    """
    try:
        client_of(None, base_url).apps_connections_open(app_token=token)
    except (OSError, HTTPException, SlackClientError) as error:
        word = _word(error)
        if word == "missing_scope":
            said = (
                "the app token lacks the scope connections:write (opens the connection that presses come by)"
            )
        elif word is not None:
            said = f"Slack answers {word}: ENGAGEBOT_SLACK_APP_TOKEN is no app token that is in use (xapp-…)"
        else:
            said = f"Slack cannot be reached: {type(error).__name__}"
        raise DeliveryFailed(said) from None
    return "Slack gives a connection (connections:write: opens the connection that presses come by)"


def _word(error: Exception) -> str | None:
    """The word by which Slack refuses, where it is Slack who does."""
    response = getattr(error, "response", None)
    word = response.get("error") if response is not None else None
    return word if isinstance(word, str) else None


class SlackSocket:
    """A connection that is opened again whenever it ends; a failure is said once, and so is its end.

    Slack shows a warning sign to whoever waits three seconds. So each press is acknowledged as it comes, by
    threads that do nothing else, and carried out by others.
    """

    def __init__(
        self,
        token: str,
        do: Callable[[Mapping[str, Any]], None],
        base_url: str = BASE_URL,
        *,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._do = do
        self._look_every_s = look_every_s
        self._work = ThreadPoolExecutor(WORKERS, thread_name_prefix="slack press")
        self._ends = threading.Event()
        self._problem: str | None = None
        # Its own reconnecting writes an error at every try; ours says it once.
        self._client = SocketModeClient(
            app_token=token, web_client=client_of(None, base_url), auto_reconnect_enabled=False
        )
        self._client.socket_mode_request_listeners.append(self._take)
        self._watcher = threading.Thread(target=self._stay_connected, name="slack socket", daemon=True)

    def start(self) -> SlackSocket:
        """Connect, and stay connected until `stop`; where Slack is away, go on trying."""
        self._watcher.start()
        return self

    def stop(self) -> None:
        """Hang up; what was acknowledged is carried out."""
        self._ends.set()
        self._watcher.join(_STOP_S)
        self._client.close()
        self._work.shutdown(wait=True)

    @property
    def is_connected(self) -> bool:
        """Whether presses come in now."""
        return bool(self._client.is_connected())

    def _take(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
        if request.type == "interactive":
            self._work.submit(self._carry_out, request.payload)

    def _carry_out(self, payload: Mapping[str, Any]) -> None:
        try:
            self._do(payload)
        except Exception:  # one press must not end the thread that others wait for
            log.exception("a press in Slack was not carried out")

    def _stay_connected(self) -> None:
        failures = 0
        while not self._ends.wait(self._look_every_s * _WAITS[min(failures, len(_WAITS) - 1)]):
            if self._client.is_connected():
                failures = 0
                continue
            failures = 0 if self._connect() else failures + 1

    def _connect(self) -> bool:
        try:
            self._client.connect_to_new_endpoint()
        except Exception as error:  # whatever keeps us from Slack may pass
            self._tell(f"{type(error).__name__} {_word(error) or ''}".strip())
            return False
        if not self._client.is_connected():
            self._tell("Slack does not take the connection")
            return False
        if self._problem is not None:
            log.warning("buttons in Slack work again")
            self._problem = None
        return True

    def _tell(self, problem: str) -> None:
        if self._problem != problem:
            log.error("buttons in Slack do not work now: %s", problem)
            self._problem = problem
