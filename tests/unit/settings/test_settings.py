import dataclasses
import logging
import pickle
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from engagebot.domain.durations import Rate
from engagebot.domain.listening.costs import Budget
from engagebot.domain.replying.leaving import CapScope
from engagebot.domain.replying.risks import RiskKind
from engagebot.errors import FilesInvalid
from engagebot.settings import Secret, Settings, load_settings
from engagebot.settings.configfile import ConfigModel
from engagebot.settings.connectorfile import read_sections
from engagebot.settings.load import connector_names
from engagebot.settings.values import Review
from engagebot.settings.variables import CHANNELS, SITE

ROOT = Path(__file__).parents[3]
CONNECTORS = ("demo", "reddit", "x")
MINIMAL = "brand: {name: Acme}\n"
FULL = """\
brand:
  name: Acme
  handles: {x: "@acme", reddit: u/acme_support}
  rivals: [Shaw, Netflix]
timezone: Europe/Berlin
sending: "on"
watches:
  - {name: talk, connector: x, kind: search, query: '"acme" lang:en', every: 10m,
     budget: {posts_per_day: 500, usd_per_day: 2.5}}
  - {name: talk2, connector: reddit, kind: comments, match: [acme], every: 5m, lookback: 3d}
budgets: {x: {usd_per_month: 30, warn_at: 50%}}
teams:
  support: {notify: [console, email:support@example.com, webhook:crm, webhook]}
  billing: {}
sla:
  - {name: standard, first_reply: 24h, resolution: 72h, hours: business, warn_at: [80%, 50%]}
hours: {business: {mon-fri: "09:00-18:00", holidays: [2026-12-25]}}
contact_policy:
  {proactive_per_author: 2/7d, proactive_per_day: 5, quiet_hours: "21:00-08:00", opt_out_words: [stop],
   replies_per_account: [5/1m, 30/1h], replies_per_thread: 2/1d}
retention: {mentions: 30d}
learning: {nightly: false, audit_share: 5%}
sentiment: {very_negative: -0.7}
undo_seconds: 0
review:
  {second_reader: [vip, vip], large_reach: 900, by_hand_returns_after: 1h, most_in_bulk: 5,
   seeded_checks: {every: 40}}
webhooks: {crm: {url: https://crm.example.com/in}}
server: {trusted_proxies: [10.0.0.0/8], allowed_hosts: [engage.example.com]}
"""
WEBHOOK_SECRET = "whsec_bWFkZSB1cCBmb3IgdGVzdHMgb25seQ=="


def load(site: Path, config: str = MINIMAL, dotenv: str | None = None, **environ: str) -> Settings:
    (site / "config").mkdir(exist_ok=True)
    (site / "config" / "engagebot.yaml").write_text(config, encoding="utf-8")
    if dotenv is not None:
        (site / ".env").write_text(dotenv, encoding="utf-8")
    given = {f"ENGAGEBOT_{name}": value for name, value in environ.items()}
    return load_settings(site, {"PATH": "/bin", **given}, connectors=CONNECTORS)


def put_prices(site: Path, text: str) -> None:
    (site / "config").mkdir(exist_ok=True)
    (site / "config" / "prices.yaml").write_text(text, encoding="utf-8")


def faults(site: Path, config: str = MINIMAL, dotenv: str | None = None, **environ: str) -> list[str]:
    with pytest.raises(FilesInvalid) as caught:
        load(site, config, dotenv, **environ)
    return str(caught.value).splitlines()


def test_a_brand_is_enough_and_the_rest_has_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path)

    assert settings.database_url == f"sqlite:///{tmp_path}/var/engagebot.db"
    assert (settings.sending, settings.timezone.key, settings.undo_seconds) == (False, "UTC", 10)
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.contact_policy.proactive_per_author == Rate(1, timedelta(days=30))
    assert settings.review.second_reader == ("tender_topic", "feels_cheated", "takes_a_side")
    assert (settings.review.large_reach, settings.review.most_in_bulk) == (50_000, 25)
    assert settings.review.seeded_every is None
    assert settings.review.by_hand_returns_after == timedelta(minutes=15)
    assert settings.connector_options == {"demo": {}, "reddit": {}, "x": {}}
    assert settings.channels == ("console",)
    assert settings.warnings == ()


