"""The reading endpoints of the emulated X: search, timelines, look-ups, counts and usage."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.emulators.query import BadQuery
from tests.emulators.wire import Answered, Request, Response, moment
from tests.emulators.x_posts import OLD_NAMES, XPost, stamp, time_of
from tests.emulators.x_reply import forbidden, invalid, not_authorized, not_found
from tests.emulators.x_search import compile_query

if TYPE_CHECKING:
    from tests.emulators.x import XEmulator

SEARCH_REACH = timedelta(days=7)
MENTIONS_REACH = 800
POSTS_REACH = 3200
_POST_FIELDS = """
article attachments author_id card_uri community_id context_annotations conversation_id created_at
display_text_range edit_controls edit_history_tweet_ids entities geo id in_reply_to_user_id lang
media_metadata non_public_metrics note_tweet organic_metrics possibly_sensitive promoted_metrics
public_metrics referenced_tweets reply_settings scopes source suggested_source_links text withheld
"""
_EXPANSIONS = """
article.cover_media article.media_entities attachments.media_keys attachments.media_source_tweet
attachments.poll_ids author_id edit_history_tweet_ids entities.mentions.username
entities.note.mentions.username geo.place_id in_reply_to_user_id
referenced_tweets.id referenced_tweets.id.author_id
"""


@dataclass(frozen=True)
class Bounds:
    """Which part of a list is asked for; ids are exclusive, `start` is inclusive and `end` exclusive."""

    since: int = 0
    until: int | None = None
    start: datetime | None = None
    end: datetime | None = None

    def hold(self, post: XPost) -> bool:
        number = int(post.id)
        if number <= self.since or (self.until is not None and number >= self.until):
            return False
        after = self.start is None or post.created_at >= self.start
        return after and (self.end is None or post.created_at < self.end)


class XReader:
    """Answers GET requests out of the emulator's world."""

    def __init__(self, emulator: XEmulator) -> None:
        self._x = emulator
        self._world = emulator.world
        self._tokens: dict[str, tuple[str, int]] = {}
        self._billed: dict[str, set[str]] = {}

    def forget_tokens(self) -> None:
        self._tokens.clear()

    def search(self, request: Request) -> Response:
        now = self._x.now()
        bounds = self._bounds(request, oldest=now - SEARCH_REACH)
        end = now - timedelta(seconds=self._x.search_delay_s)
        found = self._matching(request, bounds)
        found = [post for post in found if now - SEARCH_REACH <= post.created_at <= end]
        size = self._size(request, 10, 100)
        found = [post for post in found if not post.hidden(now)]
        return self._page(request, found, size, token_name="next_token")

    def counts(self, request: Request) -> Response:
        now = self._x.now()
        bounds = self._bounds(request, oldest=now - SEARCH_REACH)
        step = {"minute": 60, "hour": 3600, "day": 86400}[request.query.get("granularity", "hour")]
        oldest = now - SEARCH_REACH
        found = [post for post in self._matching(request, bounds) if post.created_at >= oldest]
        tally = Counter(int(post.created_at.timestamp()) // step for post in found)
        first = int((bounds.start or now - SEARCH_REACH).timestamp()) // step
        data = []
        for number in range(first, int(now.timestamp()) // step + 1):
            start = datetime.fromtimestamp(number * step, now.tzinfo)
            end = start + timedelta(seconds=step)
            data.append({"start": stamp(start), "end": stamp(end), "tweet_count": tally[number]})
        return Response.of(200, {"data": data, "meta": {"total_tweet_count": len(found)}})

    def usage(self, request: Request) -> Response:
        if not request.headers["authorization"].startswith("Bearer"):
            raise forbidden("This endpoint needs OAuth 2.0 Application-Only authentication.")
        billed = sorted(self._billed.items())
        days = [{"date": f"{day}T00:00:00.000Z", "usage": len(ids)} for day, ids in billed]
        data = {
            "cap_reset_day": 1,
            "daily_project_usage": {"project_id": "2001", "usage": days},
            "project_cap": "3000000",
            "project_id": "2001",
            "project_usage": str(sum(len(ids) for ids in self._billed.values())),
        }
        return Response.of(200, {"data": data})

    def mentions(self, request: Request, user_id: str) -> Response:
        user = self._world.users.get(user_id)
        if user is None:
            return Response.of(200, {"errors": [not_found("user", "id", user_id)]})
        newest = [
            post
            for post in self._world.newest_first()
            if post.names(user.username) and post.author_id != user.id and post.retweet_of is None
        ]
        return self._timeline(request, newest, MENTIONS_REACH)

    def own_posts(self, request: Request, user_id: str) -> Response:
        if user_id not in self._world.users:
            return Response.of(200, {"errors": [not_found("user", "id", user_id)]})
        left_out = request.query.get("exclude", "").split(",")
        newest = [
            post
            for post in self._world.newest_first()
            if post.author_id == user_id
            and not ("replies" in left_out and post.reply_to)
            and not ("retweets" in left_out and post.retweet_of)
        ]
        return self._timeline(request, newest, POSTS_REACH)

    def posts(self, request: Request) -> Response:
        ids = request.query.get("ids", "").split(",")
        if not 1 <= len(ids) <= 100 or not all(each.isdigit() for each in ids):
            raise invalid("`ids` must hold 1 to 100 post ids", ids=request.query.get("ids", ""))
        found, errors = self._looked_up(ids, "ids")
        answer = self._listed(request, found)
        if errors:
            answer["errors"] = [*errors, *self._errors_of(answer)]
        return Response.of(200, answer)

    def one_post(self, request: Request, post_id: str) -> Response:
        found, errors = self._looked_up([post_id], "id")
        answer = self._listed(request, found)
        if found:
            answer["data"] = self._as_list(answer["data"])[0]
        if errors:
            answer["errors"] = errors
        return Response.of(200, answer)

    def users(self, request: Request) -> Response:
        ids = request.query.get("ids", "").split(",")
        found = [self._world.users[each] for each in ids if each in self._world.users]
        missing = [not_found("user", "ids", each) for each in ids if each not in self._world.users]
        wanted = self._names(request, "user.fields")
        answer: dict[str, object] = {"data": [user.to_json(wanted) for user in found]} if found else {}
        request.returned.setdefault("users", []).extend(user.id for user in found)
        return Response.of(200, {**answer, "errors": missing} if missing else answer)

    def user_by_id(self, request: Request, user_id: str) -> Response:
        return self._user(request, user_id, "id")

    def user_by_name(self, request: Request, name: str) -> Response:
        user = self._world.find_user(name)
        return self._user(request, user.id if user else name, "username")

    def _user(self, request: Request, user_id: str, parameter: str) -> Response:
        user = self._world.users.get(user_id)
        if user is None:
            return Response.of(200, {"errors": [not_found("user", parameter, user_id)]})
        return Response.of(200, {"data": user.to_json(self._names(request, "user.fields"))})

    def _matching(self, request: Request, bounds: Bounds) -> list[XPost]:
        query = request.query.get("query", "")
        try:
            test = compile_query(query, self._world)
        except BadQuery as problem:
            raise invalid(str(problem), query=query) from problem
        with_retweets = self._x.retweets_in_search
        within = (post for post in self._world.newest_first() if bounds.hold(post))
        return [post for post in within if (with_retweets or post.retweet_of is None) and test(post)]

    def _timeline(self, request: Request, newest: list[XPost], reach: int) -> Response:
        bounds = self._bounds(request, oldest=None)
        now = self._x.now()
        reachable = newest[:reach]
        found = [post for post in reachable if bounds.hold(post) and not post.hidden(now)]
        more = len(newest) > reach and bool(found) and found[-1] is reachable[-1]
        return self._page(
            request, found, self._size(request, 5, 100), token_name="pagination_token", leads_nowhere=more
        )

    def _bounds(self, request: Request, *, oldest: datetime | None) -> Bounds:
        query = request.query
        ids: dict[str, int] = {}
        times: dict[str, datetime] = {}
        for name in ("since_id", "until_id"):
            if name in query:
                if not query[name].isdigit() or int(query[name]) >= 2**63:
                    raise invalid(f"'{name}' must be a valid tweet id", **{name: query[name]})
                ids[name] = int(query[name])
        for name in ("start_time", "end_time"):
            if name in query:
                with contextlib.suppress(ValueError):
                    times[name] = moment(query[name])
                if name not in times:
                    raise invalid(f"'{name}' is not an RFC 3339 time", **{name: query[name]})
        since = ids.get("since_id", 0)
        if oldest is not None:
            _check_reach(query, since, times, oldest, self._x.now())
        # X documents that the id wins where an id and a time are given for the same end.
        return Bounds(
            since=since,
            until=ids.get("until_id"),
            start=None if "since_id" in ids else times.get("start_time"),
            end=None if "until_id" in ids else times.get("end_time"),
        )

    def _size(self, request: Request, least: int, most: int) -> int:
        given = request.query.get("max_results", "10")
        if not given.isdigit() or not least <= int(given) <= most:
            said = f"The `max_results` query parameter value [{given}] is not between {least} and {most}"
            raise invalid(said, max_results=given)
        return int(given)

    def _page(
        self, request: Request, found: list[XPost], size: int, *, token_name: str, leads_nowhere: bool = False
    ) -> Response:
        given = request.query.get("pagination_token") or request.query.get("next_token")
        upper = None
        if given is not None:
            path, upper = self._tokens.get(given, ("", 0))
            if path != request.path:
                raise invalid("the pagination token is not valid", **{token_name: given})
        rest = [post for post in found if upper is None or int(post.id) < upper]
        page = [] if request.has_quirk("empty_page") else rest[:size]
        answer = self._listed(request, page)
        meta: dict[str, object] = {"result_count": len(page)}
        if page:
            meta["newest_id"] = page[0].id
            meta["oldest_id"] = page[-1].id
            if len(rest) > size or (leads_nowhere and page[-1] is found[-1]):
                next_upper = upper if request.has_quirk("repeating_page") else int(page[-1].id)
                meta["next_token"] = self._token(request.path, next_upper)
        if request.has_quirk("same_twice") and page:
            data = self._as_list(answer["data"])
            data.append(data[-1])
            meta["result_count"] = len(data)
        if request.has_quirk("out_of_order") and page:
            self._as_list(answer["data"]).reverse()
        return Response.of(200, {**answer, "meta": meta})

    def _token(self, path: str, upper: int | None) -> str:
        token = f"b26v89c19zqg8o3fo{len(self._tokens):06x}"
        self._tokens[token] = (path, 2**63 if upper is None else upper)
        return token

    def _looked_up(self, ids: list[str], parameter: str) -> tuple[list[XPost], list[dict[str, object]]]:
        found: list[XPost] = []
        errors: list[dict[str, object]] = []
        for each in ids:
            post = self._world.posts.get(each)
            if post is not None and post.state == "live":
                found.append(post)
            elif post is not None and post.state == "protected":
                errors.append(not_authorized("tweet", parameter, each))
            else:
                errors.append(not_found("tweet", parameter, each))
        return found, errors

    def _listed(self, request: Request, posts: list[XPost]) -> dict[str, object]:
        new = self._x.dialect == "new" or request.has_quirk("new_dialect")
        fields = [OLD_NAMES.get(each, each) for each in self._names(request, "tweet.fields", "post.fields")]
        expansions = {each.replace("_posts", "_tweets") for each in self._names(request, "expansions")}
        for unknown in set(fields).difference(_POST_FIELDS.split()):
            raise invalid(f"'{unknown}' is not one of the known tweet.fields", **{"tweet.fields": unknown})
        for unknown in expansions.difference(_EXPANSIONS.split()):
            raise invalid(f"'{unknown}' is not one of the known expansions", expansions=unknown)
        # An expansion brings the field it hangs on, as on X.
        fields += [name for name in ("author_id", "in_reply_to_user_id") if name in expansions]
        fields += ["referenced_tweets"] if any(each.startswith("referenced") for each in expansions) else []
        self._bill(request, posts)
        if not posts:
            return {}
        answer: dict[str, object] = {
            "data": [self._world.to_json(each, fields, new_dialect=new) for each in posts]
        }
        includes, errors = self._includes(request, posts, fields, expansions, new=new)
        if includes:
            answer["includes"] = includes
        if errors:
            answer["errors"] = errors
        return answer

    def _includes(
        self, request: Request, posts: list[XPost], fields: list[str], expansions: set[str], *, new: bool
    ) -> tuple[dict[str, object], list[dict[str, object]]]:
        referenced = [each for post in posts for each in post.references()]
        found: list[XPost] = []
        errors: list[dict[str, object]] = []
        if "referenced_tweets.id" in expansions:
            found, errors = self._looked_up(list(dict.fromkeys(referenced)), "referenced_tweets.id")
        user_ids = list(self._expanded_users(posts, found, expansions))
        if request.has_quirk("partial_errors"):
            errors = [*errors, not_found("tweet", "referenced_tweets.id", "1800000000000000001")]
            errors += [not_found("user", "author_id", each) for each in user_ids[:1]]
            user_ids = user_ids[1:]
        wanted = self._names(request, "user.fields")
        includes: dict[str, object] = {}
        if user_ids:
            includes["users"] = [self._world.users[each].to_json(wanted) for each in user_ids]
            request.returned.setdefault("users", []).extend(user_ids)
        if found:
            shown = [self._world.to_json(each, fields, new_dialect=new) for each in found]
            includes["posts" if new else "tweets"] = shown
            self._bill(request, found)
        return includes, errors

    def _expanded_users(self, posts: list[XPost], found: list[XPost], expansions: set[str]) -> Iterable[str]:
        ids: dict[str, None] = {}
        if "author_id" in expansions:
            ids.update(dict.fromkeys(post.author_id for post in posts))
        if "in_reply_to_user_id" in expansions:
            ids.update(dict.fromkeys(post.reply_to_user for post in posts if post.reply_to_user))
        if "referenced_tweets.id.author_id" in expansions:
            ids.update(dict.fromkeys(post.author_id for post in found))
        if "entities.mentions.username" in expansions:
            named = (self._world.find_user(name) for post in posts for _, _, name in post.mentions())
            ids.update(dict.fromkeys(user.id for user in named if user))
        return ids

    def _bill(self, request: Request, posts: list[XPost]) -> None:
        request.returned.setdefault("posts", []).extend(post.id for post in posts)
        self._billed.setdefault(self._x.now().date().isoformat(), set()).update(post.id for post in posts)

    @staticmethod
    def _names(request: Request, *parameters: str) -> list[str]:
        return [name for each in parameters for name in request.query.get(each, "").split(",") if name]

    @staticmethod
    def _as_list(value: object) -> list[object]:
        if not isinstance(value, list):
            raise Answered(Response.of(599, {"emulator": "a list was expected"}))
        return value

    def _errors_of(self, answer: dict[str, object]) -> list[object]:
        return self._as_list(answer.get("errors", []))


def _check_reach(
    query: dict[str, str], since: int, times: dict[str, datetime], oldest: datetime, now: datetime
) -> None:
    limit = oldest.strftime("%Y-%m-%dT%H:%MZ")
    if "since_id" in query and time_of(since) < oldest:
        said = (
            f"'since_id' must be a tweet id created after [{limit}]. "
            f"Please use a 'since_id' that is larger than {query['since_id']}"
        )
        raise invalid(said, since_id=query["since_id"])
    if "start_time" in times and "since_id" not in query and times["start_time"] < oldest:
        raise invalid(f"'start_time' must be on or after [{limit}]", start_time=query["start_time"])
    if "end_time" in times and times["end_time"] > now - timedelta(seconds=10):
        said = "'end_time' must be a minimum of 10 seconds prior to the request time."
        raise invalid(said, end_time=query["end_time"])
