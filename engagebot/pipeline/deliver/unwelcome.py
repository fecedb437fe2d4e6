"""What follows when a platform says that we are not welcome: we speak there no more."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from engagebot.domain.records import DraftRecord
from engagebot.domain.replying.routes import MuteKind
from engagebot.store import audit
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions, receiving
from engagebot.store.listening import mutes
from engagebot.store.persons import customers
from engagebot.store.replying import drafts

ACTOR = "engagebot"
WHY = "the community wants no replies of ours"


def keep_silent(
    tx: Tx, draft: DraftRecord, unwelcome_to: Literal["author", "community"], at: datetime
) -> None:
    """Note an author who blocked us as opted out, or mute a community that banned us.

    A person may take either back.
    """
    heard = mentions.get(tx, draft.mention_id)
    if unwelcome_to == "community":
        _mute(tx, draft, heard.mention.community, at)
    elif heard.customer_id is not None and customers.opt_out(tx, heard.customer_id, at):
        receiving.leave_alone(tx, heard.customer_id, actor=ACTOR, at=at, detail={"refused_draft": draft.id})


def _mute(tx: Tx, draft: DraftRecord, community: str | None, at: datetime) -> None:
    if not community or not mutes.add(tx, draft.source, MuteKind.COMMUNITY, community, by=ACTOR, at=at):
        return
    key = mutes.key_of(MuteKind.COMMUNITY, community)
    gone = drafts.withdraw_in(tx, draft.source, (key, f"r/{key}"), at=at, actor=ACTOR, reason=WHY)
    audit.add(
        tx,
        at=at,
        actor=ACTOR,
        action="community.muted",
        subject=f"community:{draft.source}/{key}",
        detail={"refused_draft": draft.id, "drafts_withdrawn": gone},
    )
