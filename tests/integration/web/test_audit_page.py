"""The audit page: filters in its address, one page after another, a CSV file that nothing runs."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import engagebot
from engagebot.domain.roles import Role
from engagebot.store import audit
from engagebot.web.pages import audit as audit_page
from tests.integration.web.office import Office

DAY = timedelta(days=1)


def _add(office: Office, actor: str, action: str, subject: str, *, days: int = 0, **detail: Any) -> None:
    with office.app.store.write() as tx:
        at = office.clock.now() - days * DAY
        audit.add(tx, at=at, actor=actor, action=action, subject=subject, detail=detail)


def _fill(office: Office) -> None:
    _add(office, "kim_demo", "draft.approved", "draft:12", days=3)
    _add(office, "kim_demo", "draft.rejected", "draft:13", days=2, reason="wrong tone")
    _add(office, "lee_demo", "draft.approved", "draft:14", days=1)
    _add(office, "lee_demo", "case.note", "case:12")
    _add(office, "lee_demo", "author.muted", "author:x/troll_demo")
    _add(office, "rule:praise", "rule.paused", "rule:praise")


def _csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _found(office: Office, query: str) -> list[str]:
    answer = office.person(Role.LEAD).get(f"/audit.csv?{query}")
    assert answer.status_code == 200
    return [f"{row['who']} {row['action']} {row['about']}" for row in _csv(answer.text)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("who=kim_demo", ["kim_demo draft.rejected draft:13", "kim_demo draft.approved draft:12"]),
        ("kind=mute", ["lee_demo author.muted author:x/troll_demo"]),
        ("kind=rule", ["rule:praise rule.paused rule:praise"]),
        ("kind=draft.approved&who=lee_demo", ["lee_demo draft.approved draft:14"]),
        ("about=draft+12", ["kim_demo draft.approved draft:12"]),
        ("about=case:12", ["lee_demo case.note case:12"]),
        ("from=2026-08-01&to=2026-08-01", ["kim_demo draft.rejected draft:13"]),
        ("to=2026-07-31", ["kim_demo draft.approved draft:12"]),
        ("kind=draft&from=2026-08-02", ["lee_demo draft.approved draft:14"]),
        ("who=nobody_demo", []),
        ("about=%00%F0%9F%98%80%3Ax", None),
    ],
)
def test_the_address_says_which_lines(office: Office, query: str, found: list[str] | None) -> None:
    _fill(office)

    if found is None:
        assert office.person(Role.LEAD).get(f"/audit.csv?{query}").status_code == 422
    else:
        assert _found(office, query) == found


def test_the_page_keeps_the_filter_in_its_form_and_links(office: Office) -> None:
    _fill(office)

    page = office.person(Role.LEAD).get("/audit?who=kim_demo&kind=draft&from=&to=&about=").text

    assert 'value="kim_demo"' in page
    assert '<option value="draft" selected>' in page
    assert "/audit.csv?who=kim_demo&amp;kind=draft" in page
    assert "approved the reply" in page
    assert "wrong tone" in page
    assert "troll_demo" not in page
    assert 'href="/queue?item=12"' in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=yesterday", "is not a day"),
        ("to=0001-01-01", "is not a day"),
        ("from=2026-08-02&to=2026-08-01", "is after the last day"),
        ("kind=%3Cb%3E", "is no kind of deed"),
        ("about=%3Cscript%3E", "names nothing"),
    ],
)
def test_a_filter_that_means_nothing_is_told(office: Office, query: str, said: str) -> None:
    lead = office.person(Role.LEAD)

    for path in ("/audit", "/audit.csv"):
        answer = lead.get(f"{path}?{query}")
        assert answer.status_code == 422
        assert said in answer.text
        assert "<script>" not in answer.text.replace("<script src=", "")


def test_days_are_those_of_the_team(office: Office) -> None:
    zone = office.app.settings.timezone
    assert zone.key == "Europe/Berlin"
    only = audit_page.read_filter({"from": "2026-08-03", "to": "2026-08-03"}, zone)

    assert only.since is not None
    assert only.before is not None
    assert only.since.isoformat() == "2026-08-02T22:00:00+00:00"
    assert only.before - only.since == DAY


def test_pages_follow_one_another_without_a_gap(office: Office) -> None:
    with office.app.store.write() as tx:
        row = {"at": office.clock.now(), "actor": "kim_demo", "action": "draft.note", "detail": {}}
        audit.add_many(tx, [{**row, "subject": f"draft:{number}"} for number in range(250)])
    lead = office.person(Role.LEAD)
    seen, path = [], "/audit?kind=draft"
    while path:
        page = lead.get(path).text
        seen += re.findall(r'about=draft%3A(\d+)"', page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = following[1].replace("&amp;", "&") if following else ""

    assert [int(number) for number in seen] == list(range(249, -1, -1))
    assert lead.get("/audit?cursor=made-up").status_code == 422


def test_the_file_is_whole_bounded_and_defused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_page, "_CHUNK", 2)
    monkeypatch.setattr(audit_page, "MOST_LINES", 6)
    for number in range(9):
        _add(office, "=cmd|' /C calc'!A0", "case.note", f"case:{number}", words='a "quoted", line\nand one')

    answer = office.person(Role.LEAD).get("/audit.csv")

    rows = _csv(answer.text)
    assert [row["about"] for row in rows] == [f"case:{number}" for number in range(8, 2, -1)]
    assert {row["who"] for row in rows} == {"'=cmd|' /C calc'!A0"}
    assert rows[0]["at"] == "2026-08-03T12:00:00+00:00"
    assert rows[0]["did"] == "wrote a note"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit-2026-08-03.csv"'


def test_no_code_changes_or_removes_a_line_of_the_audit() -> None:
    changing = re.compile(
        r"(update|delete)\((tables\.)?audit\b|audit\.(update|delete)\("
        r"|(UPDATE|DELETE FROM|TRUNCATE)\s+audit\b"
    )
    root = Path(engagebot.__file__).parent

    assert [str(path) for path in root.rglob("*.py") if changing.search(path.read_text("utf-8"))] == []
