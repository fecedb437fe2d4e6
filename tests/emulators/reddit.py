"""The emulated Reddit, both its www and its oauth side: real praw talks to it, tests steer it.

    with RedditEmulator(account="acme_support") as reddit:
        thread = reddit.submission(title="Acme modem", text="Dead again.", author="oak_fan_demo")
        first = reddit.comment(text="same here, acme", on=thread.name, author="maple_fan_demo")
        reddit.fault(Fault.cut_after(), on="POST /api/comment", times=1)
        ...point the client at reddit.url (ENGAGEBOT_REDDIT_BASE_URL), let it poll and reply...
        assert [reply.parent_id for reply in reddit.replies] == [first.name]  # fullnames
        assert len(reddit.calls("POST /api/comment")) == 1

As its own process, steered by tests/emulators/remote.py:

    python -m tests.emulators.reddit --port-file F --state-file LOG.jsonl --seed-file POSTS.json

Settings (attributes; also over /_emulator/set): `dead_anchors` (["before"]: a deleted anchor gives an empty
page; add "after" for both ways), `deleted_link_error`, `remaining` and `reset_s` (the x-ratelimit headers;
prawcore sleeps when they are low), `token_lasts_s`. Credentials given to the constructor are checked, others
are not.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tests.emulators.reddit_auth import Credentials, Tokens
from tests.emulators.reddit_read import RedditReader
from tests.emulators.reddit_things import FIRST_NUMBER, Community, Person, Thing, wrapped
from tests.emulators.server import Emulator, run_as_process
from tests.emulators.wire import Answered, Clock, Request, Response, moment, real_time

LONGEST = 10_000


@dataclass(frozen=True)
class RedditReply:
    """One comment a client posted. `id` and `parent_id` are fullnames."""

    id: str
    text: str
    parent_id: str
    at: datetime


class RedditEmulator(Emulator):
    """Reddit with one account of ours and any number of made-up people and communities."""

    remote_calls = frozenset(
        [
            "post",
            "post_all",
            "comment",
            "submission",
            "burst",
            "delete",
            "remove",
            "lock",
            "archive",
            "edit",
            "delete_user",
            "subreddit",
            "person",
            "revoke_tokens",
        ]
    )
    remote_settings = frozenset(
        {"dead_anchors", "deleted_link_error", "remaining", "reset_s", "token_lasts_s"}
    )
    remote_key = "name"

    def __init__(
        self,
        *,
        account: str = "acme_support",
        credentials: Credentials | None = None,
        clock: Clock = real_time,
        port: int = 0,
        log_file: Path | None = None,
    ) -> None:
        super().__init__(clock=clock, port=port, log_file=log_file)
        self.things: dict[str, Thing] = {}
        self.people: dict[str, Person] = {}
        self.communities: dict[str, Community] = {}
        self.dead_anchors: Sequence[str] = ("before",)
        self.deleted_link_error = "DELETED_LINK"
        self.remaining: float | None = None
        self.reset_s = 300
        self.token_lasts_s = 86_400
        self._tokens = Tokens(self, credentials or Credentials())
        self._posted: list[RedditReply] = []
        self.account = self.person(account)
        self._reader = RedditReader(self)

    @property
    def replies(self) -> list[RedditReply]:
        """What clients posted, oldest first."""
        with self.mutex:
            return list(self._posted)

    def submission(
        self,
        *,
        title: str,
        text: str = "",
        subreddit: str = "acme",
        author: str = "maple_fan_demo",
        at: datetime | str | None = None,
        score: int = 1,
    ) -> Thing:
        """Let `author` post a submission into `subreddit`."""
        with self.mutex:
            return self._add(
                Thing(
                    "t3",
                    0,
                    self.person(author),
                    self.subreddit(subreddit),
                    self._when(at),
                    text,
                    title,
                    score=score,
                )
            )

    def comment(
        self,
        *,
        text: str,
        on: str | None = None,
        subreddit: str = "acme",
        author: str = "maple_fan_demo",
        at: datetime | str | None = None,
    ) -> Thing:
        """Let `author` comment on the thing with fullname `on`, or on a new thread in `subreddit`."""
        with self.mutex:
            parent = self.things[on] if on else self._open_thread(subreddit, at)
            made = Thing("t1", 0, self.person(author), parent.community, self._when(at), text, parent=parent)
            parent.children.append(made)
            return self._add(made)

    def post(self, *, text: str, title: str = "", visible_at: str | None = None, **more: str) -> Thing:
        """Add a submission where there is a title, else a comment: what seeds and remote callers use.

        Listings do not show it before `visible_at`.
        """
        with self.mutex:
            if title:
                made = self.submission(title=title, text=text, **more)  # type: ignore[arg-type]
            else:
                made = self.comment(text=text, **more)
            made.visible_at = None if visible_at is None else moment(visible_at)
            return made

    def burst(
        self, count: int, *, text: str = "acme came up again", subreddit: str = "acme", every_s: float = 1.0
    ) -> list[str]:
        """Add `count` comments to one thread, the last one now; return their fullnames in order."""
        with self.mutex:
            end = self.now()
            thread = self._open_thread(subreddit, end - timedelta(seconds=every_s * count))
            return [
                self.comment(
                    text=f"{text}, no. {number}",
                    on=thread.name,
                    author=f"crowd_demo{number % 50}",
                    at=end - timedelta(seconds=every_s * (count - 1 - number)),
                ).name
                for number in range(count)
            ]

    def delete(self, name: str) -> None:
        """Let the author delete the thing with this fullname."""
        with self.mutex:
            self.things[name].state = "deleted"

    def remove(self, name: str) -> None:
        """Let a moderator remove the thing."""
        with self.mutex:
            self.things[name].state = "removed"

    def lock(self, name: str) -> None:
        """Close the thing to replies (THREAD_LOCKED)."""
        with self.mutex:
            self.things[name].locked = True

    def archive(self, name: str) -> None:
        """Make the thing too old for replies (TOO_OLD)."""
        with self.mutex:
            self.things[name].archived = True

    def edit(self, name: str, text: str) -> None:
        """Change the text; the id stays."""
        with self.mutex:
            self.things[name].text = text
            self.things[name].edited_at = self.now()

    def delete_user(self, username: str) -> None:
        """Delete an account: what it wrote stays, without an author."""
        with self.mutex:
            self.person(username).deleted = True

    def subreddit(self, name: str, **facts: object) -> Community:
        """Return a community, made up on first sight; `state`, `refuses` and `over_18` change facts."""
        with self.mutex:
            found = self.communities.setdefault(
                name.lower(), Community(name, 900_000 + len(self.communities))
            )
            for fact, value in facts.items():
                setattr(found, fact, value)
            return found

    def person(self, username: str, **facts: object) -> Person:
        """Return a person, made up on first sight; `blocks_us`, `karma` and `deleted` change facts."""
        with self.mutex:
            born = self.now() - timedelta(days=700)
            found = self.people.setdefault(
                username.lower(), Person(username, 700_000 + len(self.people), born)
            )
            for fact, value in facts.items():
                setattr(found, fact, value)
            return found

    def revoke_tokens(self) -> None:
        """Let every access token given so far expire."""
        with self.mutex:
            self._tokens.revoke()

    def sent(self) -> list[dict[str, object]]:
        return [{**asdict(each), "at": each.at.isoformat()} for each in self._posted]

    def arrive(self, count: int, text: str) -> None:
        self.burst(count, text=text, every_s=0.0)

    def rate_headers(self, reset_in_s: float) -> dict[str, str]:
        return {
            "x-ratelimit-remaining": "0.0",
            "x-ratelimit-used": "1000",
            "x-ratelimit-reset": str(int(reset_in_s)),
        }

    def answer(self, request: Request) -> Response:
        handler, endpoint, arguments = self._route(request)
        agent = request.headers.get("user-agent", "").lower()
        if not agent or agent.startswith(("python-requests", "python-urllib")):
            return Response.of(429, {"message": "Too Many Requests", "error": 429})
        if endpoint != "POST /api/v1/access_token":
            self._tokens.check(request)
        try:
            response = handler(request, *arguments)
        except Answered as early:
            response = early.response
        # Never past the middle of the window: prawcore would start to sleep between the requests of a test.
        used = min(len(self.requests), 400)
        left = 1000.0 - used if self.remaining is None else self.remaining
        rate = {
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-used": str(used),
            "x-ratelimit-reset": str(self.reset_s),
        }
        response.headers.update(rate if endpoint != "POST /api/v1/access_token" else {})
        return response

    def _route(self, request: Request) -> tuple[Callable[..., Response], str, Sequence[str]]:
        read = self._reader
        routes: list[tuple[str, Callable[..., Response]]] = [
            ("POST /api/v1/access_token", self._tokens.grant),
            ("GET /api/v1/me", read.me),
            ("GET /api/info", read.info),
            ("GET /r/:names/comments", read.comments),
            ("GET /r/:names/new", read.new),
            ("GET /r/:names/search", read.search),
            ("GET /r/:names/about", read.about),
            ("GET /comments/:id", read.thread),
            ("GET /comments/:id/:slug/:comment", read.branch),
            (
                "GET /r/:name/comments/:id/:slug/:comment",
                lambda request, _, *rest: read.branch(request, *rest),
            ),
            ("GET /message/mentions", read.mentions),
            ("GET /message/comments", read.comment_replies),
            ("GET /message/inbox", read.inbox),
            ("GET /message/unread", read.inbox),
            ("GET /user/:name/comments", read.comments_of),
            ("GET /user/:name/about", read.person),
            ("POST /api/comment", self._comment),
        ]
        for endpoint, handler in routes:
            pattern = re.sub(r":\w+", r"([^/]+)", endpoint)
            if found := re.fullmatch(pattern, f"{request.method} {request.path}"):
                return handler, endpoint, found.groups()
        raise Answered(Response.of(404, {"message": "Not Found", "error": 404}))

    def _comment(self, request: Request) -> Response:
        form = request.form
        text = form.get("text", "")
        if len(text) > LONGEST:
            said = f"this is too long (max: {LONGEST})"
            return Response.of(
                400, {"reason": "TOO_LONG", "explanation": said, "fields": ["text"], "message": "Bad Request"}
            )
        target = self.things.get(form.get("thing_id", ""))
        if self._tokens.owner(request) == "app":
            return _refused("USER_REQUIRED", "Please log in to do that.", "")
        if not text.strip():
            return _refused("NO_TEXT", "we need something here", "text")
        if target is None:
            return _refused("NO_THING_ID", "please specify a thing", "parent")
        if (code := self._objection(target)) == "403":
            return Response.of(403, {"reason": "banned", "message": "Forbidden", "error": 403})
        if code:
            return _refused(code, _SAID.get(code, "that is not possible here"), "parent")
        made = self.comment(text=text, on=target.name, author=self.account.name)
        self._posted.append(RedditReply(made.name, text, target.name, made.created_at))
        request.created.append(made.name)
        if request.fault is not None:
            made.hidden_reads = request.fault.seen_after_reads
            if request.fault.seen_after_s:
                made.visible_at = self.now() + timedelta(seconds=request.fault.seen_after_s)
        silent = request.has_quirk("empty_things") or target.community.state == "quarantined"
        things = [] if silent else [wrapped("t1", made.to_json(raw=True))]
        return Response.of(200, {"json": {"errors": [], "data": {"things": things}}})

    def _objection(self, target: Thing) -> str:
        if target.state != "live":
            return "DELETED_COMMENT" if target.kind == "t1" else self.deleted_link_error
        if target.locked or target.submission.locked:
            return "THREAD_LOCKED"
        if target.archived or target.submission.archived:
            return "TOO_OLD"
        return "USER_BLOCKED" if target.author.blocks_us else target.community.refuses

    def _add(self, thing: Thing) -> Thing:
        thing.number = FIRST_NUMBER + len(self.things)
        self.things[thing.name] = thing
        return thing

    def _open_thread(self, subreddit: str, at: datetime | str | None) -> Thing:
        return self.submission(title="A thread", text="", subreddit=subreddit, author="host_demo", at=at)

    def _when(self, at: datetime | str | None) -> datetime:
        return self.now() if at is None else moment(at)


_SAID = {
    "THREAD_LOCKED": "Comments are locked.",
    "TOO_OLD": "that's a piece of history now; it's too late to reply to it",
    "DELETED_COMMENT": "that comment has been deleted",
    "DELETED_LINK": "the link you are commenting on has been deleted",
    "USER_BLOCKED": "you can't reply to this person",
    "SUBREDDIT_NOTALLOWED": "you aren't allowed to post there.",
}


def _refused(code: str, said: str, where: str) -> Response:
    return Response.of(200, {"json": {"errors": [[code, said, where]]}})


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulators.reddit")
    parser.add_argument("--account", default="acme_support")
    run_as_process(lambda args: RedditEmulator(account=args.account, log_file=args.state_file), parser)


if __name__ == "__main__":
    main()
