"""Advice on drafts of a site: by its own word lists, and beside what was sent before."""

from __future__ import annotations

import logging
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engagebot.domain.outbox import DraftState
from engagebot.domain.replying.advice import Check, Flag
from engagebot.scaffold import template_root
from engagebot.store import tables
from engagebot.store.heard import mentions
from engagebot.store.replying.recent import MOST, recent_replies
from tests.factories import hear, id_of, make_mention
from tests.integration.web.office import Office

KIND = "How lovely that the box made it up your hill in the snow. We will tell the driver tomorrow."


def advice(office: Office, draft_id: int, text: str) -> tuple[Flag, ...]:
    with office.app.store.read() as tx:
        draft = office.draft(draft_id)
        return office.app.advice_on(tx, draft, text, mention=mentions.get(tx, draft.mention_id))


def checks(office: Office, draft_id: int, text: str) -> set[Check]:
    return {flag.check for flag in advice(office, draft_id, text)}


def was_sent(office: Office, draft_id: int, text: str, state: DraftState = DraftState.SENT) -> None:
    with office.app.store.write() as tx:
        is_it = tables.drafts.c.id == draft_id
        tx.execute(sa.update(tables.drafts).where(is_it).values(text=text, state=state.value))


def save(office: Office, text: str, *, name: str = "condescension.txt", step: int = 1) -> Path:
    folder = office.app.settings.guards_folder
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    # Files of one size that are written within one tick of the file system's clock look alike.
    os.utime(path, (1_000_000 + step, 1_000_000 + step))
    return path


def test_a_word_added_to_a_list_is_marked_at_once(office: Office) -> None:
    draft = office.drafts()
    assert advice(office, draft.id, "What a cheap box") == ()
    save(office, "cheap | say “good value” instead\n", name="avoid.txt")
    (flag,) = advice(office, draft.id, "What a cheap box")
    assert (flag.check, flag.start, flag.end, flag.is_risky) == (Check.BRAND, 7, 12, True)
    assert "config/guards/avoid.txt" in flag.advice
    assert "good value" in flag.advice
    # What the site has no list of its own for is read by the shipped one.
    assert checks(office, draft.id, "You simply dropped it") == {Check.CONDESCENSION, Check.BLAME}


def test_a_broken_list_keeps_the_last_good_ones_and_is_told(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    draft = office.drafts()
    save(office, "gribbly\n")
    assert checks(office, draft.id, "a gribbly box") == {Check.CONDESCENSION}
    assert office.app.guarding.problem is None
    save(office, "gribbly\nzo*\n", step=2)
    with caplog.at_level(logging.ERROR):
        assert checks(office, draft.id, "a gribbly box") == {Check.CONDESCENSION}
    assert "1 errors" in caplog.text
    assert office.app.guarding.problem is not None
    assert office.app.guarding.problem.startswith("config/guards/condescension.txt:2:1 EB502")
    assert [each.code for each in office.app.guarding.findings()] == ["EB502"]
    save(office, "gribbly\nzork\n", step=3)
    assert checks(office, draft.id, "a zork box") == {Check.CONDESCENSION}
    assert office.app.guarding.problem is None


def test_lists_that_were_broken_from_the_start_leave_the_shipped_ones_in_force(office: Office) -> None:
    shutil.copytree(template_root() / "config" / "guards", office.app.settings.guards_folder)
    save(office, "&\n", name="blame.txt")
    draft = office.drafts()
    assert checks(office, draft.id, "You simply dropped it") == {Check.CONDESCENSION, Check.BLAME}
    assert office.app.guarding.problem is not None


def test_a_reply_like_one_that_was_sent_reads_like_a_form_letter(office: Office) -> None:
    first, second = office.drafts(), office.drafts("I love it too")
    assert checks(office, second.id, KIND) == set()
    was_sent(office, first.id, KIND)
    (flag,) = advice(office, second.id, f"Hi Juniper, {KIND}")
    assert (flag.check, flag.resembles, flag.is_whole) == (Check.SAMENESS, first.id, True)
    changed = KIND.replace("How lovely that the box made it up your hill in the snow", "Juniper, well skied")
    assert checks(office, second.id, changed) == set()
    # A reply is not compared with itself.
    assert checks(office, first.id, KIND) == set()


def test_an_approved_reply_in_the_same_thread_comes_first(office: Office) -> None:
    one, two, three = (
        office.drafts(text, conversation_id="t1") for text in ("I love it", "love!", "so love")
    )
    was_sent(office, two.id, KIND, DraftState.APPROVED)
    with office.app.store.read() as tx:
        mention = mentions.get(tx, three.mention_id).mention
        found = recent_replies(tx, mention, besides=three.id)
    assert found == ((two.id, KIND, True),)
    (flag,) = advice(office, three.id, KIND)
    assert "thread" in flag.advice
    assert flag.resembles == two.id
    assert one.id not in {each.draft_id for each in found}


def test_only_the_last_replies_are_compared(office: Office) -> None:
    draft = office.drafts()
    names = [f"older-{number}" for number in range(MOST + 5)]
    hear(office.app.store, *map(make_mention, names))
    is_it = tables.drafts.c.id == draft.id
    with office.app.store.write() as tx:
        row = dict(tx.execute(sa.select(tables.drafts).where(is_it)).mappings().one())
        del row["id"]
        for number, name in enumerate(names):
            state = DraftState.SENT if number % 2 else DraftState.POSTED_BY_HAND
            own = {"mention_id": id_of(tx, name), "text": str(number), "state": state.value}
            said_at = office.clock.now() + timedelta(minutes=number)
            tx.execute(sa.insert(tables.drafts).values({**row, **own, "said_at": said_at}))
        answered = mentions.get(tx, draft.mention_id).mention
        found = recent_replies(tx, answered, besides=draft.id)
    assert sorted(int(each.text) for each in found) == list(range(5, MOST + 5))
    assert not any(each.is_same_thread for each in found)


def test_a_reply_past_its_time_warns_from_then_on(office: Office) -> None:
    draft = office.drafts()
    office.clock.forward(hours=22)
    assert checks(office, draft.id, KIND) == set()
    office.clock.forward(hours=2)
    assert Check.TOO_LATE in checks(office, draft.id, KIND)
