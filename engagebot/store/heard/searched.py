"""What a search asks for, as conditions on rows: of drafts beside their mentions, and of mentions alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engagebot.domain.desk.searching import FEELINGS, Field, Search, Term
from engagebot.domain.durations import parse_duration
from engagebot.domain.judgement import Sentiment
from engagebot.domain.outbox import CASE_OPEN, DRAFT_OPEN
from engagebot.store.engine import Tx
from engagebot.store.tables import case_mentions, cases, customers, decisions, drafts, mentions
from engagebot.store.texts import storable
from engagebot.store.types import encode

Condition = sa.ColumnElement[bool]
_DRAFT_OPEN = sorted(state.value for state in DRAFT_OPEN)
_CASE_OPEN = sorted(state.value for state in CASE_OPEN)
_UNHAPPY_RANKS = {Sentiment.VERY_NEGATIVE: 0, Sentiment.NEGATIVE: 1}
# Terms that name the same thing in several ways: one of them has to hold.
_SAME_THING = {Field.MINE: Field.BY, Field.NOBODY: Field.BY, Field.ADDRESS: Field.NUMBER}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who looks and when: `mine`, `older` and `overdue` mean nothing without."""

    now: datetime
    me: str | None = None


def on_drafts(tx: Tx, search: Search, asker: Asker) -> list[Condition]:
    """What has to hold of a draft; `reads_mentions` says whether its mention has to be joined."""
    return _conditions(search, lambda term: _DRAFT.get(term.field, _of_mention)(tx, term, asker))


def on_mentions(tx: Tx, search: Search, asker: Asker) -> list[Condition]:
    """What has to hold of a mention."""
    return _conditions(search, lambda term: _of_mention(tx, term, asker))


def reads_mentions(search: Search) -> bool:
    """Whether drafts alone cannot answer a search."""
    return any(_reads_mention(term) for term in search.terms)


def _reads_mention(term: Term) -> bool:
    if term.field is Field.FEELING:
        return not _ranks(term)
    return term.field not in _DRAFT or term.field is Field.WORDS or term.value == "history"


def _conditions(search: Search, meaning: Callable[[Term], Condition]) -> list[Condition]:
    wanted: dict[Field | str, list[Condition]] = {}
    refused = []
    for term in search.terms:
        condition = meaning(term)
        if term.is_not:
            # What is not known does not fulfil what is asked for, so it is no reason to leave something out.
            refused.append(sa.not_(sa.func.coalesce(condition, sa.false())))
        else:
            same = term.value if term.field is Field.WORDS else _SAME_THING.get(term.field, term.field)
            wanted.setdefault(same, []).append(condition)
    return [sa.or_(*conditions) for conditions in wanted.values()] + refused


def like(tx: Tx, column: Any, words: str) -> Condition:
    """Whether a text holds these words, in capitals or not."""
    plain = sa.type_coerce(column, sa.Text)
    if tx.dialect.name == "postgresql":
        # By the letters of ASCII alone, where it asks for no others, it compares in half the time.
        read = sa.collate(plain, "C") if words.isascii() else plain
        return read.ilike(_pattern(words), escape="\\")
    # SQLite knows capitals of ASCII only.
    ways = [words] if words.isascii() else dict.fromkeys([words, words.lower(), words.title(), words.upper()])
    return sa.or_(*(plain.like(_pattern(way), escape="\\") for way in ways))


def _pattern(words: str) -> str:
    escaped = storable(words).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _listed(tx: Tx, column: Any, value: str) -> Condition:
    return like(tx, column, encode(value))


def _same(column: Any, value: str) -> Condition:
    return sa.func.lower(sa.type_coerce(column, sa.Text)) == sa.func.lower(storable(value))


def _before(column: Any, term: Term, asker: Asker) -> Condition:
    border = sa.literal(asker.now - parse_duration(term.value), type_=column.type)
    found: Condition = column < border if term.field is Field.OLDER else column >= border
    return found


def _ranks(term: Term) -> list[int]:
    """The ranks that a feeling has in the queue; none where only the mention knows."""
    feelings = FEELINGS[term.value]
    return [_UNHAPPY_RANKS[each] for each in feelings if each in _UNHAPPY_RANKS]


def _draft_feeling(tx: Tx, term: Term, asker: Asker) -> Condition:
    ranks = _ranks(term)
    return drafts.c.rank.in_(ranks) if ranks else _of_mention(tx, term, asker)


def _draft_by(_tx: Tx, term: Term, asker: Asker) -> Condition:
    if term.field is Field.NOBODY:
        return drafts.c.assignee.is_(None)
    return drafts.c.assignee == (asker.me if term.field is Field.MINE else term.value)


def _draft_is(_tx: Tx, term: Term, asker: Asker) -> Condition:
    if term.value == "history":
        return mentions.c.is_history.is_(True)
    is_open = drafts.c.state.in_(_DRAFT_OPEN)
    if term.value == "open":
        return is_open
    return sa.and_(is_open, drafts.c.answer_by < sa.literal(asker.now, type_=drafts.c.answer_by.type))


def _draft_number(_tx: Tx, term: Term, _asker: Asker) -> Condition:
    return sa.or_(drafts.c.id == int(term.value), drafts.c.mention_id == int(term.value))