def test_every_key_of_the_file_reaches_the_settings(tmp_path: Path) -> None:
    put_prices(tmp_path, "connectors: {x: {units: {posts: 0.005}}}")
    settings = load(tmp_path, FULL, WEBHOOK_SECRET=WEBHOOK_SECRET, SMTP_URL="smtp://mail.example.com:25")

    assert settings.brand.handles == {"x": "acme", "reddit": "acme_support"}
    assert settings.sending
    talk, comments = settings.watches
    assert (talk.name, talk.connector, talk.kind, talk.every) == (
        "talk",
        "x",
        "search",
        timedelta(minutes=10),
    )
    assert talk.options == {"query": '"acme" lang:en'}
    assert talk.budget == Budget(posts_per_day=500, usd_per_day=Decimal("2.5"))
    assert settings.budgets == {"x": Budget(usd_per_month=Decimal(30), warn_at=0.5)}
    assert (talk.lookback, comments.lookback) == (timedelta(hours=24), timedelta(days=3))
    assert settings.teams["support"].notify == (
        "console",
        "email:support@example.com",
        "webhook:crm",
        "webhook",
    )
    (sla,) = settings.slas
    assert (sla.first_reply, sla.resolution) == (timedelta(hours=24), timedelta(hours=72))
    assert (sla.is_business_time, sla.warn_at) == (True, (0.5, 0.8))
    assert settings.hours is not None
    assert settings.hours.holidays == {date(2026, 12, 25)}
    assert settings.contact_policy.quiet_hours == (21 * 60, 8 * 60)
    assert settings.contact_policy.opt_out_words == ("stop",)
    leaving, day = settings.leaving, timedelta(days=1)
    assert (leaving.quiet_hours, leaving.zone) == ((21 * 60, 8 * 60), settings.timezone)
    assert leaving.caps[CapScope.ACCOUNT] == (Rate(5, timedelta(minutes=1)), Rate(30, timedelta(hours=1)))
    assert leaving.caps[CapScope.THREAD] == (Rate(2, day),)
    assert (leaving.caps[CapScope.AUTHOR], leaving.caps[CapScope.COMMUNITY]) == (
        (Rate(6, day),),
        (Rate(20, day),),
    )
    assert settings.retention.mentions == timedelta(days=30)
    assert (settings.learning.nightly, settings.learning.audit_share) == (False, 0.05)
    assert (settings.borders.very_negative, settings.borders.negative) == (-0.7, -0.3)
    assert settings.undo_seconds == 0
    assert settings.review == Review(
        second_reader=(RiskKind.VIP,),
        large_reach=900,
        by_hand_returns_after=timedelta(hours=1),
        most_in_bulk=5,
        seeded_every=40,
    )
    assert settings.webhooks == {"crm": "https://crm.example.com/in"}
    assert settings.server.trusted_proxies == ("10.0.0.0/8",)
    assert "webhook:crm" in settings.channels
    assert settings.connector_options["x"] == {"handle": "acme"}
    assert settings.warnings == ()


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load(tmp_path).sending = True  # type: ignore[misc]


def test_the_environment_wins_over_dotenv_and_an_empty_value_is_not_set(tmp_path: Path) -> None:
    dotenv = (
        "# comment\n\nENGAGEBOT_LOG_LEVEL=debug\nexport ENGAGEBOT_BASE_URL='https://a.example.com/'\n"
        "OTHER=1\nENGAGEBOT_NOW=\n"
    )
    settings = load(tmp_path, MINIMAL, dotenv, LOG_LEVEL="WARNING")

    assert (settings.log_level, settings.base_url, settings.now) == ("WARNING", "https://a.example.com", None)


def test_connector_options_come_from_their_prefix(tmp_path: Path) -> None:
    settings = load(tmp_path, MINIMAL, "ENGAGEBOT_X_BEARER_TOKEN=abc$def\n", X_SPECIAL="1", DEMO_SPEED="fast")

    assert settings.connector_options["x"] == {"bearer_token": "abc$def", "special": "1"}
    assert settings.connector_options["demo"] == {"speed": "fast"}
    assert settings.secrets == ("abc$def",)


def test_a_secret_can_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    (tmp_path / "key").write_text("k" * 32)
    dotenv = f"ENGAGEBOT_X_BEARER_TOKEN_FILE={tmp_path}/token\nENGAGEBOT_SECRET_KEY_FILE=key\n"
    settings = load(tmp_path, MINIMAL, dotenv)

    assert settings.connector_options["x"]["bearer_token"] == "from-file"
    assert settings.secret_key == Secret("k" * 32)


