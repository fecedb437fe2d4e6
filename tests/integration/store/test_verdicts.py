"""Verdicts and all of a judgement are kept, read back, and taken over from older databases."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from engagebot.domain.actions import Outcome
from engagebot.domain.heard.correction import Correction
from engagebot.domain.heard.removal import Removal
from engagebot.domain.heard.verdicts import FINE, NOTHING_SAID, PRAISE, UNHAPPY, Labels, Origin
from engagebot.domain.judgement import Cue, Intent, Judgement, Sentiment
from engagebot.domain.mention import MentionRef
from engagebot.store import audit, tables
from engagebot.store.engine import Store, Tx
from engagebot.store.heard import mentions, redaction, verdicts
from tests.factories import hear, id_of, make_mention
from tests.fakes import NOON

FULL = Judgement(
    compound=0.5,
    sentiment=Sentiment.NEGATIVE,
    version="layers-1",
    unhappiness=0.9,
    praise=0.05,
    intents=(Intent.COMPLAINT, Intent.BILLING),
    language="en",
    cues=(Cue(name="billing: refund", text="refund", start=3, end=9, weight=0.7),),
    reason="billing",
    is_tender=False,
    asks_for_human=True,
    is_other_meaning=False,
    has_problem_words=True,
    feels_cheated=False,
    rivals=("Shaw",),
)


def decided(store: Store, *native_ids: str, outcome: Outcome = Outcome.UNTOUCHED) -> list[int]:
    hear(store, *(make_mention(native_id) for native_id in native_ids))
    with store.write() as tx:
        ids = [id_of(tx, native_id) for native_id in native_ids]
        mentions.mark_decided(tx, [(mention_id, FULL, outcome, ()) for mention_id in ids])
    return ids


def say(tx: Tx, mention_id: int, labels: Labels, origin: Origin) -> None:
    verdicts.add(tx, mention_id, labels, origin, by="agent_demo", at=NOON)


def test_a_judgement_comes_back_as_it_was_made(store: Store) -> None:
    bare = Judgement(compound=0.0, sentiment=Sentiment.NEUTRAL, version="v")
    first, second = decided(store, "1", "2")
    with store.write() as tx:
        mentions.correct(tx, second, bare, Correction())
        assert mentions.get(tx, first).judgement == FULL
        assert mentions.get(tx, second).judgement == bare
        nobody_named = FULL._replace(rivals=())
        mentions.correct(tx, second, nobody_named, Correction())
        assert mentions.get(tx, second).judgement == nobody_named


def test_what_a_forgotten_post_named_is_forgotten_too(store: Store) -> None:
    (mention_id,) = decided(store, "1")
    with store.write() as tx:
        redaction.redact(tx, [mention_id], NOON, Removal.GONE)
        kept = mentions.get(tx, mention_id).judgement
    assert kept is not None
    assert (kept.rivals, kept.cues, kept.unhappiness) == (None, (), 0.9)


def test_the_newest_verdict_of_each_origin_counts(store: Store) -> None:
    first, second = decided(store, "1", "2")
    with store.write() as tx:
        say(tx, first, UNHAPPY, Origin.CORRECTION)
        say(tx, first, FINE, Origin.CORRECTION)
        say(tx, first, PRAISE, Origin.APPROVED)
        say(tx, second, NOTHING_SAID, Origin.REJECTED)
        assert {each.origin: each.labels for each in verdicts.of(tx, first)} == {
            Origin.CORRECTION: FINE,
            Origin.APPROVED: PRAISE,
        }
        assert verdicts.of(tx, second) == []
        assert verdicts.spoken_for(tx, [first, second]) == {first}


def test_what_was_undone_counts_no_more_and_undoing_nothing_adds_nothing(store: Store) -> None:
    (mention_id,) = decided(store, "1")
    with store.write() as tx:
        say(tx, mention_id, UNHAPPY, Origin.CORRECTION)
        for _ in range(2):
            verdicts.take_back(tx, mention_id, by="agent_demo", at=NOON)
        assert [each.labels for each in verdicts.of(tx, mention_id)] == [NOTHING_SAID]
        assert verdicts.spoken_for(tx, [mention_id]) == set()
        assert tx.execute(sa.select(sa.func.count()).select_from(tables.verdicts)).scalar() == 2


def test_new_words_make_a_verdict_on_the_old_ones_void(store: Store) -> None:
    (mention_id,) = decided(store, "1")
    with store.write() as tx:
        say(tx, mention_id, UNHAPPY, Origin.CORRECTION)
        redaction.revise(tx, {mention_id: make_mention("1", "all is well now, thank you all")}, NOON)
        assert [each.labels for each in verdicts.of(tx, mention_id)] == [NOTHING_SAID]


def test_the_sample_keeps_its_order_for_a_day_and_is_drawn_anew_the_next(store: Store) -> None:
    ids = decided(store, *(str(number) for number in range(30)))
    day = NOON.date()
    with store.read() as tx:
        today = [each.id for each in verdicts.sample(tx, day, limit=30)]
        tomorrow = [each.id for each in verdicts.sample(tx, day + timedelta(days=1), limit=30)]
    assert sorted(today) == sorted(tomorrow) == sorted(ids)
    assert today != tomorrow
    assert today != sorted(ids)
    decided(store, "late-1", "late-2")
    with store.read() as tx:
        later = [each.id for each in verdicts.sample(tx, day, limit=99)]
        assert [mention_id for mention_id in later if mention_id in ids] == today
        assert len(later) == 32
        assert [each.id for each in verdicts.sample(tx, day, limit=5)] == later[:5]


def test_the_sample_leaves_out_what_somebody_saw(store: Store) -> None:
    left, judged, gone, strange, copied = decided(store, "1", "2", "3", "4", "5")
    decided(store, "6", outcome=Outcome.ESCALATED)
    decided(store, "7", outcome=Outcome.IGNORED)
    hear(store, make_mention("8"))
    with store.write() as tx:
        say(tx, judged, FINE, Origin.CORRECTION)
        redaction.redact(tx, [gone], NOON, Removal.GONE)
        mentions.correct(tx, strange, FULL._replace(sentiment=Sentiment.UNKNOWN, language="de"), Correction())
        tx.execute(sa.update(tables.mentions).where(tables.mentions.c.id == copied).values(copy_of=left))
        assert [each.id for each in verdicts.sample(tx, NOON.date(), limit=99)] == [left]
        assert verdicts.is_sampled(tx, left, [NOON.date()], within=1)
        assert not verdicts.is_sampled(tx, judged, [NOON.date()], within=99)
        assert verdicts.counts(tx) == {"routed": 1, "unrouted": 3}


def test_verdicts_name_only_mentions_whose_words_are_kept(store: Store) -> None:
    kept, gone = decided(store, "1", "2")
    with store.write() as tx:
        redaction.redact(tx, [gone], NOON, Removal.GONE)
        found = list(verdicts.judged_mentions(tx, [kept, gone, 4711]))
    assert [each.mention.ref for each in found] == [MentionRef("fake", "1")]


def test_corrections_of_an_older_database_become_verdicts(store: Store) -> None:
    from importlib import import_module

    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    migration = import_module("engagebot.store.migrations.versions.0003_judgement")
    first, second, third = decided(store, "1", "2", "3")
    with store.write() as tx:
        for mention_id, level in ((first, "negative"), (second, "positive"), (third, "unknown")):
            audit.add(
                tx,
                at=NOON,
                actor="agent_demo",
                action="mention.corrected",
                subject=f"mention:{mention_id}",
                detail={"after": {"sentiment": level}},
            )
        with Operations.context(MigrationContext.configure(tx)):
            migration._remember_corrections()
        found = verdicts.by_mention(tx)
    assert {mention_id: given[0].labels for mention_id, given in found.items()} == {
        first: UNHAPPY,
        second: PRAISE,
    }
    assert (found[first][0].by, found[first][0].at) == ("agent_demo", NOON)
