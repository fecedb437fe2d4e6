from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import praw
import prawcore
import pytest
import requests
from praw.exceptions import RedditAPIException

from tests.emulators.faults import Fault
from tests.emulators.reddit import RedditEmulator
from tests.emulators.reddit_auth import Credentials
from tests.emulators.remote import launched

NOW = datetime(2026, 8, 1, 10, 0, tzinfo=UTC)
POST = "POST /api/comment"
COMMENTS = "GET /r/acme/comments"
AGENT = "linux:engagebot-tests:0 (by /u/acme_support)"


class OneShot(prawcore.sessions.FiniteRetryStrategy):
    """Never sends twice and never sleeps, so that a fault is met by one request."""

    def _sleep_seconds(self):
        return None

    def should_retry_on_failure(self):
        return False


class Impatient(prawcore.Requestor):
    def request(self, *args, timeout=None, **options):
        return super().request(*args, timeout=1.0, **options)


def open_client(url: str, *, retries: bool = False, hurried: bool = False, **given: object) -> praw.Reddit:
    options = {
        "client_id": "id",
        "client_secret": "secret",
        "username": "acme_support",
        "password": "pw",
        **given,
    }
    client = praw.Reddit(
        **{name: value for name, value in options.items() if value is not None},
        user_agent=AGENT,
        reddit_url=url,
        oauth_url=url,
        check_for_updates=False,
        ratelimit_seconds=0,
        requestor_class=Impatient if hurried else prawcore.Requestor,
    )
    if not retries:
        client._core._retry_strategy_class = OneShot
    return client


@pytest.fixture
def reddit() -> Iterator[RedditEmulator]:
    with RedditEmulator(clock=lambda: NOW) as emulator:
        yield emulator


@pytest.fixture
def client(reddit: RedditEmulator) -> Iterator[praw.Reddit]:
    client = open_client(reddit.url)
    yield client
    client._core.close()


def newest(client: praw.Reddit, limit: int = 100, **params: str) -> list[str]:
    return [each.fullname for each in client.subreddit("acme").comments(limit=limit, params=params)]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="password"),
        pytest.param({"username": None, "password": None, "refresh_token": "r"}, id="refresh token"),
        pytest.param({"username": None, "password": None}, id="client credentials"),
    ],
)
def test_every_grant_gives_a_token_that_reads(reddit, given):
    reddit.comment(text="hello")
    client = open_client(reddit.url, **given)
    assert len(newest(client)) == 1
    client._core.close()


def test_wrong_credentials_are_refused(reddit):
    with RedditEmulator(credentials=Credentials(client_secret="right", password="right")) as strict:
        wrong_client = open_client(strict.url)
        with pytest.raises(prawcore.ResponseException) as caught:
            wrong_client.user.me()
        assert caught.value.response.status_code == 401
        wrong_user = open_client(strict.url, client_secret="right")
        with pytest.raises(prawcore.OAuthException, match="invalid_grant"):
            wrong_user.user.me()
        for each in (wrong_client, wrong_user):
            each._core.close()


def test_no_token_is_a_401_with_a_challenge_and_a_default_agent_is_throttled(reddit):
    answer = requests.get(f"{reddit.url}/r/acme/comments", headers={"user-agent": AGENT}, timeout=5)
    assert answer.status_code == 401
    assert "invalid_token" in answer.headers["www-authenticate"]
    assert requests.get(f"{reddit.url}/r/acme/comments", timeout=5).status_code == 429


def test_revoked_tokens_are_renewed_by_prawcore(reddit):
    client = open_client(reddit.url, retries=True)
    assert client.user.me().name == "acme_support"
    reddit.revoke_tokens()
    reddit.comment(text="hello")
    assert len(newest(client)) == 1
    assert len(reddit.calls("POST /api/v1/access_token")) == 2
    client._core.close()