@pytest.mark.parametrize(
    ("dotenv", "expected"),
    [
        ("ENGAGEBOT_SECRET_KEY_FILE=nowhere",
         ".env:1:1 EBE03 ENGAGEBOT_SECRET_KEY_FILE names the file nowhere, which cannot"),
        ("ENGAGEBOT_SECRET_KEY_FILE=empty",
         ".env:1:1 EBE03 ENGAGEBOT_SECRET_KEY_FILE names the file empty, which is empty"),
        ("\nENGAGEBOT_X_ACCESS_TOKEN=a\nENGAGEBOT_X_ACCESS_TOKEN_FILE=empty",
         ".env:3:1 EBE03 ENGAGEBOT_X_ACCESS_TOKEN_FILE and ENGAGEBOT_X_ACCESS_TOKEN are both set"),
        ("ENGAGEBOT_X_BEARER_TOKN=a",
         '.env:1:1 EBE02 ENGAGEBOT_X_BEARER_TOKN is not a setting; did you mean "ENGAGEBOT_X_BEARER_TOKEN"'),
        ("ENGAGEBOT_LOGLEVEL=INFO",
         '.env:1:1 EBE02 ENGAGEBOT_LOGLEVEL is not a setting; did you mean "ENGAGEBOT_LOG_LEVEL"'),
        ("ENGAGEBOT_FROBNICATE=1", ".env:1:1 EBE02 ENGAGEBOT_FROBNICATE is not a setting; docs/settings.md"),
        ("ENGAGEBOT_SITE=/x", ".env:1:1 EBE03 ENGAGEBOT_SITE says where .env is"),
        ("# hello\n=bad", ".env:2:1 EBE01 cannot be read; write NAME=value"),
        ("ENGAGEBOT_NOW=2026-01-01T00:00Z\nENGAGEBOT_NOW=x",
         ".env:2:1 EBE01 ENGAGEBOT_NOW is already there, in line 1"),
        ("ENGAGEBOT_LOG_LEVEL=LOUD", '.env:1:1 EBE03 ENGAGEBOT_LOG_LEVEL is "LOUD"; allowed: DEBUG, INFO'),
        ("ENGAGEBOT_NOW=2026-01-01T00:00", ".env:1:1 EBE03 ENGAGEBOT_NOW must be an ISO time with its zone"),
        ("ENGAGEBOT_NOW=yesterday", ".env:1:1 EBE03 ENGAGEBOT_NOW must be an ISO time"),
        ("ENGAGEBOT_SECRET_KEY=hunter2",
         ".env:1:1 EBE03 ENGAGEBOT_SECRET_KEY has 7 characters and needs at least 32"),
        ("ENGAGEBOT_DATABASE_URL=mysql://a:hunter2@b",
         ".env:1:1 EBE03 ENGAGEBOT_DATABASE_URL must begin with sqlite:///"),
        ("ENGAGEBOT_WEBHOOK_SECRET=hunter2", ".env:1:1 EBE03 ENGAGEBOT_WEBHOOK_SECRET must be base64"),
        ("ENGAGEBOT_SMTP_URL=mail.hunter2.example", ".env:1:1 EBE03 ENGAGEBOT_SMTP_URL must look like"),
        ("ENGAGEBOT_X_BASE_URL=api.example.com", ".env:1:1 EBE03 ENGAGEBOT_X_BASE_URL must be an address"),
    ],
)  # fmt: skip
def test_a_wrong_variable_is_named_with_its_line_and_remedy(
    tmp_path: Path, dotenv: str, expected: str
) -> None:
    (tmp_path / "empty").write_text(" \n")

    (line,) = faults(tmp_path, MINIMAL, dotenv)

    assert line.startswith(expected)
    assert "hunter2" not in line


