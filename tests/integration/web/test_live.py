from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from engagebot.domain.roles import Role
from engagebot.store import audit, site
from engagebot.store.desk import presence
from engagebot.store.desk.presence import Presence
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind
from engagebot.web.desk.streams import PER_PERSON, Streams
from engagebot.web.entry.auth import cookie_name
from tests.integration.web.live_office import DEADLINE, listening, serving
from tests.integration.web.office import Office


@pytest.fixture
def served(office: Office) -> Iterator[tuple[str, Streams]]:
    with serving(office.app) as found:
        yield found


def _cookies(office: Office, role: Role = Role.COMMUNITY, name: str | None = None) -> dict[str, str]:
    cookie = cookie_name(office.app)
    return {cookie: office.person(role, name).cookies[cookie]}


def _who(office: Office) -> dict[int, tuple[Presence, ...]]:
    with office.app.store.read() as tx:
        return presence.who(tx, office.clock.now())


def _pause(office: Office) -> None:
    with office.app.store.write() as tx:
        site.pause(tx, by="ben_demo", at=office.clock.now())


def test_two_people_hear_of_a_pause_over_the_wire(office: Office, served: tuple[str, Streams]) -> None:
    address, _ = served
    with (
        listening(address, _cookies(office, name="mira_demo")) as mira,
        listening(address, _cookies(office, name="ben_demo")) as ben,
    ):
        assert mira.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert mira.response.headers["cache-control"] == "no-store"
        assert mira.response.headers["x-accel-buffering"] == "no"
        assert mira.until("hello") == {"me": "mira_demo"}
        assert ben.until("hello") == {"me": "ben_demo"}
        for ear in (mira, ben):
            assert ear.until("site")["paused_by"] is None
        _pause(office)
        for ear in (mira, ben):
            assert ear.until("site")["paused_by"] == "ben_demo"


def test_a_browser_that_comes_back_names_the_last_it_heard(
    office: Office, served: tuple[str, Streams]
) -> None:
    address, _ = served
    office.drafts()
    cookies = _cookies(office)
    with listening(address, cookies) as ear:
        ear.until("hello")
        head = ear.heard[0][2]
    _pause(office)
    with listening(address, cookies, path=f"/live?after={head}") as ear:
        ear.until("presence")
        assert ear.until("site") == {"paused_by": "ben_demo", "mode": "PAUSED"}
        paused = ear.heard[-1][2]
    with listening(address, cookies, path=f"/live?after={head}", **{"last-event-id": str(paused)}) as ear:
        ear.until("presence")
        with office.app.store.write() as tx:
            site.resume(tx, by="ben_demo", at=office.clock.now())
        assert ear.until("site")["paused_by"] is None


def test_a_stream_is_forgotten_when_its_browser_leaves(office: Office, served: tuple[str, Streams]) -> None:
    address, streams = served
    with listening(address, _cookies(office)) as ear:
        ear.until("hello")
        assert streams.count == 1
        poller = streams._thread
    assert poller is not None
    poller.join(DEADLINE)

    assert streams.count == 0


def test_signing_out_ends_the_stream(office: Office, served: tuple[str, Streams]) -> None:
    address, _ = served
    cookies = _cookies(office)
    with listening(address, cookies) as ear:
        ear.until("hello")
        with office.app.store.write() as tx:
            accounts.revoke(tx, KeyKind.SESSION, next(iter(cookies.values())))

        assert ear.rest()[-1] == "bye"


