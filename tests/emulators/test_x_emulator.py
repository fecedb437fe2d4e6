from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
import tweepy
from tweepy.errors import BadRequest, Forbidden, NotFound, TooManyRequests, TwitterServerError, Unauthorized

from tests.emulators.faults import NOT_SUMMONED, Fault
from tests.emulators.remote import launched
from tests.emulators.x import XEmulator

NOW = datetime(2026, 8, 1, 10, 0, tzinfo=UTC)
SEARCH = "GET /2/tweets/search/recent"
POST = "POST /2/tweets"


class Rewriting(requests.adapters.HTTPAdapter):
    """Sends what tweepy means for its fixed host to the emulator."""

    def __init__(self, base: str, timeout_s: float) -> None:
        self._base, self._timeout_s = urlsplit(base), timeout_s
        super().__init__()

    def send(self, request, **options):
        parts = urlsplit(request.url)
        request.url = urlunsplit((self._base.scheme, self._base.netloc, parts.path, parts.query, ""))
        options["timeout"] = options.get("timeout") or self._timeout_s
        return super().send(request, **options)


def open_client(url: str, *, timeout_s: float = 5.0) -> tweepy.Client:
    client = tweepy.Client("bearer", "ck", "cs", "at", "ats", return_type=dict)
    client.session.mount("https://api.twitter.com", Rewriting(url, timeout_s))
    return client


@pytest.fixture
def x() -> Iterator[XEmulator]:
    with XEmulator(clock=lambda: NOW) as emulator:
        yield emulator


@pytest.fixture
def client(x: XEmulator) -> Iterator[tweepy.Client]:
    client = open_client(x.url)
    yield client
    client.session.close()


def ids(answer: dict) -> list[str]:
    return [each["id"] for each in answer.get("data", [])]


def walk(call, **options) -> list[list[str]]:
    pages, token_name = [], options.pop("token_name", "next_token")
    token = {}
    while True:
        answer = call(**options, **token)
        pages.append(ids(answer))
        if "next_token" not in answer["meta"]:
            return pages
        token = {token_name: answer["meta"]["next_token"]}


def test_search_without_a_match_has_no_data_key(client):
    assert client.search_recent_tweets("acme") == {"meta": {"result_count": 0}}


def test_only_default_fields_come_unasked(x, client):
    made = x.post(text="acme is great", author="oak_fan_demo")
    (shown,) = client.search_recent_tweets("acme")["data"]
    assert shown == {"id": made.id, "text": "acme is great", "edit_history_tweet_ids": [made.id]}


def test_asked_fields_and_authors_come_along(x, client):
    long = "acme " + "la " * 200
    parent = x.post(text="my modem", author="oak_fan_demo")
    x.post(text=long, author="maple_fan_demo", reply_to=parent.id, prefix=["oak_fan_demo"])
    answer = client.search_recent_tweets(
        "acme",
        tweet_fields=[
            "author_id",
            "created_at",
            "note_tweet",
            "display_text_range",
            "referenced_tweets",
            "entities",
        ],
        expansions=["author_id"],
        user_fields=["public_metrics", "verified"],
    )
    (shown,) = answer["data"]
    assert shown["note_tweet"]["text"].endswith(long)
    assert len(shown["text"]) == 280
    assert shown["display_text_range"][0] == len("@oak_fan_demo ")
    assert shown["referenced_tweets"] == [{"type": "replied_to", "id": parent.id}]
    assert shown["entities"]["mentions"][0]["username"] == "oak_fan_demo"
    assert shown["created_at"] == "2026-08-01T10:00:00.000Z"
    (user,) = answer["includes"]["users"]
    assert (user["id"], user["username"]) == (shown["author_id"], "maple_fan_demo")


def test_pages_are_newest_first_and_complete(x, client):
    made = x.burst(250)
    pages = walk(client.search_recent_tweets, query="acme", max_results=100)
    assert [len(page) for page in pages] == [100, 100, 50]
    assert [each for page in pages for each in page] == made[::-1]


def test_bounds_by_id_are_exclusive_on_both_sides(x, client):
    made = x.burst(12)
    found = client.search_recent_tweets("acme", since_id=made[2], until_id=made[9], max_results=10)
    assert ids(found) == made[8:2:-1]


def test_start_time_is_inclusive_and_end_time_exclusive(x, client):
    at = [NOW - timedelta(minutes=minutes) for minutes in (30, 20, 10)]
    made = [x.post(text="acme", author=f"fan_demo{n}", at=each).id for n, each in enumerate(at)]
    found = client.search_recent_tweets("acme", start_time=at[0], end_time=at[2])
    assert ids(found) == [made[1], made[0]]


