"""The reading endpoints of the emulated Reddit: listings, search, threads, look-ups and the inbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.emulators.query import BadQuery, Test, has_phrase, parse
from tests.emulators.reddit_things import Community, Thing, listing, wrapped
from tests.emulators.wire import Answered, Request, Response

if TYPE_CHECKING:
    from tests.emulators.reddit import RedditEmulator

REACH = 1000
SPANS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0}
Extra = Callable[[Thing], dict[str, object]]


class RedditReader:
    """Answers GET requests out of the emulator's things."""

    def __init__(self, emulator: RedditEmulator) -> None:
        self._reddit = emulator

    def me(self, request: Request) -> Response:
        return Response.of(200, {**self._reddit.account.to_json(), "features": {}, "is_suspended": False})

    def person(self, request: Request, name: str) -> Response:
        person = self._reddit.people.get(name.lower())
        if person is None or person.deleted:
            return Response.of(404, {"message": "Not Found", "error": 404})
        return Response.of(200, wrapped("t2", person.to_json()))

    def about(self, request: Request, names: str) -> Response:
        return Response.of(200, wrapped("t5", self._communities(names)[0].to_json()))

    def comments(self, request: Request, names: str) -> Response:
        return self._listing(request, self._within(names, "t1"))

    def new(self, request: Request, names: str) -> Response:
        return self._listing(request, self._within(names, "t3"))

    def search(self, request: Request, names: str) -> Response:
        restricted = request.query.get("restrict_sr", "").lower() in ("true", "1", "on", "yes")
        pool = self._within(names if restricted else "all", "t3")
        try:
            test = parse(request.query.get("q", ""), _leaf)
        except BadQuery:
            return self._listing(request, [])
        found = [thing for thing in pool if test(thing)]
        span = SPANS.get(request.query.get("t", "all"))
        if span is not None:
            oldest = self._reddit.now() - timedelta(days=span)
            found = [thing for thing in found if thing.created_at >= oldest]
        if request.query.get("sort", "relevance") != "new":
            found.sort(key=lambda thing: (-thing.score, thing.number))
        return self._listing(request, found)

    def info(self, request: Request) -> Response:
        ids = request.query.get("id", "").split(",")[:100]
        found = [thing for each in ids if (thing := self._reddit.things.get(each)) is not None]
        children = [wrapped(thing.kind, thing.to_json(raw=_raw(request))) for thing in found]
        return Response.of(200, listing(children, after=None, before=None))

    def thread(self, request: Request, submission_id: str) -> Response:
        return self._thread(request, submission_id, None)

    def branch(self, request: Request, submission_id: str, _slug: str, comment_id: str) -> Response:
        """Answer with one comment of a thread and what was said below it."""
        top = self._reddit.things.get(f"t1_{comment_id}")
        return self._thread(request, submission_id, [top] if top else [])

    def _thread(self, request: Request, submission_id: str, only: list[Thing] | None) -> Response:
        link = self._reddit.things.get(f"t3_{submission_id}")
        if link is None:
            return Response.of(404, {"message": "Not Found", "error": 404})
        raw = _raw(request)
        top = listing([wrapped("t3", link.to_json(raw=raw))], after=None, before=None)
        below = listing(
            [_with_replies(child, raw) for child in (link.children if only is None else only)],
            after=None,
            before=None,
        )
        return Response.of(200, [top, below])

    def mentions(self, request: Request) -> Response:
        return self._listing(request, self._addressed(), self._as_message)

    def comment_replies(self, request: Request) -> Response:
        return self._listing(request, self._answers(), self._as_message)

    def inbox(self, request: Request) -> Response:
        both = {thing.name: thing for thing in (*self._addressed(), *self._answers())}
        return self._listing(request, _newest_first(both.values()), self._as_message)

    def comments_of(self, request: Request, name: str) -> Response:
        person = self._reddit.people.get(name.lower())
        if person is None or person.deleted:
            return Response.of(404, {"message": "Not Found", "error": 404})
        pool = (
            each for each in self._reddit.things.values() if each.kind == "t1" and each.state != "deleted"
        )
        return self._listing(request, _newest_first(each for each in pool if each.author is person))

    def _addressed(self) -> list[Thing]:
        ours = self._reddit.account
        live = self._within("all", "t1")
        return [each for each in live if each.author is not ours and each.addresses(ours.name)]

    def _answers(self) -> list[Thing]:
        ours = self._reddit.account
        live = self._within("all", "t1")
        return [
            each for each in live if each.parent and each.parent.author is ours and each.author is not ours
        ]

    def _as_message(self, thing: Thing) -> dict[str, object]:
        named = thing.addresses(self._reddit.account.name)
        return {
            "was_comment": True,
            "new": True,
            "type": "username_mention" if named else "comment_reply",
            "subject": "username mention" if named else "comment reply",
            "dest": self._reddit.account.name,
            "context": f"{thing.permalink}?context=3",
            "first_message": None,
        }

    def _communities(self, names: str) -> list[Community]:
        """Return the communities of `a+b`, or answer as Reddit does where one alone cannot be read."""
        asked = names.lower().split("+")
        known = [self._reddit.communities[each] for each in asked if each in self._reddit.communities]
        if not known:
            where = f"{self._reddit.url}/subreddits/search?q={names}"
            raise Answered(Response.of(302, "", {"location": where}))
        readable = [each for each in known if each.state not in ("private", "banned")]
        if not readable and known[0].state == "private":
            raise Answered(Response.of(403, {"reason": "private", "message": "Forbidden", "error": 403}))
        if not readable:
            raise Answered(Response.of(404, {"reason": "banned", "message": "Not Found", "error": 404}))
        return readable

    def _within(self, names: str, kind: str) -> list[Thing]:
        allowed = None if names.lower() == "all" else {each.name for each in self._communities(names)}
        live = (each for each in self._reddit.things.values() if each.kind == kind and each.state == "live")
        return _newest_first(each for each in live if allowed is None or each.community.name in allowed)

    def _listing(self, request: Request, things: list[Thing], extra: Extra | None = None) -> Response:
        now = self._reddit.now()
        reachable = [thing for thing in things if not thing.hidden(now)][:REACH]
        given = request.query.get("limit", "25")
        size = min(max(int(given), 1), 100) if given.isdigit() else 25
        page, more = self._cut(request, reachable, size)
        if request.has_quirk("empty_page"):
            page, more = [], False
        after = page[-1].name if page and more else None
        anchored = page and ("after" in request.query or "before" in request.query)
        before = page[0].name if anchored else None
        if request.has_quirk("same_twice") and page:
            page = [*page, page[-1]]
        if request.has_quirk("out_of_order"):
            page = page[::-1]
        request.returned["posts"] = [each.name for each in page]
        raw = _raw(request)
        children = [
            wrapped(each.kind, {**each.to_json(raw=raw), **(extra(each) if extra else {})}) for each in page
        ]
        return Response.of(200, listing(children, after=after, before=before))

    def _cut(self, request: Request, things: list[Thing], size: int) -> tuple[list[Thing], bool]:
        """Return the page next to the anchor, and whether there are older ones behind it."""
        for direction in ("after", "before"):
            name = request.query.get(direction)
            if not name:
                continue
            anchor = self._reddit.things.get(name)
            if anchor is None or (anchor.state != "live" and direction in self._reddit.dead_anchors):
                return [], False
            place = next((at for at, each in enumerate(things) if each is anchor), None)
            if place is None:
                place = sum(1 for each in things if each.order > anchor.order)
                older = things[place:]
            else:
                older = things[place + 1 :]
            if direction == "after":
                return older[:size], len(older) > size
            return things[:place][-size:], True
        return things[:size], len(things) > size


def _leaf(term: str) -> Test[Thing]:
    name, colon, value = term.partition(":")
    fields: dict[str, Callable[[Thing], bool]] = {
        "title": lambda thing: has_phrase(thing.title, value),
        "selftext": lambda thing: has_phrase(thing.text, value),
        "author": lambda thing: thing.author.name.lower() == value.strip('"').lower(),
        "subreddit": lambda thing: thing.community.name.lower() == value.strip('"').lower(),
        "self": lambda thing: value.lower() in ("yes", "true", "1"),
    }
    if colon and name in fields:
        return fields[name]
    return lambda thing: has_phrase(f"{thing.title}\n{thing.text}", term)


def _newest_first(things: Iterable[Thing]) -> list[Thing]:
    return sorted(things, key=lambda thing: thing.order, reverse=True)


def _with_replies(thing: Thing, raw: bool) -> dict[str, object]:
    data = thing.to_json(raw=raw)
    if thing.children:
        nested = [_with_replies(child, raw) for child in thing.children]
        data["replies"] = listing(nested, after=None, before=None)
    return wrapped("t1", data)


def _raw(request: Request) -> bool:
    return request.query.get("raw_json") == "1"
