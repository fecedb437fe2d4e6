"""Replies that a person posts: the link opens the platform's composer with exactly the words on the page."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.bluesky import open_connector as open_bluesky
from connectors.hackernews import open_connector as open_hackernews
from connectors.reddit import open_connector as open_reddit
from connectors.rss import open_connector as open_rss
from connectors.x import open_connector as open_x
from engagebot import scheduler
from engagebot.domain.mention import MentionRef
from engagebot.domain.records import DraftRecord
from engagebot.ports import ConnectorFactory
from engagebot.store.heard import mentions
from engagebot.store.replying import drafts
from tests.factories import BY_HAND, hear, id_of, make_mention
from tests.integration.web.office import Office

WORDS = "Thanks & sorry #1? 50% “off” = é+ü, 日本 👩\u200d👧 <b>x</b>\nnext \"line\"; 'and' \\ / ~ [x](y)"
REDDIT = {"client_id": "made-up", "client_secret": "made-up", "user_agent": "engagebot tests by u/acme_demo"}
X_URL = "https://x.com/maple_fan_demo/status/1900000000000000002"
REDDIT_URL = "https://www.reddit.com/r/acme/comments/abc123/title/def456/"


def _link(office: Office, source: str, opener: ConnectorFactory, text: str = WORDS, **over: object) -> str:
    """Let a draft be edited and approved; answer the way out that the page offers, and look at its words."""
    options = {"x": {"bearer_token": "made-up", "handle": "acme"}, "reddit": REDDIT}.get(source, {})
    office.app._connectors[source] = opener(options, office.clock)
    draft = _draft(office, MentionRef(source, str(over.pop("native_id"))), **over)
    browser = office.person()
    # Forms send two signs for a new line.
    written = {
        "text": text.replace("\n", "\r\n"),
        "version": str(draft.version),
        "reason": "they asked for it",
    }
    answer = browser.post(f"/queue/{draft.id}/approve", data=written)
    assert answer.status_code == 303
    with office.app.store.read() as tx:
        approved = drafts.get(tx, draft.id)
    assert approved.state == "by_hand"
    page = browser.get(f"/queue?item={draft.id}&lane=by_hand").text
    shown = re.search(r'<blockquote class="wording"[^>]*id="wording">(.*?)</blockquote>', page, re.DOTALL)
    assert shown is not None
    assert unescape(shown[1]) == approved.text == text
    assert 'data-copy="wording"' in page
    link = re.search(r'<a class="button primary" href="([^"]+)" target="_blank" rel="([^"]+)"', page)
    assert link is not None
    assert {"noopener", "noreferrer"} <= set(link[2].split())
    return unescape(link[1])


def _draft(office: Office, ref: MentionRef, **over: object) -> DraftRecord:
    hear(office.app.store, make_mention(ref.native_id, "I love it", ref=ref, **over), route=BY_HAND)
    scheduler.decide_all(office.app)
    with office.app.store.read() as tx:
        return drafts.of_mention(tx, id_of(tx, ref.native_id, ref.source))[0]


def test_a_post_of_x_opens_the_web_intent(office: Office) -> None:
    native_id = "1900000000000000002"

    link = urlsplit(_link(office, "x", open_x, native_id=native_id, url=X_URL))

    assert (link.scheme, link.netloc, link.path, link.fragment) == ("https", "x.com", "/intent/tweet", "")
    assert parse_qs(link.query, strict_parsing=True) == {"in_reply_to": [native_id], "text": [WORDS]}
    assert "+" not in link.query, "a plus is a plus to some and a space to others"


def test_an_edited_post_of_x_is_answered_in_its_newest_version(office: Office) -> None:
    versions = {"version_ids": ["1900000000000000002", "1900000000000000009"]}

    link = urlsplit(_link(office, "x", open_x, native_id="1900000000000000002", url=X_URL, platform=versions))

    assert parse_qs(link.query)["in_reply_to"] == ["1900000000000000009"]


@pytest.mark.parametrize(
    ("source", "opener", "native_id", "url"),
    [
        pytest.param("reddit", open_reddit, "t1_def456", REDDIT_URL, id="Reddit"),
        pytest.param(
            "hackernews",
            open_hackernews,
            "4242",
            "https://news.ycombinator.com/item?id=4242",
            id="Hacker News",
        ),
        pytest.param("rss", open_rss, "https://blog.example/1", "https://blog.example/1", id="a feed"),
    ],
)
def test_elsewhere_the_post_itself_opens_and_the_text_is_copied(
    office: Office, source: str, opener: ConnectorFactory, native_id: str, url: str
) -> None:
    assert _link(office, source, opener, native_id=native_id, url=url) == url


def test_bluesky_opens_its_composer_with_the_text(office: Office) -> None:
    native_id = "at://did:plc:maplefandemo/app.bsky.feed.post/3l6oveex3ii2l"

    link = urlsplit(_link(office, "bluesky", open_bluesky, native_id=native_id, url="https://bsky.app/p/1"))

    assert (link.netloc, link.path) == ("bsky.app", "/intent/compose")
    assert parse_qs(link.query) == {"text": [WORDS]}


def test_a_source_without_a_connector_opens_the_post(office: Office) -> None:
    url = "https://reviews.example/9"
    draft = _draft(office, MentionRef("yelp", "9"), url=url)
    with office.app.store.read() as tx:
        mention = mentions.get(tx, draft.mention_id).mention

    assert office.app.compose_url(mention, WORDS) == url