@pytest.mark.parametrize("size", [9, 101])
def test_search_refuses_page_sizes_outside_its_limits(client, size):
    with pytest.raises(BadRequest, match="max_results"):
        client.search_recent_tweets("acme", max_results=size)


def test_since_id_older_than_a_week_is_a_bad_request(x, client):
    old = x.post(text="acme", at=NOW - timedelta(days=8))
    with pytest.raises(BadRequest, match="'since_id' must be a tweet id created after"):
        client.search_recent_tweets("acme", since_id=old.id)
    assert "data" not in client.search_recent_tweets("acme")


@pytest.mark.parametrize(
    ("query", "hit"),
    [
        pytest.param("modem", True, id="word"),
        pytest.param('"dead again"', True, id="phrase"),
        pytest.param('"again dead"', False, id="phrase in order"),
        pytest.param("shaw OR acme", True, id="or"),
        pytest.param("acme -modem", False, id="negated"),
        pytest.param("(shaw OR acme) modem lang:en", True, id="brackets"),
        pytest.param("acme lang:de", False, id="other language"),
        pytest.param("from:maple_fan_demo", True, id="from"),
        pytest.param("@acme -is:retweet", True, id="user"),
        pytest.param("#outage", True, id="tag"),
        pytest.param("mod", False, id="part of a word"),
    ],
)
def test_query_matches(x, client, query, hit):
    x.post(text="@acme modem is dead again #outage", author="maple_fan_demo")
    assert bool(ids(client.search_recent_tweets(query))) is hit


@pytest.mark.parametrize(
    "query", ["from:@acme", "min_faves:3 acme", "(acme", "lang:en", "acme OR", "x" * 513]
)
def test_bad_queries_are_bad_requests(client, query):
    with pytest.raises(BadRequest):
        client.search_recent_tweets(query)


def test_mentions_end_after_800_with_an_empty_page(x, client):
    x.burst(805, text="hey @acme")
    pages = walk(client.get_users_mentions, id=x.account.id, max_results=100, token_name="pagination_token")
    assert [len(page) for page in pages] == [100] * 8 + [0]


def test_lookup_names_what_is_gone_beside_what_is_there(x, client):
    there, gone, hidden = (x.post(text=f"acme {n}") for n in range(3))
    x.delete(gone.id)
    x.protect(hidden.id)
    answer = client.get_tweets([there.id, gone.id, hidden.id])
    assert ids(answer) == [there.id]
    kinds = {each["resource_id"]: each["type"].rpartition("/")[2] for each in answer["errors"]}
    assert kinds == {gone.id: "resource-not-found", hidden.id: "not-authorized-for-resource"}


def test_an_edit_is_a_new_id_with_a_shared_history(x, client):
    first = x.post(text="acme is bad", at=NOW - timedelta(minutes=5))
    second = x.edit(first.id, "acme is not so bad")
    (found,) = client.search_recent_tweets("acme")["data"]
    assert found["id"] == second.id
    assert found["edit_history_tweet_ids"] == [first.id, second.id]
    x.delete(first.id)
    assert ids(client.search_recent_tweets("acme")) == []


def test_account_user_counts_and_usage(x, client):
    x.burst(3)
    assert client.get_me()["data"]["username"] == "acme"
    assert client.get_user(username="crowd_demo1")["data"]["id"] in x.world.users
    assert "errors" in client.get_user(username="nobody_demo")
    assert client.get_recent_tweets_count("acme", granularity="day")["meta"] == {"total_tweet_count": 3}
    client.search_recent_tweets("acme")
    assert client.request("GET", "/2/usage/tweets").json()["data"]["project_usage"] == "3"


def test_a_summoned_reply_is_stored_and_listed(x, client):
    post = x.post(text="@acme down again", author="maple_fan_demo")
    made = client.create_tweet(text="Sorry, on it.", in_reply_to_tweet_id=post.id)["data"]
    (reply,) = x.replies
    assert (reply.id, reply.text, reply.in_reply_to) == (made["id"], "Sorry, on it.", post.id)
    found = client.get_users_tweets(x.account.id, tweet_fields=["referenced_tweets"])["data"]
    assert found[0]["text"] == "@maple_fan_demo Sorry, on it."
    assert found[0]["referenced_tweets"][0]["id"] == post.id


