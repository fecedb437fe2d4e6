"""Where connectors find the picture of an author, at no request of its own."""

from __future__ import annotations

from datetime import UTC, datetime

from connectors.bluesky import open_connector as open_bluesky
from connectors.bluesky.mapping import Us, to_mention
from connectors.x import open_connector as open_x
from connectors.x.mapping import USER_FIELDS, authors_of
from engagebot.pipeline.avatars import allowed
from engagebot.ports import ShowsAvatars
from tests.contract.suite import HandClock

X_USER = {"id": "7", "username": "maple_fan_demo", "name": "Maple Fan"}
DID = "did:plc:maplefandemo"


def test_x_is_asked_for_the_picture_with_the_profile() -> None:
    picture = "https://pbs.twimg.com/profile_images/7/maple_normal.jpg"

    authors = authors_of({"data": [{**X_USER, "profile_image_url": picture}, {**X_USER, "id": "8"}]})

    assert "profile_image_url" in USER_FIELDS.split(",")
    assert [authors[each].avatar_url for each in ("7", "8")] == [picture, None]
    connector = open_x({"bearer_token": "made-up"}, HandClock())
    assert isinstance(connector, ShowsAvatars)
    found = allowed(picture, connector.avatar_hosts)
    assert found is not None
    assert found[1] is False


def test_a_server_that_the_settings_name_may_show_its_own_pictures() -> None:
    own = "http://127.0.0.1:8123"
    connector = open_x({"bearer_token": "made-up", "base_url": f"{own}/x"}, HandClock())

    assert isinstance(connector, ShowsAvatars)
    found = allowed(f"{own}/7.png", connector.avatar_hosts)
    assert found is not None
    assert found[1] is True
    assert allowed("http://127.0.0.1:9999/7.png", connector.avatar_hosts) is None


def test_bluesky_tells_the_picture_with_the_profile() -> None:
    picture = f"https://cdn.bsky.app/img/avatar/plain/{DID}/maple@jpeg"
    view = {"cid": "c", "record": {"text": "hi", "createdAt": "2026-08-01T00:00:00Z"}}
    profile = {"handle": "maple.example", "avatar": picture}

    mention = to_mention(
        f"at://{DID}/app.bsky.feed.post/3l6oveex3ii2l",
        view,
        profile,
        Us(None, None),
        datetime(2026, 8, 1, tzinfo=UTC),
    )

    assert mention.author is not None
    assert mention.author.avatar_url == picture
    connector = open_bluesky({}, HandClock())
    assert isinstance(connector, ShowsAvatars)
    assert allowed(picture, connector.avatar_hosts) is not None
