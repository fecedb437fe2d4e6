"""What a page holds already is not told again, unless the decision bears on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from httpx2 import Response

from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord
from engagebot.pipeline.people import linking
from engagebot.store import tables
from engagebot.store.desk import writings
from tests.factories import act, make_author
from tests.integration.web.office import Office

PART = {"hx-request": "true"}
OTHER_WORDS = "How kind! The box was packed by hand, and they will hear of this."
WORDS = "What a lovely thing to read on a grey morning, thank you for telling us."
Change = Callable[[Office, DraftRecord, DraftRecord], object]


def put(office: Office, draft: DraftRecord, **values: Any) -> None:
    with office.app.store.write() as tx:
        tx.execute(sa.update(tables.drafts).where(tables.drafts.c.id == draft.id).values(**values))


def pair(office: Office, **of_second: Any) -> tuple[DraftRecord, DraftRecord]:
    first = office.drafts("I love box 1", author=make_author("maple_demo"))
    values: dict[str, Any] = {"author": make_author("ben_demo"), **of_second}
    second = office.drafts("I love box 2", **values)
    put(office, second, text=OTHER_WORDS)
    return first, second


def approve(browser: TestClient, first: DraftRecord, following: int, held: str) -> Response:
    data = {"version": first.version, "text": WORDS, "following": following, "held": held}
    done = browser.post(f"/queue/{first.id}/approve", data=data, headers=PART)
    assert done.status_code == 200
    return done


def told(done: Response) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.headers["hx-trigger"])["desk:acted"]
    return found


def test_of_an_item_that_the_page_holds_only_what_stands_around_it_is_told(office: Office) -> None:
    first, second = pair(office)
    third = office.drafts("I love box 3", author=make_author("cleo_demo"))
    put(office, third, text="So glad that it arrived.")
    browser = office.person()

    held = f"{second.id}:{second.version} {third.id}:{third.version}"
    done = approve(browser, first, second.id, held)

    assert 'id="work"' not in done.text
    assert f'href="/queue?lane=review&amp;item={third.id}"' in done.text
    assert '<span class="muted small">1 of 2</span>' in done.text
    assert f'hx-post="/queue/{first.id}/undo"' in done.text
    assert 'id="lanes"' in done.text
    assert done.headers["hx-push-url"].endswith(f"item={second.id}")
    assert told(done)["spared"] == [second.id, third.id]


def test_an_item_that_is_on_its_way_to_the_page_is_not_told_a_second_time(office: Office) -> None:
    first, second = pair(office)

    done = approve(office.person(), first, second.id, f"{second.id}:~")

    assert 'id="work"' not in done.text
    assert told(done)["spared"] == [second.id]


def test_an_item_that_is_yet_to_be_asked_for_is_told(office: Office) -> None:
    first, second = pair(office)

    done = approve(office.person(), first, second.id, f"{second.id}:")

    assert f'data-draft="{second.id}"' in done.text


@pytest.mark.parametrize(
    "deed", [("reject", {"reason": "tone"}), ("snooze", {"until": "1h"})], ids=lambda it: it[0]
)
def test_a_rejected_or_snoozed_reply_leaves_one_in_the_same_words_alone(
    office: Office, deed: tuple[str, dict[str, str]]
) -> None:
    first, second = pair(office)
    put(office, second, text=first.text)
    data = {**deed[1], "following": second.id, "held": f"{second.id}:{second.version}"}

    done = office.person().post(f"/queue/{first.id}/{deed[0]}", data=data, headers=PART)

    assert done.status_code == 200
    assert 'id="work"' not in done.text
    assert told(done)["spared"] == [second.id]


def links(office: Office, first: DraftRecord, second: DraftRecord) -> None:
    drafts = tables.drafts.c
    with office.app.store.write() as tx:
        ids = tx.execute(
            sa.select(drafts.customer_id).where(drafts.id.in_([first.id, second.id])).order_by(drafts.id)
        )
        one, other = ids.scalars()
        by_lena = act(office.app.store, "lena_demo")
        linking.link(tx, (one, other), by_lena, basis="said_it_themselves", reason="said so")


def types_into(office: Office, _: DraftRecord, second: DraftRecord) -> None:
    with office.app.store.write() as tx:
        at = office.clock.now()
        writings.save(tx, second.id, "community_demo", "Dear Ben", version=second.version, at=at)


BEARING: dict[str, Change] = {
    "it moved on": lambda office, _, second: put(office, second, version=second.version + 1),
    "it was decided": lambda office, _, second: put(office, second, state=DraftState.REJECTED.value),
    "it says nearly the same": lambda office, _, second: put(office, second, text=WORDS),
    "it is another account of theirs": links,
    "somebody has begun to write": types_into,
}


@pytest.mark.parametrize("change", BEARING.values(), ids=BEARING)
def test_what_a_decision_bears_on_is_told_anew(office: Office, change: Change) -> None:
    first, second = pair(office)
    browser = office.person(name="community_demo")
    change(office, first, second)

    done = approve(browser, first, second.id, f"{second.id}:{second.version}")

    assert f'data-draft="{second.id}"' in done.text
    assert "spared" not in told(done)


@pytest.mark.parametrize(
    "over", [{"author": make_author("maple_demo")}, {"conversation_id": "talk"}], ids=["person", "thread"]
)
def test_an_item_of_the_same_person_or_thread_is_told_anew(office: Office, over: dict[str, Any]) -> None:
    first, second = pair(office, **over)
    with office.app.store.write() as tx:
        tx.execute(sa.update(tables.drafts).values(conversation_id=over.get("conversation_id")))

    done = approve(office.person(), first, second.id, f"{second.id}:{second.version}")

    assert f'data-draft="{second.id}"' in done.text


def test_what_was_a_form_letter_before_is_no_news(office: Office) -> None:
    before = office.drafts("I love box 0", author=make_author("cleo_demo"))
    sent = {"state": DraftState.SENT.value, "text": WORDS, "said_at": office.clock.now()}
    put(office, before, **sent)
    first, second = pair(office)
    put(office, second, text=WORDS)

    done = approve(office.person(), first, second.id, f"{second.id}:{second.version}")

    assert told(done)["spared"] == [second.id]


def test_what_is_about_to_come_is_spared_and_yet_told_where_it_follows(office: Office) -> None:
    first, second = pair(office)
    browser = office.person()

    done = approve(browser, first, second.id, f"{second.id}:")

    assert f'data-draft="{second.id}"' in done.text


def test_what_is_on_its_way_behind_the_next_item_is_spared(office: Office) -> None:
    first, second = pair(office)
    third = office.drafts("I love box 3", author=make_author("cleo_demo"))
    put(office, third, text="So glad that it arrived.")

    done = approve(office.person(), first, second.id, f"{second.id}:{second.version} {third.id}:")

    assert told(done)["spared"] == [second.id, third.id]


@pytest.mark.parametrize("held", ["", "12", "a:b", "²:1", "9" * 30 + ":1", "1:1 " * 24])
def test_what_a_page_says_amiss_is_not_held(office: Office, held: str) -> None:
    first, second = pair(office)

    done = approve(office.person(), first, second.id, held)

    assert f'data-draft="{second.id}"' in done.text
