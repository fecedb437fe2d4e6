"""The emulated Bluesky: our own server (PDS), the public view of the network (AppView), and Jetstream.

with BlueskyEmulator(handle="acme.example.com", app_password="made-up", clock=clock.now) as bluesky:
    uri = bluesky.post(text="@acme.example.com my modem is dead", author="maple.example.com")
    bluesky.delete(uri)
    bluesky.fault(Fault.cut_after(), on="POST /xrpc/com.atproto.repo.createRecord")
    bluesky.jetstream.faults.append("cut after 3")
    ...point the connector at bluesky.url (base_url, appview_url) and bluesky.jetstream.url...
    assert [reply["text"] for reply in bluesky.replies] == ["Thank you!"]
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from tests.emulators.jetstream import Jetstream
from tests.emulators.server import Emulator
from tests.emulators.wire import Answered, Clock, Request, Response, real_time

POST = "app.bsky.feed.post"
TOKEN_LASTS = timedelta(hours=2)
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_TID = re.compile(f"[234567a-j][{_SORTABLE}]{{12}}")


@dataclass(frozen=True)
class Post:
    uri: str
    cid: str
    did: str
    record: dict[str, Any]
    seen_at: datetime


class BlueskyEmulator(Emulator):
    """One account of ours and any number of made-up people, known by their handles."""

    def __init__(
        self,
        *,
        handle: str = "acme.example.com",
        app_password: str = "app-password-made-up",
        clock: Clock = real_time,
    ) -> None:
        super().__init__(clock=clock)
        self.handle, self.app_password = handle, app_password
        self.posts: dict[str, Post] = {}
        self.dids: dict[str, str] = {}
        self.closed: set[str] = set()
        self.jetstream = Jetstream(lambda: int(self.clock().timestamp() * 1_000_000))
        self.tokens: dict[str, datetime] = {}
        self.renewals: set[str] = set()
        self.is_active = True
        self.taken_key_status, self.taken_key_words = 500, "Internal Server Error"
        self._count = 0

    def start(self) -> Self:
        super().start()
        self.jetstream.start()
        return self

    def stop(self) -> None:
        self.jetstream.stop()
        super().stop()

    @property
    def replies(self) -> list[dict[str, Any]]:
        """The records our account has written, oldest first."""
        return [post.record for post in self.posts.values() if post.did == self.did(self.handle)]

    def did(self, handle: str) -> str:
        return self.dids.setdefault(handle, "did:plc:" + hashlib.sha256(handle.encode()).hexdigest()[:24])

    def post(
        self,
        *,
        text: str,
        author: str = "maple.example.com",
        answers: str | None = None,
        created_at: str | None = None,
        langs: list[str] | None = None,
    ) -> str:
        """Let somebody write; names in the text become tags. Return the post's address."""
        with self.mutex:
            record: dict[str, Any] = {"$type": POST, "text": text, "createdAt": created_at or self._stamp()}
            tags = [(match.span(), match[1]) for match in re.finditer(r"@([a-z0-9.-]+[a-z0-9])", text)]
            record["facets"] = [
                {
                    "index": {"byteStart": len(text[:start].encode()), "byteEnd": len(text[:end].encode())},
                    "features": [{"$type": "app.bsky.richtext.facet#mention", "did": self.did(name)}],
                }
                for (start, end), name in tags
            ]
            if langs:
                record["langs"] = langs
            if answers:
                parent = self.posts[answers]
                target = {"uri": parent.uri, "cid": parent.cid}
                root = parent.record.get("reply", {}).get("root", target)
                record["reply"] = {"root": root, "parent": target}
            return self._store(self.did(author), self._key(), record)

    def delete(self, uri: str) -> None:
        with self.mutex:
            self.posts.pop(uri)
            did, _, key = uri.removeprefix("at://").split("/")
            self._commit(did, {"operation": "delete", "collection": POST, "rkey": key})

    def delete_account(self, handle: str, status: str = "deleted") -> None:
        with self.mutex:
            did = self.dids.pop(handle)
            self.posts = {uri: post for uri, post in self.posts.items() if post.did != did}
            account = {"active": False, "did": did, "seq": 1, "status": status, "time": self._stamp()}
            self.jetstream.add({"did": did, "kind": "account", "account": account})

    def rate_headers(self, reset_in_s: float) -> dict[str, str]:
        return {"ratelimit-reset": str(int(self.now().timestamp() + reset_in_s))}

    def answer(self, request: Request) -> Response:
        name = request.path.removeprefix("/xrpc/")
        handler: Callable[[Request], object] | None = {
            "com.atproto.server.createSession": self._create_session,
            "com.atproto.server.refreshSession": self._refresh_session,
            "com.atproto.repo.createRecord": self._create_record,
            "com.atproto.repo.getRecord": self._get_record,
            "com.atproto.identity.resolveHandle": self._resolve,
            "app.bsky.actor.getProfiles": self._profiles,
            "app.bsky.feed.getPosts": self._get_posts,
            "app.bsky.notification.listNotifications": self._notifications,
        }.get(name)
        if handler is None:
            raise _error(501, "MethodNotImplemented", name)
        return Response.of(200, handler(request))

    def _create_session(self, request: Request) -> object:
        given = request.json
        if (given.get("identifier"), given.get("password")) != (self.handle, self.app_password):
            raise _error(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._session()

    def _refresh_session(self, request: Request) -> object:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.renewals:
            raise _error(400, "ExpiredToken", "Token has been revoked")
        self.renewals.discard(token)
        return self._session()

    def _session(self) -> dict[str, object]:
        self._count += 1
        access, refresh = f"access-made-up-{self._count}", f"refresh-made-up-{self._count}"
        self.tokens[access] = self.now() + TOKEN_LASTS
        self.renewals.add(refresh)
        who = {"did": self.did(self.handle), "handle": self.handle, "active": self.is_active}
        return {**who, "accessJwt": access, "refreshJwt": refresh}

    def _login(self, request: Request) -> str:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not token:
            raise _error(401, "AuthMissing", "Authentication Required")
        if self.tokens.get(token, self.now()) <= self.now():
            raise _error(400, "ExpiredToken", "Token has expired")
        return self.did(self.handle)

    def _create_record(self, request: Request) -> object:
        did, given = self._login(request), request.json
        uri = f"at://{did}/{given['collection']}/{given['rkey']}"
        if not _TID.fullmatch(given["rkey"]) or len(given["record"]["text"]) > 3_000:
            raise _error(400, "InvalidRequest", "the record is not valid")
        if uri in self.posts:
            # What the real server says instead of the reason.
            raise _error(self.taken_key_status, "InternalServerError", self.taken_key_words)
        self._store(did, given["rkey"], given["record"])
        request.created.append(uri)
        return {"uri": uri, "cid": self.posts[uri].cid, "validationStatus": "valid"}

    def _get_record(self, request: Request) -> object:
        query = request.query
        post = self.posts.get(f"at://{query['repo']}/{query['collection']}/{query['rkey']}")
        if post is None:
            raise _error(400, "RecordNotFound", "Could not locate record")
        return {"uri": post.uri, "cid": post.cid, "value": post.record}

    def _resolve(self, request: Request) -> object:
        if request.query["handle"] not in self.dids:
            raise _error(400, "InvalidRequest", "Unable to resolve handle")
        return {"did": self.dids[request.query["handle"]]}

    def _profiles(self, request: Request) -> object:
        actors = request.listed("actors")
        if len(actors) > 25:
            raise _error(400, "InvalidRequest", "actors must not have more than 25 elements")
        handles = {did: handle for handle, did in self.dids.items()}
        return {"profiles": [self._profile(did) for did in actors if did in handles]}

    def _profile(self, did: str) -> dict[str, Any]:
        handle = next((handle for handle, each in self.dids.items() if each == did), "handle.invalid")
        name = handle.partition(".")[0].capitalize()
        return {
            "did": did,
            "handle": handle,
            "displayName": f"{name} (made up)",
            "followersCount": 7,
            "createdAt": "2024-02-06T00:00:00.000Z",
        }

    def _get_posts(self, request: Request) -> object:
        uris = request.listed("uris")
        if len(uris) > 25:
            raise _error(400, "InvalidRequest", "uris must not have more than 25 elements")
        has_login = "authorization" in request.headers and bool(self._login(request))
        return {"posts": [self._view(self.posts[uri], has_login) for uri in uris if uri in self.posts]}

    def _view(self, post: Post, has_login: bool) -> dict[str, Any]:
        view: dict[str, Any] = {"uri": post.uri, "cid": post.cid, "record": post.record}
        view |= {
            "author": self._profile(post.did),
            "likeCount": 2,
            "replyCount": 1,
            "indexedAt": post.seen_at.isoformat(),
        }
        return {**view, "viewer": {"replyDisabled": post.uri in self.closed}} if has_login else view

    def _notifications(self, request: Request) -> object:
        ours, limit = self._login(request), int(request.query.get("limit", "50"))
        found = []
        for place, post in enumerate(self.posts.values()):
            tags = [
                f["did"] for facet in post.record.get("facets", []) for f in facet["features"] if "did" in f
            ]
            parent = post.record.get("reply", {}).get("parent", {}).get("uri", "")
            reason = "reply" if parent.startswith(f"at://{ours}/") else "mention" if ours in tags else None
            if reason in (request.listed("reasons") or ["mention", "reply", "like"]) and post.did != ours:
                found.append((place, post, reason))
        # The mark is the place of the last one shown, so that new ones do not shift the pages.
        below = int(request.query.get("cursor") or 10**9)
        shown = [each for each in reversed(found) if each[0] < below]
        answer: dict[str, Any] = {"notifications": [], "seenAt": self._stamp()}
        for _, post, reason in shown[:limit]:
            each: dict[str, Any] = {"uri": post.uri, "cid": post.cid, "author": self._profile(post.did)}
            each |= {
                "reason": reason,
                "record": post.record,
                "isRead": False,
                "indexedAt": post.seen_at.isoformat(),
            }
            answer["notifications"].append(each)
        if len(shown) > limit:
            answer["cursor"] = str(shown[limit - 1][0])
        if request.has_quirk("out_of_order"):
            answer["notifications"].reverse()
        if request.has_quirk("same_twice"):
            answer["notifications"] += answer["notifications"][-1:]
        return answer

    def _store(self, did: str, key: str, record: dict[str, Any]) -> str:
        uri = f"at://{did}/{POST}/{key}"
        cid = "bafyrei" + hashlib.sha256(f"{uri} {record}".encode()).hexdigest()[:52]
        self.posts[uri] = Post(uri, cid, did, record, self.now())
        create = {"operation": "create", "collection": POST, "rkey": key, "record": record, "cid": cid}
        self._commit(did, create)
        return uri

    def _commit(self, did: str, commit: dict[str, Any]) -> None:
        self.jetstream.add({"did": did, "kind": "commit", "commit": {"rev": self._key(), **commit}})

    def _key(self) -> str:
        self._count += 1
        value = (int(self.now().timestamp() * 1_000_000) + self._count) << 10
        return "".join(_SORTABLE[value >> shift & 31] for shift in range(60, -1, -5))

    def _stamp(self) -> str:
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _error(status: int, error: str, message: str) -> Answered:
    return Answered(Response.of(status, {"error": error, "message": message}))
