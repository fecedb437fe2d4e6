"""Tickets of cases in other systems: linked, asked for, told of, and never two where one was wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from engagebot.domain.casework.tickets import CaseTicket, TicketNews, read_ticket
from engagebot.domain.heard.removal import Removal
from engagebot.domain.outbox import DeliveryState
from engagebot.domain.records import DeliveryRecord
from engagebot.domain.telling.detours import TICKET, TICKET_STATE
from engagebot.errors import DeliveryFailed, IllegalMove, NotFound, WrongUsage
from engagebot.pipeline import casework
from engagebot.pipeline.casework import ticketing
from engagebot.pipeline.deliver import Showing, TellContext, deliver_notices, requeue_notices
from engagebot.pipeline.people import forgetting
from engagebot.ports import Filed, Notice, Sink
from engagebot.store.casework import cases, tickets
from engagebot.store.heard import redaction
from engagebot.store.telling import deliveries
from tests.factories import act, id_of, make_author, make_mention
from tests.fakes import NOON, FakeSink
from tests.integration.pipeline.desk import Desk
from tests.integration.pipeline.minded import Minded, minded

WEBHOOKS = {"webhooks": {"Jira": "https://jira.example/in"}, "ticket_webhooks": ("Jira",)}
URL = "https://jira.example/browse/X-12"


@pytest.fixture
def mine(desk: Desk) -> Minded:
    """A desk whose settings name one ticket system, with one open case."""
    found = minded(desk, **WEBHOOKS)
    found.open()
    return found


@dataclass
class TicketSystem(FakeSink):
    """A ticket system: it makes one ticket for each id, and answers `answer` where that is given."""

    answer: Filed | None = None
    is_cut: bool = False
    made: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def file(self, notice: Notice) -> Filed | None:
        self.deliver(notice)
        self.made.setdefault(notice.id, notice.payload)
        if self.is_cut:
            raise Killed
        return self.answer


class Killed(BaseException):
    """The process ends: no handler of ours may catch it."""


def link(
    mine: Minded, key: str = "X-12", *, case_id: int | None = None, **more: str
) -> tuple[CaseTicket, bool]:
    new = read_ticket(system="jira", key=key, **more)
    with mine.desk.store.write() as tx:
        return ticketing.link(tx, case_id or mine.case_id, act(mine.desk.store), new)


def want(mine: Minded, system: str = "jira") -> DeliveryRecord:
    with mine.desk.store.write() as tx:
        return ticketing.want(tx, mine.case_id, act(mine.desk.store), system, settings=mine.settings)


def mirror(mine: Minded, key: str = "X-12", **news: Any) -> CaseTicket:
    with mine.desk.store.write() as tx:
        who = act(mine.desk.store, "jira_program")
        return ticketing.mirror(tx, ("jira", key), who, TicketNews(**news), settings=mine.settings)


def linked(mine: Minded) -> list[CaseTicket]:
    with mine.desk.store.read() as tx:
        return tickets.of_case(tx, mine.case_id)


def asked(mine: Minded) -> DeliveryRecord:
    with mine.desk.store.read() as tx:
        return tickets.wanted(tx, mine.case_id)["jira"]


def tell(mine: Minded, sink: Sink, **showing: Any) -> int:
    context = TellContext(
        store=mine.desk.store,
        clock=mine.desk.clock,
        owner="worker-1",
        sink=lambda channel: sink if channel == "webhook:Jira" else mine.desk.sink,
        showing=Showing(**showing),
    )
    return deliver_notices(context)


def details(mine: Minded, action: str) -> list[dict[str, Any]]:
    events = mine.desk.events(f"case:{mine.case_id}")
    return [dict(event.detail) for event in events if event.action == action]


def test_a_ticket_is_linked_once_and_to_one_case(mine: Minded) -> None:
    first, is_new = link(mine)
    assert (first.name, first.linked_by, first.linked_at, first.url, is_new) == (
        "jira X-12", "agent_demo", NOON, None, True,
    )  # fmt: skip
    mine.desk.clock.forward(hours=1)
    again, is_new = link(mine, url=URL, status="To do")
    assert (again.id, again.url, again.status, is_new) == (first.id, URL, "To do", False)
    link(mine, url="https://jira.example/else")
    assert linked(mine) == [again]
    mine.desk.hear(make_mention("2", "dead here too", author=make_author("oak_fan_demo")))
    other = mine.desk.case_of("2")
    assert other is not None
    with pytest.raises(IllegalMove, match=f"case {mine.case_id} has jira X-12 already"):
        link(mine, case_id=other.id)
    with pytest.raises(NotFound):
        link(mine, case_id=4711)
    for number in range(tickets.MOST - 1):
        link(mine, f"Y-{number}")
    with pytest.raises(IllegalMove, match="20 tickets"):
        link(mine, "Z-1")
    assert len(details(mine, "case.ticket_linked")) == tickets.MOST


def test_a_wrong_link_is_undone_and_stays_in_the_history(mine: Minded) -> None:
    link(mine)
    mine.do(ticketing.unlink, system="Jira", key="X-12")
    assert linked(mine) == []
    assert mine.actions[-2:] == ["case.ticket_linked", "case.ticket_unlinked"]
    assert details(mine, "case.ticket_unlinked") == [{"ticket": "jira X-12"}]
    with pytest.raises(NotFound, match="no case has"):
        mine.do(ticketing.unlink, system="jira", key="X-12")
    link(mine)
    mine.desk.hear(make_mention("2", "dead here too", author=make_author("oak_fan_demo")))
    other = mine.desk.case_of("2")
    assert other is not None
    with pytest.raises(NotFound, match=f"case {other.id} has no ticket"), mine.desk.store.write() as tx:
        ticketing.unlink(tx, other.id, act(mine.desk.store), system="jira", key="X-12")


def test_closing_over_there_leaves_the_case_open_and_asks_once(mine: Minded) -> None:
    link(mine)
    mine.news()
    assert mirror(mine, status="In progress").status == "In progress"
    mine.desk.clock.forward(minutes=5)
    closed = mirror(mine, status="Done", is_closed=True)
    assert (closed.closed_at, closed.changed_at) == (mine.desk.clock.now(), mine.desk.clock.now())
    mine.desk.clock.forward(minutes=5)
    assert mirror(mine, status="Done", is_closed=True) == mirror(mine) == closed
    assert mine.news() == [(5, "console", "jira X-12 was closed over there")]
    assert mine.case.state == "new"
    assert mirror(mine, is_closed=False).closed_at is None
    mine.desk.clock.forward(minutes=5)
    mirror(mine, is_closed=True)
    assert [minutes for minutes, _, _ in mine.news()] == [15]
    mine.do(casework.resolve)
    mirror(mine, is_closed=False)
    mine.desk.clock.forward(minutes=5)
    mirror(mine, is_closed=True)
    assert mine.news() == [], "who has ended the case here has nothing to be asked"
    assert [each.partition(".")[2] for each in mine.actions if "ticket" in each] == [
        "ticket_linked", "ticket_changed", "ticket_closed", "ticket_opened", "ticket_closed", "ticket_opened",
        "ticket_closed",
    ]  # fmt: skip
    with pytest.raises(NotFound, match="no case has the ticket jira X-13"):
        mirror(mine, "X-13", is_closed=True)


def test_the_history_keeps_no_quote_and_no_name_out_of_a_status(mine: Minded) -> None:
    link(mine)
    told = mirror(mine, status="the modem is dead again, says Maple Fan")
    assert told.status == "the modem is dead again, says Maple Fan"
    assert details(mine, "case.ticket_changed") == [
        {"ticket": "jira X-12", "status": "(what they wrote), says someone"}
    ]


def test_a_ticket_is_asked_for_once_and_linked_by_the_answer(mine: Minded) -> None:
    jira = TicketSystem(answer=Filed("X-12", URL))
    first = want(mine)
    assert want(mine).id == first.id
    assert (first.channel, first.kind, first.notice_id) == (
        "webhook:Jira", TICKET, f"case-{mine.case_id}-ticket-jira",
    )  # fmt: skip
    assert "modem" not in repr(first.payload), "no word of theirs waits in line"
    assert tell(mine, jira, base_url="https://care.example") == 1
    (ticket,) = linked(mine)
    assert (ticket.name, ticket.url, ticket.linked_by) == ("jira X-12", URL, "engagebot")
    ((notice_id, data),) = jira.made.items()
    assert (data["type"], data["id"], data["system"], data["asked_by"], data["title"]) == (
        "case.ticket_wanted", notice_id, "jira", "agent_demo", "the modem is dead",
    )  # fmt: skip
    assert (data["url"], data["mention"]["author"], data["mention"]["text"]) == (
        f"http://127.0.0.1:8000/cases/{mine.case_id}", "maple_fan_demo", "the modem is dead again",
    )  # fmt: skip
    with pytest.raises(IllegalMove, match="has jira X-12 already"):
        want(mine)


def test_who_answers_nothing_links_by_itself_and_is_not_asked_again(mine: Minded) -> None:
    want(mine)
    jira = TicketSystem()
    assert tell(mine, jira) == 1
    assert (asked(mine).state, linked(mine)) == (DeliveryState.DELIVERED, [])
    want(mine)
    assert tell(mine, jira) == 0
    plain = FakeSink()
    mine.open()
    want(mine)
    assert tell(mine, plain) == 1, "a way that reads no answers will do"
    assert [notice.payload["type"] for notice in plain.notices] == ["case.ticket_wanted"]


def test_a_crash_between_the_answer_and_the_link_repeats_the_same_id(mine: Minded) -> None:
    want(mine)
    jira = TicketSystem(answer=Filed("X-12"), is_cut=True)
    with pytest.raises(Killed):
        tell(mine, jira)
    assert linked(mine) == []
    jira.is_cut = False
    assert requeue_notices(mine.desk.store, mine.desk.clock) == 1
    assert tell(mine, jira) == 1
    assert (len(jira.notices), list(jira.made)) == (2, [f"case-{mine.case_id}-ticket-jira"])
    assert [each.key for each in linked(mine)] == ["X-12"]


def test_a_receiver_that_linked_before_its_answer_was_lost_is_left_alone(mine: Minded) -> None:
    want(mine)
    jira = TicketSystem(is_cut=True)
    with pytest.raises(Killed):
        tell(mine, jira)
    link(mine)
    requeue_notices(mine.desk.store, mine.desk.clock)
    assert tell(mine, jira) == 1
    assert len(jira.notices) == 1


def test_a_late_worker_loses_the_claim_and_not_the_ticket(mine: Minded) -> None:
    want(mine)

    class Slow(TicketSystem):
        def file(self, notice: Notice) -> Filed | None:
            requeue_notices(mine.desk.store, mine.desk.clock)
            return Filed("X-12")

    assert tell(mine, Slow()) == 0
    assert [each.key for each in linked(mine)] == ["X-12"]
    assert asked(mine).state is DeliveryState.PENDING


@pytest.mark.parametrize(
    ("answer", "key", "says"),
    [
        (Filed("X-12", "javascript:alert(1)"), "X-12", None),
        (Filed("X-\u202e12", URL), None, "is no key"),
        (Filed("Y-1", URL), None, "has jira Y-1 already"),
    ],
)
def test_an_odd_answer_is_told_and_breaks_nothing(
    mine: Minded, answer: Filed, key: str | None, says: str | None
) -> None:
    mine.desk.hear(make_mention("2", "dead here too", author=make_author("oak_fan_demo")))
    other = mine.desk.case_of("2")
    assert other is not None
    link(mine, "Y-1", case_id=other.id)
    want(mine)
    tell(mine, TicketSystem(answer=answer))
    assert [(each.key, each.url) for each in linked(mine)] == ([(key, None)] if key else [])
    found = asked(mine)
    assert found.state is DeliveryState.DELIVERED
    assert (found.last_error is None) if says is None else (says in (found.last_error or ""))


def test_a_request_that_was_given_up_is_sent_again_when_somebody_asks_again(mine: Minded) -> None:
    first = want(mine)
    jira = TicketSystem(answer=Filed("X-12"))
    jira.failures.append(DeliveryFailed("jira.example answers 422", is_permanent=True))
    tell(mine, jira)
    assert (asked(mine).state, asked(mine).last_error) == (DeliveryState.DEAD, "jira.example answers 422")
    with mine.desk.store.read() as tx:
        kinds = {each.kind for each in deliveries.of_case(tx, mine.case_id)}
    assert kinds == {TICKET}, "no person is told in place of a ticket system"
    assert want(mine).id == first.id
    assert tell(mine, jira) == 1
    assert jira.ids == [first.notice_id]
    assert mine.actions.count("case.ticket_wanted") == 2


def test_a_ticket_can_be_wanted_only_where_one_can_be_made(mine: Minded) -> None:
    with pytest.raises(WrongUsage, match=r"there: jira\); a webhook becomes one by `tickets: true`"):
        want(mine, "zendesk")
    mine.do(casework.resolve)
    with pytest.raises(IllegalMove, match="reopen it first"):
        want(mine)


def test_a_masked_site_asks_without_words_and_names(mine: Minded) -> None:
    want(mine)
    jira = TicketSystem()
    tell(mine, jira, is_masked=True)
    (notice,) = jira.notices
    assert (notice.payload["title"], notice.payload["mention"]) == (f"Case {mine.case_id}", None)
    assert not [word for word in ("modem", "maple", "angry") if word in repr(notice)]


def test_what_its_author_took_back_goes_from_the_request_and_the_address(mine: Minded) -> None:
    link(mine, "X-11", url="https://desk.example/11-the-modem-is-dead-again", status="told maple_fan_demo")
    link(mine, "X-12", url=URL, status="Done")
    mine.do(ticketing.unlink, system="jira", key="X-12")
    with mine.desk.store.write() as tx:
        redaction.redact(tx, [id_of(tx, "m")], NOON, Removal.GONE)
    (ticket,) = linked(mine)
    assert (ticket.key, ticket.url, ticket.status) == ("X-11", None, "told someone")
    mine.do(ticketing.unlink, system="jira", key="X-11")
    want(mine)
    jira = TicketSystem()
    tell(mine, jira)
    assert jira.notices[0].payload["mention"] is None
    assert "modem" not in repr(jira.notices[0].payload["mention"])


def test_who_is_forgotten_leaves_keys_and_addresses_that_say_nothing(mine: Minded) -> None:
    want(mine)
    link(mine, url=URL, status="told Maple Fan")
    mine.desk.hear(make_mention("2", "dead as ever"))
    customer_id = mine.case.customer_id
    assert customer_id is not None
    with mine.desk.store.write() as tx:
        forgetting.forget(tx, customer_id, act(mine.desk.store))
    (ticket,) = linked(mine)
    assert (ticket.key, ticket.url, ticket.status) == ("X-12", URL, "told someone")
    mine.do(ticketing.unlink, system="jira", key="X-12")
    jira = TicketSystem()
    tell(mine, jira)
    (notice,) = jira.notices
    assert (notice.payload["title"], notice.payload["mention"]) == ("(forgotten at their request)", None)
    assert "maple" not in repr(notice).casefold()


def test_a_ticket_system_hears_of_the_end_and_of_the_reopening_once(mine: Minded) -> None:
    link(mine, url=URL)
    mine.mind()
    mine.do(casework.resolve, outcome="replaced the modem")
    mine.mind()
    mine.do(casework.close)
    mine.mind()
    mine.desk.clock.forward(minutes=1)
    mine.do(casework.reopen)
    mine.mind()
    mine.do(casework.acknowledge)
    mine.mind()
    told = [each for each in mine.deliveries if each.kind == TICKET_STATE]
    data = [each.payload["data"] for each in told]
    assert [(each.channel, one["type"]) for each, one in zip(told, data, strict=True)] == [
        ("webhook:Jira", "case.resolved"), ("webhook:Jira", "case.reopened"),
    ]  # fmt: skip
    assert data[0]["tickets"] == [{"system": "jira", "key": "X-12", "url": URL}]
    assert data[0]["ending"] == {
        "outcome": "replaced the modem", "remedy": None, "cause": None, "reached": None,
    }  # fmt: skip
    assert data[1]["case"]["state"] == "reopened"
    mine.settings = replace(mine.settings, masks_notices=True)
    mine.desk.clock.forward(minutes=1)
    mine.do(casework.resolve, outcome="Maple Fan got a new modem")
    mine.mind()
    assert "Maple" not in repr(mine.deliveries[-1].payload)


def test_tickets_go_along_where_a_case_is_joined_to_another(mine: Minded) -> None:
    link(mine)
    mine.desk.clock.forward(minutes=1)
    mine.desk.hear(make_mention("2", "dead here too", author=make_author("oak_fan_demo")))
    other = mine.desk.case_of("2")
    assert other is not None
    with mine.desk.store.write() as tx:
        casework.bring(tx, other.id, id_of(tx, "m"), act(mine.desk.store))
    with mine.desk.store.read() as tx:
        assert tickets.of_cases(tx, [mine.case_id, other.id]).keys() == {other.id}
        assert cases.get(tx, mine.case_id).state == "resolved"
