"""The settings page: what runs, in words and with its place; never a secret; a test through a channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from engagebot.domain.hours import BusinessHours
from engagebot.domain.roles import Role
from engagebot.errors import DeliveryFailed
from engagebot.ports import Notice
from engagebot.settings.values import ContactPolicy, Secret, Sla, Team
from engagebot.store import audit
from engagebot.web.pages.settings_shown import sections
from tests.integration.web.office import Office

SECRET = "https://hooks.fake.example/T000/made-up-secret"


@dataclass
class FakeChannel:
    """A channel that keeps what it was given, or says why it does not."""

    name: str = "slack"
    problem: str | None = None
    taken: list[Notice] = field(default_factory=list)

    def deliver(self, notice: Notice) -> None:
        if self.problem:
            raise DeliveryFailed(self.problem)
        self.taken.append(notice)


def _change(office: Office, **values: object) -> None:
    office.app.settings = replace(office.app.settings, **values)  # type: ignore[arg-type]


def _words(office: Office, config: str = "config/engagebot.yaml") -> Mapping[str, str]:
    return {each.label: each.words for part in sections(office.app.settings, config) for each in part.shown}


def _with_secrets(office: Office) -> None:
    _change(
        office,
        slack_webhook_url=Secret(SECRET),
        secrets=(SECRET,),
        teams={"support": Team(name="support", notify=("slack", "console"))},
        webhooks={"crm": "https://crm.fake.example/hooks/made-up-secret"},
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_settings_are_told_in_words(office: Office) -> None:
    zone = office.app.settings.timezone
    _change(
        office,
        slas=(Sla(name="quick", first_reply=timedelta(hours=4), hours="business"),),
        hours=BusinessHours.parse({"mon-fri": "09:00-18:00"}, zone=zone),
        contact_policy=ContactPolicy(quiet_hours=(21 * 60, 8 * 60)),
    )

    words = _words(office)

    assert words["Promise “quick”"] == ("first reply within 4 hours of working time; warned at 50%, 80%")
    assert words["Working hours"].startswith("mon 09:00–18:00; tue 09:00–18:00")
    assert words["Quiet hours, unasked"] == "21:00 to 08:00"
    assert words["Replies from one account"] == "at most 10 replies a minute, 60 replies an hour"
    assert words["Replies in one community"] == "at most 20 replies a day"
    assert words["Unasked, to one person"] == "at most 1 time in 30d"
    assert words["Mentions are kept"] == "365 days"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_setting_says_where_to_change_it(office: Office) -> None:
    config = office.app.settings.site / "config" / "engagebot.yaml"
    config.write_text("brand:\n  name: Acme\n\nundo_seconds: 10\n", encoding="utf-8")

    def places() -> dict[str, tuple[str, int | None]]:
        found = sections(office.app.settings, "config/engagebot.yaml")
        return {each.key: (each.file, each.line) for part in found for each in part.shown}

    assert places()["undo_seconds"] == ("config/engagebot.yaml", 4)
    assert places()["brand.name"] == ("config/engagebot.yaml", 2)
    assert places()["brand.rivals"] == ("config/engagebot.yaml", 1)
    assert places()["retention.mentions"] == ("config/engagebot.yaml", None)
    assert places()["ENGAGEBOT_SMTP_URL"] == (".env", None)
    config.write_text("brand: [broken", encoding="utf-8")
    assert places()["undo_seconds"] == ("config/engagebot.yaml", None)
    page = office.person(Role.LIGHT).get("/settings")
    assert page.status_code == 200


def test_no_secret_is_on_the_page(office: Office) -> None:
    _with_secrets(office)

    page = office.person(Role.OWNER).get("/settings").text

    assert "made-up-secret" not in page
    assert office.app.settings.database_url not in page
    assert "crm.fake.example" in page
    assert _words(office)["Slack webhook url"] == "given"


def test_a_marked_test_goes_through_one_channel_and_is_audited(office: Office) -> None:
    _with_secrets(office)
    channel = FakeChannel()
    office.app._sinks["slack"] = channel

    page = office.person(Role.OPERATOR).post("/settings/channels/test", data={"channel": "slack"}).text

    assert "slack took the test" in page
    [notice] = channel.taken
    assert (notice.kind, notice.title[:5]) == ("test", "TEST:")
    assert "operator_demo tried this channel" in notice.text
    with office.app.store.read() as tx:
        [event] = audit.of(tx, "site")
    assert (event.actor, event.action) == ("operator_demo", "channel.tested")
    assert event.detail == {"channel": "slack", "taken": True}


def test_what_went_wrong_is_told_without_the_secret(office: Office) -> None:
    _with_secrets(office)
    office.app._sinks["slack"] = FakeChannel(problem=f"POST {SECRET} answered\n404")

    page = office.person(Role.OWNER).post("/settings/channels/test", data={"channel": "slack"}).text

    assert "did not take it" in page
    assert "POST *** answered 404" in page
    assert "made-up-secret" not in page


@pytest.mark.parametrize("channel", ["email:me@evil.example", "webhook:http://169.254.169.254", "x"])
def test_only_channels_of_the_settings_are_tried(office: Office, channel: str) -> None:
    answer = office.person(Role.OWNER).post("/settings/channels/test", data={"channel": channel})

    assert answer.status_code == 422
    assert "there are: console" in answer.text


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_page_offers_what_a_role_may_do(office: Office, role: Role) -> None:
    page = office.person(role).get("/settings").text

    keeps = role in {Role.OPERATOR, Role.OWNER}
    assert ("/settings/people" in page) is keeps
    assert ("/settings/channels/test" in page) is keeps
    assert ('href="/audit"' in page) is (keeps or role is Role.LEAD)
    assert 'href="/me"' in page


def test_the_demo_shows_its_settings_and_tells_nobody(demo: Office) -> None:
    visitor = demo.visitor()

    assert "config/demo.yaml" in visitor.get("/settings").text
    assert visitor.post("/settings/channels/test", data={"channel": "console"}).status_code == 422
