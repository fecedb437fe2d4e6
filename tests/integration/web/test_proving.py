"""Each channel is tested once a week: what came of it is shown, and a failure is told elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engagebot import scheduler
from engagebot.doctor import outside
from engagebot.domain.roles import Act, Person, Role
from engagebot.errors import DeliveryFailed
from engagebot.pipeline import dead_letters
from engagebot.ports import Notice
from engagebot.settings.values import Alarms, Team
from tests.integration.web.office import Office

ALARM = "[High] channel slack does not work"


class Line:
    """A channel that fails while it is broken."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.failure: DeliveryFailed | None = None
        self.taken: list[Notice] = []

    def deliver(self, notice: Notice) -> None:
        if self.failure is not None:
            raise self.failure
        self.taken.append(notice)

    @property
    def titles(self) -> list[str]:
        return [notice.title for notice in self.taken]


@pytest.fixture
def lines(office: Office) -> tuple[Line, Line]:
    """A team in Slack, whose operator reads mail."""
    slack, mail = Line("slack"), Line("email:operator@example.com")
    app = office.app
    app.settings = replace(
        app.settings,
        teams={"support": Team(name="support", notify=("slack", "console"))},
        alarms=Alarms(notify=(mail.name,)),
    )
    app._sinks |= {line.name: line for line in (slack, mail)}
    app.may_notify = True
    return slack, mail


def week(office: Office) -> int:
    """Let the job look, and what it put in line leave; answer how many tests it put there."""
    began = scheduler.prove(office.app)
    scheduler.exhaust(office.app, scheduler.tell_people)
    return began


def proof(office: Office) -> list[tuple[bool, str]]:
    checks = outside.plan(office.app, is_offline=True)["proof slack"]()
    return [(check.ok, check.detail) for check in checks]


def test_each_channel_gets_one_test_a_week_while_people_are_there(
    office: Office, lines: tuple[Line, Line]
) -> None:
    slack, mail = lines
    assert proof(office) == []
    assert (week(office), week(office)) == (2, 0)
    assert slack.titles == mail.titles == ["TEST: engagebot reaches you here"]
    assert slack.taken[0].kind == "self_test"
    found = []
    for _ in range(14 * 24):
        office.clock.forward(hours=1)
        if scheduler.prove(office.app):
            local = office.clock.now().astimezone(office.app.settings.timezone)
            found.append(f"{local:%A %H:%M}")
    assert found == ["Monday 09:00", "Monday 09:00"]
    page = office.person(Role.OPERATOR).get("/settings").text
    assert "weekly test queued" in page
    assert proof(office)[0][0] is False
    scheduler.exhaust(office.app, scheduler.tell_people)
    assert proof(office) == [(True, f"a test got through on {office.clock.now():%Y-%m-%d}")]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nobody_is_tested_where_nothing_may_leave_or_the_site_says_so(
    office: Office, lines: tuple[Line, Line]
) -> None:
    office.app.may_notify = False
    assert week(office) == 0
    office.app.may_notify = True
    office.app.settings = replace(office.app.settings, tests_channels=False)
    assert week(office) == 0
    assert "proof slack" not in outside.plan(office.app, is_offline=True)


@pytest.mark.parametrize("is_gone", [True, False], ids=["shut", "failing"])
def test_a_test_that_does_not_get_through_is_an_alarm_elsewhere_until_the_channel_is_mended(
    office: Office, lines: tuple[Line, Line], is_gone: bool
) -> None:
    slack, mail = lines
    slack.failure = DeliveryFailed("no answer", is_gone=is_gone, is_permanent=is_gone)
    week(office)
    for _ in range(3):
        office.clock.forward(minutes=10)
        week(office)
    assert mail.titles == ["TEST: engagebot reaches you here", ALARM]
    assert "no answer" not in mail.taken[-1].text
    page = office.person(Role.OPERATOR).get("/settings").text
    assert "weekly test failed" in page
    assert "no answer" in page
    ((is_ok, said),) = proof(office)
    assert (is_ok, said.startswith("the weekly test did not get through: ")) == (False, True)

    slack.failure = None
    act = Act(by=Person("kim_demo", Role.OPERATOR), at=office.clock.now())
    with office.app.store.write() as tx:
        dead_letters.channel_works(tx, "slack", act)
    week(office)
    assert slack.titles == ["TEST: engagebot reaches you here"]
    assert proof(office)[0][0] is True


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_where_there_is_no_other_channel_every_page_says_that_nobody_was_reached(
    office: Office, lines: tuple[Line, Line]
) -> None:
    slack, _ = lines
    office.app.settings = replace(
        office.app.settings,
        alarms=Alarms(notify=("console",)),
        teams={"support": Team(name="support", notify=("slack",))},
    )
    office.app._sinks["console"] = slack
    slack.failure = DeliveryFailed("no answer")
    for _ in range(5):
        week(office)
        office.clock.forward(minutes=10)
    assert "1 alarm has reached nobody" in office.person(Role.OPERATOR).get("/settings").text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_proof_gets_old(office: Office, lines: tuple[Line, Line]) -> None:
    week(office)
    office.clock.at += timedelta(days=8, minutes=1)
    assert proof(office) == [(False, "no weekly test got through lately, none since 2026-08-03")]