CONFIG_FAULTS = [
    ("brand: {}", '1:8 EBY12 the key "name" is missing'),
    ("brnd: x", '2:1 EBY11 unknown key "brnd"; allowed here: brand, timezone'),
    ("brand: {name: Acme, handles: {redit: a}}",
     '1:31 EB022 "redit" is not a connector; did you mean "reddit"?'),
    ("webhooks: {crm: {url: https://crm.example.com, ticket: true}}",
     '2:48 EBY11 unknown key "ticket"; allowed here: url, tickets; did you mean "tickets"?'),
    ("webhooks: {crm: {url: https://crm.example.com, tickets: jira}}",
     '2:57 EB021 must be true or false, not the text "jira"'),
    ("timezone: Europe/Berln", '2:11 EB021 "Europe/Berln" is not a time zone'),
    ("sending: true", '2:10 EB021 must be "on" or "off", not true'),
    ("watches: [{name: a, connector: redit, kind: k, every: 2m}]",
     '2:32 EB022 "redit" is not a connector; installed: demo, reddit, x; did you mean "reddit"?'),
    ("watches: [{name: a, connector: x, kind: k, every: 2}]",
     "2:51 EB021 must be a span of time: a number and a unit"),
    ("watches: [{name: a, connector: x, kind: k, every: 2m, lookbak: 3h}]",
     '2:55 EBY11 unknown key "lookbak"; did you mean "lookback"?'),
    ("watches:\n  - {name: a, connector: x, kind: k, every: 2m}\n"
     "  - {name: a, connector: x, kind: k, every: 2m}",
     '4:12 EB023 another watch is named "a" already'),
    ("teams: {support: {notify: [pager]}}",
     '2:28 EB021 "pager" is not a channel; allowed: console, slack, slack:#NAME, email:ADDRESS, webhook, '
     "webhook:NAME, apprise:NAME"),
    ("teams: {support: {notify: [email:support]}}", '2:28 EB021 "email:support" has no e-mail address'),
    ("teams: {support: {notify: [webhook:crm]}}", '2:28 EB024 there is no webhook "crm"'),
    ("alarms: {notify: [pager]}", '2:19 EB021 "pager" is not a channel'),
    ("alarms: {notify: [webhook:crm]}", '2:19 EB024 there is no webhook "crm"'),
    ("teams: {support: {notify: [webhook]}}", '2:28 EB024 "webhook" means the only one'),
    ("teams: {a team: {}}", '2:9 EB021 "a team" is not a name'),
    ("sla: [{name: a, first_reply: 1h, hours: business}]", '2:41 EB025 "hours: business" needs the hours'),
    ("sla: [{name: a, first_reply: 2h, resolution: 1h}]", "2:46 EB025 the resolution is due before"),
    ("sla: [{name: a, first_reply: 2h, warn_at: [150%]}]", '2:44 EB021 "150%" is not a share'),
    ("sla: [{name: a, first_reply: 2h, hours: busy}]",
     '2:41 EB025 there are no hours "busy" under "hours"; there: always'),
    ('hours: {business: {mon-fry: "09:00-18:00"}}', '2:20 EB026 "mon-fry" is not a weekday'),
    ("hours: {business: {mon: 9}}", '2:25 EB026 must be hours such as "09:00-18:00", not the number 9'),
    ("hours: {business: {}}", "2:19 EB026 there must be at least one day with hours"),
    ('hours: {business: {mon: "09:00-18:00", holidays: [x-mas]}}', '2:51 EB021 "x-mas" is not a date'),
    ('hours: {business: {mon: "09:00-18:00", holidays: no.ics}}', "2:50 EB027 no.ics cannot be read"),
    ('hours: {business: {mon: "09:00-18:00", holidays: 3}}', "2:50 EBY13"),
    ("contact_policy: {proactive_per_author: 1}",
     "2:40 EB021 must be a rate such as 1/30d, not the number 1"),
    ("contact_policy: {proactive_per_day: -1}", "2:37 EB021 must be a whole number, 0 or more"),
    ("contact_policy: {quiet_hours: late}", '2:31 EB021 "late" is not a span of the day'),
    ("contact_policy: {replies_per_account: 60}", "2:39 EB021 must be a rate such as 6/1d, or a list of"),
    ("contact_policy: {replies_per_author: []}", "2:38 EB021 must be a rate such as 6/1d, or a list of"),
    ("contact_policy: {replies_per_thread: [6/1d, x]}", "2:38 EB021 'x' is not a rate"),
    ("contact_policy: {replies_per_thread: 0/1d}", "2:38 EB021 lets nothing leave; write 1 or more"),
    ("retention: {mentions: 0d}", "2:23 EB021 '0d' is not a span of time"),
    ("learning: {nightly: maybe}", "2:21 EB021 must be true or false, not the text"),
    ("learning: {audit_share: 60%}", '2:25 EB021 "60%" asks people more'),
    ("learning: {audit_share: 0.2}", "2:25 EB021 must be a share such as 20%, not"),
    ("sentiment: {negative: 0.5}", "2:1 EB025 the borders must rise"),
    ("sentiment: {negative: -3}", "2:23 EB021 must be a number from -1 to 1"),
    ("review: {second_reader: [tender_topik]}",
     '2:26 EB021 "tender_topik" is not a kind of risk; allowed: tender_topic, feels_cheated,'),
    ("review: {second_reader: tender_topic}", "2:25 EBY13"),
    ("review: {most_in_bulk: 0}", "2:24 EB021 must be a whole number, 1 or more"),
    ("review: {seeded_checks: {every: 9}}", "2:33 EB021 must be a whole number from 10 to 10000, not 9"),
    ("review: {seeded_checks: {every: often}}", "2:33 EB021 must be a whole number from 10 to 10000, not"),
    ("review: {seeded_checks: {}}", "2:25 EBY12"),
    ("review: {by_hand_returns_after: soon}", "2:33 EB021 'soon' is not a span of time"),
    ("undo_seconds: ten", '2:15 EB021 must be a whole number, 0 or more, not the text "ten"'),
    ("webhooks: {crm: {url: crm.example.com}}", '2:23 EB021 "crm.example.com" is not an address'),
    ("webhooks: {crm: {url: https://crm.example.com}}",
     "2:1 EB030 webhooks are signed, and ENGAGEBOT_WEBHOOK_SECRET"),
    ("notifications: {self_test: daily}", '2:28 EB021 must be weekly or "off", not the text "daily"'),
    ("server: {trusted_proxies: [proxy]}", '2:28 EB021 "proxy" is not an address or network'),
    ("brand: {name: Acme\n", "1:8 EBY01 is not YAML"),
]  # fmt: skip


