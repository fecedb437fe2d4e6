"""A site learns from its people's decisions, adopts only what is no worse, and forgets what was deleted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from engagebot.domain.actions import Outcome
from engagebot.domain.heard.removal import Removal
from engagebot.domain.heard.verdicts import FINE, NOTHING_SAID, UNHAPPY, ModelState, Origin, SiteModelRecord
from engagebot.errors import AlreadyRunning, WrongUsage
from engagebot.pipeline.learning import LearningContext, forget, gathering, learn, learn_nightly, making
from engagebot.pipeline.learning.gathering import audit_weight
from engagebot.scoring.dialect import Heard
from engagebot.scoring.site import Leaning, SiteModel
from engagebot.store import audit, tables
from engagebot.store.engine import Store
from engagebot.store.heard import models, redaction, verdicts
from tests.factories import make_author
from tests.fakes import FakeClock
from tests.lessons import THINGS, WHENS, School, make_scorer, post

UTC = ZoneInfo("UTC")


@pytest.fixture
def school(store: Store, clock: FakeClock, tmp_path: Path) -> School:
    return School(store, clock, make_scorer(tmp_path))


def model_in_use(school: School) -> SiteModel | None:
    with school.store.read() as tx:
        weights = models.weights_in_use(tx)
    return None if weights is None else SiteModel.parse(weights)


def states(school: School) -> list[str]:
    with school.store.read() as tx:
        return [each.state.value for each in models.all_of(tx)]


def test_two_hundred_verdicts_teach_a_word_that_no_lexicon_knows(school: School) -> None:
    school.lessons(200)
    made = learn(school.context, by="lead_demo")
    assert (made.state, made.note, made.made_by) == (ModelState.ADOPTED, None, "lead_demo")
    figures = made.figures
    assert (figures["verdicts"], figures["unhappy"], figures["people"]) == (200, 80, 200)
    assert figures["held_back"]["taught"]["auc"] > figures["held_back"]["shipped"]["auc"]
    assert figures["held_back"]["taught"]["log_loss"] < figures["held_back"]["shipped"]["log_loss"]
    taught = school.scorer.taught(model_in_use(school))
    before, after = (each.judge("all gribbled", lang="en") for each in (school.scorer, taught))
    assert before.unhappiness is not None
    assert after.unhappiness is not None
    assert after.unhappiness > 0.5 > before.unhappiness
    assert made.version in after.version
    with school.store.read() as tx:
        assert models.version_in_use(tx) == made.version
        assert [event.action for event in audit.of(tx, f"model:{made.id}")] == ["model.adopted"]


@pytest.mark.parametrize(
    ("count", "unhappy", "says"),
    [
        (199, 80, "199 verdicts on unhappy are fewer than 200"),
        (220, 29, "29 of 220 verdicts say unhappy; at least 30"),
        (220, 0, "0 of 220 verdicts say unhappy"),
        (220, 220, "220 of 220 verdicts say unhappy"),
        (0, 0, "0 verdicts on unhappy are fewer than 200"),
    ],
)
def test_too_few_verdicts_teach_nothing_and_say_why(
    school: School, count: int, unhappy: int, says: str
) -> None:
    if count:
        school.lessons(count, unhappy=unhappy)
    made = learn(school.context, by="lead_demo")
    assert made.state is ModelState.REFUSED
    assert made.note is not None
    assert says in made.note
    assert model_in_use(school) is None


def test_a_model_that_is_worse_on_held_back_verdicts_is_refused_with_both_figures(school: School) -> None:
    school.lessons(240, unhappy=120, is_random=True)
    made = learn(school.context, by="lead_demo")
    held = made.figures["held_back"]
    assert made.state is ModelState.REFUSED
    assert held["taught"]["auc"] < held["shipped"]["auc"]
    assert f"AUC {held['taught']['auc']:.3f} after {held['shipped']['auc']:.3f}" in (made.note or "")
    assert "log-loss" in (made.note or "")


def test_a_model_in_use_outlives_one_that_was_refused(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    school.lessons(200)
    first = learn(school.context, by="lead_demo")
    monkeypatch.setattr("engagebot.scoring.proving.Figures.is_worse_than", lambda *_: True)
    second = learn(school.context, by="lead_demo")
    assert (first.state, second.state) == (ModelState.ADOPTED, ModelState.REFUSED)
    assert states(school) == ["refused", "adopted"]


def test_words_of_one_person_and_numbers_are_not_kept(school: School) -> None:
    school.lessons(200)
    for _ in range(3):
        school.says("my gribbled thing, yours Quillon", UNHAPPY, author=make_author("one_demo"))
    school.says("order AB12345 is gribbled, says Wrenna", UNHAPPY)
    school.says("order AB12345 is still gribbled", UNHAPPY)
    for number in range(4):
        school.says(
            "gribbled! regards, Tamsin", UNHAPPY, author=make_author(f"t{number}_demo", name="Tamsin F")
        )
    learn(school.context, by="lead_demo")
    model = model_in_use(school)
    assert model is not None
    words = {part for word in model.words for part in word.split(" ")}
    assert "gribbled" in words
    assert words.isdisjoint({"quillon", "wrenna", "tamsin", "12345", "ab12345"})
    assert not any(letter.isdigit() for word in words for letter in word)
    assert not any("demo" in word for word in words)


def test_deleted_posts_leave_no_word_in_any_stored_model(school: School) -> None:
    school.lessons(200)
    gone = [school.says(f"the snurfle {number} is gribbled", UNHAPPY) for number in ("one", "two", "three")]
    learn(school.context, by="lead_demo")
    before = model_in_use(school)
    assert before is not None
    assert any("snurfle" in word for word in before.words)
    with school.store.write() as tx:
        redaction.redact(tx, gone, school.clock.now(), Removal.GONE)
    made = learn(school.context, by="lead_demo")
    assert made.figures["left_out"] == {"forgotten": 3}
    assert made.figures["verdicts"] == 200
    after = model_in_use(school)
    assert after is not None
    assert not any("snurfle" in word for word in after.words)
    with school.store.write() as tx:
        back = models.roll_back(tx, by="lead_demo", at=school.clock.now())
        weights = models.weights_in_use(tx)
    assert back is not None
    assert weights is not None
    assert "snurfle" not in weights
    assert "words were forgotten" in (back.note or "")


def test_a_model_whose_ground_is_gone_is_off(school: School) -> None:
    ids = school.lessons(210)
    assert learn(school.context, by="lead_demo").state is ModelState.ADOPTED
    with school.store.write() as tx:
        redaction.redact(tx, ids[:60], school.clock.now(), Removal.EXPIRED)
    made = learn(school.context, by="lead_demo")
    assert (made.state, "150 verdicts" in (made.note or "")) == (ModelState.REFUSED, True)
    assert model_in_use(school) is None
    assert states(school) == ["refused", "retired"]


def test_what_is_said_in_another_language_or_copied_teaches_nothing(school: School) -> None:
    school.lessons(200)
    school.says("Der Router ist seit gestern kaputt und niemand hilft mir weiter", UNHAPPY, lang="de")
    first = school.says("the whole street has no signal since five o'clock this morning, acme", UNHAPPY)
    copy = school.says("the whole street has no signal since five o'clock this morning, acme!", UNHAPPY)
    taken_back = school.says("a slip of the hand", UNHAPPY)
    with school.store.write() as tx:
        tx.execute(sa.update(tables.mentions).where(tables.mentions.c.id == copy).values(copy_of=first))
        german = tables.mentions.c.lang == "de"
        tx.execute(sa.update(tables.mentions).where(german).values(language="de"))
        verdicts.take_back(tx, taken_back, by="agent_demo", at=school.clock.now())
    made = learn(school.context, by="lead_demo")
    assert made.figures["verdicts"] == 201
    assert made.figures["left_out"] == {"other_language": 1, "copies": 1, "taken_back": 1}


def test_an_answer_to_the_sample_weighs_more_where_few_were_asked(school: School) -> None:
    school.lessons(200)
    school.hears(
        [post(n, n % 2 == 0) for n in range(10)], origin=Origin.AUDIT_SAMPLE, outcome=Outcome.UNTOUCHED
    )
    gathered = gathering.gather(school.context)
    assert (gathered.audited, gathered.audit_weight) == (10, 1.0)
    school.hears([("nobody saw this", FINE)] * 5, outcome=Outcome.UNTOUCHED)
    gathered = gathering.gather(school.context)
    assert gathered.audit_weight > 1.0
    weights = sorted({lesson.example.weight for lesson in gathered.lessons})
    assert weights == [1.0, gathered.audit_weight]


@pytest.mark.parametrize(
    ("unrouted", "routed", "audited", "others", "weight"),
    [
        (8000, 1000, 20, 500, 1.5),
        (120, 200, 10, 20, 1.2),
        (100, 1000, 100, 10, 1.0),
        (0, 10, 1, 1, 1.0),
        (10, 0, 1, 1, 1.0),
        (10, 10, 0, 1, 1.0),
        (10, 10, 1, 0, 1.0),
    ],
)
def test_the_weight_of_an_answer_is_its_rarity_within_bounds(
    unrouted: int, routed: int, audited: int, others: int, weight: float
) -> None:
    routing = {"unrouted": unrouted, "routed": routed}
    assert audit_weight(routing, audited=audited, others=others) == weight


def test_going_back_finds_the_model_before_and_then_none(school: School) -> None:
    school.lessons(200)
    first = learn(school.context, by="lead_demo")
    school.lessons(20)
    second = learn(school.context, by="lead_demo")
    assert states(school) == ["adopted", "retired"]
    now = school.clock.now()
    with school.store.write() as tx:
        back = models.roll_back(tx, by="lead_demo", at=now)
        assert back is not None
        assert (back.id, back.version) == (first.id, first.version)
        assert models.get(tx, second.id).note == "rolled back by lead_demo"
        assert models.roll_back(tx, by="lead_demo", at=now) is None
        assert models.version_in_use(tx) is None
    with pytest.raises(WrongUsage, match="nothing to go back from"), school.store.write() as tx:
        models.roll_back(tx, by="lead_demo", at=now)


def test_of_two_that_learn_at_once_one_wins(school: School) -> None:
    school.lessons(200)
    both = Barrier(2)
    gather = gathering.gather

    def in_step(context: LearningContext) -> gathering.Gathered:
        found = gather(context)
        both.wait(timeout=30)
        return found

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setattr(making, "gather", in_step)
        tries = [pool.submit(learn, school.context, by=name) for name in ("one_demo", "two_demo")]
        errors = [each.exception() for each in tries]
    assert sorted(error is None for error in errors) == [False, True]
    assert any(isinstance(error, AlreadyRunning) for error in errors)
    assert states(school) == ["adopted"]


def test_only_the_last_few_retired_models_keep_their_numbers(school: School) -> None:
    school.lessons(200)
    for _ in range(models.KEPT + 3):
        learn(school.context, by="lead_demo")
    with school.store.write() as tx:
        now, steps = school.clock.now(), 0
        while models.roll_back(tx, by="lead_demo", at=now):
            steps += 1
    assert steps == models.KEPT


def test_a_night_learns_once_and_only_when_something_changed(school: School) -> None:
    school.clock.forward(hours=14)  # two in the morning
    school.lessons(200)
    assert learn_nightly(school.context, UTC) is None
    school.clock.forward(hours=1)
    made = learn_nightly(school.context, UTC)
    assert made is not None
    assert (made.state, made.made_by) == (ModelState.ADOPTED, "engagebot")
    (lesson,) = school.hears([post(3, True)])
    assert learn_nightly(school.context, UTC) is None  # this day has had its look
    school.clock.forward(days=1)
    assert learn_nightly(school.context, UTC) is not None
    school.clock.forward(days=1)
    assert learn_nightly(school.context, UTC) is None  # nothing new
    with school.store.write() as tx:
        redaction.redact(tx, [lesson], school.clock.now(), Removal.GONE)
    school.clock.forward(days=1)
    assert learn_nightly(school.context, UTC) is not None


def test_a_night_with_few_verdicts_leaves_no_trace(school: School) -> None:
    school.lessons(20)
    assert learn_nightly(school.context, UTC) is None
    assert states(school) == []


def test_other_lexicons_are_a_reason_to_learn_anew(school: School, tmp_path: Path) -> None:
    school.lessons(200)
    assert learn_nightly(school.context, UTC) is not None
    (tmp_path / "lexicons" / "more.txt").write_text("snurfle | 1.0 | product\n", encoding="utf-8")
    school.scorer = make_scorer(tmp_path)
    school.clock.forward(days=1)
    assert learn_nightly(school.context, UTC) is not None


def test_a_night_that_only_forgets_makes_no_model(school: School) -> None:
    school.lessons(200)
    gone = [school.says(f"the snurfle {number} is gribbled", UNHAPPY) for number in ("one", "two")]
    first = learn(school.context, by="lead_demo")
    school.lessons(10)
    with school.store.write() as tx:
        redaction.redact(tx, gone, school.clock.now(), Removal.GONE)
    assert learn_nightly(school.context, UTC, only_forgets=True) is None
    model = model_in_use(school)
    assert states(school) == ["adopted"]
    assert model is not None
    assert model.version != first.version
    assert not any("snurfle" in word for word in model.words)


def test_switched_off_it_learns_no_more_at_night_but_goes_on_forgetting(school: School) -> None:
    school.lessons(200)
    gone = [school.says(f"the snurfle {number} is gribbled", UNHAPPY) for number in ("one", "two")]
    learn(school.context, by="lead_demo")
    now = school.clock.now()
    with school.store.write() as tx:
        was = models.switch_off(tx, by="lead_demo", at=now)
        assert was is not None
        assert models.off_by(tx) == "lead_demo"
        redaction.redact(tx, gone, now, Removal.GONE)
    assert model_in_use(school) is None
    assert learn_nightly(school.context, UTC) is None
    assert states(school) == ["retired"]
    assert forget(school.context) == 0  # the night did it
    with school.store.write() as tx:
        models.switch_on(tx, by="lead_demo", at=now)
        models.switch_on(tx, by="lead_demo", at=now)
        assert models.off_by(tx) is None
        told = [event.action for event in audit.of(tx, "site")]
    assert told == ["learning.off", "learning.on"]


def hear_dialect(school: School, count: int = 400) -> list[int]:
    """Posts that nobody decides about: "flurbed" stands beside what the shipped layers know as trouble."""
    return school.hears(
        [
            (f"my {THINGS[at % 8]} is broken and flurbed", NOTHING_SAID)
            if at % 2
            else (f"we set up the {THINGS[at % 8]} and sat down", NOTHING_SAID)
            for at in range(count)
        ]
    )


def teach_flurbed(school: School) -> SiteModelRecord:
    """Half of what is wrong is flurbed now, and the shipped layers see nothing in that either."""
    school.hears(
        [
            (f"my {THINGS[at % 8]} is {('gribbled', 'flurbed')[at % 2]} {WHENS[at % 7]}", UNHAPPY)
            if at < 80
            else post(at, False)
            for at in range(200)
        ]
    )
    return learn(school.context, by="lead_demo")


def test_what_was_heard_and_never_decided_about_teaches_the_dialect(school: School) -> None:
    hear_dialect(school)
    made = teach_flurbed(school)
    model = model_in_use(school)
    assert model is not None
    assert (made.figures["heard"]["posts"], made.figures["heard"]["people"]) == (400, 400)
    assert "unhappy" in made.figures["heard"]["used_for"]
    assert model.keep[0] < 1
    assert "sat" in model.words  # nobody decided about a post with this word
    assert made.figures["held_back"]["taught"]["log_loss"] < made.figures["held_back"]["shipped"]["log_loss"]


def test_a_dialect_that_helps_nobody_is_left_out(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    unhappy = Leaning(keep=0.5, shift=0.0, words={"gribbled": -9.0, "flurbed": -9.0})
    praise = Leaning(keep=0.5, shift=0.0, words={"love": -9.0})
    hear_dialect(school)
    monkeypatch.setattr(Heard, "dialect", lambda _: (unhappy, praise))
    made = teach_flurbed(school)
    model = model_in_use(school)
    assert made.state is ModelState.ADOPTED
    assert made.figures["heard"]["used_for"] == []
    assert model is not None
    assert model.keep == (1.0, 1.0)
    assert model.words["flurbed"][0] > 0


def test_decided_copied_foreign_and_deleted_posts_teach_no_dialect(school: School) -> None:
    heard = hear_dialect(school)
    school.lessons(200)
    now = school.clock.now()
    with school.store.write() as tx:
        redaction.redact(tx, heard[:3], now, Removal.GONE)
        rows = tables.mentions
        tx.execute(sa.update(rows).where(rows.c.id == heard[3]).values(language="de"))
        tx.execute(sa.update(rows).where(rows.c.id == heard[4]).values(copy_of=heard[5]))
        verdicts.add(tx, heard[6], UNHAPPY, Origin.CORRECTION, by="agent_demo", at=now)
    assert learn(school.context, by="lead_demo").figures["heard"]["posts"] == 400 - 6


def test_a_deleted_post_takes_its_words_out_of_the_dialect_at_night(school: School) -> None:
    school.clock.forward(hours=16)
    hear_dialect(school)
    shared = school.hears([(f"the {THINGS[at]} is broken and wobbly", NOTHING_SAID) for at in range(5)])
    teach_flurbed(school)
    model = model_in_use(school)
    assert model is not None
    assert "wobbly" in model.words
    assert learn_nightly(school.context, UTC) is None  # nothing new
    with school.store.write() as tx:
        redaction.redact(tx, shared[:1], school.clock.now(), Removal.GONE)
    school.clock.forward(days=1)
    assert learn_nightly(school.context, UTC) is not None
    with school.store.read() as tx:
        stored = [weights for (weights,) in tx.execute(sa.select(tables.site_models.c.weights))]
    assert len(stored) == 2
    assert not any("wobbly" in (weights or "") for weights in stored)
    school.clock.forward(days=1)
    assert learn_nightly(school.context, UTC) is None


def test_too_few_verdicts_hear_nothing(school: School) -> None:
    hear_dialect(school)
    school.lessons(20)
    assert learn(school.context, by="lead_demo").figures["heard"]["posts"] == 0
