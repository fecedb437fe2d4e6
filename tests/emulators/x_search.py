"""What one term of an X search query means."""

from __future__ import annotations

from collections.abc import Callable

from tests.emulators.query import BadQuery, Test, has_phrase, parse
from tests.emulators.x_posts import XPost, XWorld

MAX_QUERY = 512
_NEEDS_COMPANION = ("lang:", "is:", "has:")
_COUNTS: dict[str, Callable[[XPost], int]] = {
    "min_likes": lambda post: post.likes,
    "min_reposts": lambda post: post.reposts,
    "min_replies": lambda post: 0,
}


def compile_query(query: str, world: XWorld) -> Test[XPost]:
    """Return a predicate for a search query.

    Raises:
        BadQuery: with the platform's kind of message.
    """
    if not query.strip() or len(query) > MAX_QUERY:
        raise BadQuery(f"The `query` query parameter value must be 1 to {MAX_QUERY} characters long")
    terms = [term.lstrip("-(") for term in query.split() if term not in ("OR", "AND")]
    if all(term.startswith(_NEEDS_COMPANION) for term in terms):
        raise BadQuery("operators of this kind cannot stand alone: add a keyword, a name or a tag")
    return parse(query, lambda term: _leaf(term, world))


def _leaf(term: str, world: XWorld) -> Test[XPost]:
    if term.startswith('"'):
        return lambda post: has_phrase(post.text, term)
    if term.startswith("@"):
        return lambda post: post.names(term[1:])
    if term.startswith("#"):
        return lambda post: term[1:].lower() in post.tags()
    if term.startswith("$"):
        return lambda post: term[1:].lower() in post.cashtags()
    name, colon, value = term.partition(":")
    if colon and not term.startswith(("http:", "https:")):
        return _operator(name, value.strip('"'), world)
    return lambda post: has_phrase(post.text, term)


def _operator(name: str, value: str, world: XWorld) -> Test[XPost]:
    if name in ("from", "to"):
        if value.startswith("@"):
            raise BadQuery(f"invalid value for operator '{name}:': {value}")
        return _about_user(name, value, world)
    if name == "is":
        return _is(value)
    if name == "has":
        return _has(value)
    if name in _COUNTS:
        return lambda post: _COUNTS[name](post) >= int(value)
    simple: dict[str, Callable[[XPost], bool]] = {
        "lang": lambda post: post.lang == value,
        "url": lambda post: any(value.lower() in link.lower() for link in post.links()),
        "conversation_id": lambda post: post.conversation_id == value,
        "in_reply_to_tweet_id": lambda post: post.reply_to == value,
        "quotes_of_tweet_id": lambda post: post.quote_of == value,
    }
    if name not in simple:
        raise BadQuery(f"there is no operator '{name}:'")
    return simple[name]


def _about_user(name: str, value: str, world: XWorld) -> Test[XPost]:
    def test(post: XPost) -> bool:
        user = world.find_user(value) or world.users.get(value)
        return user is not None and user.id == (post.author_id if name == "from" else post.reply_to_user)

    return test


def _is(value: str) -> Test[XPost]:
    tests: dict[str, Callable[[XPost], bool]] = {
        "retweet": lambda post: post.retweet_of is not None,
        "reply": lambda post: post.reply_to is not None,
        "quote": lambda post: post.quote_of is not None,
        "verified": lambda post: False,
        "nullcast": lambda post: False,
    }
    if value not in tests:
        raise BadQuery(f"there is no operator 'is:{value}'")
    return tests[value]


def _has(value: str) -> Test[XPost]:
    tests: dict[str, Callable[[XPost], bool]] = {
        "links": lambda post: bool(post.links()),
        "mentions": lambda post: bool(post.mentions()),
        "hashtags": lambda post: bool(post.tags()),
        "cashtags": lambda post: bool(post.cashtags()),
        "media": lambda post: False,
        "images": lambda post: False,
        "videos": lambda post: False,
    }
    if value not in tests:
        raise BadQuery(f"there is no operator 'has:{value}'")
    return tests[value]
