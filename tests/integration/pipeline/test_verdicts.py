"""What people do in the queue and with corrections is kept as verdicts, in the transaction of the deed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engagebot.domain.actions import DraftReply
from engagebot.domain.drafting import Template
from engagebot.domain.heard.verdicts import FINE, NOT_UNHAPPY, NOTHING_SAID, PRAISE, UNHAPPY, Labels, Origin
from engagebot.domain.outbox import Severity
from engagebot.errors import IllegalMove, WrongUsage
from engagebot.pipeline import review, sampling
from engagebot.pipeline.correcting import correct
from engagebot.pipeline.review import Handover
from engagebot.store.casework.escalations import Announcement
from engagebot.store.heard import verdicts
from tests.factories import act, id_of, make_author, make_book, make_mention, make_rule, says
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk


def said(desk: Desk, native_id: str = "1") -> dict[str, Labels]:
    with desk.store.read() as tx:
        return {each.origin.value: each.labels for each in verdicts.of(tx, id_of(tx, native_id))}


def drafted(desk: Desk, template: str = "thanks") -> int:
    book = make_book(
        make_rule("love", says("love"), then=[DraftReply(template=template)]),
        templates={template: Template(template, "Hello!")},
    )
    desk.hear(make_mention("1", "I love the new box"), book=book)
    return desk.draft_of("1").id


def test_approving_a_friendly_draft_says_that_its_author_is_not_unhappy(desk: Desk) -> None:
    number = drafted(desk)
    with desk.store.write() as tx:
        review.approve(tx, number, act(desk.store))
    assert said(desk) == {"approved": NOT_UNHAPPY}


def test_approving_an_apology_says_nothing(desk: Desk) -> None:
    number = drafted(desk, "sorry_for_the_wait")
    with desk.store.write() as tx:
        review.approve(tx, number, act(desk.store))
    assert said(desk) == {}


def test_an_approval_that_fails_leaves_no_verdict(desk: Desk) -> None:
    number = drafted(desk)
    with pytest.raises(WrongUsage), desk.store.write() as tx:
        review.approve(tx, number, act(desk.store), text="{{author.name}}")
    assert said(desk) == {}


def test_what_is_undone_says_nothing_any_more(desk: Desk) -> None:
    number = drafted(desk)
    with desk.store.write() as tx:
        review.approve(tx, number, act(desk.store))
        review.undo(tx, number, act(desk.store))
        assert verdicts.of(tx, id_of(tx, "1"))[0].labels == NOTHING_SAID
        review.reject(tx, number, act(desk.store), reason="sarcasm")
    assert said(desk) == {"approved": NOTHING_SAID, "rejected": UNHAPPY}
    with desk.store.write() as tx:
        review.undo(tx, number, act(desk.store))
    assert said(desk) == {"approved": NOTHING_SAID, "rejected": NOTHING_SAID}


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [
        ("not_happy", {"rejected": UNHAPPY}),
        ("they are not happy: third outage", {"rejected": UNHAPPY}),
        ("tone", {}),
        ("too long, and she is not happy with us", {}),
    ],
)
def test_a_rejection_says_something_when_its_reason_does(
    desk: Desk, reason: str, verdict: dict[str, Labels]
) -> None:
    number = drafted(desk)
    with desk.store.write() as tx:
        review.reject(tx, number, act(desk.store), reason=reason)
    assert said(desk) == verdict


def test_handing_a_friendly_draft_to_a_team_says_that_its_author_is_unhappy(desk: Desk) -> None:
    number = drafted(desk)
    to = Handover(
        team="support",
        severity=Severity.HIGH,
        told=Announcement(channels=(), base_url="http://x", zone=desk.settings.timezone),
        due_at=lambda at: None,
    )
    with desk.store.write() as tx:
        review.escalate(tx, number, act(desk.store), to=to)
    assert said(desk) == {"escalated_by_hand": UNHAPPY}
    with pytest.raises(IllegalMove), desk.store.write() as tx:
        review.approve(tx, number, act(desk.store))
    assert said(desk) == {"escalated_by_hand": UNHAPPY}


def test_a_correction_says_how_the_author_feels_and_a_second_one_replaces_it(desk: Desk) -> None:
    desk.hear(make_mention("1", "the modem is dead"))
    for level, labels in (("negative", UNHAPPY), ("neutral", FINE), ("very_positive", PRAISE)):
        with desk.store.write() as tx:
            correct(tx, id_of(tx, "1"), act(desk.store), sentiment=level)
        assert said(desk) == {"correction": labels}


def test_agreeing_with_the_machine_is_a_verdict_too(desk: Desk) -> None:
    desk.hear(make_mention("1", "the modem is dead, I hate it"))
    with desk.store.write() as tx:
        correct(tx, id_of(tx, "1"), act(desk.store), sentiment="negative")
    assert said(desk) == {"correction": UNHAPPY}


def test_a_word_on_what_nobody_routed_answers_the_sample(desk: Desk) -> None:
    desk.hear(make_mention("1", "the van stood there"), make_mention("2", "the modem is dead"))
    with desk.store.write() as tx:
        for native_id in ("1", "2"):
            correct(tx, id_of(tx, native_id), act(desk.store), sentiment="neutral")
    assert said(desk, "1") == {"audit_sample": FINE}
    assert said(desk, "2") == {"correction": FINE}
    with desk.store.write() as tx:
        correct(tx, id_of(tx, "1"), act(desk.store), sentiment="negative")
    assert said(desk, "1") == {"audit_sample": UNHAPPY}


def test_the_sample_asks_for_a_share_of_what_people_decide_and_counts_answers(desk: Desk) -> None:
    for number in range(30):
        author = make_author(f"maple{number}x_demo")
        desk.hear(make_mention(str(number), f"a van, number {number}", author=author))
    with desk.store.write() as tx:
        first = sampling.draw(tx, NOON, share=0.2)
        assert (len(first.items), first.wanted, first.answered) == (sampling.LEAST, sampling.LEAST, 0)
        answered = first.items[0].id
        correct(tx, answered, act(desk.store), sentiment="neutral")
        second = sampling.draw(tx, NOON, share=0.2)
        assert (second.answered, [each.id for each in second.items]) == (1, [m.id for m in first.items[1:]])
        assert len(sampling.draw(tx, NOON, share=0.2, limit=25).items) == 25
        assert sampling.draw(tx, NOON, share=0.0).items == []
        for record in sampling.draw(tx, NOON, share=0.2, limit=200).items:
            verdicts.add(tx, record.id, FINE, Origin.APPROVED, by="agent_demo", at=NOON)
        tomorrow = NOON + timedelta(days=1)
        assert sampling.draw(tx, tomorrow, share=0.2).answered == 0


@pytest.mark.parametrize(
    ("share", "others", "wanted"),
    [(0.2, 0, 10), (0.2, 100, 25), (0.5, 100, 100), (0.5, 9999, 200), (0.0, 100, 0)],
)
def test_as_many_answers_are_wanted_as_make_up_their_share(share: float, others: float, wanted: int) -> None:
    assert sampling.wanted_of(share, others) == wanted
