"""Silencing: a person's word on whom engagebot does not speak to, and on taking that back.

All of it concerns our speaking alone: what a muted author says, or one who opted out, is heard, decided and,
where they are unhappy, brought before people as everybody's is.
"""

from __future__ import annotations

from dataclasses import dataclass

from engagebot.domain.records import CustomerRecord
from engagebot.domain.replying.routes import MuteKind
from engagebot.domain.roles import Act
from engagebot.errors import WrongUsage
from engagebot.store import audit
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions, receiving
from engagebot.store.listening import mutes
from engagebot.store.persons import customers
from engagebot.store.replying import drafts

LONGEST_NAME = 300
_WHY = {
    MuteKind.AUTHOR: "somebody here muted this author",
    MuteKind.COMMUNITY: "somebody here muted this community",
}


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom or what a mute is about: an author or a community of one source."""

    source: str
    kind: MuteKind
    name: str

    @classmethod
    def of(cls, source: str, *, author: str | None = None, community: str | None = None) -> Whom:
        """Read the two ways to say it.

        Raises:
            WrongUsage: neither or both were given, or the name is empty.
        """
        source = source.strip()
        if not source or (author is None) == (community is None):
            raise WrongUsage("name a source, and either an author or a community of it")
        kind = MuteKind.AUTHOR if author is not None else MuteKind.COMMUNITY
        name = (author if author is not None else community) or ""
        if not mutes.key_of(kind, name):
            raise WrongUsage(
                f"{name!r} is not the name of {'an author' if author is not None else 'a community'}"
            )
        return cls(source, kind, name)

    @property
    def key(self) -> str:
        """The form the mute is kept under."""
        return mutes.key_of(self.kind, self.name)


def heard_in(tx: Tx, draft_id: int, kind: MuteKind) -> Whom:
    """Who, or which place, a draft answers.

    Raises:
        NotFound: there is no such draft.
        WrongUsage: the mention tells no author, or no community.
    """
    mention = mentions.get(tx, drafts.get(tx, draft_id).mention_id).mention
    if kind is MuteKind.AUTHOR:
        if mention.author is None:
            raise WrongUsage("nobody knows any more who wrote this")
        return Whom.of(mention.ref.source, author=mention.author.handle)
    if mention.community is None:
        raise WrongUsage("this was not said in a community")
    return Whom.of(mention.ref.source, community=mention.community)


def mute(tx: Tx, whom: Whom, act: Act) -> bool:
    """Stop speaking to an author or in a community; waiting drafts are withdrawn. False if it was so.

    Raises:
        WrongUsage: a name is longer than any that is heard.
    """
    for what, name in (("source", whom.source), (whom.kind.value, whom.key)):
        if len(name) > LONGEST_NAME:
            raise WrongUsage(f"{what}: {len(name):,} characters; a name has {LONGEST_NAME} at most")
    if not mutes.add(tx, whom.source, whom.kind, whom.name, by=act.by.name, at=act.at):
        return False
    why = _WHY[whom.kind]
    if whom.kind is MuteKind.AUTHOR:
        people = customers.named(tx, whom.source, whom.key)
        gone = drafts.withdraw_waiting(tx, people, at=act.at, actor=act.by.name, reason=why)
    else:
        places = (whom.key, f"r/{whom.key}")
        gone = drafts.withdraw_in(tx, whom.source, places, at=act.at, actor=act.by.name, reason=why)
    _note(tx, whom, act, "muted", drafts_withdrawn=gone)
    return True


def unmute(tx: Tx, whom: Whom, act: Act) -> bool:
    """Speak there again; false when it was not muted. What was withdrawn stays so."""
    if not mutes.remove(tx, whom.source, whom.kind, whom.name):
        return False
    _note(tx, whom, act, "unmuted")
    return True


def _note(tx: Tx, whom: Whom, act: Act, done: str, **detail: object) -> None:
    audit.add(
        tx,
        at=act.at,
        actor=act.by.name,
        action=f"{whom.kind.value}.{done}",
        subject=f"{whom.kind.value}:{whom.source}/{whom.key}",
        detail=detail,
    )


def opt_out(tx: Tx, customer_id: int, act: Act) -> CustomerRecord:
    """Note that somebody asked, by whatever way, not to be written to; waiting drafts are withdrawn.

    Raises:
        NotFound: there is no such customer.
    """
    customers.get(tx, customer_id)
    if customers.opt_out(tx, customer_id, act.at):
        receiving.leave_alone(tx, customer_id, actor=act.by.name, at=act.at, detail={})
    return customers.get(tx, customer_id)


def opt_in(tx: Tx, customer_id: int, act: Act) -> CustomerRecord:
    """Take an opt-out back: the person wants to be written to again, or never meant it.

    Raises:
        NotFound: there is no such customer.
    """
    customers.get(tx, customer_id)
    if customers.opt_out(tx, customer_id, None):
        subject = f"customer:{customer_id}"
        audit.add(tx, at=act.at, actor=act.by.name, action="customer.opted_in", subject=subject)
    return customers.get(tx, customer_id)
