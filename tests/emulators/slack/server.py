"""The Web API on loopback: tokens, scopes, blocks, rates and response addresses, by docs.slack.dev."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.emulators.server import Emulator
from tests.emulators.slack.blocks import elements_of, faults_of
from tests.emulators.slack.modals import Modals, faults_of_view
from tests.emulators.slack.socket import Pressed, Socket
from tests.emulators.wire import Answered, Request, Response

__all__ = ["Pressed", "SlackEmulator"]

BOT_TOKEN, APP_TOKEN = "xoxb-made-up", "xapp-made-up"
SIGNING_SECRET = "a made-up signing secret"
TEAM, BOT_USER = "T0DEMO", "U0BOT"
RESPONSES, RESPONSE_LASTS_S = 5, 1800
NEEDED = {"apps.connections.open": "connections:write", "auth.test": "", "views.open": ""}


@dataclass
class Message:
    """A message as the channel shows it; `earlier` are the forms it had before."""

    ts: str
    body: dict[str, Any]
    thread_ts: str | None = None
    earlier: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Channel:
    """A channel: its messages by time, who is there, and when it was written to."""

    id: str
    name: str
    has_bot: bool = True
    is_archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    whispers: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    tokens: float = 0.0
    filled_s: float = field(default_factory=time.monotonic)

    @property
    def shown(self) -> list[Message]:
        """What stands in the channel itself, threads left out."""
        return [each for each in self.messages.values() if each.thread_ts is None]

    def thread(self, ts: str) -> list[Message]:
        return [each for each in self.messages.values() if each.thread_ts == ts]


@dataclass
class ResponseAddress:
    channel: Channel
    user: str
    left: int = RESPONSES
    ends_s: float = field(default_factory=lambda: time.monotonic() + RESPONSE_LASTS_S)


class SlackEmulator(Emulator):
    """One workspace with one app in it. A channel takes `per_second` messages after a burst of `burst`."""

    def __init__(self, **over: Any) -> None:
        super().__init__(**over)
        self.scopes = {"chat:write"}
        self.app_scopes = {"connections:write"}
        self.is_revoked = False
        self.per_second, self.burst = 1.0, 20.0
        self.channels = {"C0CARE": Channel("C0CARE", "care")}
        self.users = {"U0AGENT": "agent_demo"}
        self.socket = Socket()
        self.modals = Modals()
        self._responses: dict[str, ResponseAddress] = {}
        self._last_ts = 0

    def start(self) -> SlackEmulator:
        super().start()
        self.socket.start()
        return self

    def stop(self) -> None:
        self.socket.stop()
        super().stop()

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    @property
    def care(self) -> Channel:
        return self.channels["C0CARE"]

    @property
    def whispers(self) -> list[tuple[str, str]]:
        """What people were told privately: user and text, oldest first."""
        with self.mutex:
            return [(user, body["text"]) for user, body in self.care.whispers]

    def answer(self, request: Request) -> Response:
        if request.path.startswith("/response/"):
            return self._respond(request)
        method = request.path.removeprefix("/api/")
        handle = {
            "auth.test": self._auth_test,
            "apps.connections.open": self._open_connection,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.postEphemeral": self._whisper,
            "views.open": self._open_view,
        }.get(method)
        if handle is None:
            return _refusal("unknown_method")
        given = self._given(request)
        self._admit(request, method)
        answer = handle(given)
        return Response.of(200, {"ok": True, **answer}, {"x-oauth-scopes": ",".join(sorted(self.scopes))})

    def _given(self, request: Request) -> dict[str, Any]:
        if request.headers.get("content-type", "").startswith("application/json"):
            return request.json
        form: dict[str, Any] = dict(request.form)
        for name in ("blocks", "attachments"):
            if name in form:
                form[name] = json.loads(form[name])
        return form

    def _admit(self, request: Request, method: str) -> None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind != "Bearer":
            raise Answered(_refusal("not_authed"))
        wanted = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if token not in {BOT_TOKEN, APP_TOKEN}:
            raise Answered(_refusal("invalid_auth"))
        if self.is_revoked:
            raise Answered(_refusal("token_revoked"))
        if token != wanted:
            raise Answered(_refusal("not_allowed_token_type"))
        needed = NEEDED.get(method, "chat:write")
        has = self.app_scopes if token == APP_TOKEN else self.scopes
        if needed and needed not in has:
            provided = ",".join(sorted(has))
            raise Answered(_refusal("missing_scope", needed=needed, provided=provided))

    def _auth_test(self, _: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "url": "https://acme-demo.slack.com/",
            "team": "Acme demo",
            "team_id": TEAM,
            "user": "engagebot",
            "user_id": BOT_USER,
            "bot_id": "B0BOT",
        }

    def _open_connection(self, _: Mapping[str, Any]) -> dict[str, Any]:
        return {"url": self.socket.address()}

    def _post(self, given: Mapping[str, Any]) -> dict[str, Any]:
        channel = self._channel(given)
        self._check(given)
        thread_ts = given.get("thread_ts")
        if thread_ts is not None and thread_ts not in channel.messages:
            raise Answered(_refusal("thread_not_found"))
        self._spend(channel)
        self._last_ts += 1
        ts = f"{int(self.now().timestamp())}.{self._last_ts:06d}"
        channel.messages[ts] = Message(ts, _body(given), thread_ts)
        return {"channel": channel.id, "ts": ts, "message": _body(given)}

    def _update(self, given: Mapping[str, Any]) -> dict[str, Any]:
        channel = self._channel(given, is_by_id=True)
        self._check(given)
        message = channel.messages.get(given.get("ts", ""))
        if message is None:
            raise Answered(_refusal("message_not_found"))
        message.earlier.append(message.body)
        message.body = _body(given)
        return {"channel": channel.id, "ts": message.ts, "text": message.body.get("text", "")}

    def _whisper(self, given: Mapping[str, Any]) -> dict[str, Any]:
        channel = self._channel(given)
        self._check(given)
        if given.get("user") not in self.users:
            raise Answered(_refusal("user_not_in_channel"))
        channel.whispers.append((given["user"], _body(given)))
        return {"message_ts": f"{int(self.now().timestamp())}.000000"}

    def _open_view(self, given: Mapping[str, Any]) -> dict[str, Any]:
        if (word := self.modals.trigger_fault(given.get("trigger_id"))) is not None:
            raise Answered(_refusal(word))
        view = given.get("view") or {}
        if said := faults_of_view(view):
            raise Answered(_refusal("invalid_arguments", response_metadata={"messages": said}))
        return {"view": self.modals.open(given["trigger_id"], view)}

    def _channel(self, given: Mapping[str, Any], *, is_by_id: bool = False) -> Channel:
        wanted = str(given.get("channel", ""))
        found = self.channels.get(wanted)
        if found is None and not is_by_id:
            name = wanted.removeprefix("#")
            found = next((each for each in self.channels.values() if each.name == name), None)
        if found is None:
            raise Answered(_refusal("channel_not_found"))
        if found.is_archived:
            raise Answered(_refusal("is_archived"))
        if not found.has_bot and "chat:write.public" not in self.scopes:
            raise Answered(_refusal("not_in_channel"))
        return found

    def _check(self, given: Mapping[str, Any]) -> None:
        if (fault := faults_of(given)) is not None:
            word, said = fault
            raise Answered(_refusal(word, errors=said, response_metadata={"messages": said}))

    def _spend(self, channel: Channel) -> None:
        now = time.monotonic()
        if not channel.messages:
            channel.tokens, channel.filled_s = self.burst, now
        channel.tokens = min(self.burst, channel.tokens + (now - channel.filled_s) * self.per_second)
        channel.filled_s = now
        if channel.tokens < 1:
            error = {"ok": False, "error": "ratelimited"}
            raise Answered(Response.of(429, error, {"retry-after": "1"}))
        channel.tokens -= 1

    def _respond(self, request: Request) -> Response:
        address = self._responses.get(request.path.rpartition("/")[2])
        if address is None or address.left <= 0 or time.monotonic() > address.ends_s:
            return Response.of(404, "expired_url", {"content-type": "text/plain"})
        given = request.json
        if (fault := faults_of(given)) is not None:
            return Response.of(400, fault[0], {"content-type": "text/plain"})
        address.left -= 1
        assert given.get("response_type", "ephemeral") == "ephemeral", "a private answer went to everybody"
        assert given.get("replace_original") is False, "a private answer took the place of the message"
        address.channel.whispers.append((address.user, given))
        return Response.of(200, "ok", {"content-type": "text/plain"})

    def forget_responses(self) -> None:
        """Let all response addresses end, as they do after half an hour."""
        with self.mutex:
            self._responses.clear()

    def interaction(
        self, action_id: str, *, user: str = "U0AGENT", ts: str | None = None, choice: str | None = None
    ) -> dict[str, Any]:
        """What Slack tells the app when somebody presses a button that some form of a message had."""
        with self.mutex:
            message = self.care.messages[ts] if ts else self.care.shown[-1]
            forms = [message.body, *reversed(message.earlier)]
            found = [elements_of(form)[action_id] for form in forms if action_id in elements_of(form)]
            assert found, f"no form of the message has {action_id}"
            name = self.users.setdefault(user, f"{user.lower()}_demo")
            token = secrets.token_hex(8)
            self._responses[token] = ResponseAddress(self.care, user)
        pressed = found[0]
        action = {"action_id": action_id, "block_id": pressed["block_id"], "type": pressed["type"]}
        if pressed["type"] == "static_select":
            option = next(each for each in pressed["options"] if each["value"] == choice)
            action["selected_option"] = option
        else:
            action["value"] = pressed.get("value", "")
        return {
            "type": "block_actions",
            "team": {"id": TEAM, "domain": "acme-demo"},
            "user": {"id": user, "username": name, "name": name, "team_id": TEAM},
            "api_app_id": "A0DEMO",
            "token": "made-up and not to be trusted",
            "container": {"type": "message", "message_ts": message.ts, "channel_id": self.care.id},
            "channel": {"id": self.care.id, "name": self.care.name},
            "message": {"ts": message.ts, **message.body},
            "response_url": f"{self.url}/response/{token}",
            "trigger_id": self.modals.trigger(user),
            "actions": [action],
        }

    def press(self, action_id: str, **more: Any) -> Pressed:
        """Press a button over the socket."""
        return self.socket.send(self.interaction(action_id, **more))

    def submission(self, *, user: str | None = None, **picks: str) -> dict[str, Any]:
        """What Slack tells the app when somebody sends off the newest form, with what they put into it."""
        modal = self.modals.opened[-1]
        person = user or modal.user
        name = self.users.setdefault(person, f"{person.lower()}_demo")
        return {
            "type": "view_submission",
            "team": {"id": TEAM, "domain": "acme-demo"},
            "user": {"id": person, "username": name, "name": name, "team_id": TEAM},
            "api_app_id": "A0DEMO",
            "token": "made-up and not to be trusted",
            "trigger_id": self.modals.trigger(person),
            "view": modal.submitted(picks),
            "response_urls": [],
        }

    def signed(
        self, payload: Mapping[str, Any], *, at: int, secret: str = SIGNING_SECRET
    ) -> tuple[bytes, dict[str, str]]:
        """Body and headers of the same in HTTP mode, signed at that second."""
        body = urlencode({"payload": json.dumps(payload)}).encode()
        mark = hmac.new(secret.encode(), b"v0:%d:" % at + body, hashlib.sha256).hexdigest()
        return body, {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": str(at),
            "x-slack-signature": f"v0={mark}",
        }


def _body(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in ("text", "blocks", "attachments") if given.get(name)}


def _refusal(word: str, **more: object) -> Response:
    return Response.of(200, {"ok": False, "error": word, **more})