def test_comments_have_the_keys_a_reader_needs(reddit, client):
    thread = reddit.submission(title="Acme modem & more", text="Dead.", author="oak_fan_demo")
    made = reddit.comment(
        text="same <here>", on=thread.name, author="maple_fan_demo", at=NOW - timedelta(hours=1)
    )
    (found,) = client.subreddit("acme").comments(limit=5)
    assert (found.fullname, found.body, found.author.name) == (made.name, "same <here>", "maple_fan_demo")
    assert (found.parent_id, found.link_id, found.link_title) == (
        thread.name,
        thread.name,
        "Acme modem & more",
    )
    assert found.created_utc == (NOW - timedelta(hours=1)).timestamp()
    assert found.permalink == f"/r/acme/comments/{thread.id}/acme_modem_more/{made.id}/"
    assert (found.subreddit.display_name, found.locked, found.edited) == ("acme", False, False)


def test_texts_are_escaped_without_raw_json(reddit, client):
    reddit.comment(text="a < b")
    token = {"authorization": f"bearer {_token(client)}", "user-agent": AGENT}
    listing = requests.get(f"{reddit.url}/r/acme/comments/", headers=token, timeout=5).json()
    assert listing["data"]["children"][0]["data"]["body"] == "a &lt; b"


def _token(client: praw.Reddit) -> str:
    client.user.me()
    return client._core.authorizer.access_token


def test_search_finds_submissions_only_and_newest_first_when_asked(reddit, client):
    low = reddit.submission(title="acme is slow", at=NOW - timedelta(hours=3), score=90)
    high = reddit.submission(
        title="Weekend", text="my acme died", subreddit="gadgets", at=NOW - timedelta(hours=2)
    )
    reddit.submission(title="acme long ago", at=NOW - timedelta(days=3))
    reddit.comment(text="acme", on=low.name)
    everywhere = client.subreddit("all").search("acme", sort="new", time_filter="day")
    assert [each.fullname for each in everywhere] == [high.name, low.name]
    by_relevance = client.subreddit("acme+gadgets").search("acme", time_filter="day")
    assert [each.fullname for each in by_relevance] == [low.name, high.name]
    within = client.subreddit("gadgets").search('"acme died" -slow', sort="new")
    assert [each.fullname for each in within] == [high.name]


def test_a_burst_of_more_than_1000_ends_at_1000(reddit, client):
    made = reddit.burst(1100)
    assert newest(client, limit=None) == made[::-1][:1000]
    assert [len(each.query) for each in reddit.calls(COMMENTS)] == [2] + [3] * 9


def test_before_gives_the_page_next_to_its_anchor(reddit, client):
    made = reddit.burst(30)
    assert newest(client, limit=5, before=made[9]) == made[14:9:-1]
    assert newest(client, limit=100, after=made[9]) == made[8::-1]


def test_a_deleted_before_anchor_gives_an_empty_page(reddit, client):
    made = reddit.burst(5)
    reddit.delete(made[1])
    assert newest(client, before=made[1]) == []
    assert newest(client, after=made[1]) == [made[0]]
    reddit.dead_anchors = ("before", "after")
    assert newest(client, after=made[1]) == []
    assert newest(client) == [made[4], made[3], made[2], made[0]]


def test_info_shows_what_became_of_things(reddit, client):
    live, deleted, removed, orphan = (reddit.comment(text=f"n {n}", author=f"fan_demo{n}") for n in range(4))
    reddit.delete(deleted.name)
    reddit.remove(removed.name)
    reddit.delete_user("fan_demo3")
    reddit.edit(live.name, "changed")
    names = [live.name, deleted.name, removed.name, orphan.name, "t1_zzzzzz"]
    found = [(each.body, each.author and each.author.name) for each in client.info(fullnames=names)]
    assert found == [("changed", "fan_demo0"), ("[deleted]", None), ("[removed]", None), ("n 3", None)]


def test_a_thread_nests_its_replies(reddit, client):
    thread = reddit.submission(title="Acme")
    first = reddit.comment(text="one", on=thread.name)
    second = reddit.comment(text="two", on=first.name)
    found = client.submission(thread.id).comments.list()
    assert [each.fullname for each in found] == [first.name, second.name]
    again = client.comment(first.id)
    again.refresh()
    assert [each.body for each in again.replies] == ["two"]