@pytest.mark.parametrize(("config", "expected"), CONFIG_FAULTS)
def test_a_wrong_key_is_named_with_its_place_and_remedy(tmp_path: Path, config: str, expected: str) -> None:
    (line,) = faults(tmp_path, config if config.startswith("brand") else MINIMAL + config)

    assert line.startswith(f"config/engagebot.yaml:{expected}")


def test_names_of_watches_are_looked_at_beside_other_faults(tmp_path: Path) -> None:
    config = (
        "timezone: Europe/Berln\nwatches:\n  - {name: a, connector: x, kind: k, every: 2}\n"
        "  - {name: a, connector: redit, kind: k, every: 2m}\n  - {name: [b], connector: 3}\n  - c\n"
    )

    found = faults(tmp_path, MINIMAL + config)

    told = [line.removeprefix("config/engagebot.yaml:").split(" ")[:2] for line in found]
    assert told[:4] == [["2:11", "EB021"], ["4:45", "EB021"], ["5:12", "EB023"], ["5:26", "EB022"]]
    assert {line.split(":")[1] for line in found[4:]} == {"6", "7"}


def test_faults_of_environment_dotenv_and_yaml_come_together(tmp_path: Path) -> None:
    found = faults(tmp_path, "brand: {name: 3}\nsendin: x\n", "ENGAGEBOT_NOW=x\n", LOG_LEVEL="LOUD")

    assert [line.split(" ")[0] for line in found] == [
        ".env:1:1", "config/engagebot.yaml:1:15", "config/engagebot.yaml:2:1", "environment:0:0",
    ]  # fmt: skip


def test_a_folder_without_settings_names_the_command_that_makes_them(tmp_path: Path) -> None:
    with pytest.raises(FilesInvalid, match="engagebot init"):
        load_settings(tmp_path, {})


def test_a_channel_that_reaches_nobody_yet_is_a_warning(tmp_path: Path) -> None:
    config = MINIMAL + "teams: {support: {notify: [slack, email:support@example.com]}}\n"

    assert [finding.column for finding in load(tmp_path, config).warnings] == [28, 35]
    assert (
        load(
            tmp_path,
            config,
            SLACK_WEBHOOK_URL="https://hooks.example.com/x",
            SMTP_URL="smtps://m.example.com",
        ).warnings
        == ()
    )


