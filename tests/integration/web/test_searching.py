"""Searching the queue and the mentions: by program and by page."""

from __future__ import annotations

import html
import re

import pytest

from engagebot.domain.roles import Role
from engagebot.store.heard import looking
from tests.factories import make_author
from tests.integration.web.office import Office

WRONG = "feelin:happy modem"


def found(answer: object, *path: str) -> list[str]:
    items = answer.json()["items"]  # type: ignore[attr-defined]
    texts = []
    for item in items:
        for name in path:
            item = item[name]
        texts.append(str(item))
    return texts


def test_a_program_searches_queue_and_mentions(office: Office) -> None:
    office.drafts("I love the new box")
    office.drafts("I love my modem")
    office.opens_case("the modem is dead again")
    program = office.program()
    assert found(program.get("/api/v1/queue", params={"q": "modem"}), "mention", "text") == [
        "I love my modem"
    ]
    assert found(program.get("/api/v1/queue", params={"q": "modem -love"}), "id") == []
    newest = program.get("/api/v1/queue", params={"sort": "newest"})
    waiting = program.get("/api/v1/queue", params={"sort": "waiting"})
    assert found(newest, "id") == list(reversed(found(waiting, "id")))
    texts = found(program.get("/api/v1/mentions", params={"q": "modem"}), "text")
    assert sorted(texts) == ["I love my modem", "the modem is dead again"]
    for lane in ("review", "appreciation", "unhappy"):
        assert program.get("/api/v1/queue", params={"lane": lane}).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/queue", "/api/v1/mentions"])
def test_a_wrong_operator_is_refused_with_what_is_allowed(office: Office, path: str) -> None:
    office.drafts()
    answer = office.program().get(path, params={"q": WRONG})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"] == "urn:engagebot:problem:search-refused"
    (error,) = problem["errors"]
    assert (error["word"], error["near"]) == ("feelin:happy", "feeling")
    assert "platform" in error["allowed"]
    assert error["message"] in problem["detail"]
    assert office.program().get(path, params={"sort": "newest", "q": "x" * 501}).status_code == 422


def test_another_order_than_there_is_is_refused(office: Office) -> None:
    assert office.program().get("/api/v1/queue", params={"sort": "loudest"}).status_code == 422
    assert office.program().get("/api/v1/queue", params={"cursor": "newest_1_2"}).status_code == 422


def test_the_page_of_mentions_searches_and_keeps_the_words(office: Office) -> None:
    office.drafts("I love the new box")
    mention_id = office.hears("we moved house")
    person = office.person(Role.LIGHT)
    page = person.get("/mentions", params={"q": "moved"}).text
    assert "we moved house" in page
    assert "new box" not in page
    assert 'value="moved"' in page
    assert "we moved house" in person.get("/mentions", params={"q": f"#{mention_id}"}).text


def test_who_searches_for_a_handle_is_led_to_its_person(office: Office) -> None:
    office.hears("we moved house", author=make_author("oak_fan_demo"))
    person = office.person(Role.LIGHT)
    shown = person.get("/mentions", params={"q": "@oak_fan_demo"}).text
    (path,) = re.findall(r'href="(/find[^"]*)">Look for a person of that name', shown)
    assert "@oak_fan_demo" in person.get(html.unescape(path)).text.partition("People")[2]
    assert "/find?" not in person.get("/mentions", params={"source": "elsewhere"}).text


def test_the_page_shows_nothing_for_a_search_it_cannot_read(office: Office) -> None:
    office.drafts("I love the new box")
    page = office.person(Role.LIGHT).get("/mentions", params={"q": WRONG}).text
    assert "new box" not in page
    assert "did you mean" in page
    assert 'value="feelin:happy modem"' in page


def test_the_page_says_until_when_it_looked_and_offers_to_go_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "LOOKED_THROUGH", 2)
    for number in range(4):
        office.hears(f"post {number}")
    person = office.person(Role.LIGHT)
    page = person.get("/mentions", params={"q": "zeppelin"}).text
    assert "Nothing was found until" in page
    assert "Look further back" in page
    answer = office.program().get("/api/v1/mentions", params={"q": "zeppelin"}).json()
    assert (answer["items"], answer["looked_until"] is None) == ([], False)
    again = {"q": "zeppelin", "cursor": answer["next_cursor"]}
    assert office.program().get("/api/v1/mentions", params=again).json()["items"] == []


def test_no_search_however_odd_breaks_a_list(office: Office) -> None:
    office.drafts("I love my modem")
    program = office.program()
    odd = ["a\x00b", "author:\x00 #999999999999999999", "100% \\ _ '", "https://" + "a/" * 200, "https://[::1",
           "in:%", 'tag:"\\"', "older:999999w", "-#1", "by:'; --"]  # fmt: skip
    for text in odd:
        for path in ("/api/v1/queue", "/api/v1/mentions"):
            assert program.get(path, params={"q": text}).status_code in {200, 422}, text
    for cursor in ("due_1_1_1_1", "due_1_1_1_99999999999999999999", "due_nan_1_1_1"):
        assert program.get("/api/v1/queue", params={"cursor": cursor}).status_code in {200, 422}, cursor
