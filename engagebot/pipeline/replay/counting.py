"""How many of the newest mentions one rule matches: fast enough to be asked while somebody types."""

from __future__ import annotations

from datetime import datetime

from engagebot.domain.rules import Group, Mode, Rule
from engagebot.domain.ruling.replay import Miss, NearMiss, names_of
from engagebot.errors import FilesInvalid, Finding
from engagebot.pipeline.replay.reading import Place, read_for
from engagebot.pipeline.replay.results import Count
from engagebot.pipeline.replay.showing import SHOWN, Picked, near_misses, samples, seed_of, words
from engagebot.rulebook import Known, check_sources
from engagebot.store.engine import Tx

NEWEST = 50_000
_NEAR_LOOKED = 2_000
_REST = "\n- {id: rest-of-the-rules, default: true, then: []}\n"


def count_rule(tx: Tx, rule: Rule, place: Place, *, newest: int = NEWEST) -> Count:
    """Count what a rule matches by itself among the newest mentions; other rules are not asked.

    It reads only what the rule's own conditions ask for. The default route matches whatever no other rule
    does, so nothing can be counted for it alone.
    """
    if rule.when is None:
        return Count(mentions=0, matched=0, since=None, until=None)
    holds, near = _text_last(rule.when).holds, NearMiss(rule)
    picked, missed = Picked(seed_of("", rule.id)), list[tuple[int, Miss]]()
    looked = matched = 0
    first: datetime | None = None
    last: datetime | None = None
    for past in read_for(tx, names_of(rule.when), place, limit=newest):
        looked += 1
        facts = past.facts
        last = facts.posted_at
        first = first or last
        try:
            is_match = holds(facts) is True
        except Exception:  # noqa: S112 - a rule that breaks on a mention does not match it
            continue
        if is_match:
            matched += 1
            picked.add(past.id)
        elif looked <= _NEAR_LOOKED and len(missed) < SHOWN and near.is_possible:
            miss = near.of(facts)
            if miss is not None:
                missed.append((past.id, miss))
    known = words(tx, [*picked.newest, *picked.random, *(mention_id for mention_id, _ in missed)])
    return Count(
        mentions=looked,
        matched=matched,
        since=last,
        until=first,
        newest=samples(known, picked.newest),
        random=samples(known, picked.random),
        near_misses=near_misses(known, missed),
    )


def _text_last(group: Group) -> Group:
    """The same question, cheap conditions first: a text is cut into words only where all else holds."""
    if group.mode is not Mode.ALL:
        return group
    members = [_text_last(member) if isinstance(member, Group) else member for member in group.members]
    return Group(group.mode, tuple(sorted(members, key=lambda each: "text" in names_of(each))))


def read_rule(text: str, *, known: Known, lists: dict[str, str], templates: dict[str, str]) -> Rule:
    """Read one rule from its YAML text, as somebody is writing it; `lists` and `templates` are the set's.

    Raises:
        FilesInvalid: everything that is wrong with it, or it is not exactly one rule.
    """
    sources = {"rule.yaml": text, "rule.yaml~rest.yaml": _REST}
    sources |= {f"lists/{name}.txt": each for name, each in lists.items()}
    sources |= {f"templates/{name}.md": each for name, each in templates.items()}
    book, findings = check_sources(sources, known=known)
    own = [each for each in findings if "rest.yaml" not in each.file]
    if book is None:
        raise FilesInvalid(own)
    rules = [rule for rule in book.rules if "rest.yaml" not in rule.file]
    if len(rules) != 1:
        message = f"one rule can be counted at a time, and here are {len(rules)}"
        raise FilesInvalid([Finding("rule.yaml", 1, 1, "EB110", message)])
    return rules[0]
