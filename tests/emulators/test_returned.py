"""What the log tells about answers, and posts that listings show late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import requests

from tests.emulators.reddit import RedditEmulator
from tests.emulators.x import XEmulator

NOW = datetime(2026, 8, 3, 12, tzinfo=UTC)


def test_the_log_of_x_names_each_post_and_profile_it_returned() -> None:
    with XEmulator(clock=lambda: NOW) as x:
        ids = x.post_all([{"text": f"acme, no. {number}", "author": "maple_fan_demo"} for number in range(3)])
        requests.get(
            f"{x.url}/2/tweets/search/recent",
            params={"query": "acme", "expansions": "author_id"},
            headers={"authorization": "Bearer made-up"},
            timeout=5,
        )
        author = x.user("maple_fan_demo").id

        entry = x.calls("GET /2/tweets/search/recent")[0]
        assert sorted(entry.returned["posts"]) == sorted(ids)
        assert entry.returned["users"] == [author]


def test_a_comment_of_reddit_is_listed_from_the_time_it_is_visible() -> None:
    now = [NOW]
    with RedditEmulator(clock=lambda: now[0]) as reddit:
        thread = reddit.submission(title="A thread", at=NOW).name
        later = (NOW + timedelta(seconds=30)).isoformat()
        shown, late = reddit.post_all(
            [{"text": "acme", "on": thread}, {"text": "acme again", "on": thread, "visible_at": later}]
        )
        token = requests.post(
            f"{reddit.url}/api/v1/access_token",
            data={"grant_type": "client_credentials"},
            auth=("made-up", "made-up"),
            headers={"user-agent": "linux:engagebot-tests:1"},
            timeout=5,
        ).json()["access_token"]

        def listed() -> list[str]:
            headers = {"authorization": f"bearer {token}", "user-agent": "linux:engagebot-tests:1"}
            requests.get(f"{reddit.url}/r/acme/comments", headers=headers, timeout=5)
            return reddit.calls("GET /r/acme/comments")[-1].returned["posts"]

        before = listed()
        now[0] += timedelta(seconds=30)
        assert before == [shown]
        assert sorted(listed()) == sorted([shown, late])
