"""Posts that their authors changed: the next page that shows one brings its new words and voids approvals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from engagebot.domain.heard.copies import fingerprint
from engagebot.domain.heard.removal import Removal
from engagebot.domain.judgement import Judgement
from engagebot.domain.mention import Mention, Route
from engagebot.domain.outbox import DraftState
from engagebot.domain.records import DraftRecord, MentionRecord
from engagebot.errors import VersionMoved
from engagebot.pipeline import intake, prune, review
from engagebot.pipeline.deliver import deliver_replies, settle_replies
from engagebot.pipeline.deliver.settle import SETTLE_AFTER
from engagebot.pipeline.prune import PruneContext
from engagebot.pipeline.review import Terms
from engagebot.pipeline.triage import triage
from engagebot.ports import Scorer
from engagebot.settings.values import Deletion
from engagebot.store import tables
from engagebot.store.heard import mentions, redaction
from engagebot.store.heard.redaction import EDITED
from engagebot.store.heard.reopening import OPEN_FOR
from engagebot.store.persons import customers
from tests.factories import act, id_of, make_mention, make_rule, says, usual_book
from tests.integration.pipeline.desk import SCORER, Desk

S = DraftState
PRAISE = "I love the new modem"


@pytest.fixture
def listening(desk: Desk) -> Desk:
    desk.register()
    return desk


def heard(desk: Desk, text: str = PRAISE, native_id: str = "1", **over: object) -> Mention:
    mention = make_mention(native_id, text, **over)
    desk.fake.posts.append(mention)
    desk.poll()
    desk.triage()
    return mention


def edit(desk: Desk, text: str, native_id: str = "1") -> None:
    """The author changes the post, and the next poll shows it."""
    show(desk, text, native_id)
    poll(desk)


def show(desk: Desk, text: str, native_id: str = "1") -> None:
    desk.fake.posts = [
        post._replace(text=text) if post.ref.native_id == native_id else post for post in desk.fake.posts
    ]


def poll(desk: Desk) -> None:
    desk.clock.forward(minutes=5)
    result = desk.poll()
    assert result is not None
    assert (result.error, result.added) == (None, 0)


def approve(desk: Desk, draft: DraftRecord, text: str | None = None) -> DraftRecord:
    with desk.store.write() as tx:
        return review.approve(
            tx, draft.id, act(desk.store), text=text, version=draft.version, terms=Terms(undo=timedelta(0))
        )


def record(desk: Desk, native_id: str = "1") -> MentionRecord:
    with desk.store.read() as tx:
        return mentions.get(tx, id_of(tx, native_id))


def edits(desk: Desk) -> list[dict[str, object]]:
    events = desk.events(f"mention:{record(desk).id}")
    return [dict(each.detail) for each in events if each.action == "mention.edited"]


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    said: list[str] = []

    def note(*given: object) -> None:
        said.append(str(given[2]))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def test_the_next_poll_brings_the_new_words(listening: Desk) -> None:
    heard(listening)
    edit(listening, "I love the new router")
    assert record(listening).mention.text == "I love the new router"
    assert len(edits(listening)) == 1
    assert set(edits(listening)[0]) == {"text_hash", "earlier_hash"}
    poll(listening)
    assert len(edits(listening)) == 1


def test_an_approval_of_the_old_words_is_void_and_the_reply_keeps_its_text(listening: Desk) -> None:
    heard(listening)
    approve(listening, listening.draft_of("1"), "Glad you love your modem!")
    edit(listening, "I love the new router")
    draft = listening.draft_of("1")
    assert (draft.state, draft.text, draft.last_error) == (S.PROPOSED, "Glad you love your modem!", EDITED)
    assert (draft.approved_by, draft.due_at) == (None, None)
    assert listening.events(f"draft:{draft.id}")[-1].action == "draft.post_edited"
    assert deliver_replies(listening.deliver_context) == 0
    assert listening.triage().decided == 1
    after = listening.draft_of("1")
    assert (after.id, after.state, after.last_error) == (draft.id, S.PROPOSED, EDITED)
    assert approve(listening, after).last_error is None
    assert deliver_replies(listening.deliver_context) == 1


def test_who_read_the_old_words_cannot_approve_them_any_more(listening: Desk) -> None:
    heard(listening)
    read = listening.draft_of("1")
    edit(listening, "I love the new router")
    with pytest.raises(VersionMoved):
        approve(listening, read)


def test_praise_that_turns_into_a_complaint_is_decided_anew(listening: Desk) -> None:
    heard(listening)
    approve(listening, listening.draft_of("1"))
    edit(listening, "I loved it. Now it is dead")
    tally = listening.triage()
    assert (tally.decided, tally.escalated, tally.drafted) == (1, 1, 0)
    (draft,) = listening.drafts_of("1")
    assert draft.state is S.WITHDRAWN
    assert "as it reads now" in (draft.last_error or "")


def test_another_rule_proposes_its_own_reply(listening: Desk) -> None:
    heard(listening)
    other = make_rule("adore", says("adore"), then=usual_book().rules[1].then)
    book = replace(usual_book(), rules=(other, *usual_book().rules))
    edit(listening, "I adore the new modem")
    assert listening.triage(book).drafted == 1
    new, old = listening.drafts_of("1")
    assert (old.state, new.state, new.rule_id, new.last_error) == (S.WITHDRAWN, S.PROPOSED, "adore", None)


@pytest.mark.parametrize("state", [S.SENDING, S.UNKNOWN, S.NEEDS_PERSON, S.SENT, S.POSTED_BY_HAND])
def test_what_is_on_its_way_or_out_is_left_where_it_is(listening: Desk, state: DraftState) -> None:
    heard(listening)
    draft = listening.draft_of("1")
    listening.put_draft(draft.id, state)
    edit(listening, "I love the new router")
    listening.triage()
    assert listening.draft(draft.id).state is state
    assert record(listening).mention.text == "I love the new router"


@pytest.mark.parametrize("state", [S.PROPOSED, S.HELD, S.BY_HAND])
def test_what_waits_for_a_person_says_that_the_post_was_edited(listening: Desk, state: DraftState) -> None:
    heard(listening)
    draft = listening.draft_of("1")
    listening.put_draft(draft.id, state)
    edit(listening, "I love the new router")
    after = listening.draft(draft.id)
    expected = S.HELD if state is S.HELD else S.PROPOSED
    assert (after.state, after.last_error, after.version) == (expected, EDITED, draft.version + 1)


def test_a_lost_reply_that_did_not_arrive_is_not_sent_again_to_other_words(listening: Desk) -> None:
    heard(listening)
    draft = approve(listening, listening.draft_of("1"))
    listening.put_draft(draft.id, S.UNKNOWN, attempt_started_at=listening.clock.now(), attempts=1)
    edit(listening, "I love the new router")
    listening.stopwatch.note_end(draft.id)
    listening.clock.forward(seconds=SETTLE_AFTER.total_seconds())
    settle_replies(listening.deliver_context)
    assert listening.draft(draft.id).state is S.APPROVED
    assert deliver_replies(listening.deliver_context) == 0
    after = listening.draft(draft.id)
    assert (after.state, after.last_error, listening.fake.replies) == (S.PROPOSED, EDITED, [])


def test_the_last_look_sees_an_edit_that_no_poll_has_brought(listening: Desk) -> None:
    heard(listening)
    draft = approve(listening, listening.draft_of("1"))
    show(listening, "I love the new router")
    listening.clock.forward(seconds=1)
    assert deliver_replies(listening.deliver_context) == 0
    after = listening.draft(draft.id)
    assert (after.state, after.last_error, listening.fake.replies) == (S.PROPOSED, EDITED, [])
    assert record(listening).mention.text == "I love the new router"
    assert listening.triage().decided == 1


def test_the_last_look_sees_an_edit_and_that_the_reply_may_not_leave(listening: Desk) -> None:
    heard(listening)
    draft = approve(listening, listening.draft_of("1"))
    show(listening, "I love the new router")
    listening.fake.route = replace(listening.fake.route, route=Route.BY_HAND, reason="not summoned")
    listening.clock.forward(seconds=1)
    assert deliver_replies(listening.deliver_context) == 0
    after = listening.draft(draft.id)
    assert (after.state, after.reply_route.route, after.last_error) == (S.PROPOSED, Route.BY_HAND, EDITED)


def test_the_poll_that_shows_an_edit_settles_the_route_anew(listening: Desk) -> None:
    heard(listening, addressed_to_us=True)
    approve(listening, listening.draft_of("1"))
    summoned = replace(listening.fake.route, reason="summoned", rule="x-summoned")
    unsummoned = replace(summoned, route=Route.BY_HAND, reason="not summoned", rule="x-not-summoned")
    listening.fake.route = unsummoned
    listening.fake.posts = [post._replace(addressed_to_us=False) for post in listening.fake.posts]
    edit(listening, "I love the new router")
    assert record(listening).reply_route == unsummoned
    assert record(listening).mention.addressed_to_us is False
    draft = listening.draft_of("1")
    assert (draft.state, draft.reply_route) == (S.PROPOSED, unsummoned)
    listening.triage()
    assert approve(listening, listening.draft_of("1")).state is S.BY_HAND

    listening.fake.route = summoned
    edit(listening, "@acme I love the newest router")
    assert (record(listening).reply_route, listening.draft_of("1").reply_route) == (summoned, summoned)


def test_an_edited_post_that_we_may_not_answer_stays_so(listening: Desk) -> None:
    mention = heard(listening)
    with listening.store.write() as tx:
        customers.opt_out(
            tx, customers.ids_of(tx, [mention])[customers.key_of(mention)], listening.clock.now()
        )
    edit(listening, "I love the new router")
    assert record(listening).reply_route.rule == "opted-out"


def test_an_old_version_shown_again_leaves_the_route(listening: Desk) -> None:
    heard(listening)
    edit(listening, "I love the new router")
    settled = record(listening).reply_route
    listening.fake.route = replace(settled, route=Route.BY_HAND, reason="not summoned")
    edit(listening, PRAISE)
    assert record(listening).reply_route == settled


def test_what_nobody_had_to_answer_is_decided_anew_for_a_week(listening: Desk) -> None:
    heard(listening, "a modem")
    edit(listening, "a dead modem")
    tally = listening.triage()
    assert (tally.decided, tally.escalated) == (1, 1)


def test_what_nobody_answered_in_time_keeps_its_decision(listening: Desk) -> None:
    heard(listening, "a modem")
    decided = listening.decision_of("1")
    listening.clock.forward(seconds=OPEN_FOR.total_seconds())
    edit(listening, "a dead modem")
    assert record(listening).mention.text == "a dead modem"
    assert listening.triage().decided == 0
    assert listening.decision_of("1") == decided


def test_an_edit_that_comes_while_the_old_words_are_judged_is_judged_itself(listening: Desk) -> None:
    listening.fake.posts.append(make_mention("1", PRAISE))
    listening.poll()

    class SlowScorer(Scorer):
        version = "slow"

        def judge(self, text: str, *, lang: str | None = None) -> Judgement:
            edit(listening, "now it is dead")
            return SCORER.judge(text, lang=lang)

    context = replace(listening.triage_context, scorer=SlowScorer())
    assert triage(context, usual_book()).decided == 0
    tally = listening.triage()
    assert (tally.decided, tally.escalated, tally.drafted) == (1, 1, 0)


def test_history_is_brought_up_to_date_and_starts_nothing(listening: Desk) -> None:
    heard(listening, posted_at=listening.clock.now() - timedelta(days=3))
    assert record(listening).is_history
    edit(listening, "it is dead now")
    assert record(listening).mention.text == "it is dead now"
    assert listening.triage().decided == 0


def test_what_was_emptied_stays_empty(listening: Desk) -> None:
    heard(listening)
    with listening.store.write() as tx:
        redaction.redact(tx, [id_of(tx, "1")], listening.clock.now(), Removal.GONE)
    edit(listening, "I love it even more")
    found = record(listening)
    assert (found.mention.text, found.mention.author) == ("", None)
    assert found.redacted_at is not None
    assert edits(listening) == []
    assert listening.triage().decided == 0


def test_an_old_version_shown_after_a_new_one_changes_nothing_back(listening: Desk) -> None:
    heard(listening)
    edit(listening, "I love the new router")
    listening.triage()
    version = listening.draft_of("1").version
    edit(listening, PRAISE)
    assert record(listening).mention.text == "I love the new router"
    assert listening.draft_of("1").version == version
    assert len(edits(listening)) == 1
    listening.clock.forward(hours=23.5)
    context = PruneContext(
        store=listening.store,
        clock=listening.clock,
        connector=lambda source: listening.fake,
        deletion=Deletion(check_every=timedelta(hours=24)),
    )
    assert prune.recheck(context).edited == 1, "the daily look is sure, and the author may change it back"
    assert record(listening).mention.text == PRAISE


def test_words_that_cannot_be_stored_as_they_are_do_not_look_edited_for_ever(listening: Desk) -> None:
    heard(listening, "I love\x00 it \ud800")
    poll(listening)
    assert edits(listening) == []
    edit(listening, "I love\x00 it a lot \ud800")
    poll(listening)
    assert len(edits(listening)) == 1
    assert record(listening).mention.text == "I love\ufffd it a lot \ufffd"


def test_a_copy_that_says_something_else_by_now_is_a_voice_of_its_own(listening: Desk) -> None:
    words = "My modem has been blinking red since Monday and nobody at Acme answers my calls"
    heard(listening, words)
    heard(listening, words, "2")
    assert record(listening, "2").copy_of == record(listening).id
    edit(listening, f"{words}!!!", "2")
    assert record(listening, "2").copy_of == record(listening).id
    edit(listening, "Where on your page can I order a second router for my parents?", "2")
    assert record(listening, "2").copy_of is None
    with listening.store.read() as tx:
        query = sa.select(tables.mentions.c.fingerprint).where(tables.mentions.c.native_id == "2")
        assert tx.execute(query).scalar() == fingerprint(record(listening, "2").mention.words)


def test_bringing_a_file_again_does_not_change_what_a_platform_showed(listening: Desk) -> None:
    mention = heard(listening)
    with listening.store.write() as tx:
        brought = [mention._replace(text="an old export")]
        intake.accept(tx, brought, at=listening.clock.now(), is_history=True)
    assert record(listening).mention.text == PRAISE


def test_a_page_costs_one_question_about_what_is_known_and_more_only_for_what_was_edited(
    listening: Desk,
) -> None:
    listening.fake.overlap = listening.fake.page_size = 600
    for number in range(400):
        listening.fake.posts.append(make_mention(str(number), f"a modem {number}"))
    listening.poll()
    listening.triage()
    listening.clock.forward(minutes=5)
    with counted() as quiet:
        listening.poll()
    on_mentions = [said for said in quiet if "mentions" in said]
    assert len(on_mentions) == 1
    show(listening, "another modem", "7")
    listening.clock.forward(minutes=5)
    with counted() as busy:
        listening.poll()
    assert len(busy) < len(quiet) + 20
    assert record(listening, "7").mention.text == "another modem"