@pytest.mark.parametrize(
    ("config", "given", "needed"),
    [
        ('notify: ["apprise:on-call"]', {}, "until ENGAGEBOT_APPRISE_ON_CALL is set"),
        ('notify: ["slack:#care"]', {"SLACK_WEBHOOK_URL": "https://h.example/x"}, "SLACK_BOT_TOKEN"),
        ("notify: [slack]", {"SLACK_BOT_TOKEN": "xoxb-1"}, "slack: {channel:"),
        ('notify: ["apprise:on-call"]', {"APPRISE_ON_CALL": "json://sesame"}, None),
        ('notify: ["slack:C0123456"]', {"SLACK_BOT_TOKEN": "xoxb-1"}, None),
        ("notify: [slack]}}\nslack: {channel: '#care'", {"SLACK_BOT_TOKEN": "xoxb-1"}, None),
    ],
)
def test_a_channel_that_is_half_set_is_a_warning(
    tmp_path: Path, config: str, given: dict[str, str], needed: str | None
) -> None:
    ending = "}" if config.endswith("'") else "}}"
    found = load(tmp_path, MINIMAL + f"teams: {{support: {{{config}{ending}\n", **given)
    assert [needed in each.message for each in found.warnings] == ([True] if needed else [])
    assert "sesame" not in repr(found)


def test_holidays_can_be_an_ics_file(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "days.ics").write_text(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\nEND:VEVENT\r\n"
        "BEGIN:VEVENT\r\nDTSTART:20270101T000000Z\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    config = MINIMAL + 'hours: {business: {mon-sun: "09:00-18:00", holidays: config/days.ics}}\n'

    settings = load(tmp_path, config)

    assert settings.hours is not None
    closed = [date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1), date(2031, 1, 1)]
    open_days = [date(2026, 12, 27), date(2026, 1, 1), date(2027, 12, 25)]
    assert all(day in settings.hours.holidays for day in closed)
    assert not any(day in settings.hours.holidays for day in open_days)
    assert settings.warnings == ()


def test_a_frozen_clock_is_read_as_utc(tmp_path: Path) -> None:
    assert load(tmp_path, NOW="2026-03-02T10:00+01:00").now == datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("sqlite:///data/a.db", "sqlite:///SITE/data/a.db"), ("sqlite:////tmp/a.db", "sqlite:////tmp/a.db"),
     ("postgresql+psycopg://u:p%40ss@h/d", "postgresql+psycopg://u:p%40ss@h/d")],
)  # fmt: skip
def test_a_relative_database_path_starts_at_the_site(tmp_path: Path, given: str, expected: str) -> None:
    assert load(tmp_path, DATABASE_URL=given).database_url == expected.replace("SITE", str(tmp_path))


def test_no_secret_shows_in_the_settings(tmp_path: Path) -> None:
    hidden = {
        "SECRET_KEY": "hunter2" * 6, "SLACK_BOT_TOKEN": "xoxb-hunter2", "X_BEARER_TOKEN": "hunter2-bearer",
        "DATABASE_URL": "postgresql://u:hunter2%21@h/d", "SMTP_URL": "smtp://u:hunter2@h",
        "WEBHOOK_SECRET": WEBHOOK_SECRET,
    }  # fmt: skip
    settings = load(tmp_path, FULL, **hidden)

    assert "hunter2" not in repr(settings)
    assert WEBHOOK_SECRET not in f"{settings}"
    assert {"hunter2" * 6, "xoxb-hunter2", "hunter2-bearer", "hunter2!", "hunter2%21", "hunter2"} <= set(
        settings.secrets
    )
    assert list(settings.secrets) == sorted(settings.secrets, key=lambda secret: (-len(secret), secret))


