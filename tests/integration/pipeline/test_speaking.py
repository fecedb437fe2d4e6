"""Whom engagebot speaks to: routes on the way in and out, opt-outs, mutes, our own accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engagebot.domain.mention import Mention, MentionRef, ReplyRoute, Route
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import MentionRecord
from engagebot.domain.replying.routes import CommunityPolicy, Speaking
from engagebot.errors import IllegalMove, NotFound, Refused, WrongUsage
from engagebot.pipeline import intake, review, silencing
from engagebot.pipeline.correcting import correct
from engagebot.pipeline.deliver import deliver_replies
from engagebot.pipeline.silencing import Whom
from engagebot.settings.values import Brand
from engagebot.store.heard import mentions
from engagebot.store.heard import standing as standings
from engagebot.store.listening import mutes
from engagebot.store.persons import customers
from tests.factories import BLOCKED, BY_HAND, act, make_author, make_mention
from tests.fakes import NOON
from tests.integration.pipeline.desk import Desk

S = DraftState
MINUTE = timedelta(minutes=1)
NEVER = CommunityPolicy(source="fake", community="r/Grief", reply=Speaking.NEVER, note="no place for a brand")
ASK = CommunityPolicy(source="fake", community="gadgets", reply=Speaking.BY_HAND)


def listen(desk: Desk, *posts: Mention) -> None:
    """Let the platform show these, and poll."""
    desk.fake.posts.extend(posts)
    desk.register()
    desk.poll()


def stored(desk: Desk, native_id: str) -> MentionRecord:
    with desk.store.read() as tx:
        found = mentions.find(tx, MentionRef("fake", native_id))
    assert found is not None
    return found


def route(desk: Desk, native_id: str) -> tuple[Route, str | None]:
    found = stored(desk, native_id).reply_route
    return found.route, found.rule


def say(desk: Desk, text: str, native_id: str, **over: Any) -> None:
    listen(desk, make_mention(native_id, text, **over))


def customer(desk: Desk, native_id: str) -> int:
    found = stored(desk, native_id).customer_id
    assert found is not None
    return found


def approve(desk: Desk, native_id: str) -> int:
    draft = desk.draft_of(native_id)
    with desk.store.write() as tx:
        review.approve(tx, draft.id, act(desk.store))
    return draft.id


def test_the_platforms_word_is_kept_with_its_rule(desk: Desk) -> None:
    desk.fake.route = ReplyRoute(
        route=Route.BY_HAND, reason="they did not call us [yet]", rule="x-not-summoned"
    )
    say(desk, "I love it", "1")
    assert stored(desk, "1").reply_route == desk.fake.route


def test_a_reason_that_ends_in_brackets_is_read_back_as_written(desk: Desk) -> None:
    desk.fake.route = ReplyRoute(route=Route.API, reason="fine [Really]")
    say(desk, "I love it", "1")
    assert stored(desk, "1").reply_route == desk.fake.route


def test_policies_for_communities_join_the_platforms_word(desk: Desk) -> None:
    desk.settings = replace(desk.settings, communities=(NEVER, ASK))
    say(desk, "I love it here", "1", community="grief")
    say(desk, "I love it there", "2", community="Gadgets", author=make_author("birch_fan_demo"))
    say(desk, "I love it, too", "3", community="elsewhere", author=make_author("oak_fan_demo"))
    assert [route(desk, name) for name in "123"] == [
        (Route.BLOCKED, "community-policy"), (Route.BY_HAND, "community-policy"), (Route.API, None),
    ]  # fmt: skip
    assert "no place for a brand" in stored(desk, "1").reply_route.reason
    desk.triage()
    assert desk.drafts_of("1") == []
    assert (desk.draft_of("2").reply_route.route, desk.draft_of("2").reply_route.rule) == (
        Route.BY_HAND, "community-policy",
    )  # fmt: skip


def test_a_deleted_account_blocks_what_is_pulled_and_an_import_without_authors_does_not(desk: Desk) -> None:
    say(desk, "I love it", "1", author=None)
    with desk.store.write() as tx:
        brought = make_mention("2", author=None)
        intake.accept(tx, [brought], at=NOON, is_history=True, manners=desk.settings.manners)
    assert route(desk, "1") == (Route.BLOCKED, "author-gone")
    assert route(desk, "2") == (Route.BY_HAND, "brought-in")


@pytest.mark.parametrize("handle", ["acme", "@ACME", "u/acme"])
def test_our_own_words_are_never_a_customers_however_they_come_in(desk: Desk, handle: str) -> None:
    desk.settings = replace(
        desk.settings, brand=Brand(name="Acme", handles={"fake": "Acme", "yelp": "@acme"})
    )
    say(desk, "it is dead, sorry", "1", author=make_author(handle))
    yelp = make_mention("2", "dead", ref=MentionRef("yelp", "2"), author=make_author(handle))
    with desk.store.write() as tx:
        got = intake.accept(tx, [yelp], at=NOON, is_history=False, manners=desk.settings.manners)
    assert (got.added, got.known) == (0, 1)
    with desk.store.read() as tx:
        assert mentions.page(tx).items == []
        assert customers.page(tx).items == []


def test_stop_is_honoured_at_once_and_the_message_still_reaches_a_human(desk: Desk) -> None:
    texts = {"1": "I love it", "2": "I love the new one", "3": "love love love", "4": "I love all"}
    for native_id, text in texts.items():
        say(desk, text, native_id)
    desk.triage()
    sent, approved, held, waiting = (desk.draft_of(name) for name in "1234")
    desk.put_draft(sent.id, S.SENDING)
    approve(desk, "2")
    desk.put_draft(held.id, S.HELD)
    say(desk, "@acme please stop replying", "5")

    with desk.store.read() as tx:
        person = customers.get(tx, customer(desk, "5"))
    assert person.is_opted_out
    assert [desk.draft(each.id).state for each in (sent, approved, held, waiting)] == [
        S.SENDING, S.WITHDRAWN, S.WITHDRAWN, S.WITHDRAWN,
    ]  # fmt: skip
    assert desk.draft(approved.id).text == approved.text
    assert desk.draft(approved.id).approved_by is None
    assert desk.events(f"draft:{approved.id}")[-1].action == "draft.withdrawn"
    (event,) = desk.events(f"customer:{person.id}")
    assert (event.actor, event.action) == ("engagebot", "customer.opted_out")
    assert event.detail == {"said": "5", "drafts_withdrawn": [approved.id, held.id, waiting.id]}

    say(desk, "I love it still", "6")
    say(desk, "it is dead, I hate it", "7")
    desk.triage()
    assert desk.drafts_of("6") == []
    assert route(desk, "6") == (Route.BLOCKED, "opted-out")
    assert desk.decision_of("5") is not None
    assert desk.case_of("7") is not None


def test_an_opt_out_needs_to_be_said_to_us_and_by_somebody(desk: Desk) -> None:
    say(desk, "stop", "1", addressed_to_us=False)
    say(desk, "stop now", "2", addressed_to_us=None)
    say(desk, "stop it", "3", author=None)
    say(desk, "the updates never stop", "4")
    with desk.store.read() as tx:
        assert not any(person.is_opted_out for person in customers.page(tx).items)


def test_an_opt_out_that_comes_by_file_counts_too(desk: Desk) -> None:
    with desk.store.write() as tx:
        intake.accept(
            tx, [make_mention("1", "unsubscribe")], at=NOON, is_history=True, manners=desk.settings.manners
        )
    with desk.store.read() as tx:
        assert customers.get(tx, customer(desk, "1")).is_opted_out


def test_a_draft_in_the_same_batch_as_the_stop_is_never_made(desk: Desk) -> None:
    listen(desk, make_mention("1", "I love it"), make_mention("2", "stop", posted_at=NOON))
    desk.triage()
    assert desk.drafts_of("1") == []


def test_an_opt_out_is_a_persons_to_take_back_and_an_old_stop_does_not_bring_it_back(desk: Desk) -> None:
    say(desk, "stop", "1")
    person = customer(desk, "1")
    with desk.store.write() as tx:
        assert silencing.opt_in(tx, person, act(desk.store)).is_opted_out is False
        silencing.opt_in(tx, person, act(desk.store))
    desk.clock.forward(minutes=5)
    say(desk, "I love it", "2")
    desk.triage()
    assert desk.draft_of("2").state is S.PROPOSED
    assert [event.action for event in desk.events(f"customer:{person}")] == [
        "customer.opted_out", "customer.opted_in",
    ]  # fmt: skip


def test_a_person_can_note_an_opt_out_that_came_another_way(desk: Desk) -> None:
    say(desk, "I love it", "1")
    desk.triage()
    with desk.store.write() as tx:
        assert silencing.opt_out(tx, customer(desk, "1"), act(desk.store)).is_opted_out
    assert desk.draft_of("1").state is S.WITHDRAWN
    with desk.store.write() as tx, pytest.raises(NotFound):
        silencing.opt_out(tx, 999_999, act(desk.store))


@pytest.mark.parametrize("name", ["Maple_Fan_Demo", "@maple_fan_demo", "id-maple_fan_demo"])
def test_a_muted_author_is_heard_and_helped_but_not_written_to(desk: Desk, name: str) -> None:
    say(desk, "I love it", "1")
    desk.triage()
    whom = Whom.of("fake", author=name)
    with desk.store.write() as tx:
        assert silencing.mute(tx, whom, act(desk.store))
        assert not silencing.mute(tx, whom, act(desk.store))
    assert desk.draft_of("1").state is S.WITHDRAWN
    say(desk, "I love it again", "2")
    say(desk, "it is dead, I hate it", "3")
    desk.triage()
    assert route(desk, "2") == (Route.BLOCKED, "muted-author")
    assert desk.drafts_of("2") == []
    assert desk.case_of("3") is not None
    with desk.store.write() as tx:
        assert silencing.unmute(tx, whom, act(desk.store))
        assert not silencing.unmute(tx, whom, act(desk.store))
    say(desk, "I love all of it", "4")
    assert route(desk, "4") == (Route.API, None)
    assert [event.action for event in desk.events(f"author:fake/{whom.key}")] == [
        "author.muted", "author.unmuted",
    ]  # fmt: skip


def test_a_muted_community_is_heard_but_not_spoken_in(desk: Desk) -> None:
    say(desk, "I love it", "1", community="Gadgets")
    desk.triage()
    with desk.store.write() as tx:
        silencing.mute(tx, Whom.of("fake", community="r/gadgets"), act(desk.store))
    assert desk.draft_of("1").state is S.WITHDRAWN
    say(desk, "I love it so", "2", community="gadgets", author=make_author("birch_fan_demo"))
    say(desk, "I love it too", "3", community="other", author=make_author("oak_fan_demo"))
    assert route(desk, "2") == (Route.BLOCKED, "muted-community")
    assert route(desk, "3") == (Route.API, None)


MUTES = (Whom.of("fake", author="@Maple_Fan_Demo"), Whom.of("fake", community="r/gadgets"))


@pytest.mark.parametrize("whom", MUTES, ids=lambda whom: whom.kind.value)
@pytest.mark.parametrize("is_decided", [False, True])
def test_a_mute_holds_for_what_was_heard_before_it(desk: Desk, whom: Whom, is_decided: bool) -> None:
    say(desk, "I love it", "1", community="Gadgets")
    if is_decided:
        desk.triage()
    with desk.store.write() as tx:
        assert silencing.mute(tx, whom, act(desk.store))
        if is_decided:
            correct(tx, stored(desk, "1").id, act(desk.store), sentiment="very_positive")
    desk.triage()
    assert [draft.state for draft in desk.drafts_of("1")] == ([S.WITHDRAWN] if is_decided else [])
    decision = desk.decision_of("1")
    assert decision is not None
    assert any("muted this author or this community" in note for note in decision.notes)


def test_a_mute_of_one_source_leaves_the_others_alone(desk: Desk) -> None:
    with desk.store.write() as tx:
        silencing.mute(tx, Whom.of("other", author="maple_fan_demo"), act(desk.store))
        found = mutes.page(tx)
    say(desk, "I love it", "1")
    assert route(desk, "1") == (Route.API, None)
    assert [(mute.source, mute.kind, mute.key, mute.muted_by) for mute in found.items] == [
        ("other", "author", "maple_fan_demo", "agent_demo")
    ]


@pytest.mark.parametrize(
    "given", [{}, {"author": "a", "community": "b"}, {"author": "@"}, {"author": ""}, {"community": "r/"}]
)
def test_a_mute_names_one_author_or_one_community(given: dict[str, str]) -> None:
    with pytest.raises(WrongUsage):
        Whom.of("fake", **given)
    with pytest.raises(WrongUsage):
        Whom.of(" ", author="somebody_demo")


def answered(desk: Desk, state: DraftState = S.SENT) -> None:
    """A first mention in thread t, answered a minute ago."""
    say(desk, "I love it", "1", conversation_id="t")
    desk.triage()
    desk.put_draft(desk.draft_of("1").id, state, posted_at=NOON, attempt_started_at=NOON)


@pytest.mark.parametrize("state", [S.SENT, S.POSTED_BY_HAND, S.UNKNOWN, S.NEEDS_PERSON, S.SENDING])
def test_one_automated_reply_an_interaction(desk: Desk, state: DraftState) -> None:
    answered(desk, state)
    later = {"conversation_id": "t", "posted_at": NOON + MINUTE}
    say(desk, "and I love the other", "2", **{**later, "posted_at": NOON - MINUTE})
    say(desk, "not to you", "3", **later, addressed_to_us=False)
    say(desk, "who knows", "4", **later, addressed_to_us=None)
    say(desk, "@acme which one is it?", "5", **later)
    say(desk, "elsewhere", "6", **{**later, "conversation_id": "u"}, addressed_to_us=False)
    say(desk, "somebody else", "7", **later, addressed_to_us=False, author=make_author("oak_fan_demo"))
    hand = (Route.BY_HAND, "already-answered")
    assert [route(desk, name) for name in "234"] == [hand] * 3
    assert [route(desk, name) for name in "567"] == [(Route.API, None)] * 3


@pytest.mark.parametrize("state", [S.REJECTED, S.WITHDRAWN, S.FAILED, S.PROPOSED])
def test_what_never_left_is_no_answer(desk: Desk, state: DraftState) -> None:
    answered(desk, state)
    say(desk, "I love the other too", "2", conversation_id="t", posted_at=NOON - MINUTE)
    assert route(desk, "2") == (Route.API, None)


def ready(desk: Desk, **over: Any) -> int:
    """An approved reply to a post that the platform still shows."""
    say(desk, "I love it", "1", **over)
    desk.triage()
    return approve(desk, "1")


def check(desk: Desk, draft_id: int, state: DraftState, rule: str | None) -> None:
    before = desk.draft(draft_id)
    assert deliver_replies(desk.deliver_context) == 0
    draft = desk.draft(draft_id)
    assert (draft.state, draft.reply_route.rule, desk.fake.replies) == (state, rule, [])
    assert draft.text == before.text
    assert draft.approved_by is None
    assert draft.last_error is not None
    assert draft.last_error.startswith("not sent: ")
    assert stored(desk, "1").reply_route == draft.reply_route
    assert desk.events(f"draft:{draft_id}")[-1].detail["rule"] == rule
    assert deliver_replies(desk.deliver_context) == 0


def test_a_reply_that_may_still_leave_leaves(desk: Desk) -> None:
    draft_id = ready(desk)
    assert deliver_replies(desk.deliver_context) == 1
    assert desk.draft(draft_id).state is S.SENT


def test_a_post_closed_after_the_approval_holds_the_reply(desk: Desk) -> None:
    draft_id = ready(desk)
    desk.fake.route = replace(BLOCKED, rule="locked")
    check(desk, draft_id, S.HELD, "locked")
    with desk.store.write() as tx, pytest.raises(IllegalMove, match="the thread is locked"):
        review.approve(tx, draft_id, act(desk.store))


def test_a_post_that_takes_no_programs_any_more_goes_to_a_persons_hand(desk: Desk) -> None:
    draft_id = ready(desk)
    desk.fake.route = replace(BY_HAND, rule="x-reply-settings")
    check(desk, draft_id, S.BY_HAND, "x-reply-settings")
    with desk.store.write() as tx:
        assert review.posted(tx, draft_id, act(desk.store)).state is S.POSTED_BY_HAND


def test_an_opt_out_noted_during_the_last_look_still_holds_the_reply(desk: Desk) -> None:
    draft_id = ready(desk)
    person = customer(desk, "1")

    def leave_me_alone(call: str) -> None:
        with desk.store.write() as tx:
            customers.opt_out(tx, person, NOON)

    desk.fake.before_call = leave_me_alone
    check(desk, draft_id, S.WITHDRAWN, "opted-out")


def test_a_policy_made_after_the_approval_holds_the_reply(desk: Desk) -> None:
    draft_id = ready(desk, community="grief")
    desk.settings = replace(desk.settings, communities=(NEVER,))
    check(desk, draft_id, S.HELD, "community-policy")


@pytest.mark.parametrize(
    ("whom", "rule"),
    [
        (Whom.of("fake", author="maple_fan_demo"), "muted-author"),
        (Whom.of("fake", community="gadgets"), "muted-community"),
    ],
)
def test_a_mute_noted_during_the_last_look_still_holds_the_reply(desk: Desk, whom: Whom, rule: str) -> None:
    draft_id = ready(desk, community="gadgets")

    def mute(call: str) -> None:
        with desk.store.write() as tx:
            mutes.add(tx, whom.source, whom.kind, whom.name, by="agent_demo", at=NOON)

    desk.fake.before_call = mute
    check(desk, draft_id, S.WITHDRAWN, rule)


def test_of_two_replies_to_one_person_in_one_thread_the_second_goes_to_a_hand(desk: Desk) -> None:
    listen(
        desk,
        make_mention("1", "I love it", conversation_id="t", posted_at=NOON - 2 * MINUTE),
        make_mention("2", "and I love the other one", conversation_id="t", posted_at=NOON - MINUTE),
    )
    desk.triage()
    first, second = approve(desk, "1"), approve(desk, "2")
    assert deliver_replies(desk.deliver_context) == 1
    assert (desk.draft(first).state, desk.draft(second).state) == (S.SENT, S.BY_HAND)
    assert desk.draft(second).reply_route.rule == "already-answered"


def test_a_community_that_bans_us_is_muted_until_a_person_takes_it_back(desk: Desk) -> None:
    say(desk, "I love it", "2", community="r/Gadgets", author=make_author("birch_fan_demo"))
    draft_id = ready(desk, community="gadgets")
    desk.fake.fail("reply", Refused("banned", unwelcome_to="community"))
    assert deliver_replies(desk.deliver_context) == 0
    assert desk.draft(draft_id).state is S.FAILED
    assert desk.draft_of("2").state is S.WITHDRAWN
    say(desk, "I love it so", "3", community="gadgets", author=make_author("oak_fan_demo"))
    assert route(desk, "3") == (Route.BLOCKED, "muted-community")
    (event,) = desk.events("community:fake/gadgets")
    assert (event.actor, event.action, event.detail["refused_draft"]) == (
        "engagebot", "community.muted", draft_id,
    )  # fmt: skip
    with desk.store.write() as tx:
        assert silencing.unmute(tx, Whom.of("fake", community="gadgets"), act(desk.store))
    say(desk, "I love it too", "4", community="gadgets", author=make_author("ash_fan_demo"))
    assert route(desk, "4") == (Route.API, None)


def test_an_author_who_blocked_us_counts_as_opted_out(desk: Desk) -> None:
    draft_id = ready(desk)
    desk.fake.fail("reply", Refused("blocked", unwelcome_to="author"))
    assert deliver_replies(desk.deliver_context) == 0
    assert desk.draft(draft_id).state is S.FAILED
    say(desk, "I love it again", "2")
    assert route(desk, "2") == (Route.BLOCKED, "opted-out")
    assert [event.detail["refused_draft"] for event in desk.events(f"customer:{customer(desk, '1')}")] == [
        draft_id
    ]


def test_a_refusal_by_a_place_without_a_name_mutes_nothing(desk: Desk) -> None:
    ready(desk)
    desk.fake.fail("reply", Refused("banned", unwelcome_to="community"))
    assert deliver_replies(desk.deliver_context) == 0
    with desk.store.read() as tx:
        assert list(mutes.page(tx).items) == []


def test_an_account_deleted_meanwhile_ends_the_reply(desk: Desk) -> None:
    draft_id = ready(desk)
    desk.fake.posts[0] = desk.fake.posts[0]._replace(author=None)
    check(desk, draft_id, S.WITHDRAWN, "author-gone")


def test_what_the_platform_does_not_tell_again_stays_as_it_was_heard(desk: Desk) -> None:
    answered(desk)
    say(desk, "which one do you love?", "2", conversation_id="t", posted_at=NOON + MINUTE)
    desk.clock.forward(minutes=2)
    desk.triage()
    draft_id = approve(desk, "2")
    desk.fake.posts[1] = desk.fake.posts[1]._replace(addressed_to_us=None)
    assert deliver_replies(desk.deliver_context) == 1
    assert desk.draft(draft_id).state is S.SENT


def test_a_connector_that_knows_no_routes_leaves_the_word_that_was_approved(desk: Desk) -> None:
    draft_id = ready(desk)
    bare = _Bare(desk)
    context = replace(desk.deliver_context, connector=lambda source: bare)  # type: ignore[arg-type,return-value]
    assert deliver_replies(context) == 1
    assert desk.draft(draft_id).state is S.SENT


class _Bare:
    """The fake platform without its word on routes."""

    def __init__(self, desk: Desk) -> None:
        self.lookup, self.reply = desk.fake.lookup, desk.fake.reply
        self.own_reply = desk.fake.own_reply


def test_nothing_of_this_costs_a_query_for_each_mention(desk: Desk) -> None:
    posts = [
        make_mention(str(n), f"I love number {n}", author=make_author(f"fan_{n}_demo")) for n in range(90)
    ]
    counted: list[str] = []
    with desk.store.read() as tx:
        sa.event.listen(tx.engine, "before_cursor_execute", lambda *args: counted.append(args[2]))
        assert len(standings.standings(tx, posts, desk.settings.manners)) == 90
    assert len(counted) <= 4


def ours(native_id: str, answers: str | None, **over: Any) -> Mention:
    """What our own account posted on the platform."""
    return make_mention(
        native_id,
        "we are sorry",
        author=make_author("acme"),
        parent_native_id=answers,
        posted_at=NOON,
        **over,
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (S.BY_HAND, S.POSTED_BY_HAND),
        (S.PROPOSED, S.WITHDRAWN),
        (S.APPROVED, S.WITHDRAWN),
        (S.HELD, S.WITHDRAWN),
        (S.SENT, S.SENT),
        (S.SENDING, S.SENDING),
        (S.UNKNOWN, S.UNKNOWN),
        (S.REJECTED, S.REJECTED),
    ],
)
def test_our_answer_seen_on_the_platform_settles_what_waited_to_be_answered(
    desk: Desk, before: DraftState, after: DraftState
) -> None:
    say(desk, "I love it", "1")
    desk.triage()
    draft_id = desk.draft_of("1").id
    desk.put_draft(draft_id, before)
    for _ in range(2):
        desk.clock.forward(minutes=5)
        listen(desk, ours("ours-1", "1"))
    draft = desk.draft(draft_id)
    assert draft.state is after
    assert route(desk, "1") == (Route.BLOCKED, "already-answered")
    if after is S.POSTED_BY_HAND:
        assert (draft.native_id, draft.url, draft.posted_at) == (
            "ours-1",
            "https://fake.example/ours-1",
            NOON,
        )
    if before is not after:
        assert desk.events(f"draft:{draft_id}")[-1].detail["seen"] == "ours-1"
        assert desk.events(f"draft:{draft_id}")[-1].actor == "engagebot"


def test_our_answer_in_the_same_page_leaves_no_draft_and_stops_the_cases_clock(desk: Desk) -> None:
    listen(
        desk,
        make_mention("1", "I love it"),
        ours("ours-1", "1"),
        ours("ours-2", None),
        ours("ours-3", "gone"),
    )
    desk.triage()
    assert desk.drafts_of("1") == []
    say(desk, "it is dead", "2")
    desk.triage()
    listen(desk, ours("ours-4", "2"))
    case = desk.case_of("2")
    assert case is not None
    assert case.first_reply_at == NOON