@pytest.mark.parametrize("rule", ["april", "july"])
def test_an_unsolicited_reply_is_refused_in_both_wordings(x, client, rule):
    x.reply_rule = rule
    thread = x.post(text="@acme hello", author="oak_fan_demo")
    unasked = x.post(text="what a day", author="maple_fan_demo", reply_to=thread.id, prefix=["acme"])
    with pytest.raises(Forbidden) as caught:
        client.create_tweet(text="Hello!", in_reply_to_tweet_id=unasked.id)
    assert caught.value.response.json()["detail"] == NOT_SUMMONED[rule]
    x.reply_rule = "open"
    client.create_tweet(text="Hello!", in_reply_to_tweet_id=unasked.id)


def test_quoting_our_post_summons_us(x, client):
    ours = x.post(text="News from acme", author="acme")
    quote = x.post(text="not so new", quote_of=ours.id)
    client.create_tweet(text="True.", in_reply_to_tweet_id=quote.id)
    assert len(x.replies) == 1


def test_duplicates_and_deleted_targets_are_refused(x, client):
    post = x.post(text="@acme down")
    client.create_tweet(text="Sorry.", in_reply_to_tweet_id=post.id)
    with pytest.raises(Forbidden, match="duplicate content"):
        client.create_tweet(text="Sorry.", in_reply_to_tweet_id=post.id)
    x.delete(post.id)
    with pytest.raises(Forbidden, match="deleted or not visible"):
        client.create_tweet(text="Again", in_reply_to_tweet_id=post.id)
    x.deleted_target_status = 404
    with pytest.raises(NotFound):
        client.create_tweet(text="Again", in_reply_to_tweet_id=post.id)


def test_credentials_are_asked_for(x, client):
    assert requests.get(f"{x.url}/2/tweets?ids=1", timeout=5).status_code == 401
    x.bearer_token = "another"
    with pytest.raises(Unauthorized):
        client.search_recent_tweets("acme")
    x.bearer_token = "bearer"
    with pytest.raises(Forbidden, match="Application-Only"):
        client.create_tweet(text="hi", user_auth=False)


def test_rate_headers_count_down_and_a_set_limit_is_enforced(x, client):
    x.limits["GET /2/tweets/search/recent"] = 2
    client.search_recent_tweets("acme")
    client.search_recent_tweets("acme")
    with pytest.raises(TooManyRequests) as caught:
        client.search_recent_tweets("acme")
    assert caught.value.reset_time == NOW.timestamp() + 900


def test_429s_come_with_and_without_a_reset(x, client):
    x.fault(Fault.cap_429(), on=SEARCH)
    x.fault(Fault.rate_429(-60), on=SEARCH)
    resets = []
    for _ in range(2):
        with pytest.raises(TooManyRequests) as caught:
            client.search_recent_tweets("acme")
        resets.append(caught.value.reset_time)
    assert resets == [None, NOW.timestamp() - 60]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param(Fault.credits_402(), tweepy.HTTPException, id="402"),
        pytest.param(Fault.not_summoned("july"), Forbidden, id="403"),
        pytest.param(Fault.html_503(), TwitterServerError, id="html 503"),
        pytest.param(Fault.not_json(), requests.exceptions.JSONDecodeError, id="200 without JSON"),
        pytest.param(Fault.unauthorized(), Unauthorized, id="401"),
        pytest.param(Fault.list_body(), AttributeError, id="list as error body"),
        pytest.param(Fault.null_errors(), TypeError, id="null errors"),
        pytest.param(Fault.hang(30.0), requests.exceptions.ReadTimeout, id="hang"),
        pytest.param(Fault.cut_before(), requests.exceptions.ConnectionError, id="cut"),
    ],
)
def test_faults_reach_tweepy_and_end_after_their_times(x, client, fault, error):
    hurried = open_client(x.url, timeout_s=1.0 if fault.wait_s else 5.0)
    x.fault(fault, on=SEARCH, times=1)
    with pytest.raises(error):
        hurried.search_recent_tweets("acme")
    hurried.session.close()
    assert x.pending_faults == []
    assert client.search_recent_tweets("acme") == {"meta": {"result_count": 0}}


