"""A friendly word beside somebody's grief is out of place: the thread of a mention is looked at."""

from __future__ import annotations

from engagebot.domain.mention import MentionRef
from tests.factories import make_author, make_mention
from tests.integration.pipeline.desk import Desk

DISAGREE = "something speaks against a ready thank-you: the thread"


def silenced(desk: Desk, native_id: str) -> list[str | None]:
    decision = desk.decision_of(native_id)
    assert decision is not None
    return [planned.silenced for planned in decision.planned if planned.silenced]


def test_praise_under_a_complaint_goes_to_a_person(desk: Desk) -> None:
    desk.hear(make_mention("1", "I hate it, it is awful", author=make_author("grumpy_demo")))
    desk.hear(make_mention("2", "I love it", parent_native_id="1"))
    assert silenced(desk, "2") == [DISAGREE]
    case = desk.case_of("2")
    assert case is not None
    assert case.why.endswith(DISAGREE)


def test_praise_under_praise_is_thanked(desk: Desk) -> None:
    desk.hear(make_mention("1", "I like it, great", author=make_author("happy_demo")))
    assert desk.hear(make_mention("2", "I love it", parent_native_id="1")).drafted == 1


def test_the_parent_may_come_in_the_same_batch(desk: Desk) -> None:
    desk.hear(
        make_mention("2", "I love it", parent_native_id="1"),
        make_mention("1", "I hate it, it is awful", author=make_author("grumpy_demo")),
    )
    assert silenced(desk, "2") == [DISAGREE]


def test_who_was_unhappy_in_the_conversation_is_answered_by_a_person(desk: Desk) -> None:
    desk.hear(make_mention("1", "I hate it, it is awful", conversation_id="c"))
    desk.hear(make_mention("2", "I love it", conversation_id="c"))
    assert silenced(desk, "2") == [DISAGREE]


def test_a_stranger_s_complaint_elsewhere_in_the_thread_says_nothing(desk: Desk) -> None:
    desk.hear(make_mention("1", "I hate it", conversation_id="c", author=make_author("grumpy_demo")))
    assert desk.hear(make_mention("2", "I love it", conversation_id="c")).drafted == 1


def test_a_post_of_the_same_id_on_another_platform_is_another_post(desk: Desk) -> None:
    elsewhere = MentionRef("elsewhere", "1")
    desk.hear(make_mention("1", "I hate it", ref=elsewhere, author=make_author("grumpy_demo")))
    assert desk.hear(make_mention("2", "I love it", parent_native_id="1")).drafted == 1
