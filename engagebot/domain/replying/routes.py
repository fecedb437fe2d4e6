"""How a reply may leave: what the platform takes, held against what we owe and have decided."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from engagebot.domain.mention import ReplyRoute, Route
from engagebot.domain.replying.optout import OptOut


class Speaking(StrEnum):
    """Whether we speak in a community: yes, only by a person's own hand, or never."""

    ALLOWED = "allowed"
    BY_HAND = "by_hand"
    NEVER = "never"


class Answered(StrEnum):
    """What of ours stands there already: an answer to this very post, or one in the same interaction."""

    MENTION = "mention"
    INTERACTION = "interaction"


class MuteKind(StrEnum):
    """What a mute is about: somebody, or a place."""

    AUTHOR = "author"
    COMMUNITY = "community"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Somebody's word that engagebot does not speak to an author or in a community; `key` names which."""

    id: int
    source: str
    kind: MuteKind
    key: str
    muted_by: str
    muted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityPolicy:
    """What we decided for one community of one source; `note` says why, in words for the reviewer."""

    source: str
    community: str
    reply: Speaking
    note: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What names it in `Manners.communities`."""
        return self.source, community_key(self.community)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What this site has decided about speaking to people, whatever the platforms allow.

    `own_handles` are our accounts by source, `communities` our policies by `CommunityPolicy.key`.
    """

    own_handles: Mapping[str, str] = field(default_factory=dict)
    communities: Mapping[tuple[str, str], CommunityPolicy] = field(default_factory=dict)
    opt_out: OptOut = field(default_factory=OptOut)

    def policy(self, source: str, community: str | None) -> CommunityPolicy | None:
        """Our policy for a community, or `None` where we have none."""
        if not self.communities or community is None:
            return None
        return self.communities.get((source, community_key(community)))


NO_MANNERS = Manners()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How we stand with the author and the place of one mention, at one moment."""

    is_author_gone: bool = False
    is_opted_out: bool = False
    is_author_muted: bool = False
    is_community_muted: bool = False
    policy: CommunityPolicy | None = None
    answered: Answered | None = None


NOTHING_SPECIAL = Standing()
_STRENGTH = {Route.BLOCKED: 2, Route.BY_HAND: 1, Route.API: 0}


def final_route(platform: ReplyRoute, standing: Standing) -> ReplyRoute:
    """Join the platform's word with ours: blocked beats by hand, by hand beats the API.

    Among equals our own reasons come first where nothing may leave, and the platform's where a person may
    still post: the first is a promise, the second explains why the program cannot.
    """
    if standing is NOTHING_SPECIAL:
        return platform
    ours = list(_ours(standing))
    for found in (*(each for each in ours if each.route is Route.BLOCKED), platform, *ours):
        if _STRENGTH[found.route] >= max(_STRENGTH[each.route] for each in (platform, *ours)):
            return found
    raise AssertionError("the strongest of several is one of them")


def _ours(standing: Standing) -> Iterator[ReplyRoute]:
    if standing.is_author_gone:
        yield _blocked("author-gone", "the author's account is gone")
    if standing.is_opted_out:
        yield _blocked("opted-out", "this person has asked not to be written to")
    if standing.is_author_muted:
        yield _blocked("muted-author", "somebody here muted this author; engagebot does not speak to them")
    if standing.is_community_muted:
        yield _blocked("muted-community", "somebody here muted this community; nothing is said there")
    if standing.answered is Answered.MENTION:
        yield _blocked("already-answered", "we have answered this post already")
    if standing.policy is not None:
        yield from _by_policy(standing.policy)
    if standing.answered is Answered.INTERACTION:
        yield ReplyRoute(
            route=Route.BY_HAND,
            reason="we have answered this person in this conversation already, and they have not spoken "
            "to us since; a second reply is a person's to post",
            rule="already-answered",
        )


def _by_policy(policy: CommunityPolicy) -> Iterator[ReplyRoute]:
    why = f": {policy.note}" if policy.note else ""
    if policy.reply is Speaking.NEVER:
        yield _blocked("community-policy", f"our policy is not to speak in {policy.community}{why}")
    elif policy.reply is Speaking.BY_HAND:
        reason = f"our policy for {policy.community} is that a person posts there by hand{why}"
        yield ReplyRoute(route=Route.BY_HAND, reason=reason, rule="community-policy")


def _blocked(rule: str, reason: str) -> ReplyRoute:
    return ReplyRoute(route=Route.BLOCKED, reason=reason, rule=rule)


def account_key(handle: str) -> str:
    """Bring the ways to write an account's name (`@Acme`, `u/acme`) to one."""
    return re.sub(r"^(?:@|/?u/)", "", handle.strip(), flags=re.IGNORECASE).casefold()


def community_key(community: str) -> str:
    """Bring the ways to write a community's name (`r/Acme`) to one."""
    return re.sub(r"^/?r/", "", community.strip(), flags=re.IGNORECASE).strip("/").casefold()


def is_own(source: str, author_handle: str | None, own_handles: Mapping[str, str]) -> bool:
    """Whether one of our own accounts wrote something; such posts are never customers' and start nothing."""
    own = own_handles.get(source)
    ours = account_key(own) if own else ""
    return bool(ours) and author_handle is not None and account_key(author_handle) == ours
