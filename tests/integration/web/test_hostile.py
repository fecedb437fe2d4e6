"""Whatever anybody writes is text: on every page, in every answer, in every list and file."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from click.testing import CliRunner
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from engagebot.cli.main import engagebot
from engagebot.domain.roles import Role
from engagebot.store.engine import Store
from engagebot.store.schema import upgrade
from tests.fakes import FakeClock
from tests.hostile import WORD, Filled, faults_of, fill, texts
from tests.integration.web.office import Office, open_office

OF_A_KIND = 6
FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, Filled]]:
    folder: Path = tmp_path_factory.mktemp("hostile")
    clock = FakeClock()
    url = f"sqlite:///{folder / 'engagebot.db'}"
    store = Store(url, clock=clock)
    upgrade(store)
    store.close()
    office = open_office(folder / "site", url, clock)
    yield office, fill(office)
    for client in office.clients:
        client.close()
    office.app.close()


def _kind(path: str) -> str:
    parts = urlsplit(path)
    names = sorted(part.partition("=")[0] for part in parts.query.split("&"))
    return re.sub(r"\d+", "N", parts.path) + "?" + "&".join(names)


def _pages(client: TestClient, starts: list[str]) -> Iterator[tuple[str, bytes]]:
    """These pages, and what their links lead to: of each kind a few."""
    waiting, known, kinds = deque(starts), set(starts), Counter[str]()
    while waiting:
        path = waiting.popleft()
        answer = client.get(path)
        assert answer.status_code < 500, path
        assert WORD not in str(answer.headers), path
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        yield path, answer.content
        for link in faults_of(answer.content)[1]:
            onward = link.partition("#")[0] if link.startswith("/") else urlsplit(path).path + link
            if onward and onward not in known and kinds[_kind(onward)] < OF_A_KIND:
                known.add(onward)
                kinds[_kind(onward)] += 1
                waiting.append(onward)


def _plain_paths(office: Office) -> list[str]:
    app = office.clients[0].app
    routes = [route for route in app.routes if isinstance(route, APIRoute)]  # type: ignore[attr-defined]
    return [route.path for route in routes if "GET" in (route.methods or ()) and "{" not in route.path]


def test_no_door_breaks_under_what_is_written(site: tuple[Office, Filled]) -> None:
    _, filled = site

    assert {path for path, status in filled.answers if status >= 500} == set()
    assert len(filled.mentions) == len(texts())
    assert len(filled.drafts) > 20
    assert len(filled.cases) > 20


def test_every_page_shows_it_as_text(site: tuple[Office, Filled]) -> None:
    office, filled = site
    client = office.person(Role.OWNER, "owner_demo")
    starts = [path for path in _plain_paths(office) if not path.startswith(("/api", "/live"))]
    starts += [f"/mentions/{each}" for each in filled.mentions.values()]
    starts += [f"/queue?item={each}" for each in filled.drafts[:30]]
    starts += [f"/cases/{each}" for each in filled.cases[:30]]

    faults: dict[str, list[str]] = {}
    with_braces = set()
    for path, body in _pages(client, starts):
        found, _, said = faults_of(body)
        faults.setdefault(_kind(path), []).extend(found)
        if "{{1337*7331}}" in said:
            with_braces.add(_kind(path))

    assert {kind: sorted(set(found)) for kind, found in faults.items() if found} == {}
    assert "/mentions/N?" in with_braces
    assert {kind.partition("?")[0] for kind in faults} >= {
        "/", "/queue", "/mentions", "/mentions/N", "/cases", "/cases/N", "/customers", "/rules",
        "/customers/N", "/connectors", "/audit", "/settings",
    }  # fmt: skip


def test_what_is_asked_for_is_text_as_well(site: tuple[Office, Filled]) -> None:
    office, _ = site
    client = office.person(Role.OWNER, "owner_demo")
    names = ("q", "lane", "view", "item", "cursor", "next", "done", "by", "sentiment", "source")

    for number, (name, text) in enumerate(texts()):
        asked = quote(text[:150], errors="replace")
        for path in ("/queue", "/mentions", "/find", "/customers", "/login", "/nowhere"):
            some = [each for at, each in enumerate(names) if at % 3 == number % 3]
            answer = client.get(f"{path}?" + "&".join(f"{each}={asked}" for each in some))
            assert answer.status_code < 500, (path, name)
            assert f"{WORD}=1" not in str(answer.headers.get("set-cookie")), (path, name)
            assert "evil.example" not in answer.headers.get("location", "").partition("?")[0], (path, name)
            if answer.headers.get("content-type", "").startswith("text/html"):
                assert faults_of(answer.content)[0] == [], (path, some, name)


def test_every_answer_to_a_program_is_json_and_nothing_else(site: tuple[Office, Filled]) -> None:
    office, filled = site
    program = office.program(Role.OWNER)
    paths = [path for path in _plain_paths(office) if path.startswith("/api")]
    paths += [f"/api/v1/mentions/{each}" for each in filled.mentions.values()]
    paths += [f"/api/v1/mentions/{each}/decision" for each in filled.mentions.values()]
    paths += [f"/api/v1/queue/{each}" for each in filled.drafts[:40]]
    paths += [f"/api/v1/cases/{each}" for each in filled.cases[:40]]

    for path in paths:
        answer = program.get(path)
        assert answer.status_code < 500, path
        assert answer.headers["content-type"] in ("application/json", "application/problem+json"), path
        assert answer.headers["x-content-type-options"] == "nosniff"
        json.loads(answer.content)


def test_events_are_frames_of_json_whoever_acts(site: tuple[Office, Filled]) -> None:
    office, filled = site
    watching = office.person(Role.OWNER, "owner_demo")
    before = int(re.findall(r"^id: (\d+)$", watching.get("/live?after=0").text, re.MULTILINE)[-1])
    for name, text in texts()[::3]:
        if len(text) < 200 and "\x00" not in text:
            actor = office.person(Role.COMMUNITY, f"{text} {name}")
            actor.post(
                f"/cases/{filled.cases[0]}/note", data={"text": text.encode("utf-8", "replace").decode()}
            )

    stream = watching.get(f"/live?after={before}")

    assert stream.headers["content-type"].startswith("text/event-stream")
    frames = [frame for frame in stream.text.split("\n\n") if frame]
    assert len(frames) > 20
    for frame in frames:
        shape = re.fullmatch(r"(?:id: \d+\n)?event: [a-z]+\ndata: (\{.*\})", frame)
        assert shape is not None, frame[:200]
        json.loads(shape[1])


def test_words_come_back_as_they_were_said(site: tuple[Office, Filled]) -> None:
    office, filled = site
    program = office.program(Role.OWNER)

    for name, text in texts():
        kept = re.sub("[\x00\ud800-\udfff]", "\ufffd", text)
        answer = program.get(f"/api/v1/mentions/{filled.mentions[name]}").json()
        assert answer["text"] == f"{kept} love", name
        assert answer["author"]["name"] == kept, name


def test_no_cell_of_a_file_is_a_formula(site: tuple[Office, Filled]) -> None:
    office, _ = site
    result = CliRunner().invoke(engagebot, ["--site", str(_on_disk(office)), "export", "--format", "csv"])
    assert result.exit_code == 0, result.output

    rows = list(csv.reader(io.StringIO(result.stdout_bytes.decode("utf-8"), newline="")))

    assert len(rows) > len(texts())
    assert [
        value[:40] for row in rows for value in row if FORMULA.match(value) and not _is_number(value)
    ] == []


@pytest.mark.parametrize(
    "command",
    ["queue list", "cases list", "cases show 1", "mutes list", "users list", "status"],
)
def test_no_list_commands_a_terminal(site: tuple[Office, Filled], command: str) -> None:
    office, _ = site
    folder = _on_disk(office)

    plain = CliRunner().invoke(engagebot, ["--site", str(folder), *command.split()])
    document = CliRunner().invoke(engagebot, ["--site", str(folder), *command.split(), "-o", "json"])

    assert (plain.exit_code, document.exit_code) == (0, 0), plain.output
    text = plain.stdout_bytes.decode("utf-8")
    assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text) == []
    json.loads(document.stdout_bytes)


def _on_disk(office: Office) -> Path:
    """Let commands find the site's database where they look for it."""
    site: Path = office.app.settings.site
    (site / ".env").write_text(
        f"ENGAGEBOT_DATABASE_URL={office.app.settings.database_url}\n", encoding="utf-8"
    )
    (site / "config" / "engagebot.yaml").write_text(
        'brand: {name: Acme, handles: {}}\ntimezone: Europe/Berlin\nsending: "off"\nwatches: []\n'
        "teams:\n  support: {notify: [console]}\n",
        encoding="utf-8",
    )
    return site


def _is_number(value: str) -> bool:
    return re.fullmatch(r"[+-]?\d+(\.\d+)?", value) is not None
