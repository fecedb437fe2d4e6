"""The scorer in use follows files and the store, and never gives up a good one for a broken one."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from engagebot.bootstrap.judging import RunningScorer, shipped_weights
from engagebot.domain.heard.verdicts import ModelState, SiteModelRecord
from engagebot.errors import FilesInvalid
from engagebot.scaffold import template_root
from engagebot.scoring import LayeredScorer, Layers, Names, load_lexicon
from engagebot.scoring.model import Words
from engagebot.scoring.site import SiteModel
from engagebot.settings import load_settings
from engagebot.store.engine import Store
from engagebot.store.heard import models
from tests.fakes import NOON

LATE = "# what is late\nlate | 1 | late\n"
TEXT = "my zorble is gribbled again and nobody helps me"


def make_site(folder: Path, lexicon: str | None = LATE) -> RunningScorer:
    (folder / "config").mkdir()
    (folder / "config" / "engagebot.yaml").write_text(
        "brand: {name: Acme, handles: {x: acme_help}, rivals: [Virgin Media]}\n"
    )
    if lexicon is not None:
        (folder / "config" / "lexicons").mkdir()
        write(folder, lexicon)
    return RunningScorer(load_settings(folder, {}, connectors=("x",)))


def write(folder: Path, text: str, *, name: str = "words", step: int = 0) -> None:
    path = folder / "config" / "lexicons" / f"{name}.txt"
    path.write_text(text, encoding="utf-8")
    # Files of one size that are written within one tick of the file system's clock look alike.
    os.utime(path, (1_000_000 + step, 1_000_000 + step))


def heard(running: RunningScorer, text: str = TEXT) -> list[str]:
    return [cue.name for cue in running.current.judge(text, lang="en").cues if ":" in cue.name]


def test_a_lexicon_changed_on_disk_is_taken_up(tmp_path: Path) -> None:
    running = make_site(tmp_path)
    assert heard(running) == []
    before = running.current.version
    write(tmp_path, LATE + "gribbled | 1 | product\n", step=1)
    assert running.refresh()
    assert heard(running) == ["product: gribbled"]
    assert running.current.version != before
    assert not running.refresh()


def test_a_change_of_one_letter_and_a_new_and_a_lost_file_are_seen(tmp_path: Path) -> None:
    running = make_site(tmp_path, "gribbler | 1 | product\n")
    assert heard(running) == []
    write(tmp_path, "gribbled | 1 | product\n", step=1)
    assert running.refresh()
    write(tmp_path, "zorble | 1 | problem\n", name="more")
    assert running.refresh()
    assert sorted(heard(running)) == ["problem: zorble", "product: gribbled"]
    (tmp_path / "config" / "lexicons" / "words.txt").unlink()
    assert running.refresh()
    assert heard(running) == ["problem: zorble"]


def test_a_note_in_a_lexicon_changes_no_judgement(tmp_path: Path) -> None:
    running = make_site(tmp_path)
    version = running.current.version
    write(tmp_path, LATE + "# looked through in August\n", step=1)
    assert not running.refresh()
    assert running.current.version == version


def test_a_broken_lexicon_never_replaces_a_good_one_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    running = make_site(tmp_path, "gribbled | 1 | product\n")
    version = running.current.version
    write(tmp_path, "gribbled | 1 | prodct\nlate | x | late\n", step=1)
    with caplog.at_level(logging.ERROR):
        assert not running.refresh()
    assert running.current.version == version
    assert heard(running) == ["product: gribbled"]
    assert running.problem is not None
    assert running.problem.splitlines()[0].startswith("config/lexicons/words.txt:1:16 EB404")
    assert running.problem.splitlines()[1].startswith("config/lexicons/words.txt:2:8 EB403")
    assert [record.getMessage() for record in caplog.records] == [
        "the lexicons hold 2 errors; the scorer in use goes on"
    ]
    assert not running.refresh()
    assert len(caplog.records) == 1

    write(tmp_path, LATE, step=2)
    assert running.refresh()
    assert running.problem is None
    assert heard(running) == []


def test_a_first_load_that_is_broken_stops_until_it_is_mended(tmp_path: Path) -> None:
    running = make_site(tmp_path, "late | 1\n")
    for _ in range(2):
        with pytest.raises(FilesInvalid, match=r"config/lexicons/words\.txt:1:1 EB402"):
            _ = running.current
    with pytest.raises(FilesInvalid):
        running.refresh()
    write(tmp_path, LATE, step=1)
    assert heard(running, "the bus is late") == ["late: late"]


def test_a_site_without_lexicons_uses_the_shipped_ones(tmp_path: Path) -> None:
    running = make_site(tmp_path, None)
    expected = load_lexicon(template_root() / "config" / "lexicons")
    assert f"lexicon-{expected.digest}" in running.current.version
    assert heard(running, "I am still waiting for my refund")
    (tmp_path / "config" / "lexicons").mkdir()
    write(tmp_path, LATE)
    assert running.refresh()
    assert heard(running, "I am still waiting for my refund") == []


def test_it_is_put_together_from_the_sites_settings(tmp_path: Path) -> None:
    running = make_site(tmp_path)
    names = Names(["Acme", "acme_help"], ["Virgin Media"])
    lexicon = load_lexicon(tmp_path / "config" / "lexicons")
    expected = LayeredScorer(Layers(lexicon=lexicon, weights=shipped_weights(), names=names))
    assert running.current.version == expected.version
    assert running.current.judge("I go to @VirginMedia, @acme_help").rivals == ("Virgin Media",)


def adopt(store: Store, model: SiteModel | None, *, text: str | None = None) -> None:
    made = SiteModelRecord(
        id=0,
        version="broken" if model is None else model.version,
        made_at=NOON,
        state=ModelState.ADOPTED,
        figures={},
        made_by="lead_demo",
        note=None,
    )
    with store.write() as tx:
        weights = text if model is None else model.dump()
        models.save(tx, made, weights=weights, after=models.newest_id(tx))


def test_an_adopted_site_model_is_taken_up(tmp_path: Path, store: Store) -> None:
    running = make_site(tmp_path)
    running.follow(store)
    shipped = running.current.version
    assert not running.refresh()
    model = SiteModel(words=Words({"gribbled": (9.0, 0.0)}))
    adopt(store, model)
    assert running.refresh()
    assert running.current.version == f"{shipped} site-{model.version}"
    assert running.untaught.version == shipped
    before, after = (each.judge(TEXT, lang="en") for each in (running.untaught, running.current))
    assert before.unhappiness is not None
    assert after.unhappiness is not None
    assert before.unhappiness < after.unhappiness
    assert not running.refresh()

    with store.write() as tx:
        models.roll_back(tx, by="lead_demo", at=NOON)
    assert running.refresh()
    assert running.current.version == shipped


def test_a_site_model_stays_when_lexicons_change_or_break(tmp_path: Path, store: Store) -> None:
    running = make_site(tmp_path)
    running.follow(store)
    model = SiteModel(shift=(0.5, 0.0))
    adopt(store, model)
    write(tmp_path, LATE + "gribbled | 1 | product\n", step=1)
    assert running.refresh()
    assert running.current.version.endswith(f" site-{model.version}")
    assert heard(running) == ["product: gribbled"]
    write(tmp_path, "late", step=2)
    assert not running.refresh()
    assert running.current.version.endswith(f" site-{model.version}")


WRONG = '{"format": 1, "made_from": {}, "shift": [0, 0], "features": [], "words": []}'


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 1}', WRONG], ids=["cut", "list", "empty", "wrong"])
def test_a_site_model_that_cannot_be_read_is_left_out_and_told(
    tmp_path: Path, store: Store, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    running = make_site(tmp_path)
    running.follow(store)
    shipped = running.current.version
    adopt(store, None, text=text)
    with caplog.at_level(logging.ERROR):
        assert not running.refresh()
    assert running.current.version == shipped
    assert "the site model cannot be used" in caplog.text
