"""Promises, ladders and hours as a site writes them, and how each mistake is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from engagebot.domain.casework.attention import Attention
from engagebot.domain.casework.clocks import ClockKind
from engagebot.domain.casework.holding import HOLDING
from engagebot.domain.outbox import CaseState, Severity
from engagebot.errors import FilesInvalid
from engagebot.settings import Settings, load_settings

HOUR = timedelta(hours=1)
FULL = """\
brand: {name: Acme}
timezone: Europe/Berlin
teams:
  support: {notify: [console], ladder: day}
  night: {notify: [console], hours: late}
hours:
  business: {mon-fri: "09:00-18:00"}
  late: {mon-sun: "14:00-22:00"}
sla:
  - {name: vip, first_reply: 2h, for: {vip: true}}
  - {name: press, first_reply: 1h, resolution: 24h, for: {severity: [high, urgent], team: [support]}}
  - {name: standard, first_reply: 8h, next_reply: 4h, resolution: 72h, hours: business, pauses: [waiting]}
ladders:
  day:
    steps: [{after: 10m, notify: [console]}, {after: 15m, notify: [console]}]
    repeat: 2
    only_during: business
    outside: night
    page_only: urgent
  night: {steps: [{after: 30m, notify: [console]}]}
cases: {handover_returns_after: 15m, remind_every: never, unack_after: 6h}
"""


def load(site: Path, config: str, **files: str) -> Settings:
    (site / "config").mkdir(exist_ok=True)
    (site / "config" / "engagebot.yaml").write_text(config, encoding="utf-8")
    for name, text in files.items():
        (site / "config" / f"{name}.ics").write_text(text, encoding="utf-8")
    return load_settings(site, {}, connectors=["x"])


def calendar(*events: str) -> str:
    inner = "".join(f"BEGIN:VEVENT\nUID:{number}\n{each}\nEND:VEVENT\n" for number, each in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//made up//\n{inner}END:VCALENDAR\n"


def closed(settings: Settings, *days: str) -> list[bool]:
    assert settings.hours is not None
    return [date.fromisoformat(day) in settings.hours.holidays for day in days]


def test_the_first_promise_that_fits_a_case_counts(tmp_path: Path) -> None:
    settings = load(tmp_path, FULL)

    def name(severity: Severity, team: str, *, is_vip: bool = False) -> str | None:
        found = settings.promise_for(severity, team, is_vip=is_vip)
        return found.name if found else None

    assert name(Severity.LOW, "support", is_vip=True) == "vip"
    assert name(Severity.URGENT, "support") == "press"
    assert name(Severity.URGENT, "night") == "standard"
    assert name(Severity.LOW, "support") == "standard"
    assert settings.warnings == ()


def test_a_promise_counts_in_the_hours_of_its_team(tmp_path: Path) -> None:
    settings = load(tmp_path, FULL)
    standard = settings.promise_for(Severity.LOW, "support")
    night = settings.promise_for(Severity.LOW, "night")
    assert standard is not None
    assert night is not None
    assert standard.hours == settings.hours
    assert night.hours == settings.hours_by_name["late"]
    assert standard.spans == {
        ClockKind.FIRST_REPLY: 8 * HOUR, ClockKind.NEXT_REPLY: 4 * HOUR, ClockKind.RESOLUTION: 72 * HOUR,
    }  # fmt: skip
    assert standard.pauses == {CaseState.WAITING}
    # Friday 17:00 in Berlin and eight hours: one on Friday, seven on Monday.
    assert settings.first_reply_due(datetime(2026, 8, 7, 15, tzinfo=UTC)) == datetime(
        2026, 8, 10, 14, tzinfo=UTC
    )


def test_the_due_time_at_the_opening_is_that_of_the_case(tmp_path: Path) -> None:
    settings = load(tmp_path, FULL)
    posted_at = datetime(2026, 8, 7, 15, tzinfo=UTC)

    assert settings.first_reply_due(posted_at, severity=Severity.HIGH, team="support") == posted_at + HOUR
    # The night team's hours end at 22:00 in Berlin: five hours on Friday, three on Saturday.
    assert settings.first_reply_due(posted_at, severity=Severity.LOW, team="night") == datetime(
        2026, 8, 8, 15, tzinfo=UTC
    )


def test_hours_may_be_counted_in_a_zone_of_their_own(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        FULL.replace('{mon-sun: "14:00-22:00"}', '{timezone: America/New_York, mon-sun: "14:00-22:00"}'),
    )
    posted_at = datetime(2026, 8, 7, 15, tzinfo=UTC)

    assert settings.hours is not None
    assert settings.hours.zone.key == "Europe/Berlin"
    # 14:00 in New York is 18:00 UTC.
    assert settings.first_reply_due(posted_at, severity=Severity.LOW, team="night") == datetime(
        2026, 8, 8, 2, tzinfo=UTC
    )


def test_no_promise_to_everybody_leaves_some_cases_without_a_clock(tmp_path: Path) -> None:
    settings = load(tmp_path, "brand: {name: A}\nsla: [{name: a, first_reply: 1h, for: {vip: true}}]\n")

    assert settings.first_reply_due(datetime(2026, 8, 7, tzinfo=UTC)) is None
    assert settings.promise_for(Severity.URGENT, "support") is None


def test_ladders_know_their_hours_and_one_another(tmp_path: Path) -> None:
    settings = load(tmp_path, FULL)
    day = settings.ladder_of("support")
    assert day is not None
    assert (day.rounds, day.length, day.page_only) == (3, 6, Severity.URGENT)
    assert day.during == settings.hours
    assert day.outside == settings.ladders["night"]
    assert settings.ladder_of("night") is None
    assert settings.attention == Attention(
        handover_returns_after=timedelta(minutes=15), remind_every=None, unack_after=6 * HOUR
    )


def test_holidays_of_a_file_repeat_and_leave_exceptions_out(tmp_path: Path) -> None:
    text = calendar(
        "DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20280501",
        "DTSTART;VALUE=DATE:20261231\nDTEND;VALUE=DATE:20270103",
        "DTSTART:20261001T090000Z\nDTEND:20261002T120000Z",
        "DTSTART;VALUE=DATE:20260903\nRRULE:FREQ=YEARLY;BYMONTH=9;BYDAY=1MO",
    )
    config = 'brand: {name: A}\nhours: {business: {mon-sun: "09:00-18:00", holidays: config/days.ics}}\n'
    settings = load(tmp_path, config, days=text)

    assert closed(settings, "2026-05-01", "2031-05-01", "2028-05-01") == [True, True, False]
    assert closed(settings, "2026-12-31", "2027-01-02", "2027-01-03") == [True, True, False]
    assert closed(settings, "2026-10-01", "2026-10-02", "2026-10-03") == [True, True, False]
    assert closed(settings, "2028-09-04", "2028-09-03") == [True, False]


def test_holidays_of_a_country_are_those_of_its_region(tmp_path: Path) -> None:
    for where, women in (("{country: DE, region: BE}", True), ("{country: DE}", False)):
        config = f'brand: {{name: A}}\nhours: {{business: {{mon: "09:00-18:00", holidays: {where}}}}}\n'
        assert closed(load(tmp_path, config), "2027-03-08", "2031-10-03", "2027-03-09") == [
            women,
            True,
            False,
        ]


ICS = 'hours: {business: {mon: "09:00-18:00", holidays: config/days.ics}}'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hello", "config/days.ics is no calendar that can be read"),
        (calendar("SUMMARY:none"), "event 1 of config/days.ics has no date that can be read"),
        (calendar("DTSTART;VALUE=DATE:2026"), "event 1 of config/days.ics has no date that can be read"),
        (
            calendar("DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=OFTEN"),
            "config/days.ics holds a repetition that cannot be read",
        ),
    ],
)
def test_a_bad_calendar_is_told_where_it_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(FilesInvalid) as caught:
        load(tmp_path, f"brand: {{name: A}}\n{ICS}\n", days=text)

    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"config/engagebot.yaml:2:50 EB027 {says}")


def test_a_calendar_without_events_is_a_warning(tmp_path: Path) -> None:
    (warning,) = load(tmp_path, f"brand: {{name: A}}\n{ICS}\n", days=calendar()).warnings
    assert (warning.code, warning.line) == ("EB027", 2)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ('hours: {a: {mon: "09:00-18:00", holidays: {country: XX}}}', '2:53 EB027 "XX" is no country'),
        (
            'hours: {a: {mon: "09:00-18:00", holidays: {country: DE, region: ZZ}}}',
            '2:65 EB027 "ZZ" is no region of DE; there are: BB, BE',
        ),
        ('hours: {a: {mon: "09:00-18:00", holidays: {region: BE}}}', "2:43 EB027 names no country"),
        (
            'hours: {a: {mon: "09:00-18:00", holidays: {country: DE, land: BE}}}',
            '2:57 EBY11 unknown key "land"; allowed here: country, region',
        ),
        ('hours: {a: {mon: "09:00-18:00", holidays: {country: 1}}}', "2:53 EB027 must be a code in quotes"),
        ('hours: {a: {mon: "09:00-18:00", timezone: Mars}}', '2:43 EB021 "Mars" is not a time zone'),
        ('hours: {always: {mon: "09:00-18:00"}}', '2:9 EB023 "always" means any hour already'),
        ("teams: {a: {hours: late}}", '2:20 EB025 there are no hours "late"'),
        ("teams: {a: {ladder: dya}}\nladders: {day: {steps: [{after: 1m, notify: [console]}]}}",
         '2:21 EB024 there is no ladder "dya" under "ladders"; there: day; did you mean "day"?'),
        ("ladders: {day: {steps: []}}", "2:24 EB025 a ladder has at least one step"),
        ("ladders: {day: {steps: [{after: 1m, notify: []}]}}", "2:45 EB025 this step tells nobody"),
        ("ladders: {day: {steps: [{after: 1m, notify: [console]}], repeat: 6}}",
         "2:66 EB025 a ladder is repeated 5 times at most, not 6"),
        ("ladders: {day: {steps: [{after: 1m, notify: [console]}], only_during: late}}",
         '2:71 EB025 there are no hours "late" under "hours"; there: always'),
        ('hours: {late: {mon: "09:00-18:00"}}\n'
         "ladders: {day: {steps: [{after: 1m, notify: [console]}], only_during: late, outside: nite}}",
         '3:86 EB024 "nite" is no other ladder; allowed: hold'),
        ("ladders: {day: {steps: [{after: 1m, notify: [webhook:crm]}]}}",
         '2:46 EB024 there is no webhook "crm" under "webhooks"'),
        ("cases: {unack_after: soon}", "2:22 EB021 'soon' is not a span of time"),
        ("sla: [{name: a, first_reply: 1h, for: {severity: [hihg]}}]",
         '2:51 EB021 "hihg" is not a severity; allowed: low, medium, high, urgent; did you mean "high"?'),
        ("sla: [{name: a, first_reply: 1h, for: {team: [suport]}}]\nteams: {support: {notify: [console]}}",
         '2:47 EB024 there is no team "suport" under "teams"; there: support; did you mean "support"?'),
        ("sla: [{name: a, first_reply: 1h, pauses: [wait]}]", '2:43 EBY14 "sla.pauses" must be one of'),
        ("sla: [{name: a, first_reply: 1h, fro: {vip: true}}]", '2:34 EBY11 unknown key "fro"'),
        ("sla: [{name: a, first_reply: 1h, holding_after: 2h}]",
         "2:49 EB025 the holding reply comes after the first reply is due; make it the shorter span"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_remedy(tmp_path: Path, config: str, expected: str) -> None:
    with pytest.raises(FilesInvalid) as caught:
        load(tmp_path, f"brand: {{name: A}}\n{config}\n")

    assert f"config/engagebot.yaml:{expected}" in str(caught.value)


def test_channels_of_a_ladder_are_channels_like_others(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        "brand: {name: A}\nladders: {day: {steps: [{after: 1m, notify: [email:lee@fake.example]}]}}\n",
    )
    assert settings.channels == ("console", "email:lee@fake.example")
    (warning,) = settings.warnings
    assert (warning.line, warning.code) == (2, "EB031")


def test_what_can_never_be_used_is_a_warning(tmp_path: Path) -> None:
    config = (
        "brand: {name: A}\nsla: [{name: a, first_reply: 1h}, {name: b, first_reply: 2h}]\n"
        "ladders: {day: {steps: [{after: 1m, notify: [console]}], page_only: high}}\n"
    )
    assert [(each.line, each.code) for each in load(tmp_path, config).warnings] == [
        (2, "EB034"),
        (3, "EB034"),
    ]


def test_a_site_words_its_holding_reply_itself_or_takes_the_one_that_is_shipped(tmp_path: Path) -> None:
    config = "brand: {name: A}\nsla: [{name: a, first_reply: 8h, holding_after: 45m}]\n"
    settings = load(tmp_path, config)
    promise = settings.promise_for(Severity.LOW, "support")
    assert promise is not None
    assert promise.holding_after == timedelta(minutes=45)
    assert "{{answer.when}}" in settings.holding.text

    (tmp_path / "config" / "holding.md").write_text("A: {{answer.when}}\n---\nB: {{answer.when}}\n")
    assert load(tmp_path, config).holding.wordings == ("A: {{answer.when}}", "B: {{answer.when}}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We answer soon.", "1:1 EB123 it does not say when a person answers; write {{answer.when}}"),
        ("{{answer.when}}\n---\n ", "3:1 EB122 this wording is empty"),
        ("Hi\nby {{answer.wen}}", '2:4 EB123 unknown placeholder "answer.wen"; allowed: author.name'),
        ("{{answer.when}} {{", '1:1 EB123 "{{" begins no placeholder'),
        ("\n---\n".join(["{{answer.when}}"] * 4), "7:1 EB126 it holds 3 wordings at most"),
    ],
)
def test_a_holding_reply_that_cannot_be_filled_is_told_with_its_line(
    tmp_path: Path, text: str, expected: str
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "holding.md").write_text(text)
    with pytest.raises(FilesInvalid) as caught:
        load(tmp_path, "brand: {name: A}\n")
    assert f"config/holding.md:{expected}" in str(caught.value)


def test_the_holding_reply_of_a_new_site_is_the_one_that_is_shipped() -> None:
    shipped = Path(__file__).parents[3] / "config" / "holding.md"
    assert tuple(shipped.read_text("utf-8").strip().split("\n---\n")) == HOLDING.wordings
