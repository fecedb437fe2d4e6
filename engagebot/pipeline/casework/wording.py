"""Wording: a case's title in its customer's own words, and what they want."""

from __future__ import annotations

from engagebot.domain.casework.wording import TITLE_CHARS, is_quoted, one_line
from engagebot.domain.records import CaseRecord
from engagebot.domain.roles import Act
from engagebot.errors import WrongUsage
from engagebot.pipeline.casework.moving import move
from engagebot.store.casework import cases
from engagebot.store.engine import Tx
from engagebot.store.heard import mentions


def quote(tx: Tx, case_id: int, act: Act, *, text: str) -> CaseRecord:
    """Head a case with words that its customer wrote; nothing but another quote takes their place.

    Raises:
        NotFound: there is no such case.
        WrongUsage: the words are none, too many, or stand in none of their messages.
    """
    words = one_line(text)
    if not words:
        raise WrongUsage("mark some of their words first")
    if len(words) > TITLE_CHARS:
        raise WrongUsage(f"a title has at most {TITLE_CHARS} characters; these are {len(words)}")
    case = cases.get(tx, case_id, lock=True)
    heard = mentions.get_many(tx, case.mention_ids).values()
    said = [record.id for record in heard if is_quoted(words, record.mention.words)]
    if not said:
        raise WrongUsage("these words stand in none of their messages; a title is theirs, letter by letter")
    # The audit stays for ever, so it does not hold the words.
    return move(
        tx,
        case,
        act,
        "quoted",
        values={"title": words, "titled_by": act.by.name},
        detail={"mention": said[0]},
    )


def want(tx: Tx, case_id: int, act: Act, *, text: str) -> CaseRecord:
    """Write down what the customer wants, in their terms; empty words take it back.

    Raises:
        NotFound: there is no such case.
    """
    case = cases.get(tx, case_id, lock=True)
    words = one_line(text)
    return move(
        tx,
        case,
        act,
        "outcome_wanted" if words else "outcome_unwanted",
        values={"desired_outcome": words or None},
    )