def test_a_secret_shows_itself_only_when_asked(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret("hunter2")
    logging.getLogger("test").warning("%s %r %s", secret, secret, [secret])

    assert f"{secret} {secret!r}" == "*** Secret('***')"
    assert "hunter2" not in caplog.text
    assert secret.reveal() == "hunter2"
    assert secret == Secret("hunter2")
    assert secret != Secret("other")
    assert len({secret, Secret("hunter2")}) == 1
    assert pickle.loads(pickle.dumps(Secret("a"))) == Secret("a")


def test_installed_connectors_are_known_without_importing_them() -> None:
    assert {"demo", "reddit", "x"} <= set(connector_names())


def test_the_shipped_site_is_valid_and_watches_nothing(tmp_path: Path) -> None:
    settings = load(tmp_path, (ROOT / "config" / "engagebot.yaml").read_text("utf-8"))

    assert (settings.brand.name, settings.watches, settings.sending, settings.warnings) == (
        "Acme",
        (),
        False,
        (),
    )


def test_the_example_of_the_environment_can_be_copied_as_it_is(tmp_path: Path) -> None:
    settings = load(tmp_path, MINIMAL, (ROOT / ".env.example").read_text("utf-8"))

    assert (settings.secrets, settings.now) == ((), None)


def test_a_webhook_may_be_a_ticket_system_whose_name_is_its_own(tmp_path: Path) -> None:
    webhooks = "webhooks: {Jira: {url: https://a.example, tickets: true}, crm: {url: https://b.example}}\n"
    settings = load(tmp_path, MINIMAL + webhooks, WEBHOOK_SECRET=WEBHOOK_SECRET)

    assert settings.ticket_systems == {"jira": "webhook:Jira"}

    twice = webhooks.replace("crm: {url: https://b.example}", "jira: {url: https://b.example, tickets: true}")
    (fault,) = faults(tmp_path, MINIMAL + twice, WEBHOOK_SECRET=WEBHOOK_SECRET)
    assert "EB023" in fault
    assert '"jira" and "Jira" would be one ticket system' in fault


def test_every_variable_stands_in_the_example_and_in_the_docs() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    docs = (ROOT / "docs" / "settings.md").read_text("utf-8")
    connectors = sorted(path.parent.name for path in (ROOT / "connectors").glob("*/connector.py"))
    sections = [SITE, *read_sections(connectors, []).values(), CHANNELS]
    variables = [variable for section in sections for variable in section.variables]

    assert [line.lstrip("# ").removesuffix("=") for line in example.splitlines() if line.endswith("=")] == [
        variable.name for variable in variables
    ]
    rows = [
        f"| `{each.name}` | {each.meaning} | {each.default} | {'yes' if each.is_secret else ''} |"
        for each in variables
    ]
    assert [line for line in docs.splitlines() if line.startswith("| `ENGAGEBOT_")] == rows


def test_every_key_of_the_file_has_its_heading_in_the_docs() -> None:
    docs = (ROOT / "docs" / "settings.md").read_text("utf-8")

    assert [line[4:] for line in docs.splitlines() if line.startswith("### ")] == list(
        ConfigModel.model_fields
    )


PIECES = ["{", "}", "[", ":", "- ", "\n", "&a", '"', "null", "true", "-1", "99999999999d", "é", "x"]


@hypothesis_settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_mutated_file_loads_or_gives_findings(tmp_path: Path, data: st.DataObject) -> None:
    text = FULL
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 8)))
        piece = data.draw(st.sampled_from(PIECES) | st.text(st.characters(codec="utf-8"), max_size=4))
        text = text[:start] + piece + text[end:]
    dotenv = data.draw(st.text(alphabet="ENGAGEBOT_X=\n'\"# $\\NOW", max_size=40))
    files: set[str] = set()
    try:
        load(tmp_path, text, dotenv, WEBHOOK_SECRET=WEBHOOK_SECRET)
    except FilesInvalid as error:
        files = {finding.file for finding in error.findings}

    assert files <= {"config/engagebot.yaml", ".env", "environment"}


def test_how_often_platforms_are_asked_what_still_stands_is_a_setting(tmp_path: Path) -> None:
    assert load(tmp_path).deletion.every("x") == timedelta(hours=24)

    deletion = load(tmp_path, MINIMAL + "deletion: {check_every: 12h, sources: {reddit: 6h}}\n").deletion

    assert (deletion.every("x"), deletion.every("reddit")) == (timedelta(hours=12), timedelta(hours=6))


def test_asking_too_often_is_refused_and_too_seldom_is_warned_of(tmp_path: Path) -> None:
    assert faults(tmp_path, MINIMAL + "deletion: {check_every: 30m, sources: {x: 1m}}\n") == [
        "config/engagebot.yaml:2:12 EB025 asking more than once an hour costs much; write 1h",
        "config/engagebot.yaml:2:40 EB025 asking more than once an hour costs much; write 1h",
    ]

    (warning,) = load(tmp_path, MINIMAL + "deletion: {sources: {x: 7d}}\n").warnings

    assert (warning.line, warning.code) == (2, "EB033")
    assert warning.message == "X and Reddit want deleted posts forgotten within a day; write 24h or less"
