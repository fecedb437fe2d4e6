"""What another system knows of customers comes in whole or not at all; the same again changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from engagebot.domain.mention import MentionRef
from engagebot.errors import WrongUsage
from engagebot.pipeline.people import forgetting, keeping
from engagebot.pipeline.people.importing import Brought, Line, NotBrought, bring
from engagebot.pipeline.people.knowing import Known, know
from engagebot.store.persons import people
from engagebot.store.tables import customer_notes, customer_tenures
from tests.factories import act, hear, make_author, make_mention
from tests.integration.pipeline.desk import Desk


def lint(words: str) -> None:
    if "pregnant" in words:
        raise WrongUsage("such traits are not kept about people")


def imported(desk: Desk, *rows: dict[str, Any], source: str | None = None) -> Brought:
    lines = [Line(number, cells) for number, cells in enumerate(rows, start=2)]
    with desk.store.write() as tx:
        return bring(tx, lines, act(desk.store), source=source, lint=lint)


def known(desk: Desk, customer_id: int = 1) -> Known:
    with desk.store.read() as tx:
        return know(tx, customer_id)


def actions(desk: Desk) -> list[str]:
    return [event.action for event in desk.events("customer:1")]


MAPLE = {
    "handle": "@Maple_Fan_demo", "source": "fake", "since": "2019-04", "vip": "yes", "tags": "Beta; north",
    "note": "asks for Kim",
}  # fmt: skip


def test_what_a_file_says_is_kept_once_and_audited(desk: Desk) -> None:
    hear(desk.store, make_mention("1"))
    brought = imported(desk, MAPLE, {"handle": "nobody_demo"})
    assert (brought.read, brought.changed, brought.same, brought.unknown) == (2, 1, 0, [3])
    record = known(desk)
    assert record.tenure is not None
    assert (record.tenure.words, record.tenure.noted_by, record.customer.is_vip) == (
        "April 2019",
        "agent_demo",
        True,
    )
    assert [each.tag for each in record.tags] == ["beta", "north"]
    assert [each.text for each in record.standing_notes] == ["asks for Kim"]
    before = actions(desk)
    assert sorted(before) == [
        "customer.made_vip", "customer.noted", "customer.since_noted", "customer.tagged", "customer.tagged",
    ]  # fmt: skip
    again = imported(
        desk, MAPLE, {"handle": "maple_fan_demo", "since": "", "vip": "", "tags": "", "note": ""}
    )
    assert (again.changed, again.same) == (0, 2)
    assert actions(desk) == before
    assert imported(desk, {**MAPLE, "since": "2018", "vip": "no"}).changed == 1
    assert known(desk).customer.is_vip is False


def test_one_line_that_cannot_be_used_keeps_out_all(desk: Desk) -> None:
    hear(desk.store, make_mention("1"), make_mention("2", author=make_author("birch_demo")))
    hear(desk.store, make_mention("3", ref=MentionRef("other", "3"), author=make_author("birch_demo")))
    bad: list[tuple[dict[str, Any], str]] = [
        ({"handle": ""}, "handle: missing"),
        ({"handle": "birch_demo"}, r"2 accounts go by 'birch_demo' \(fake, other\); give its source"),
        ({**MAPLE, "since": "2999"}, "still to come"),
        ({**MAPLE, "vip": "maybe"}, "neither yes nor no"),
        ({**MAPLE, "tags": "!!"}, "is not a tag"),
        ({**MAPLE, "note": "she is pregnant"}, "such traits"),
        ({**MAPLE, "sinse": "2019"}, "there is no column 'sinse'.*did you mean"),
    ]
    for cells, problem in bad:
        with pytest.raises(NotBrought, match=f"line 3: .*{problem}(.|\n)*nothing was brought in"):
            imported(desk, MAPLE, cells)
    with pytest.raises(NotBrought, match=r"(?s)line 21: .*… and 10 more"):
        imported(desk, *[{"handle": ""}] * 30)
    assert (desk.count(customer_tenures), desk.count(customer_notes), actions(desk)) == (0, 0, [])
    assert imported(desk, {"handle": "birch_demo", "since": "2020"}, source="other").changed == 1


def test_what_was_noted_goes_with_the_person(desk: Desk) -> None:
    hear(desk.store, make_mention("1"))
    imported(desk, MAPLE)
    with desk.store.write() as tx:
        keeping.set_since(tx, 1, act(desk.store), None)
        assert people.tenure(tx, [1]) is None
        keeping.set_since(tx, 1, act(desk.store), "2019")
        forgetting.forget(tx, 1, act(desk.store))
    assert desk.count(customer_tenures) == 0
    assert imported(desk, MAPLE).unknown == [2]
