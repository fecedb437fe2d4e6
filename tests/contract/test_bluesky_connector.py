"""The Bluesky connector against an emulated network, with a real websocket between them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors.bluesky import open_connector
from connectors.bluesky.connector import BlueskyConnector
from connectors.bluesky.mapping import facets, reply_key
from connectors.bluesky.words import Words
from engagebot.domain.mention import Author, Kind, Mention, MentionRef, Route
from engagebot.errors import (
    AuthFailed,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
    WatchInvalid,
)
from engagebot.ports import Cursor, Identity, Watch
from tests.contract.suite import ConnectorContract, HandClock, Harness, ids
from tests.emulators.bluesky import BlueskyEmulator
from tests.emulators.faults import Fault

PASSWORD = "app-password-made-up"
US = "acme.example.com"
SEND = "POST /xrpc/com.atproto.repo.createRecord"
LOGIN = "POST /xrpc/com.atproto.server.createSession"
LISTED = "GET /xrpc/app.bsky.notification.listNotifications"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def bluesky(clock: HandClock) -> Iterator[BlueskyEmulator]:
    with BlueskyEmulator(handle=US, app_password=PASSWORD, clock=clock.now) as emulator:
        yield emulator


def connect(bluesky: BlueskyEmulator, clock: HandClock, **options: Any) -> BlueskyConnector:
    given = {
        "handle": US,
        "app_password": PASSWORD,
        "base_url": bluesky.url,
        "appview_url": bluesky.url,
        "jetstream_url": bluesky.jetstream.url,
        "timeout_s": "0.5",
    }
    return open_connector({**given, **options}, clock)


@pytest.fixture
def connector(bluesky: BlueskyEmulator, clock: HandClock) -> BlueskyConnector:
    return connect(bluesky, clock)


def watch(kind: str = "keywords", *, lookback: timedelta = timedelta(hours=24), **options: Any) -> Watch:
    given = {"match": ["acme"], "max_posts": 100} if kind == "keywords" else {}
    return Watch(
        name="w",
        connector="bluesky",
        kind=kind,
        every=timedelta(minutes=5),
        lookback=lookback,
        options={**given, **options},
    )


def only(connector: BlueskyConnector, kind: str = "keywords") -> Mention:
    (mention,) = connector.pull(watch(kind), None).mentions
    return mention


class BlueskyContract(ConnectorContract):
    kind = "keywords"
    can_reply = True

    @pytest.fixture
    def harness(self, bluesky: BlueskyEmulator, clock: HandClock) -> Harness:
        jet = bluesky.jetstream
        listening = {
            "refused": (lambda: jet.faults.append("503"), Unavailable),
            "too many": (lambda: jet.faults.append("429"), RateLimited),
            "silent": (lambda: jet.faults.append("silent"), Unavailable),
            "not json": (lambda: jet.faults.append("not json"), Unavailable),
            "cut": (lambda: jet.faults.append("cut"), Unavailable),
        }
        reading = {
            "502": (lambda: bluesky.fault(Fault.bad_gateway(), on=LISTED), Unavailable),
            "html 503": (lambda: bluesky.fault(Fault.html_503(), on=LISTED), Unavailable),
            "not json": (lambda: bluesky.fault(Fault.not_json(), on=LISTED), Unavailable),
            "cut": (lambda: bluesky.fault(Fault.cut_after(), on=LISTED), Unavailable),
            "429": (lambda: bluesky.fault(Fault.rate_429(60), on=LISTED), RateLimited),
            "hang": (lambda: bluesky.fault(Fault.hang(), on=LISTED), Unavailable),
        }
        return Harness(
            connector=connect(bluesky, clock, **({} if self.can_reply else {"app_password": ""})),
            watch=watch(self.kind),
            clock=clock,
            publish=lambda count: [bluesky.post(text=f"@{US} acme no. {n}") for n in range(count)],
            can_reply=self.can_reply,
            withdraw=bluesky.delete,
            # Logging in is no reading; it happens once.
            requests=lambda: len(bluesky.requests) - len(bluesky.calls(LOGIN)),
            writes=lambda: len(bluesky.calls(SEND)),
            read_faults=listening if self.kind == "keywords" else reading,
            lost_answers={
                "502": lambda: bluesky.fault(Fault.bad_gateway(act=True), on=SEND),
                "cut after": lambda: bluesky.fault(Fault.cut_after(), on=SEND),
                "hang": lambda: bluesky.fault(Fault.hang(act=True), on=SEND),
                "not json": lambda: bluesky.fault(Fault.not_json(act=True), on=SEND),
            }
            if self.can_reply
            else {},
            bad_watch=watch("keywords", match=[]),
            secrets=(PASSWORD, "access-made-up-", "refresh-made-up-"),
        )


class TestKeywords(BlueskyContract):
    pass


class TestMentions(BlueskyContract):
    kind = "mentions"


class TestReadOnly(BlueskyContract):
    can_reply = False


class TestListening:
    def test_only_posts_with_the_word_are_heard(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        heard = bluesky.post(text="my ACME-modem is dead", langs=["en"])
        bluesky.post(text="acmeology is a word of its own")
        bluesky.post(text="lovely weather")
        mention = only(connector)
        assert mention.ref == MentionRef("bluesky", heard)
        assert (mention.kind, mention.lang, mention.addressed_to_us) == (Kind.POST, "en", False)
        assert mention.author is not None
        assert (mention.author.handle, mention.author.name) == ("maple.example.com", "Maple (made up)")
        assert mention.url == f"https://bsky.app/profile/maple.example.com/post/{heard.rpartition('/')[2]}"

    def test_a_reply_knows_its_thread(self, bluesky: BlueskyEmulator, connector: BlueskyConnector) -> None:
        first = bluesky.post(text="anybody with a good modem?")
        second = bluesky.post(text="not from me", answers=first)
        bluesky.post(text="acme has one", answers=second)
        mention = only(connector)
        assert (mention.kind, mention.parent_native_id) == (Kind.REPLY, second)
        assert mention.conversation_id == first
        assert mention.platform["root"]["uri"] == first

    def test_deleted_posts_and_accounts_are_told(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector, clock: HandClock
    ) -> None:
        kept, deleted = bluesky.post(text="acme is fine"), bluesky.post(text="acme is dead")
        left = bluesky.post(text="acme again", author="oak.example.com")
        did = bluesky.did("oak.example.com")
        page = connector.pull(watch(), None)
        assert ids(page.mentions) == {kept, deleted, left}
        bluesky.delete(deleted)
        bluesky.delete_account("oak.example.com")
        clock.move(timedelta(minutes=1))
        after = connector.pull(watch(), page.cursor)
        assert [ref.native_id for ref in after.gone] == [deleted]
        assert after.gone_authors == [did]
        assert ids(connector.pull(watch(), None).mentions) == {kept}

    def test_an_account_that_only_lags_behind_is_not_gone(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        kept = bluesky.post(text="acme again", author="oak.example.com")
        bluesky.delete_account("oak.example.com", status="throttled")
        page = connector.pull(watch(), None)
        assert ids(page.mentions) == {kept}
        assert (page.gone, page.gone_authors) == ([], [])

    def test_a_deletion_that_arrives_before_its_post_still_counts(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        kept, deleted = bluesky.post(text="acme one"), bluesky.post(text="acme two")
        bluesky.delete(deleted)
        bluesky.jetstream.faults.append("mixed")
        page = connector.pull(watch(), None)
        assert [mention.ref.native_id for mention in page.mentions] == [kept]
        assert [ref.native_id for ref in page.gone] == [deleted]

    def test_what_came_before_a_cut_is_kept_and_the_rest_follows(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        published = [bluesky.post(text=f"acme {n}") for n in range(10)]
        bluesky.jetstream.faults.append("cut after 4")
        page = connector.pull(watch(), None)
        assert ids(page.mentions) == set(published[:4])
        assert page.has_more
        assert ids(page.mentions) | ids(drain_from(connector, page.cursor)) == set(published)

    def test_a_stream_that_falls_silent_is_noted_and_resumed(
        self, bluesky: BlueskyEmulator, clock: HandClock
    ) -> None:
        connector = connect(bluesky, clock, timeout_s="1")
        published = [bluesky.post(text=f"acme {n}") for n in range(6)]
        clock.move(timedelta(hours=1))
        bluesky.jetstream.faults.append("stall after 3")
        page = connector.pull(watch(), None)
        assert ids(page.mentions) == set(published[:3])
        assert page.note is not None
        assert "fell silent" in page.note
        assert page.heard_until is not None
        assert page.heard_until < clock.now()
        assert ids(drain_from(connector, page.cursor)) >= set(published[3:])

    def test_a_cursor_older_than_the_server_remembers_is_a_gap(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector, clock: HandClock
    ) -> None:
        page = connector.pull(watch(), None)
        stood_at = page.heard_until
        clock.move(timedelta(hours=1))
        lost = bluesky.post(text="acme, unheard")
        clock.move(timedelta(hours=40))
        kept = bluesky.post(text="acme, heard")
        clock.move(timedelta(minutes=5))
        page = connector.pull(watch(), page.cursor)
        assert ids(page.mentions) == {kept}
        (gap,) = page.gaps
        assert gap.from_at == stood_at
        assert gap.until_at - gap.from_at > timedelta(hours=36)
        assert "36 hours" in gap.reason
        assert lost not in ids(page.mentions)
        assert connector.pull(watch(), page.cursor).gaps == []

    def test_the_first_pull_reaches_back_no_further_than_the_server(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector, clock: HandClock
    ) -> None:
        connector.pull(watch(lookback=timedelta(days=30)), None)
        (cursor,) = bluesky.jetstream.cursors
        assert cursor == int((clock.now() - timedelta(hours=36, seconds=5)).timestamp() * 1_000_000)

    def test_reading_starts_a_little_before_the_cursor(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        page = connector.pull(watch(), None)
        connector.pull(watch(), page.cursor)
        assert bluesky.jetstream.cursors[-1] == int(page.cursor) - 5_000_000

    def test_an_event_from_the_future_does_not_make_us_deaf(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector, clock: HandClock
    ) -> None:
        published = {bluesky.post(text=f"acme {n}") for n in range(3)}
        bluesky.jetstream.faults.append("future")
        page = connector.pull(watch(), None)
        assert ids(page.mentions) == published
        assert int(page.cursor) <= clock.now().timestamp() * 1_000_000 + 1_000

    def test_a_time_from_the_future_becomes_the_present(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector, clock: HandClock
    ) -> None:
        bluesky.post(text="acme tomorrow", created_at="2031-01-01T00:00:00Z")
        assert only(connector).posted_at == clock.now()

    @pytest.mark.parametrize("stamp", ["yesterday", "", "2026-13-45T00:00:00Z"])
    def test_a_time_without_sense_becomes_the_present(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector, clock: HandClock, stamp: str
    ) -> None:
        uri = bluesky.post(text="acme")
        bluesky.posts[uri].record["createdAt"] = stamp
        assert only(connector).posted_at == clock.now()

    def test_odd_records_are_counted_and_the_others_heard(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        kept = bluesky.post(text="acme")
        for record in ({"text": ["acme"]}, {"text": "acme", "reply": 7}, "acme", None, {"note": "acme"}):
            commit = {"operation": "create", "collection": "app.bsky.feed.post", "rkey": "3lodd", "cid": "c"}
            bluesky.jetstream.add(
                {"did": "did:plc:odd", "kind": "commit", "commit": {**commit, "record": record}}
            )
        bluesky.jetstream.add({"did": "did:plc:odd", "kind": "commit", "commit": "acme"})
        page = connector.pull(watch(), None)
        assert kept in ids(page.mentions)
        assert page.note is not None
        assert "could not be" in page.note

    def test_posts_are_kept_where_their_authors_cannot_be_read(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        bluesky.post(text="acme is down")
        bluesky.fault(Fault.html_503(), on="GET /xrpc/app.bsky.actor.getProfiles")
        page = connector.pull(watch(), None)
        (mention,) = page.mentions
        assert mention.author is not None
        assert mention.author.handle == mention.author.native_id == bluesky.did("maple.example.com")
        assert page.note == "the names of 1 authors could not be read"

    def test_authors_are_asked_for_once_and_many_at_a_time(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        for number in range(60):
            bluesky.post(text="acme", author=f"fan{number}.example.com")
        connector.pull(watch(), None)
        page = connector.pull(watch(), None)
        assert len(bluesky.calls("GET /xrpc/app.bsky.actor.getProfiles")) == 3
        assert {mention.author.handle for mention in page.mentions if mention.author} == {
            f"fan{number}.example.com" for number in range(60)
        }

    def test_a_page_ends_after_its_number_of_posts(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector, clock: HandClock
    ) -> None:
        published = []
        for number in range(30):
            published.append(bluesky.post(text=f"acme {number}"))
            clock.move(timedelta(seconds=10))
        page = connector.pull(watch(max_posts=10), None)
        assert [mention.ref.native_id for mention in page.mentions] == published[:10]
        assert page.has_more
        assert page.heard_until == page.mentions[-1].posted_at - timedelta(seconds=1)

    def test_a_server_that_is_away_is_unavailable(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        bluesky.jetstream.stop()
        with pytest.raises(Unavailable):
            connector.pull(watch(), None)
        with pytest.raises(Unavailable):
            connect(bluesky, HandClock(), app_password="").verify()

    @pytest.mark.parametrize("cursor", ["yesterday", "-5", "9" * 30, "{}"])
    def test_a_position_of_somebody_else_is_refused(self, connector: BlueskyConnector, cursor: str) -> None:
        for kind in ("keywords", "mentions"):
            with pytest.raises(WatchInvalid):
                connector.pull(watch(kind), Cursor(cursor))

    @pytest.mark.parametrize(
        ("kind", "options", "said"),
        [
            ("keywords", {"match": None}, "match"),
            ("keywords", {"match": ["a"]}, "match"),
            ("keywords", {"mtach": ["acme"]}, "did you mean 'match'"),
            ("mentions", {"match": ["acme"]}, "unknown key"),
            ("search", {}, "keywords, mentions"),
        ],
    )
    def test_a_watch_is_checked(
        self, connector: BlueskyConnector, kind: str, options: dict[str, Any], said: str
    ) -> None:
        with pytest.raises(WatchInvalid, match=said):
            connector.pull(watch(kind, **options), None)


class TestMentionsOfUs:
    def test_replies_to_our_posts_are_heard_too(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        ours = bluesky.post(text="We are hiring", author=US)
        bluesky.post(text="are you?", answers=ours)
        mention = only(connector, "mentions")
        assert mention.addressed_to_us is True
        assert connector.reply_route(mention).route is Route.BY_HAND

    @pytest.mark.parametrize("fault", [Fault.out_of_order(), Fault.same_twice()], ids=lambda each: each.name)
    def test_an_odd_order_loses_and_doubles_nothing(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector, fault: Fault
    ) -> None:
        published = {bluesky.post(text=f"@{US} {n}") for n in range(150)}
        bluesky.fault(fault, on=LISTED)
        found = drain_from(connector, None, "mentions")
        assert ids(found) == published
        assert len(found) == len(published)

    def test_without_an_account_there_are_none(self, bluesky: BlueskyEmulator, clock: HandClock) -> None:
        with pytest.raises(WatchInvalid, match="no account"):
            connect(bluesky, clock, app_password="").pull(watch("mentions"), None)


class TestReplying:
    def test_the_reply_stands_in_its_thread_with_links_in_place(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        root = bluesky.post(text="modems, anybody?")
        target = bluesky.post(text=f"@{US} acme?", answers=root)
        text = "Thänks 👋 @maple.example.com, see https://example.com/help?a=1."
        posted = connector.reply(only(connector, "mentions"), text)
        (record,) = bluesky.replies
        assert record["reply"]["root"] == {"uri": root, "cid": bluesky.posts[root].cid}
        assert record["reply"]["parent"] == {"uri": target, "cid": bluesky.posts[target].cid}
        shown = [
            text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
            for facet in record["facets"]
        ]
        assert shown == ["@maple.example.com", "https://example.com/help?a=1"]
        assert record["facets"][0]["features"][0]["did"] == bluesky.did("maple.example.com")
        assert posted.native_id in bluesky.posts

    def test_a_second_reply_is_refused_by_the_server_itself(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        bluesky.post(text=f"@{US} acme?")
        mention = only(connector)
        first = connector.reply(mention, "Thank you!")
        for status in (500, 400):
            bluesky.taken_key_status = status
            bluesky.taken_key_words = "Record already exists" if status == 400 else "Internal Server Error"
            with pytest.raises(OutcomeUnknown):
                connector.reply(mention, "Thank you once more!")
        assert [reply["text"] for reply in bluesky.replies] == ["Thank you!"]
        found = connector.own_reply(mention)
        assert found is not None
        assert found.native_id == first.native_id

    def test_a_tag_is_what_opens_the_route(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        bluesky.post(text="acme is bad")
        mention = only(connector)
        route = connector.reply_route(mention)
        assert (route.route, "tagged" in route.reason) == (Route.BY_HAND, True)

    def test_a_thread_closed_to_us_is_blocked(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        uri = bluesky.post(text=f"@{US} acme?")
        bluesky.closed.add(uri)
        mention = connector.lookup(MentionRef("bluesky", uri))
        assert mention is not None
        assert connector.reply_route(mention).route is Route.BLOCKED

    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            (Fault.rate_429(120), RateLimited),
            (Fault.unauthorized(), AuthFailed),
            (Fault.answer(400, {"error": "InvalidRecord", "message": "no"}), Refused),
            (Fault.answer(400, {"error": "ExpiredToken"}), Unavailable),
            (Fault.answer(403, {"error": "AccountTakedown"}), AuthFailed),
            (Fault.cut_before(), OutcomeUnknown),
        ],
        ids=lambda value: getattr(value, "name", None),
    )
    def test_a_refusal_has_its_remedy(
        self,
        bluesky: BlueskyEmulator,
        connector: BlueskyConnector,
        fault: Fault,
        expected: type[ConnectorError],
    ) -> None:
        bluesky.post(text=f"@{US} acme?")
        mention = only(connector)
        bluesky.fault(fault, on=SEND)
        with pytest.raises(expected):
            connector.reply(mention, "Thank you!")
        assert len(bluesky.calls(SEND)) == 1
        assert bluesky.replies == []

    def test_the_wait_is_taken_from_the_server(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector, clock: HandClock
    ) -> None:
        bluesky.fault(Fault.rate_429(120), on=LISTED)
        with pytest.raises(RateLimited) as raised:
            connector.pull(watch("mentions"), None)
        assert raised.value.retry_at == clock.now() + timedelta(seconds=120)

    def test_a_reply_too_long_is_refused_unsent(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        bluesky.post(text=f"@{US} acme?")
        mention = only(connector)
        for text in ("x" * 301, "👨‍👩‍👧‍👦" * 299):
            with pytest.raises(Refused, match="longer"):
                connector.reply(mention, text)
        assert bluesky.calls(SEND) == []

    def test_an_imported_mention_is_not_asked_for(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        kept = MentionRef("bluesky", bluesky.post(text="acme"))
        answer = connector.lookup_many([MentionRef("bluesky", "17"), kept])
        assert (set(answer.found), answer.gone) == ({kept}, frozenset())
        assert connector.lookup_many([MentionRef("bluesky", "17")]).found == {}

    def test_an_imported_mention_is_answered_by_hand(self, connector: BlueskyConnector) -> None:
        with pytest.raises(Refused) as raised:
            connector.lookup(MentionRef("bluesky", "17"))
        assert raised.value.by_hand

    def test_a_server_that_is_away_took_nothing(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        bluesky.post(text=f"@{US} acme?")
        mention = only(connector)
        connector.verify()
        bluesky.stop()
        with pytest.raises(Unavailable):
            connector.reply(mention, "Thank you!")


class TestLogin:
    def test_one_login_serves_all_and_is_renewed_in_time(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector, clock: HandClock
    ) -> None:
        for _ in range(5):
            connector.pull(watch("mentions"), None)
        clock.move(timedelta(minutes=100))
        connector.pull(watch("mentions"), None)
        assert len(bluesky.calls(LOGIN)) == 1
        assert len(bluesky.calls("POST /xrpc/com.atproto.server.refreshSession")) == 1

    def test_a_session_that_ended_early_is_opened_anew(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        connector.verify()
        bluesky.tokens.clear()
        connector.pull(watch("mentions"), None)
        assert len(bluesky.calls(LOGIN)) == 2

    def test_a_renewal_that_fails_ends_in_a_login(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector, clock: HandClock
    ) -> None:
        connector.verify()
        bluesky.renewals.clear()
        clock.move(timedelta(minutes=100))
        connector.verify()
        assert len(bluesky.calls(LOGIN)) == 2

    def test_a_wrong_password_is_told_without_it(self, bluesky: BlueskyEmulator, clock: HandClock) -> None:
        with pytest.raises(AuthFailed) as raised:
            connect(bluesky, clock, app_password="wrong-made-up").verify()
        assert "wrong-made-up" not in str(raised.value)

    def test_a_suspended_account_cannot_reply(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        bluesky.is_active = False
        assert connector.verify() == Identity(handle=US, can_reply=False)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"handle": ""}, "brand.handles.bluesky"),
        ({"app_pasword": "x"}, "did you mean 'app_password'"),
        ({"base_url": "ftp://example.com"}, "ENGAGEBOT_BLUESKY_BASE_URL"),
        ({"jetstream_url": "https://example.com"}, "ENGAGEBOT_BLUESKY_JETSTREAM_URL"),
        ({"timeout_s": "0"}, "ENGAGEBOT_BLUESKY_TIMEOUT_S"),
    ],
    ids=str,
)
def test_wrong_options_are_named_without_their_values(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        open_connector({"handle": US, "app_password": PASSWORD, **options}, HandClock())
    assert PASSWORD not in str(raised.value)
    assert raised.value.__context__ is None


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("", 0),
        ("Thank you", 9),
        ("cafe\u0301", 4),
        ("👨‍👩‍👧‍👦", 1),
        ("👍🏽", 1),
        ("🇩🇪🇫🇷", 2),
        ("❤️", 1),
        ("1️⃣", 1),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 1),
        ("日本", 2),
        ("हिन्दी", 2),
        ("a\r\nb", 3),
        ("한국", 2),
    ],
)
def test_signs_are_counted_as_people_see_them(connector: BlueskyConnector, text: str, signs: int) -> None:
    assert connector.length(text) == signs


@pytest.mark.parametrize(
    ("words", "text", "is_there"),
    [
        (["acme"], "ACME!", True),
        (["acme"], "#acme", True),
        (["acme"], "acmes", False),
        (["acme"], "macme", False),
        (["acme"], "我喜欢acme手机", True),
        (["手机"], "我喜欢手机吗", True),
        (["café"], "at the CAFE\u0301.", True),
        (["café"], "cafés", False),
        (["straße"], "STRASSE", True),
        (["acme modem"], "my Acme\n  modem", True),
        (["$ACM"], "buy $acm now", True),
        (["акме"], "Акме, привет", True),
        (["акме"], "акмеология", False),
        (["a.b"], "axb", False),
    ],
)
def test_words_are_found_whole_in_any_script(words: list[str], text: str, is_there: bool) -> None:
    listed = Words(words)
    assert listed.are_in(text) is is_there
    for raw in (json.dumps({"text": text}), json.dumps({"text": text}, ensure_ascii=False)):
        assert listed.may_be_in(raw) or not is_there


def test_the_cheap_filter_throws_most_away() -> None:
    assert not Words(["acme", "acmée"]).may_be_in('{"text":"lovely weather"}')


def test_keys_of_replies_are_stable_apart_and_near_their_target() -> None:
    uris = [f"at://did:plc:made-up/app.bsky.feed.post/3lodd{n:08}".replace("0", "a") for n in range(2_000)]
    uris += [
        "at://did:plc:made-up/app.bsky.feed.post/self",
        "at://did:web:x/app.bsky.feed.post/3lkxyz222abcd",
    ]
    keys = [reply_key(uri) for uri in uris]
    assert keys == [reply_key(uri) for uri in uris]
    assert len(set(keys)) == len(set(uris))
    assert all(len(key) == 13 and key[0] in "234567abcdefghij" for key in keys)
    assert keys[-1].startswith("3lkxyz2")


def test_names_in_links_and_longer_names_are_not_tags() -> None:
    author = Author(handle="maple.example.com", native_id="did:plc:m")
    text = (
        "https://example.com/@maple.example.com x@maple.example.com @maple.example.com.au @maple.example.com!"
    )
    marked = [(facet["index"]["byteStart"], facet["features"][0]["$type"]) for facet in facets(text, author)]
    assert marked == [
        (0, "app.bsky.richtext.facet#link"),
        (text.rindex("@"), "app.bsky.richtext.facet#mention"),
    ]


def drain_from(connector: BlueskyConnector, cursor: Cursor | None, kind: str = "keywords") -> list[Mention]:
    found: list[Mention] = []
    for _ in range(50):
        page = connector.pull(watch(kind), cursor)
        found += page.mentions
        cursor = page.cursor
        if not page.has_more:
            return found
    raise AssertionError("no end of pages")


class TestClock:
    def test_our_clock_is_held_against_that_of_the_servers(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        assert connector.clock_skew is None
        bluesky.date_shift_s = 600
        connector.verify()
        assert connector.clock_skew is not None
        assert timedelta(0) <= connector.clock_skew + timedelta(minutes=10) < timedelta(seconds=1)

    def test_a_refusal_tells_the_time_too(
        self, bluesky: BlueskyEmulator, connector: BlueskyConnector
    ) -> None:
        bluesky.date_shift_s = -600
        bluesky.fault(Fault.unauthorized(), on=LOGIN)
        with pytest.raises(AuthFailed):
            connector.verify()
        assert connector.clock_skew is not None
        assert connector.clock_skew >= timedelta(minutes=10)
