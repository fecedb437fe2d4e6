"""Who looked after somebody's last case is offered first when the next one is given to somebody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from engagebot.domain.hours import BusinessHours
from engagebot.domain.roles import Role
from engagebot.store.entry import accounts
from tests.factories import make_author
from tests.integration.web.office import Office

MAPLE = make_author("maple_fan_demo")
NIGHT = BusinessHours.parse({"mon-sun": "01:00-02:00"}, zone=ZoneInfo("UTC"))


def came_back(office: Office) -> int:
    """The second case of somebody whose first one agent_demo looked after, 40 days before."""
    first = office.opens_case(author=MAPLE)
    agent = office.person(Role.SUPPORT, "agent_demo")
    agent.post(f"/cases/{first}/ack")
    agent.post(f"/cases/{first}/resolve", data={"outcome": "refunded"})
    office.clock.at += timedelta(days=40)
    second = office.opens_case("no bill for the dead box", author=MAPLE)
    assert second != first
    return second


CHOSEN = 'name="to" list="people" maxlength="200" value="agent_demo"'


def test_who_looked_after_the_last_case_is_chosen_already(office: Office) -> None:
    second = came_back(office)
    lead = office.person(Role.LEAD, "lead_demo")
    page = lead.get(f"/cases/{second}").text
    assert "agent_demo looked after the last one" in page
    assert CHOSEN in page
    assert lead.post(f"/cases/{second}/assign", data={"to": "agent_demo"}).status_code == 303


def test_on_the_desk_they_come_first_too(office: Office) -> None:
    came_back(office)
    lead = office.person(Role.LEAD, "lead_demo")
    page = lead.get(lead.post("/mentions/2/reply").headers["location"]).text
    assert '<select name="to"><option selected>agent_demo</option>' in page
    assert "agent_demo looked after the last one" in page


@pytest.mark.parametrize("why", ["gone", "not at work"])
def test_who_is_gone_or_not_at_work_is_not_offered(office: Office, why: str) -> None:
    second = came_back(office)
    if why == "gone":
        with office.app.store.write() as tx:
            accounts.change(tx, "agent_demo", {"is_disabled": True})
    else:
        office.app.settings = replace(office.app.settings, hours=NIGHT)
    page = office.person(Role.LEAD, "lead_demo").get(f"/cases/{second}").text
    assert CHOSEN not in page
    assert "looked after the last one" not in page