def test_the_server_stops_with_streams_open(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    with ExitStack() as stack:
        with serving(office.app) as (address, _):
            ear = stack.enter_context(listening(address, _cookies(office)))
            ear.until("hello")
        # The server has stopped by here; the answer came to its proper end, else reading on would raise.
        ear.rest()

    assert "Cancel" not in caplog.text


def test_a_program_without_patience_gets_what_there_is(office: Office) -> None:
    office.drafts()
    answer = office.program().get("/live?after=0")

    assert answer.status_code == 200
    assert [line for line in answer.text.splitlines() if line.startswith("event: ")] == [
        "event: hello", "event: site", "event: presence", "event: new"
    ]  # fmt: skip


def test_a_token_that_is_revoked_opens_no_stream(office: Office) -> None:
    program = office.program()
    token = program.headers["authorization"].removeprefix("Bearer ")
    with office.app.store.write() as tx:
        accounts.revoke(tx, KeyKind.TOKEN, token)

    assert program.get("/live").status_code in {303, 401}


def test_one_browser_too_many_is_told_so(office: Office, served: tuple[str, Streams]) -> None:
    address, _ = served
    cookies = _cookies(office, name="mira_demo")
    with ExitStack() as stack:
        ears = [stack.enter_context(listening(address, cookies)) for _ in range(PER_PERSON)]
        for ear in ears:
            ear.until("hello")
        answer = httpx.get(f"{address}/live", cookies=cookies)

    assert answer.status_code == 429
    assert f"mira_demo has engagebot open in {PER_PERSON} browsers" in answer.text


def test_a_page_says_who_is_here_and_who_writes(office: Office) -> None:
    draft = office.drafts()
    mira = office.person(name="mira_demo")

    assert mira.post(f"/queue/{draft.id}/here").json() == {"holder": None}
    assert _who(office) == {draft.id: (Presence("mira_demo", False),)}
    assert mira.post(f"/queue/{draft.id}/here", data={"is_typing": "true"}).json() == {"holder": "mira_demo"}
    assert _who(office) == {draft.id: (Presence("mira_demo", True),)}
    ben = office.person(name="ben_demo")
    assert ben.post(f"/queue/{draft.id}/here", data={"is_typing": "true"}).json() == {"holder": "mira_demo"}
    assert mira.post(f"/queue/{draft.id}/gone").status_code == 204
    assert _who(office) == {draft.id: (Presence("ben_demo", True),)}


def test_those_who_may_only_read_claim_nothing(office: Office) -> None:
    draft = office.drafts()
    light = office.person(Role.LIGHT)

    assert light.post(f"/queue/{draft.id}/here", data={"is_typing": "true"}).json() == {"holder": None}
    assert _who(office) == {draft.id: (Presence("light_demo", False),)}


def test_signs_of_people_come_from_our_own_pages_only(office: Office) -> None:
    draft = office.drafts()
    mira = office.person(name="mira_demo")
    elsewhere = {"sec-fetch-site": "cross-site"}

    assert mira.post(f"/queue/{draft.id}/here", headers=elsewhere).status_code == 403
    assert mira.post(f"/queue/{draft.id}/gone", headers=elsewhere).status_code == 403
    assert mira.post("/queue/999999/here").status_code == 404
    assert _who(office) == {}


def test_taking_over_leads_back_to_the_draft(office: Office) -> None:
    draft = office.drafts()
    office.person(name="mira_demo").post(f"/queue/{draft.id}/here", data={"is_typing": "true"})
    ben = office.person(name="ben_demo")
    refusal = ben.post(f"/queue/{draft.id}/approve", data={"version": 1, "text": "Thank you!"})
    assert refusal.status_code == 409
    assert "his reply is being written by mira_demo; take it over first" in refusal.text
    answer = ben.post(f"/queue/{draft.id}/take-over", data={"lane": "review"})

    assert answer.status_code == 303
    assert f"item={draft.id}" in answer.headers["location"]
    page = ben.get(answer.headers["location"]).text
    assert "It is yours now, and whoever was writing there is told." in page
    with office.app.store.read() as tx:
        claim = presence.claim_of(tx, draft.id, office.clock.now())
        assert claim is not None
        assert claim.person == "ben_demo"
        assert audit.of(tx, f"draft:{draft.id}")[-1].action == "draft.taken_over"


def test_head_is_answered_at_once_even_by_the_stream(office: Office, served: tuple[str, Streams]) -> None:
    address, streams = served
    asked = {"accept": "text/event-stream"}
    with httpx.Client(base_url=address, cookies=_cookies(office), headers=asked, timeout=DEADLINE) as client:
        told = client.head("/live")
        assert (told.status_code, told.content) == (200, b"")
        assert told.headers["content-type"] == "text/event-stream; charset=utf-8"
        # The next answer on the same connection begins where this one's ends.
        assert client.get("/healthz").text == "ok\n"
    assert streams.count == 0
