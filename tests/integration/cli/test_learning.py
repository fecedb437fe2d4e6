"""`engagebot learn` and `rescore`: what they print, what they leave, and how they fail."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from engagebot import scheduler
from engagebot.bootstrap import App, open_app
from engagebot.domain.actions import Outcome
from engagebot.domain.heard.verdicts import FINE, UNHAPPY, Origin
from engagebot.pipeline.learning import learn
from engagebot.store import site, tables
from engagebot.store.heard import models, verdicts
from tests.fakes import FakeClock
from tests.integration.cli.conftest import Cli
from tests.lessons import School


@contextmanager
def opened(cli: Cli) -> Iterator[tuple[App, School]]:
    app = open_app(cli.site, {})
    with app.store.read() as tx:
        known = site.status(tx).mentions
    try:
        yield app, School(app.store, FakeClock(), app.judging.untaught, said=known)
    finally:
        app.close()


@pytest.fixture
def taught(cli: Cli) -> Cli:
    """A real site with enough verdicts to learn from."""
    cli.listens()
    with opened(cli) as (_, school):
        school.lessons(220, unhappy=100)
    return cli


def test_learning_says_what_it_learned_from_and_how_it_did(taught: Cli) -> None:
    made = taught.json("learn")
    assert (made["adopted"], made["state"], made["why"]) == (True, "adopted", None)
    assert (made["verdicts"], made["unhappy"], made["not_unhappy"]) == (220, 100, 120)
    assert set(made["held_back"]) == {"shipped", "taught"}
    assert set(made["held_back"]["taught"]) == {"auc", "log_loss"}
    text = taught("learn")
    assert text.exit_code == 0
    assert "220 of 220 people: 100 unhappy, 120 not" in text.stdout
    assert "AUC" in text.stdout
    assert "adopted" in text.stdout
    listed = taught.json("learn", "list")
    assert [model["state"] for model in listed] == ["adopted", "retired"]
    assert "adopted" in taught("learn", "list").stdout


def test_too_few_verdicts_are_no_failure_and_change_nothing(cli: Cli) -> None:
    cli.listens()
    with opened(cli) as (_, school):
        school.lessons(199)
    result = cli("learn")
    assert result.exit_code == 0
    assert "refused: 199 verdicts on unhappy are fewer than 200" in result.stdout
    assert cli.json("learn")["adopted"] is False


def test_going_back_and_switching_off(taught: Cli) -> None:
    first = taught.json("learn")
    taught.json("learn")
    back = taught.json("learn", "--rollback")
    assert (back["model"], back["adopted"]) == (first["model"], True)
    assert taught.json("learn", "--rollback") == {"adopted": False, "model": None}
    nothing = taught("learn", "--rollback")
    assert (nothing.exit_code, "nothing to go back from" in nothing.stderr) == (2, True)
    taught.json("learn")
    off = taught.json("learn", "--off")
    assert (off["adopted"], off["model"]) == (False, 3)
    listed = taught("learn", "list")
    assert "switched off" in listed.stderr
    taught.json("learn")
    assert "switched off" not in taught("learn", "list").stderr


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("learn", "--rollback", "--off"), "cannot both be"),
        (("learn", "--off", "list"), "stand alone"),
        (("learn", "lst"), "There is no command"),
        (("learn", "sample", "--answer", "7"), "write ID=unhappy"),
        (("learn", "sample", "--answer", "x=fine"), "write ID=unhappy"),
        (
            ("learn", "sample", "--answer", "7=unhapy"),
            'not one of unhappy, fine, praise; did you mean "unhappy"',
        ),
        (("learn", "sample", "--limit", "0"), "0 is not in the range"),
        (("learn", "sample", "--answer", "4711=fine"), "there is no mention 4711"),
        (("rescore", "now"), '"now" is more than the command takes'),
    ],
)
def test_a_wrong_command_says_what_is_right(taught: Cli, args: tuple[str, ...], says: str) -> None:
    result = taught(*args)
    assert result.exit_code == 2, result.output
    assert says in result.stderr


def test_the_sample_is_listed_and_answered(taught: Cli) -> None:
    with opened(taught) as (_, school):
        seen = [
            school.hears([(f"a van stood there, number {n}", FINE)], outcome=Outcome.UNTOUCHED)[0]
            for n in range(3)
        ]
        with school.store.write() as tx:
            tx.execute(sa.delete(tables.verdicts).where(tables.verdicts.c.mention_id.in_(seen)))
    drawn = taught.json("learn", "sample")
    assert {item["id"] for item in drawn["items"]} == set(seen)
    assert all(item.keys().isdisjoint({"sentiment", "compound", "unhappiness"}) for item in drawn["items"])
    assert "--answer ID=unhappy" in taught("learn", "sample").stdout
    words = ("unhappy", "fine", "praise")
    pairs = [f"{mention_id}={word}" for mention_id, word in zip(seen, words, strict=True)]
    noted = taught.json("learn", "sample", *(part for pair in pairs for part in ("--answer", pair)))
    assert [each["answer"] for each in noted] == list(words)
    with opened(taught) as (app, _), app.store.read() as tx:
        labels = {number: given[0] for number, given in verdicts.by_mention(tx, seen).items()}
    assert {each.origin for each in labels.values()} == {Origin.AUDIT_SAMPLE}
    assert [(labels[n].labels.is_unhappy, labels[n].labels.is_praise) for n in seen] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    assert taught.json("learn", "sample")["answered"] == 3


def test_one_answer_that_cannot_be_noted_does_not_stop_the_others(taught: Cli) -> None:
    result = taught("learn", "sample", "--answer", "4711=fine", "--answer", "1=fine")
    assert result.exit_code == 2
    assert "mention 4711: there is no mention 4711" in result.stderr
    assert "1 answer noted" in result.stdout


def test_a_running_process_takes_up_what_was_adopted_and_lets_go_of_it(taught: Cli) -> None:
    with opened(taught) as (app, _):
        before = app.scorer.version
        assert "site-" not in before
        assert taught.json("learn")["adopted"]
        assert app.scorer.version == before
        assert app.judging.refresh()
        assert "site-" in app.scorer.version
        assert app.judging.untaught.version == before
        assert not app.judging.refresh()
        taught.json("learn", "--off")
        assert app.judging.refresh()
        assert app.scorer.version == before


def test_a_model_that_cannot_be_read_is_not_used(taught: Cli, caplog: pytest.LogCaptureFixture) -> None:
    taught.json("learn")
    # A command sets logging up anew, without pytest's own handler.
    logging.getLogger().addHandler(caplog.handler)
    with opened(taught) as (app, _):
        shifted = '{"format": 1, "made_from": {}, "shift": ["x"]}'
        for broken in ("", "{}", "[1]", '{"format": 99}', shifted, '{"format": 1}'):
            with app.store.write() as tx:
                tx.execute(sa.update(tables.site_models).values(weights=broken, version=f"v {broken}"))
            caplog.clear()
            app.judging.refresh()
            assert "site-" not in app.scorer.version
            assert "the site model cannot be used" in caplog.text


def test_nights_learn_unless_the_settings_say_no(taught: Cli) -> None:
    path = taught.site / "config" / "engagebot.yaml"
    plain = path.read_text(encoding="utf-8")
    for day, (setting, count) in enumerate((("false", 0), ("true", 1)), start=3):
        path.write_text(plain + f"learning: {{nightly: {setting}}}\n", encoding="utf-8")
        app = open_app(taught.site, {"ENGAGEBOT_NOW": f"2026-08-0{day}T12:00:00+00:00"})
        scheduler.learn(app)
        with app.store.read() as tx:
            assert len(models.all_of(tx)) == count
        app.close()


def test_rescoring_says_how_many_levels_changed(taught: Cli) -> None:
    assert "judged by the scorer in use already" in taught("rescore").stdout
    with opened(taught) as (app, school):
        heard = school.hears([(f"my box is gribbled, {word}", UNHAPPY) for word in ("oh", "ah")])
        with app.store.write() as tx:
            tx.execute(sa.delete(tables.verdicts).where(tables.verdicts.c.mention_id.in_(heard)))
        learn(app.learning_context, by="lead_demo")
    done = taught.json("rescore")
    assert (done["outdated"], done["rescored"], done["kept"]) == (222, 2, 220)
    assert "site-" in done["scorer"]
    assert sum(done["changed"].values()) == 2
    again = taught.json("rescore")
    assert (again["rescored"], again["kept"]) == (0, 220)
    assert "a person's word stands" in taught("rescore").stdout
