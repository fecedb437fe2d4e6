"""The stage: two platforms that misbehave, a database, and approved replies that want to leave."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engagebot.domain.mention import Author, Kind, Mention, MentionRef
from engagebot.domain.outbox import DraftState
from engagebot.domain.roles import Act, Person, Role
from engagebot.pipeline import review
from engagebot.store.engine import Store
from engagebot.store.heard import mentions
from engagebot.store.heard.mentions import Incoming
from engagebot.store.replying import drafts
from engagebot.store.replying.drafts import NewDraft
from tests.crash.world import KEYS
from tests.emulators.faults import Fault
from tests.emulators.remote import ROOT, Remote, launched
from tests.factories import API, PLAIN

KIM = Person("kim_demo", Role.COMMUNITY)
# A post of ours shows so late; the workers wait for more than that, as the product does.
SHOWS_AFTER_S = 0.15
_SETTINGS = """
brand: {name: Acme, handles: {x: acme, reddit: acme_support}}
sending: "on"
watches: []
teams: {support: {notify: [console]}}
contact_policy:
  replies_per_account: 100000/1d
  replies_per_author: 100000/1d
  replies_per_thread: 100000/1d
  replies_per_community: 100000/1d
"""
_RULES = """
- {id: default, name: Everything, status: live, default: true, then: [{tag: [seen]}]}
"""


class WallClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(kw_only=True)
class Stage:
    """Where workers live and die; `asked` counts the replies that were approved.

    `earlier` counts, by platform, the replies of stages before this one, `texts` what was approved by draft.
    """

    folder: Path
    store: Store
    x: Remote
    reddit: Remote
    earlier: Mapping[str, int]
    asked: int = 0
    texts: dict[int, str] = field(default_factory=dict)

    def misbehave(self, seed: int) -> None:
        """From now on the platforms fail in every way they know, now and then."""
        hidden = Fault.seen_after(SHOWS_AFTER_S)
        for number, (remote, post, own) in enumerate(
            (
                (self.x, "POST /2/tweets", "GET /2/users/*/tweets"),
                (self.reddit, "POST /api/comment", "GET /user/*/comments"),
            )
        ):
            for turn, (fault, share) in enumerate(_faults(remote is self.x)):
                remote.fault(fault, on=post, times=None, probability=share, seed=seed + 100 * number + turn)
            remote.fault(hidden, on=post, times=None)
            for path in (own, "GET /2/tweets" if remote is self.x else "GET /api/info"):
                remote.fault(Fault.html_503(), on=path, times=None, probability=0.1, seed=seed)

    def behave(self) -> None:
        """All is well with the platforms again."""
        for remote in (self.x, self.reddit):
            remote.clear_faults()

    def approve(self, count: int) -> None:
        """People write, and replies to them are approved."""
        for _ in range(count):
            heard = self._written()
            with self.store.write() as tx:
                now = datetime.now(UTC)
                mentions.save(tx, [Incoming(mention=heard, reply_route=API)], watch="talk", fetched_at=now)
                record = mentions.find(tx, heard.ref)
                assert record is not None
                text = f"Thank you, no. {self.asked} of {self.folder.parent.name}!"
                draft_id = drafts.propose(tx, _draft(record.id, record.customer_id, heard, text), now)
                assert draft_id is not None
                review.approve(tx, draft_id, Act(by=KIM, at=now))
            self.texts[draft_id] = text
            self.asked += 1

    def _written(self) -> Mention:
        author, text = f"fan_demo{self.asked}", f"@acme I love it, says no. {self.asked}"
        is_x = self.asked % 2 == 0
        if is_x:
            native_id = self.x.call("post", text=text, author=author)
        else:
            native_id = self.reddit.call("post", text=text, author=author)
        return Mention(
            ref=MentionRef("x" if is_x else "reddit", str(native_id)),
            kind=Kind.POST if is_x else Kind.COMMENT,
            text=text,
            posted_at=datetime.now(UTC).replace(microsecond=0),
            author=Author(handle=author),
            addressed_to_us=True,
        )

    def waiting(self) -> int:
        """How many replies have not come to an end."""
        with self.store.read() as tx:
            counted = drafts.counts(tx, DraftState.APPROVED, DraftState.SENDING, DraftState.UNKNOWN)
        return sum(counted.values())

    def doubtful(self) -> list[Any]:
        """What the program gave to a person, because the platform would not tell."""
        with self.store.read() as tx:
            return drafts.in_state(tx, DraftState.NEEDS_PERSON, limit=1000)


def _faults(is_x: bool) -> list[tuple[Fault, float]]:
    def late(fault: Fault) -> Fault:
        return replace(fault, seen_after_s=SHOWS_AFTER_S)

    limited = Fault.rate_429(1.0) if is_x else Fault.reddit_429(1)
    return [
        (late(Fault.cut_after()), 0.10),
        (late(Fault.bad_gateway(act=True)), 0.08),
        (late(Fault.html_503(act=True)), 0.05),
        (Fault.html_503(), 0.05),
        (Fault.cut_before(), 0.05),
        (limited, 0.02),
        (late(replace(Fault.hang(0.25, act=True), cut=True)), 0.05),
        (late(Fault.slow(0.15)), 0.10),
        (late(Fault.not_json(act=True)), 0.03),
    ]


def _draft(mention_id: int, customer_id: int | None, heard: Mention, text: str) -> NewDraft:
    return NewDraft(
        mention_id=mention_id,
        customer_id=customer_id,
        rule_id="thanks",
        source=heard.ref.source,
        conversation_id=heard.conversation_id,
        text=text,
        missing=(),
        reply_route=API,
        is_proactive=False,
        said_at=heard.posted_at,
        urgency=PLAIN,
    )


@dataclass(frozen=True, slots=True)
class Platforms:
    """Both platforms, which outlive a stage."""

    x: Remote
    reddit: Remote


@contextmanager
def platforms(folder: Path) -> Iterator[Platforms]:
    """Start both, each as a process of its own."""
    with ExitStack() as stack:
        x = stack.enter_context(launched("x", folder=folder, account="acme"))
        yield Platforms(x, stack.enter_context(launched("reddit", folder=folder, account="acme_support")))


@contextmanager
def staged(folder: Path, database_url: str, on: Platforms) -> Iterator[Stage]:
    """Build the stage in a folder, on a database with tables."""
    (folder / "site" / "config").mkdir(parents=True)
    (folder / "site" / "rules").mkdir()
    (folder / "site" / "config" / "engagebot.yaml").write_text(_SETTINGS)
    (folder / "site" / "rules" / "10-all.yaml").write_text(_RULES)
    # What X charges decides whether it is asked for a reply of ours before each reply.
    shutil.copy(ROOT / "config" / "prices.yaml", folder / "site" / "config")
    places = {
        "ENGAGEBOT_DATABASE_URL": database_url,
        "ENGAGEBOT_X_BASE_URL": on.x.url,
        "ENGAGEBOT_REDDIT_BASE_URL": on.reddit.url,
    }
    keys = "\n".join(f"{name}={value}" for name, value in places.items()) + KEYS
    (folder / "site" / ".env").write_text(keys)
    with closing(Store(database_url, clock=WallClock())) as store:
        earlier = {remote.url: len(remote.replies) for remote in (on.x, on.reddit)}
        yield Stage(folder=folder, store=store, x=on.x, reddit=on.reddit, earlier=earlier)
