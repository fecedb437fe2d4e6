"""The emulated X API v2: real tweepy talks to it, tests steer it.

    with XEmulator(account="acme") as x:
        first = x.post(text="@acme my modem is dead again", author="maple_fan_demo")
        x.fault(Fault.cap_429(), on="GET /2/tweets/search/recent", times=1)
        ...point the client at x.url (ENGAGEBOT_X_BASE_URL), let it poll and reply...
        assert [reply.in_reply_to for reply in x.replies] == [first.id]
        assert len(x.calls("POST /2/tweets")) == 1

As its own process, steered by tests/emulators/remote.py:

    python -m tests.emulators.x --port-file F --state-file LOG.jsonl --seed-file POSTS.json --account acme

Settings (attributes; also over /_emulator/set): `dialect` "old" | "new"; `reply_rule` "april" | "july"
(wording of the 403 for those who did not summon us) | "open"; `deleted_target_status` 403 | 404;
`retweets_in_search`; `search_delay_s` (X's default window ends 30 s ago; 0 here); `bearer_token` (None: any),
`user_token` (an OAuth 2.0 user token); `limits` {endpoint: requests per 15 minutes}, enforced only where set.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from tests.emulators.faults import Fault
from tests.emulators.server import Emulator, run_as_process
from tests.emulators.wire import Answered, Clock, Request, Response, moment, real_time
from tests.emulators.x_posts import XPost, XUser, XWorld
from tests.emulators.x_read import XReader
from tests.emulators.x_reply import check_summoned, check_target, check_text, forbidden, invalid, not_found

WINDOW_S = 900
DOCUMENTED_LIMITS = {"GET /2/tweets": 3500, "POST /2/tweets": 100}


@dataclass(frozen=True)
class XReply:
    """One reply a client posted. `text` is what it sent; readers see it with the @name X puts in front."""

    id: str
    text: str
    in_reply_to: str
    at: datetime


class XEmulator(Emulator):
    """X API v2 with one account of ours and any number of made-up people."""

    remote_calls = frozenset(
        {"post", "post_all", "burst", "delete", "protect", "edit", "user", "forget_tokens"}
    )
    remote_settings = frozenset(
        {"dialect", "reply_rule", "deleted_target_status", "retweets_in_search", "search_delay_s", "limits"}
    )

    def __init__(
        self,
        *,
        account: str = "acme",
        bearer_token: str | None = None,
        user_token: str | None = None,
        clock: Clock = real_time,
        port: int = 0,
        log_file: Path | None = None,
    ) -> None:
        super().__init__(clock=clock, port=port, log_file=log_file)
        self.world = XWorld()
        self.bearer_token = bearer_token
        self.user_token = user_token
        self.dialect = "old"
        self.reply_rule = "april"
        self.deleted_target_status = 403
        self.retweets_in_search = False
        self.search_delay_s = 0.0
        self.limits: dict[str, int] = {}
        self._used: dict[tuple[str, int], int] = {}
        self._posted: list[XReply] = []
        self.account = self.world.user(account, self.now() - timedelta(days=2000))
        self._reader = XReader(self)

    @property
    def replies(self) -> list[XReply]:
        """What clients posted in reply to something, oldest first."""
        with self.mutex:
            return [each for each in self._posted if each.in_reply_to]

    def post(
        self,
        *,
        text: str,
        author: str = "maple_fan_demo",
        at: datetime | str | None = None,
        reply_to: str | None = None,
        quote_of: str | None = None,
        **more: object,
    ) -> XPost:
        """Let `author` post `text`; `at` defaults to now and decides the id.

        `more`: `prefix` (list of names X puts in front of a reply, not typed by the author), `lang`, `likes`,
        `reposts`, `reply_settings`, `retweet_of`, `visible_at`, `hidden_reads`.
        """
        with self.mutex:
            when = self.now() if at is None else moment(at)
            names = more.pop("prefix", ())
            front = (
                "".join(f"@{name} " for name in names) if isinstance(names, (list, tuple)) else f"@{names} "
            )
            parent = self.world.posts.get(reply_to or "")
            made = XPost(
                id=self.world.new_id(when),
                text=front + text,
                author_id=self.user(author).id,
                created_at=when,
                reply_to=reply_to,
                reply_to_user=parent.author_id if parent else None,
                quote_of=quote_of,
                typed_from=len(front),
            )
            made.conversation_id = parent.conversation_id if parent else made.id
            made.history = [made.id]
            if isinstance(more.get("visible_at"), str):
                more["visible_at"] = moment(str(more["visible_at"]))
            made = replace(made, **more)  # type: ignore[arg-type]
            for _, _, name in made.mentions():
                self.world.user(name, when)
            self.world.add(made)
            return made

    def burst(
        self,
        count: int,
        *,
        text: str = "acme came up again",
        author: str = "crowd_demo",
        every_s: float = 0.001,
    ) -> list[str]:
        """Add `count` different posts, `every_s` apart and the last one now; return their ids in order."""
        with self.mutex:
            end = self.now()
            made = [
                self.post(
                    text=f"{text}, no. {number}",
                    author=f"{author}{number % 50}",
                    at=end - timedelta(seconds=every_s * left),
                )
                for number, left in enumerate(reversed(range(count)))
            ]
            return [each.id for each in made]

    def delete(self, id: str) -> None:
        """Delete a post in all its versions."""
        with self.mutex:
            for version in self.world.posts[id].history:
                self.world.posts[version].state = "deleted"

    def protect(self, id: str) -> None:
        """Hide a post as if its author had protected the account."""
        with self.mutex:
            for version in self.world.posts[id].history:
                self.world.posts[version].state = "protected"

    def edit(self, id: str, text: str, at: datetime | str | None = None) -> XPost:
        """Edit a post: a new version with a new id; all versions share one edit history."""
        with self.mutex:
            old = self.world.posts[id]
            when = self.now() if at is None else moment(at)
            made = replace(
                old, id=self.world.new_id(when), text=old.text[: old.typed_from] + text, created_at=when
            )
            old.history.append(made.id)
            self.world.add(made)
            return made

    def user(self, username: str, **facts: object) -> XUser:
        """Return a user, made up on first sight; `followers`, `verified`, `name`, `created_at` set facts."""
        with self.mutex:
            found = self.world.user(username, self.now() - timedelta(days=700))
            for name, value in facts.items():
                is_text_time = name == "created_at" and isinstance(value, str)
                setattr(found, name, moment(str(value)) if is_text_time else value)
            return found

    def forget_tokens(self) -> None:
        """Let every pagination token given so far expire."""
        self._reader.forget_tokens()

    def sent(self) -> list[dict[str, object]]:
        return [{**asdict(each), "at": each.at.isoformat()} for each in self.replies]

    def arrive(self, count: int, text: str) -> None:
        self.burst(count, text=text, every_s=0.0)

    def rate_headers(self, reset_in_s: float) -> dict[str, str]:
        reset = int(self.now().timestamp() + reset_in_s)
        return {"x-rate-limit-limit": "450", "x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset)}

    def answer(self, request: Request) -> Response:
        handler, endpoint, arguments = self._route(request)
        self._authorise(request, user_only=endpoint == "GET /2/users/me" or not endpoint.startswith("GET"))
        headers = self._count(endpoint)
        try:
            response = handler(request, *arguments)
        except Answered as early:
            response = early.response
        response.headers.update(headers)
        return response

    def _route(self, request: Request) -> tuple[Callable[..., Response], str, Sequence[str]]:
        read = self._reader
        routes: list[tuple[str, Callable[..., Response]]] = [
            ("GET /2/tweets/search/recent", read.search),
            ("GET /2/tweets/counts/recent", read.counts),
            ("GET /2/usage/tweets", read.usage),
            ("GET /2/tweets", read.posts),
            ("GET /2/tweets/:id", read.one_post),
            ("GET /2/users", read.users),
            ("GET /2/users/me", lambda request: read.user_by_id(request, self.account.id)),
            ("GET /2/users/by/username/:name", read.user_by_name),
            ("GET /2/users/:id", read.user_by_id),
            ("GET /2/users/:id/mentions", read.mentions),
            ("GET /2/users/:id/tweets", read.own_posts),
            ("POST /2/tweets", self._create),
            ("DELETE /2/tweets/:id", self._delete),
        ]
        for endpoint, handler in routes:
            pattern = re.sub(r":\w+", r"([^/]+)", endpoint)
            if found := re.fullmatch(pattern, f"{request.method} {request.path}"):
                return handler, endpoint, found.groups()
        raise Answered(Response.of(404, {"title": "Not Found", "type": "about:blank", "status": 404}))

    def _authorise(self, request: Request, *, user_only: bool) -> None:
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        accepted = {None, self.bearer_token, self.user_token}
        wrong_bearer = kind == "Bearer" and self.bearer_token is not None and secret not in accepted
        if kind not in ("Bearer", "OAuth") or not secret or wrong_bearer:
            raise Answered(Response.of(401, Fault.unauthorized().body))
        if user_only and kind == "Bearer" and secret != self.user_token:
            raise forbidden(
                "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint. Supported "
                "authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context]."
            )

    def _count(self, endpoint: str) -> dict[str, str]:
        now = int(self.now().timestamp())
        window = now // WINDOW_S
        used = self._used[endpoint, window] = self._used.get((endpoint, window), 0) + 1
        limit = self.limits.get(endpoint, DOCUMENTED_LIMITS.get(endpoint, 450))
        left = limit - used
        headers = {
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(max(left, 0) if endpoint in self.limits else max(left, 1)),
            "x-rate-limit-reset": str((window + 1) * WINDOW_S),
        }
        if left < 0 and endpoint in self.limits:
            raise Answered(Response.of(429, Fault.rate_429().body, headers))
        return headers

    def _create(self, request: Request) -> Response:
        given = request.json
        text = str(given.get("text", ""))
        target_id = str((given.get("reply") or {}).get("in_reply_to_tweet_id", ""))
        if given.get("quote_tweet_id"):
            raise forbidden("Quoting through the API is not permitted on this access level.")
        target = None
        if target_id:
            target = check_target(self.world.posts.get(target_id), gone_status=self.deleted_target_status)
            check_summoned(target, self.account, self.world, rule=self.reply_rule)
        elif not text:
            raise invalid("text is required", text=text)
        front = f"@{self.world.users[target.author_id].username} " if target else ""
        check_text(front + text, text, self.account, self.world)
        made = self._store(text, target)
        self._late(made, request)
        request.created.append(made.id)
        data = {"id": made.id, "text": text, "edit_history_tweet_ids": [made.id]}
        if self.dialect == "new" or request.has_quirk("new_dialect"):
            data["edit_history_post_ids"] = data.pop("edit_history_tweet_ids")
        return Response.of(201, {"data": data})

    def _store(self, text: str, target: XPost | None) -> XPost:
        made = self.post(
            text=text,
            author=self.account.username,
            reply_to=target.id if target else None,
            prefix=[self.world.users[target.author_id].username] if target else [],
        )
        self._posted.append(XReply(made.id, text, target.id if target else "", made.created_at))
        return made

    def _late(self, made: XPost, request: Request) -> None:
        if request.fault is None:
            return
        made.hidden_reads = request.fault.seen_after_reads
        if request.fault.seen_after_s:
            made.visible_at = self.now() + timedelta(seconds=request.fault.seen_after_s)

    def _delete(self, request: Request, post_id: str) -> Response:
        post = self.world.posts.get(post_id)
        if post is None or post.state != "live":
            return Response.of(200, {"errors": [not_found("tweet", "id", post_id)]})
        if post.author_id != self.account.id:
            raise forbidden("You are not allowed to delete this Tweet.")
        self.delete(post_id)
        return Response.of(200, {"data": {"deleted": True}})


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulators.x")
    parser.add_argument("--account", default="acme")
    parser.add_argument("--bearer-token")

    def build(args: argparse.Namespace) -> XEmulator:
        return XEmulator(account=args.account, bearer_token=args.bearer_token, log_file=args.state_file)

    run_as_process(build, parser)


if __name__ == "__main__":
    main()
