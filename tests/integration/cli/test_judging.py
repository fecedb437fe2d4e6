"""What judges posts, as `status`, `check` and `doctor` tell it, and a person's word from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from engagebot.bootstrap import App, SystemClock, open_app
from engagebot.domain.judgement import Sentiment
from engagebot.domain.mention import MentionState
from engagebot.pipeline.learning import learn
from engagebot.store.casework import cases
from engagebot.store.heard import decisions, mentions
from tests.factories import hear, id_of, make_mention
from tests.fakes import FakeClock
from tests.integration.cli.conftest import Cli
from tests.lessons import School

BROKEN = "still waiting | 1.2 | waitin | a slip\n"
WHERE = "config/lexicons/own.txt:1:23 EB404"


@contextmanager
def opened(cli: Cli) -> Iterator[App]:
    app = open_app(cli.site, {})
    try:
        yield app
    finally:
        app.close()


@pytest.fixture
def site(cli: Cli) -> Cli:
    return cli.listens()


def break_lexicon(cli: Cli) -> None:
    (cli.site / "config" / "lexicons" / "own.txt").write_text(BROKEN, encoding="utf-8")


def hear_one(cli: Cli, text: str) -> int:
    """A post that a process has heard and decided; answer its id."""
    with opened(cli) as app:
        hear(app.store, make_mention("1", text, addressed_to_us=True, posted_at=SystemClock().now()))
        with app.store.read() as tx:
            number = id_of(tx, "1")
        assert app.decide_again([number]) == 1
    return number


def test_status_names_the_scorer_and_the_site_model(site: Cli) -> None:
    before = site.json("status")
    assert before["scorer"]
    assert (before["site_model"], before["lexicons_problem"]) == (None, None)
    with opened(site) as app:
        School(app.store, FakeClock(), app.judging.untaught).lessons(220, unhappy=100)
        learn(app.learning_context, by="lena_demo")
    after = site.json("status")
    model = after["site_model"]
    assert (model["verdicts"], model["version"] in after["scorer"]) == (220, True)
    text = site("status").stdout
    assert f"{model['version']}, learned from 220 verdicts on {model['made_at'][:10]}" in text


def test_a_slip_in_a_lexicon_is_told_with_its_place(site: Cli) -> None:
    break_lexicon(site)
    checked = site("check")
    assert checked.exit_code == 1
    assert checked.stdout.count(WHERE) == 1
    assert 'did you mean "waiting"?' in checked.stdout
    status = site.json("status")
    assert status["scorer"] is None
    assert WHERE in status["lexicons_problem"]
    assert WHERE in site("status").stdout


def test_the_doctor_tells_a_slip_in_a_lexicon_from_one_in_the_rules(site: Cli) -> None:
    checks = {each["name"]: each for each in site.json("doctor", "--offline", "--only", "lexicons")["checks"]}
    assert checks["lexicons"]["ok"]
    break_lexicon(site)
    found = site.json("doctor", "--offline")["checks"]
    checks = {each["name"]: each for each in found}
    assert (checks["lexicons"]["ok"], checks["lexicons"]["fix"]) == (False, "engagebot check")
    assert WHERE in checks["lexicons"]["detail"]
    assert checks["rules"]["detail"] == "cannot be tested, for the lexicons hold errors"


def test_an_answer_to_the_sample_decides_the_post_again(site: Cli) -> None:
    number = hear_one(site, "@acme I am at the counter now.")
    said = site("learn", "sample", "--answer", f"{number}=unhappy")
    assert said.exit_code == 0
    assert "1 answer noted, 1 decided again" in said.stdout
    with opened(site) as app, app.store.read() as tx:
        record, case = mentions.get(tx, number), cases.of_mention(tx, number)
        decision = decisions.latest(tx, number)
    assert record.judgement is not None
    assert (record.judgement.sentiment, record.state) == (Sentiment.NEGATIVE, MentionState.DECIDED)
    assert case is not None
    assert decision is not None
    assert decision.facts["unhappiness"] == 1.0
    again = site("learn", "sample", "--answer", f"{number}=unhappy")
    assert "decided again" not in again.stdout
    assert "unhappiness" in site("rules", "explain", number).stdout


def test_what_cannot_be_decided_now_waits_for_a_running_process(site: Cli) -> None:
    number = hear_one(site, "@acme I am at the counter now.")
    with opened(site) as app:
        scorer = app.scorer
        break_lexicon(site)
        assert app.scorer is scorer
    said = site("learn", "sample", "--answer", f"{number}=unhappy")
    assert "1 answer noted" in said.stdout
    with opened(site) as app, app.store.read() as tx:
        assert mentions.get(tx, number).state is MentionState.NEW
    (site.site / "config" / "lexicons" / "own.txt").unlink()
    assert site("run", "--once").exit_code == 0
    with opened(site) as app, app.store.read() as tx:
        assert cases.of_mention(tx, number) is not None


def test_rescoring_decides_again_what_reads_otherwise(site: Cli) -> None:
    number = hear_one(site, "@acme that is so gribbled, my box.")
    with opened(site) as app, app.store.read() as tx:
        assert mentions.get(tx, number).judgement is not None
        before = decisions.latest(tx, number)
    words = site.site / "config" / "lexicons" / "own.txt"
    words.write_text("gribbled | 4 | anger | ours\n", encoding="utf-8")
    done = site.json("rescore")
    assert (done["rescored"], done["decided_again"]) == (1, 1)
    with opened(site) as app, app.store.read() as tx:
        after = decisions.latest(tx, number)
        assert mentions.get(tx, number).fetched_at > SystemClock().now() - timedelta(hours=1)
    assert before is not None
    assert after is not None
    assert after.id > before.id
