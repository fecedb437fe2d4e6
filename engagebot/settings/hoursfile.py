"""`hours` of the settings: weekdays, and holidays as dates, from a calendar file or of a country."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from engagebot.domain.hours import BusinessHours, HolidayCalendar
from engagebot.errors import FilesInvalid, Finding
from engagebot.settings.configfile import HolidaysModel, HoursZoneModel
from engagebot.yamlfile import Node, did_you_mean, kind_of, listed, read_text, validate

_DAY = timedelta(days=1)
_LONGEST_DAYS = 366
_OTHER_KEYS = ("holidays", "timezone")
_FORMS = "a list of dates, the path of an .ics file, or {country: DE, region: BE}"


def read_hours(
    names: Mapping[str, Any], zone: ZoneInfo, root: Node, site: Path, findings: list[Finding]
) -> dict[str, BusinessHours]:
    """The hours by name; those with faults are left out."""
    found = {name: _hours(zone, root.at("hours", name), site, findings) for name in names}
    return {name: hours for name, hours in found.items() if hours is not None}


def _hours(zone: ZoneInfo, node: Node, site: Path, findings: list[Finding]) -> BusinessHours | None:
    days: dict[str, str] = {}
    faults: list[Finding] = []
    zone = _zone(zone, node, faults)
    for name, inner in node.items():
        if name in _OTHER_KEYS:
            continue
        if not isinstance(inner.content, str):
            message = f'must be hours such as "09:00-18:00", not {kind_of(inner.plain())}'
            faults.append(inner.finding("EB026", message))
            continue
        try:
            BusinessHours.parse({name: inner.content}, zone=zone)
        except ValueError as error:
            faults.append(node.finding("EB026", str(error), key=name))
        days[name] = inner.content
    holidays = _holidays(node, site, faults)
    findings += faults
    if any(not fault.is_warning for fault in faults):
        return None
    try:
        return BusinessHours.parse(days, zone=zone, holidays=holidays)
    except ValueError as error:
        findings.append(node.finding("EB026", str(error)))
        return None


def _zone(zone: ZoneInfo, node: Node, faults: list[Finding]) -> ZoneInfo:
    """The zone that these hours are counted in: the site's unless they name another."""
    if not isinstance(node.content, dict) or "timezone" not in node.content:
        return zone
    place = node.content["timezone"]
    held = Node({"timezone": place}, node.file, node.line, node.column)
    model, wrong = validate(held, HoursZoneModel)
    faults += wrong
    return model.timezone if model else zone


def _holidays(node: Node, site: Path, faults: list[Finding]) -> Container[date]:
    if not isinstance(node.content, dict) or "holidays" not in node.content:
        return frozenset()
    place = node.content["holidays"]
    if isinstance(place.content, str):
        return _of_file(site, place, faults)
    if isinstance(place.content, dict):
        return _of_country(place, faults)
    model, wrong = validate(Node({"holidays": place}, node.file, node.line, node.column), HolidaysModel)
    faults += wrong
    return frozenset(model.holidays) if model else frozenset()


def _of_country(place: Node, faults: list[Finding]) -> Container[date]:
    # Some thousand definitions, which only few sites need.
    import holidays

    for key, inner in place.items():
        if key not in ("country", "region"):
            near = did_you_mean(key, ("country", "region"))
            message = f'unknown key "{key}"; allowed here: country, region{near}'
            faults.append(place.finding("EBY11", message, key=key))
        elif not isinstance(inner.content, str):
            message = f"must be a code in quotes, not {kind_of(inner.plain())}"
            faults.append(inner.finding("EB027", message))
    values = {key: inner.content for key, inner in place.items() if isinstance(inner.content, str)}
    if "country" not in values:
        if place.at("country") is not place:
            return frozenset()
        faults.append(place.finding("EB027", f"names no country; holidays are {_FORMS}"))
        return frozenset()
    known = holidays.list_supported_countries()
    country, region = values["country"], values.get("region")
    if country not in known:
        near = did_you_mean(country.upper(), known)
        message = (
            f'"{country}" is no country whose holidays are known; write its two letters, such as DE{near}'
        )
        faults.append(place.at("country").finding("EB027", message))
        return frozenset()
    if region is not None and region not in known[country]:
        there = listed(known[country]) if known[country] else "none: leave the region out"
        message = f'"{region}" is no region of {country}; there are: {there}'
        faults.append(place.at("region").finding("EB027", message))
        return frozenset()
    return HolidayCalendar(
        lambda year: holidays.country_holidays(country, subdiv=region, years=year, expand=False)
    )


def _of_file(site: Path, place: Node, faults: list[Finding]) -> Container[date]:
    import icalendar

    name = place.content
    try:
        text = read_text(site / name, name)
        calendar = icalendar.Calendar.from_ical(text)
    except FilesInvalid as error:
        faults.append(place.finding("EB027", f"{name} {error.findings[0].message}"))
        return frozenset()
    except (ValueError, IndexError, KeyError) as error:
        faults.append(place.finding("EB027", f"{name} is no calendar that can be read: {error}"))
        return frozenset()
    first = _checked(name, calendar, place, faults)
    of_year = partial(_closed_in, calendar)
    if first is not None:
        try:
            of_year(first)
        except Exception as error:  # each library beneath raises what it likes about a rule it cannot read
            faults.append(place.finding("EB027", f"{name} holds a repetition that cannot be read: {error}"))
            return frozenset()
    return HolidayCalendar(of_year)


def _checked(name: str, calendar: Any, place: Node, faults: list[Finding]) -> int | None:
    """Say which events have no date; answer the year of the first one where all have."""
    years: list[int] = []
    events = list(calendar.walk("VEVENT"))
    if not events:
        faults.append(place.finding("EB027", f"{name} holds no event, so no day is closed", is_warning=True))
    for number, event in enumerate(events, start=1):
        start = _said(event, "DTSTART")
        if start is None:
            message = f"event {number} of {name} has no date that can be read"
            faults.append(place.finding("EB027", message))
        else:
            years.append(start.year)
    return min(years) if years and len(years) == len(events) else None


def _closed_in(calendar: Any, year: int) -> frozenset[date]:
    """The dates of a year that a calendar's events touch, repetitions and exceptions followed."""
    import recurring_ical_events

    found = recurring_ical_events.of(calendar).between(date(year, 1, 1), date(year + 1, 1, 1))
    return frozenset(day for event in found for day in _dates(event) if day.year == year)


def _dates(event: Any) -> Iterator[date]:
    start, end = event["DTSTART"].dt, _said(event, "DTEND")
    first, after = _date_of(start), _date_of(start if end is None else end)
    if isinstance(end, datetime) and end.time() != time():
        after += _DAY
    for step in range(max(1, min((after - first).days, _LONGEST_DAYS))):
        yield first + step * _DAY


def _said(event: Any, key: str) -> date | None:
    """A date or moment of an event; the library raises when a broken value is looked at, not before."""
    try:
        found = getattr(event.get(key), "dt", None)
    except ValueError:
        return None
    return found if isinstance(found, date) else None


def _date_of(at: date) -> date:
    return at.date() if isinstance(at, datetime) else at
