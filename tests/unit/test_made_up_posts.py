from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from benchmarks.texts import service_posts


def test_the_same_seed_makes_the_same_posts() -> None:
    assert list(service_posts(50, seed=7)) == list(service_posts(50, seed=7))
    assert list(service_posts(50, seed=7)) != list(service_posts(50, seed=8))


def test_posts_have_what_an_import_needs() -> None:
    posts = list(service_posts(400))
    times = [datetime.fromisoformat(post["posted_at"]) for post in posts]
    assert len({post["id"] for post in posts}) == 400
    assert all(post["text"] and "{" not in post["text"] for post in posts)
    assert times == sorted(times)
    assert {time.tzinfo for time in times} == {UTC}


def test_authors_come_back() -> None:
    posts_per_author = Counter(post["author"] for post in service_posts(800))
    assert len(posts_per_author) == 100
    assert max(posts_per_author.values()) > 1