def test_the_inbox_holds_mentions_and_replies(reddit, client):
    thread = reddit.submission(title="Acme")
    named = reddit.comment(text="hey u/acme_support, look", on=thread.name)
    reddit.comment(text="see r/u/acme_supporters", on=thread.name)
    ours = client.comment(named.id).reply("Looking.")
    answer = reddit.comment(text="thanks", on=ours.fullname)
    assert [each.fullname for each in client.inbox.mentions()] == [named.name]
    assert [each.fullname for each in client.inbox.comment_replies()] == [answer.name]
    assert {each.fullname for each in client.inbox.all()} == {named.name, answer.name}


def test_places_that_cannot_be_read_say_so(reddit, client):
    for state in ("private", "banned"):
        reddit.subreddit(f"{state}_demo", state=state)
    with pytest.raises(prawcore.Redirect):
        list(client.subreddit("nowhere_demo").new())
    with pytest.raises(prawcore.Forbidden):
        list(client.subreddit("private_demo").comments())
    with pytest.raises(prawcore.NotFound):
        assert client.subreddit("banned_demo").subscribers
    reddit.comment(text="hello")
    assert len(list(client.subreddit("acme+nowhere_demo").comments())) == 1
    assert client.subreddit("acme").subscribers == 1234


def test_a_reply_is_stored_and_listed_under_our_name(reddit, client):
    post = reddit.comment(text="acme is down")
    made = client.comment(post.id).reply("Sorry.")
    (reply,) = reddit.replies
    assert (reply.id, reply.text, reply.parent_id) == (made.fullname, "Sorry.", post.name)
    (own,) = client.user.me().comments.new()
    assert (own.fullname, own.parent_id, own.body) == (made.fullname, post.name, "Sorry.")


def test_refused_replies_carry_reddits_codes(reddit, client):
    target = {}
    for code in ("THREAD_LOCKED", "TOO_OLD", "DELETED_COMMENT", "USER_BLOCKED", "SUBREDDIT_NOTALLOWED"):
        place = "closed_demo" if code == "SUBREDDIT_NOTALLOWED" else "acme"
        target[code] = reddit.comment(text="hello", subreddit=place, author=f"{code.lower()}_demo")
    reddit.lock(target["THREAD_LOCKED"].name)
    reddit.archive(target["TOO_OLD"].submission.name)
    reddit.delete(target["DELETED_COMMENT"].name)
    reddit.person("user_blocked_demo", blocks_us=True)
    reddit.subreddit("closed_demo", refuses="SUBREDDIT_NOTALLOWED")
    for code, thing in target.items():
        with pytest.raises(RedditAPIException) as caught:
            client.comment(thing.id).reply("Sorry.")
        assert [each.error_type for each in caught.value.items] == [code]
    assert reddit.replies == []


def test_texts_too_long_or_empty_and_read_only_tokens_are_refused(reddit, client):
    post = reddit.comment(text="hello")
    with pytest.raises(RedditAPIException, match="TOO_LONG"):
        client.comment(post.id).reply("x" * 10_001)
    with pytest.raises(RedditAPIException, match="NO_TEXT"):
        client.comment(post.id).reply(" ")
    reader = open_client(reddit.url, username=None, password=None)
    with pytest.raises(RedditAPIException, match="USER_REQUIRED"):
        reader.comment(post.id).reply("hi")
    reader._core.close()