def is_handle(handle: str) -> Condition:
    """Whether a customer has this handle."""
    # By index, which knows handles as they are written; most are written small, or as somebody copies them.
    return customers.c.handle.in_(sorted({handle, handle.lower(), handle.upper(), handle.title()}))


def _author(column: Any, term: Term) -> Condition:
    found: Condition = column.in_(sa.select(customers.c.id).where(is_handle(term.value)))
    return found


_Means = Callable[[Tx, Term, Asker], Condition]
_DRAFT: Mapping[Field, _Means] = {
    Field.FEELING: _draft_feeling,
    Field.PLATFORM: lambda _tx, term, _: drafts.c.source == term.value,
    Field.RULE: lambda tx, term, _: like(tx, drafts.c.rule_id, term.value),
    Field.OLDER: lambda _tx, term, asker: _before(drafts.c.said_at, term, asker),
    Field.NEWER: lambda _tx, term, asker: _before(drafts.c.said_at, term, asker),
    Field.BY: _draft_by,
    Field.MINE: _draft_by,
    Field.NOBODY: _draft_by,
    Field.AUTHOR: lambda _tx, term, _: _author(drafts.c.customer_id, term),
    Field.ROUTE: lambda _tx, term, _: drafts.c.reply_route == term.value,
    Field.IS: _draft_is,
    Field.NUMBER: _draft_number,
    Field.WORDS: lambda tx, term, asker: sa.or_(
        like(tx, drafts.c.text, term.value), _of_mention(tx, term, asker)
    ),
}


def _any_draft(*conditions: Condition) -> Condition:
    # Not asked for each mention: open drafts are few, whatever was heard.
    is_open = drafts.c.state.in_(_DRAFT_OPEN)
    return mentions.c.id.in_(sa.select(drafts.c.mention_id).where(is_open, *conditions))


def _any_open_case(*conditions: Condition) -> Condition:
    is_open = cases.c.state.in_(_CASE_OPEN)
    theirs = sa.select(case_mentions.c.mention_id).join(cases, cases.c.id == case_mentions.c.case_id)
    return mentions.c.id.in_(theirs.where(is_open, *conditions))


def _is(tx: Tx, term: Term, asker: Asker) -> Condition:
    if term.value == "history":
        return mentions.c.is_history.is_(True)
    if term.value == "open":
        return sa.or_(mentions.c.state == "new", _any_draft(), _any_open_case())
    is_due = cases.c.first_reply_due_at < sa.literal(asker.now, type_=cases.c.first_reply_due_at.type)
    late = _any_open_case(is_due, cases.c.first_reply_at.is_(None))
    return sa.or_(_any_draft(_draft_is(tx, term, asker)), late)


def _by(tx: Tx, term: Term, asker: Asker) -> Condition:
    name = asker.me if term.field is Field.MINE else term.value
    whose = cases.c.assignee.is_(None) if term.field is Field.NOBODY else cases.c.assignee == name
    return sa.or_(_any_draft(_draft_by(tx, term, asker)), _any_open_case(whose))


def _rule(tx: Tx, term: Term, _asker: Asker) -> Condition:
    matched = sa.exists().where(
        decisions.c.mention_id == mentions.c.id, like(tx, decisions.c.matched, term.value)
    )
    return matched.correlate(mentions)


def _words(tx: Tx, term: Term, _asker: Asker) -> Condition:
    return sa.or_(like(tx, mentions.c.text, term.value), like(tx, mentions.c.title, term.value))


def _feeling(_tx: Tx, term: Term, _asker: Asker) -> Condition:
    return mentions.c.sentiment.in_([each.value for each in FEELINGS[term.value]])


_MENTION: Mapping[Field, _Means] = {
    Field.FEELING: lambda _tx, term, _: mentions.c.sentiment.in_(
        [str(each) for each in FEELINGS[term.value]]
    ),
    Field.PLATFORM: lambda _tx, term, _: mentions.c.source == term.value,
    Field.RULE: _rule,
    Field.OLDER: lambda _tx, term, asker: _before(mentions.c.posted_at, term, asker),
    Field.NEWER: lambda _tx, term, asker: _before(mentions.c.posted_at, term, asker),
    Field.BY: _by,
    Field.MINE: _by,
    Field.NOBODY: _by,
    Field.AUTHOR: lambda _tx, term, _: _author(mentions.c.customer_id, term),
    Field.IN: lambda _tx, term, _: _same(mentions.c.community, term.value),
    Field.LANG: lambda _tx, term, _: sa.func.coalesce(mentions.c.language, mentions.c.lang) == term.value,
    Field.INTENT: lambda tx, term, _: _listed(tx, mentions.c.intents, term.value),
    Field.TAG: lambda tx, term, _: _listed(tx, mentions.c.tags, term.value),
    Field.ROUTE: lambda _tx, term, _: mentions.c.reply_route == term.value,
    Field.WATCH: lambda _tx, term, _: mentions.c.watch == term.value,
    Field.IS: _is,
    Field.NUMBER: lambda _tx, term, _: mentions.c.id == int(term.value),
    Field.ADDRESS: lambda _tx, term, _: mentions.c.url == term.value,
    Field.WORDS: _words,
}


def _of_mention(tx: Tx, term: Term, asker: Asker) -> Condition:
    return _MENTION[term.field](tx, term, asker)
