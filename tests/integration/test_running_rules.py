"""The rule set in use: files that change while it runs, and processes that work side by side."""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engagebot.bootstrap import App
from engagebot.domain.actions import Outcome
from engagebot.domain.judgement import Judgement, Sentiment
from engagebot.domain.roles import Act, Person, Role
from engagebot.errors import AlreadyRunning, FilesInvalid, NotAllowed, NotFound, WrongUsage
from engagebot.rulebook import restoring
from engagebot.rulebook.restoring import Folders
from engagebot.store import site, tables
from engagebot.store.heard import mentions
from engagebot.store.ruling import rule_problem, rule_sets
from tests.factories import hear, make_mention, make_settings
from tests.fakes import NOON, FakeClock
from tests.integration.web.office import RULES


@pytest.fixture
def apps(database_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[tuple[App, App]]:
    """Two processes on one site."""
    folder = tmp_path / "site"
    (folder / "rules" / "templates").mkdir(parents=True)
    (folder / "config" / "lists").mkdir(parents=True)
    (folder / "rules" / "templates" / "thanks.md").write_text("Thank you!\n", "utf-8")
    (folder / "rules" / "10-all.yaml").write_text(RULES, "utf-8")
    found = [App(make_settings(folder, database_url, now=clock.now())) for _ in range(2)]
    yield found[0], found[1]
    for app in found:
        app.close()


def act(role: Role = Role.LEAD) -> Act:
    return Act(by=Person("lead_demo", role), at=NOON)


def change(app: App, old: str, new: str) -> None:
    path = app.settings.rules_folder / "10-all.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def folders(app: App) -> Folders:
    settings = app.settings
    return Folders(rules=settings.rules_folder, lists=settings.lists_folder, state=settings.var)


def test_another_process_takes_up_what_one_publishes(apps: tuple[App, App]) -> None:
    one, other = apps
    assert (one.rules.refresh(), other.rules.refresh()) == (True, False)
    change(one, "severity: high", "severity: low")
    published = one.rules.publish(act(), "softer")
    assert (published.version.version, published.is_new) == (2, True)
    assert other.rules.book.hash != one.rules.book.hash
    assert other.rules.refresh()
    assert other.rules.book.hash == one.rules.book.hash
    with other.store.read() as tx:
        assert [each.author for each in rule_sets.newest(tx)] == ["lead_demo", "watcher"]


def test_a_set_goes_live_with_what_each_rule_matched_an_hour_in_its_backtest(apps: tuple[App, App]) -> None:
    one, _ = apps
    one.rules.refresh()
    with one.store.read() as tx:
        assert rule_sets.get(tx, 1).rates == {}, "nothing was heard yet"
    heard = [
        make_mention(str(hours), "dead" if hours % 2 else "love", posted_at=NOON - timedelta(hours=hours))
        for hours in range(49)
    ]
    hear(one.store, *heard)
    said = Judgement(compound=0.0, sentiment=Sentiment.NEUTRAL, version="v")
    with one.store.write() as tx:
        ids = [each.id for each in mentions.waiting(tx, 100)]
        mentions.mark_decided(tx, [(mention_id, said, Outcome.ROUTED, ()) for mention_id in ids])
    change(one, "severity: high", "severity: low")
    rates = one.rules.publish(act(), "softer").version.rates
    assert rates is not None
    assert rates["broken"] == 0.5
    change(one, "severity: low", "severity: high")
    with one.store.write() as tx:
        tx.execute(sa.delete(tables.mentions))
    assert one.rules.publish(act(), "harder").version.rates == {
        k: v for k, v in rates.items() if k != "broken"
    }


def test_a_process_that_does_not_watch_shows_what_is_live(apps: tuple[App, App]) -> None:
    one, other = apps
    assert other.rules.live()[1].version == 1
    change(one, "severity: high", "severity: low")
    one.rules.refresh()
    book, live = other.rules.live()
    assert (book.hash, live.version) == (one.rules.book.hash, 2)
    assert other.rules.live()[0] is book


def test_bad_files_keep_the_last_good_set_and_say_so_until_they_are_mended(
    apps: tuple[App, App], caplog: pytest.LogCaptureFixture
) -> None:
    one, other = apps
    one.rules.refresh()
    good = one.rules.book
    change(one, "contains_any: [dead]", "contains_amy: [dead]")
    with caplog.at_level(logging.WARNING):
        assert not one.rules.refresh()
        assert not one.rules.refresh()
        change(one, "contains_amy: [dead]", "contains_any: [dead]")
        with one.store.read() as tx:
            problem, findings = site.rules_problem(tx), rule_problem.findings(tx)
        assert one.rules.book is good
        assert other.rules.book.hash == good.hash
        one.rules.refresh()
    assert problem is not None
    assert problem.startswith("rules/10-all.yaml:4:")
    assert [finding["line"] for finding in findings] == [4]
    assert [line for line in caplog.messages if line.startswith("the rule files")] == [
        f"the rule files hold 1 error; set {good.hash[:12]} goes on running. {problem}",
        "the rule files hold again",
    ]
    with one.store.read() as tx:
        assert (site.rules_problem(tx), rule_problem.findings(tx)) == (None, [])


def test_a_set_that_fails_its_own_tests_is_not_published(apps: tuple[App, App]) -> None:
    one, _ = apps
    one.rules.refresh()
    test = "  tests: [{name: t, mention: {text: fine}, expect: {matches: true}}]\n- id: praise"
    change(one, "- id: praise", test)
    with pytest.raises(FilesInvalid, match="EB200"):
        one.rules.publish(act(), "untested")
    with one.store.read() as tx:
        assert len(rule_sets.newest(tx)) == 1


def test_who_may_not_publish_changes_nothing(apps: tuple[App, App]) -> None:
    one, _ = apps
    one.rules.refresh()
    for role in (Role.MARKETING, Role.OPERATOR):
        with pytest.raises(NotAllowed):
            one.rules.publish(act(role), "mine")
        with pytest.raises(NotAllowed):
            one.rules.restore(act(role), 1, "mine")
        with pytest.raises(NotAllowed):
            one.rules.resume(act(role), "praise")
    with pytest.raises(WrongUsage, match="the note is empty"):
        one.rules.publish(act(), " ")
    with pytest.raises(NotFound):
        one.rules.restore(act(), 9, "nine")


def test_the_watcher_waits_while_another_process_exchanges_files(apps: tuple[App, App]) -> None:
    one, other = apps
    one.rules.refresh()
    before = other.rules.book
    with restoring.exchange(before.sources, folders(one), version=1, stamp="now"):
        change(one, "severity: high", "severity: low")
        assert not other.rules.refresh()
        assert other.rules.book is before
        with pytest.raises(AlreadyRunning):
            other.rules.restore(act(), 1, "me too")
    assert other.rules.refresh()


def test_a_journal_whose_writer_died_is_told_and_names_the_files_of_before(apps: tuple[App, App]) -> None:
    one, other = apps
    one.rules.refresh()
    good = one.rules.book
    places = folders(one)
    places.state.mkdir(exist_ok=True)
    (places.state / "rules-restore.lock").touch()
    places.journal.write_text('{"version": 1, "kept": "var/rules-before-restore-x"}', "utf-8")
    change(one, "severity: high", "severity: low")
    assert not one.rules.refresh()
    assert one.rules.book is good
    assert "the files of before are in var/rules-before-restore-x" in (one.rules.problem or "")
    places.journal.write_text("[]", "utf-8")
    with pytest.raises(FilesInvalid, match="was cut off"):
        other.rules.load_checked()
    done = one.rules.restore(act(), 1, "finish")
    assert (done.is_new, one.rules.problem, places.journal.exists()) == (False, None, False)


def test_names_that_lead_elsewhere_are_refused(tmp_path: Path) -> None:
    places = Folders(rules=tmp_path / "rules", lists=tmp_path / "lists", state=tmp_path / "var")
    for name in (
        "../evil.yaml",
        "/evil.yaml",
        "templates/../../evil.md",
        ".hidden.yaml",
        "lists/",
        "a/b.yaml",
    ):
        with (
            pytest.raises(WrongUsage, match="no rule file"),
            restoring.exchange({name: "x"}, places, version=1, stamp="now"),
        ):
            pass
    assert list(tmp_path.iterdir()) == []


def test_what_is_kept_twice_in_a_second_gets_two_names(tmp_path: Path) -> None:
    places = Folders(rules=tmp_path / "rules", lists=tmp_path / "lists", state=tmp_path / "var")
    for _ in range(2):
        with restoring.exchange({"a.yaml": "x"}, places, version=1, stamp="now"):
            pass
    names = sorted(path.name for path in places.state.glob("rules-before*"))
    assert names == ["rules-before-restore-now", "rules-before-restore-now-2"]
    with (places.state / "rules-restore.lock").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_an_exchange_that_fails_puts_the_former_files_back(tmp_path: Path) -> None:
    places = Folders(rules=tmp_path / "rules", lists=tmp_path / "lists", state=tmp_path / "var")
    (places.rules / "templates").mkdir(parents=True)
    (places.rules / "a.yaml").write_bytes(b"old\r\n")
    (places.rules / "c.yaml").write_bytes(b"gone\n")
    new = {"a.yaml": "new\n", "b.yaml": "more\n", "lists/staff.txt": "maple_demo\n"}

    def fail() -> None:
        with restoring.exchange(new, places, version=1, stamp="now"):
            assert (places.rules / "b.yaml").read_text("utf-8") == "more\n"
            assert not (places.rules / "c.yaml").exists()
            raise RuntimeError("no database")

    with pytest.raises(RuntimeError, match="no database"):
        fail()
    found = {path.name: path.read_bytes() for path in places.rules.iterdir() if path.is_file()}
    assert found == {"a.yaml": b"old\r\n", "c.yaml": b"gone\n"}
    assert restoring.cut_off(places) is None


def test_a_file_that_cannot_be_written_is_named_and_nothing_is_left_half_done(tmp_path: Path) -> None:
    places = Folders(rules=tmp_path / "rules", lists=tmp_path / "lists", state=tmp_path / "var")
    (places.rules / "b.yaml").mkdir(parents=True)
    (places.rules / "a.yaml").write_text("old\n", "utf-8")
    with (
        pytest.raises(WrongUsage, match=r"b\.yaml.* cannot be written"),
        restoring.exchange({"a.yaml": "new\n", "b.yaml": "more\n"}, places, version=1, stamp="now"),
    ):
        pass
    assert (places.rules / "a.yaml").read_text("utf-8") == "old\n"
    assert restoring.cut_off(places) is None