@pytest.mark.parametrize(
    ("fault", "stored"),
    [
        pytest.param(Fault.cut_before(), 0, id="cut before"),
        pytest.param(Fault.cut_after(), 1, id="cut after"),
        pytest.param(Fault.hang(30.0), 0, id="hang"),
        pytest.param(Fault.hang(30.0, act=True), 1, id="hang after acting"),
        pytest.param(Fault.html_503(act=True), 1, id="503 after acting"),
        pytest.param(Fault.html_503(), 0, id="503"),
    ],
)
def test_a_fault_on_a_write_says_whether_the_post_is_stored(x, fault, stored):
    client = open_client(x.url, timeout_s=1.0 if fault.wait_s else 5.0)
    post = x.post(text="@acme down")
    x.fault(fault, on=POST)
    with pytest.raises((requests.exceptions.RequestException, TwitterServerError)):
        client.create_tweet(text="Sorry.", in_reply_to_tweet_id=post.id)
    assert len(x.replies) == stored
    assert [len(each.created) for each in x.calls(POST)] == [stored]
    client.session.close()


def test_pages_can_lie(x, client):
    made = x.burst(11)[::-1]
    x.fault(Fault.out_of_order(), on=SEARCH)
    x.fault(Fault.same_twice(), on=SEARCH)
    x.fault(Fault.empty_page(), on=SEARCH)
    assert ids(client.search_recent_tweets("acme")) == made[:10][::-1]
    assert ids(client.search_recent_tweets("acme")) == [*made[:10], made[9]]
    assert ids(client.search_recent_tweets("acme")) == []
    x.fault(Fault.repeating_page(), on=SEARCH)
    token = client.search_recent_tweets("acme")["meta"]["next_token"]
    assert ids(client.search_recent_tweets("acme", next_token=token)) == made[:10]


def test_errors_beside_data_and_the_new_dialect(x, client):
    parent = x.post(text="modem")
    x.post(text="acme", reply_to=parent.id)
    asked = {"expansions": ["author_id", "referenced_tweets.id"], "tweet_fields": ["public_metrics"]}
    x.fault(Fault.partial_errors() | Fault.new_dialect(), on=SEARCH)
    answer = client.search_recent_tweets("acme", **asked)
    assert "referenced_posts" in answer["data"][0]
    assert "repost_count" in answer["data"][0]["public_metrics"]
    assert "edit_history_post_ids" in answer["data"][0]
    assert [each["id"] for each in answer["includes"]["posts"]] == [parent.id]
    assert len(answer["errors"]) == 2
    assert "referenced_tweets" in client.search_recent_tweets("acme", **asked)["data"][0]


def test_a_burst_between_two_pages_does_not_move_the_second(x, client):
    made = x.burst(20)[::-1]
    token = client.search_recent_tweets("acme")["meta"]["next_token"]
    x.fault(Fault.arrive(30), on=SEARCH)
    assert ids(client.search_recent_tweets("acme", next_token=token)) == made[10:]


def test_own_posts_can_appear_late(x, client):
    post = x.post(text="@acme down")
    x.fault(Fault.seen_after(reads=2), on=POST)
    client.create_tweet(text="Sorry.", in_reply_to_tweet_id=post.id)
    seen = [len(ids(client.get_users_tweets(x.account.id))) for _ in range(3)]
    assert seen == [0, 0, 1]


def test_probable_faults_repeat_with_their_seed(x, client):
    outcomes = []
    for _ in range(2):
        x.clear_faults()
        x.fault(Fault.bad_gateway(), on="GET *", times=None, probability=0.5, seed=4)
        row = []
        for _ in range(8):
            try:
                row.append(bool(client.search_recent_tweets("acme")))
            except TwitterServerError:
                row.append(False)
        outcomes.append(row)
    assert outcomes[0] == outcomes[1]
    assert len(set(outcomes[0])) == 2


def test_a_stopped_emulator_refuses_and_comes_back_on_its_port(x, client):
    client.search_recent_tweets("acme")
    x.stop()
    with pytest.raises(requests.exceptions.ConnectionError):
        client.search_recent_tweets("acme")
    x.start()
    client.search_recent_tweets("acme")


def test_an_emulator_in_its_own_process_is_steered_over_http(tmp_path):
    with launched("x", folder=tmp_path, account="acme", now="2026-08-01T10:00:00Z") as remote:
        client = open_client(remote.url)
        post = remote.call("post", text="@acme down", author="maple_fan_demo")
        remote.fault(Fault.cut_after(), on=POST)
        with pytest.raises(requests.exceptions.ConnectionError):
            client.create_tweet(text="Sorry.", in_reply_to_tweet_id=post)
        client.session.close()
        assert [each["in_reply_to"] for each in remote.replies] == [post]
        assert [each["fault"] for each in remote.calls(POST)] == ["cut_after"]
        assert len((tmp_path / "x.jsonl").read_text().splitlines()) == 1
