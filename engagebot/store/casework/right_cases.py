"""Which of a customer's open cases a mention belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa

from engagebot.domain.casework.problems import problem_of, right_case
from engagebot.domain.records import CaseRecord, MentionRecord
from engagebot.store.among import among
from engagebot.store.casework import cases
from engagebot.store.engine import Tx
from engagebot.store.persons import people
from engagebot.store.tables import case_mentions, mentions

Talk = tuple[str, str]


def talk_of(heard: MentionRecord) -> Talk | None:
    """What names the conversation of a mention, where it is known."""
    talk = heard.mention.conversation_id
    return None if talk is None else (heard.mention.ref.source, talk)


def talks(tx: Tx, case_ids: Iterable[int]) -> dict[Talk, set[int]]:
    """Which of these cases hold a mention of which conversation."""
    query = (
        sa.select(case_mentions.c.case_id, mentions.c.source, mentions.c.conversation_id)
        .join_from(case_mentions, mentions, mentions.c.id == case_mentions.c.mention_id)
        .where(among(tx, case_mentions.c.case_id, case_ids), mentions.c.conversation_id.is_not(None))
        .distinct()
    )
    found: dict[Talk, set[int]] = defaultdict(set)
    for case_id, source, talk in tx.execute(query):
        found[(source, talk)].add(case_id)
    return found


def of(tx: Tx, heard: MentionRecord) -> CaseRecord | None:
    """The open case of its author that a mention belongs to, or `None` where it is a problem of its own."""
    if heard.customer_id is None:
        return None
    theirs = cases.open_of(tx, people.accounts_of(tx, heard.customer_id))
    known = [case for each in theirs.values() for case in each]
    talk = talk_of(heard)
    in_talk = talks(tx, [case.id for case in known]).get(talk, set()) if talk and known else set()
    return right_case(known, problem_of(heard.judgement), in_talk=in_talk)
