"""One route out of the platform's word and ours, with the reason and the rule behind it."""

from __future__ import annotations

import itertools

import pytest

from engagebot.domain.mention import ReplyRoute, Route
from engagebot.domain.replying.routes import (
    Answered,
    CommunityPolicy,
    Manners,
    Speaking,
    Standing,
    account_key,
    community_key,
    final_route,
    is_own,
)

API = ReplyRoute(route=Route.API, reason="they wrote to us", rule="x-summoned")
HAND = ReplyRoute(route=Route.BY_HAND, reason="they did not", rule="x-not-summoned")
LOCKED = ReplyRoute(route=Route.BLOCKED, reason="the thread is locked", rule="locked")


def policy(reply: Speaking, note: str = "") -> CommunityPolicy:
    return CommunityPolicy(source="reddit", community="gadgets", reply=reply, note=note)


NEVER, BY_HAND, ALLOWED = policy(Speaking.NEVER), policy(Speaking.BY_HAND), policy(Speaking.ALLOWED)


@pytest.mark.parametrize(
    ("platform", "standing", "route", "rule"),
    [
        (API, Standing(), Route.API, "x-summoned"),
        (HAND, Standing(), Route.BY_HAND, "x-not-summoned"),
        (LOCKED, Standing(), Route.BLOCKED, "locked"),
        (API, Standing(is_author_gone=True), Route.BLOCKED, "author-gone"),
        (API, Standing(is_opted_out=True), Route.BLOCKED, "opted-out"),
        (HAND, Standing(is_opted_out=True), Route.BLOCKED, "opted-out"),
        (LOCKED, Standing(is_opted_out=True), Route.BLOCKED, "opted-out"),
        (API, Standing(is_author_muted=True), Route.BLOCKED, "muted-author"),
        (API, Standing(is_community_muted=True), Route.BLOCKED, "muted-community"),
        (API, Standing(policy=NEVER), Route.BLOCKED, "community-policy"),
        (API, Standing(policy=BY_HAND), Route.BY_HAND, "community-policy"),
        (HAND, Standing(policy=BY_HAND), Route.BY_HAND, "x-not-summoned"),
        (LOCKED, Standing(policy=BY_HAND), Route.BLOCKED, "locked"),
        (API, Standing(policy=ALLOWED), Route.API, "x-summoned"),
        (HAND, Standing(policy=ALLOWED), Route.BY_HAND, "x-not-summoned"),
        (LOCKED, Standing(policy=ALLOWED), Route.BLOCKED, "locked"),
        (API, Standing(answered=Answered.MENTION), Route.BLOCKED, "already-answered"),
        (API, Standing(answered=Answered.INTERACTION), Route.BY_HAND, "already-answered"),
        (HAND, Standing(answered=Answered.INTERACTION), Route.BY_HAND, "x-not-summoned"),
        (API, Standing(policy=BY_HAND, is_author_muted=True), Route.BLOCKED, "muted-author"),
    ],
)
def test_what_decides_the_route(platform: ReplyRoute, standing: Standing, route: Route, rule: str) -> None:
    found = final_route(platform, standing)
    assert (found.route, found.rule) == (route, rule)
    assert found.reason


def test_our_word_never_opens_what_the_platform_closed() -> None:
    strength = {Route.API: 0, Route.BY_HAND: 1, Route.BLOCKED: 2}
    flags = itertools.product((False, True), repeat=4)
    others = itertools.product((None, NEVER, BY_HAND, ALLOWED), (None, *Answered))
    for (gone, out, muted, place), (decided, answered) in itertools.product(list(flags), list(others)):
        standing = Standing(
            is_author_gone=gone,
            is_opted_out=out,
            is_author_muted=muted,
            is_community_muted=place,
            policy=decided,
            answered=answered,
        )
        for platform in (API, HAND, LOCKED):
            found = final_route(platform, standing)
            assert strength[found.route] >= strength[platform.route]
            if gone or out or muted or place or decided is NEVER:
                assert found.route is Route.BLOCKED


def test_the_note_of_a_policy_is_told() -> None:
    told = final_route(API, Standing(policy=policy(Speaking.NEVER, "the moderators asked us to stay out")))
    assert told.reason == ("our policy is not to speak in gadgets: the moderators asked us to stay out")


def test_a_community_is_found_however_it_is_written() -> None:
    manners = Manners(communities={NEVER.key: NEVER})
    assert manners.policy("reddit", "r/Gadgets") is NEVER
    assert manners.policy("reddit", "/r/gadgets/") is NEVER
    assert manners.policy("reddit", "gadget") is None
    assert manners.policy("reddit", None) is None
    assert manners.policy("x", "gadgets") is None


def test_names_are_brought_to_one_form() -> None:
    assert {account_key(name) for name in ("@Acme", "acme", "u/ACME", "/u/acme", " Acme ")} == {"acme"}
    assert {community_key(name) for name in ("r/Acme", "/r/acme/", "ACME")} == {"acme"}


@pytest.mark.parametrize("author", ["acme", "ACME", "@Acme", "u/acme", "/u/Acme"])
@pytest.mark.parametrize("ours", ["acme", "@Acme", "u/acme"])
def test_our_own_account_is_known_however_it_is_written(author: str, ours: str) -> None:
    assert is_own("fake", author, {"fake": ours})


@pytest.mark.parametrize(
    ("source", "author", "ours"),
    [
        ("fake", "acme_fan_demo", {"fake": "acme"}),
        ("fake", "acm", {"fake": "acme"}),
        ("fake", None, {"fake": "acme"}),
        ("fake", "acme", {"other": "acme"}),
        ("fake", "", {"fake": ""}),
        ("fake", "@", {"fake": "@"}),
        ("fake", "acme", {}),
    ],
)
def test_others_are_not_our_own_account(source: str, author: str | None, ours: dict[str, str]) -> None:
    assert not is_own(source, author, ours)