@pytest.mark.parametrize(
    ("fault", "error", "stored"),
    [
        pytest.param(Fault.cut_before(), prawcore.RequestException, 0, id="cut before"),
        pytest.param(Fault.cut_after(), prawcore.RequestException, 1, id="cut after"),
        pytest.param(Fault.hang(30.0), prawcore.RequestException, 0, id="hang"),
        pytest.param(Fault.hang(30.0, act=True), prawcore.RequestException, 1, id="hang after acting"),
        pytest.param(Fault.bad_gateway(act=True), prawcore.ServerError, 1, id="502 after acting"),
        pytest.param(Fault.html_503(), prawcore.ServerError, 0, id="html 503"),
        pytest.param(Fault.not_json(act=True), prawcore.BadJSON, 1, id="200 without JSON"),
        pytest.param(Fault.reddit_429(), prawcore.TooManyRequests, 0, id="429"),
        pytest.param(Fault.reddit_429(30), prawcore.TooManyRequests, 0, id="429 with retry-after"),
        pytest.param(Fault.reddit_403(), prawcore.Forbidden, 0, id="403"),
        pytest.param(Fault.bare_401(), KeyError, 0, id="401 without its header"),
        pytest.param(Fault.take_a_break(9), RedditAPIException, 0, id="RATELIMIT"),
        pytest.param(Fault.reddit_error("IN_TIMEOUT"), RedditAPIException, 0, id="any json error"),
    ],
)
def test_a_fault_on_a_write_says_whether_the_comment_is_stored(reddit, fault, error, stored):
    client = open_client(reddit.url, hurried=fault.wait_s > 0)
    post = reddit.comment(text="acme is down")
    reddit.fault(fault, on=POST)
    with pytest.raises(error):
        client.comment(post.id).reply("Sorry.")
    assert len(reddit.replies) == stored
    assert [each.fault for each in reddit.calls(POST)] == [fault.name]
    client._core.close()


def test_praw_as_it_comes_posts_three_times_on_a_502(reddit, monkeypatch):
    monkeypatch.setattr(OneShot, "should_retry_on_failure", lambda self: self.retries > 0)
    client = open_client(reddit.url)
    post = reddit.comment(text="acme is down")
    reddit.fault(Fault.bad_gateway(act=True), on=POST, times=3)
    with pytest.raises(prawcore.ServerError):
        client.comment(post.id).reply("Sorry.")
    assert len(reddit.replies) == 3
    client._core.close()


def test_an_answer_without_things_is_none_to_praw(reddit, client):
    post = reddit.comment(text="acme is down")
    reddit.fault(Fault.empty_things(), on=POST)
    assert client.comment(post.id).reply("Sorry.") is None
    far = reddit.comment(text="acme", subreddit="quarantine_demo")
    reddit.subreddit("quarantine_demo", state="quarantined")
    assert client.comment(far.id).reply("Sorry.") is None
    assert len(reddit.replies) == 2


def test_pages_can_lie_and_own_comments_can_appear_late(reddit, client):
    made = reddit.burst(4)[::-1]
    reddit.fault(Fault.out_of_order(), on=COMMENTS)
    reddit.fault(Fault.same_twice(), on=COMMENTS)
    reddit.fault(Fault.empty_page(), on=COMMENTS)
    assert [newest(client) for _ in range(3)] == [made[::-1], [*made, made[-1]], []]
    reddit.fault(Fault.arrive(3), on=COMMENTS)
    assert len(newest(client)) == 7
    reddit.fault(Fault.seen_after(reads=1), on=POST)
    client.comment(made[0][3:]).reply("Sorry.")
    assert [len(list(client.user.me().comments.new())) for _ in range(2)] == [0, 1]


def test_rate_headers_follow_the_settings(reddit, client):
    reddit.remaining, reddit.reset_s = 12.0, 0
    client.user.me()
    assert client.auth.limits["remaining"] == 12


def test_an_emulator_in_its_own_process_is_steered_over_http(tmp_path):
    with launched("reddit", folder=tmp_path) as remote:
        client = open_client(remote.url)
        post = remote.call("post", text="acme is down", author="maple_fan_demo")
        remote.fault(Fault.cut_after(), on=POST)
        with pytest.raises(prawcore.RequestException):
            client.comment(post[3:]).reply("Sorry.")
        client._core.close()
        assert [each["parent_id"] for each in remote.replies] == [post]
        assert [each["status"] for each in remote.calls(POST)] == [0]
