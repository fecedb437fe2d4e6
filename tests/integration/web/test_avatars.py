"""Pictures of authors come through us, from where they may come alone, and go with their author."""

from __future__ import annotations

import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.etree import ElementTree

import pytest

from engagebot.domain.heard.removal import Removal
from engagebot.domain.mention import Author, MentionRef
from engagebot.pipeline.avatars import MOST_BYTES, Avatars, allowed
from engagebot.store.heard import redaction
from engagebot.web.lettered import drawn, letters_of
from tests.factories import hear, id_of, make_mention
from tests.fakes import FakeConnector
from tests.hostile import texts
from tests.integration.web.office import Office

SOURCE = "x"


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@dataclass
class Gallery:
    """A server of pictures: `answers` by path are a status, headers and a body."""

    address: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)


@contextmanager
def _serving() -> Iterator[Gallery]:
    gallery = Gallery()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            gallery.asked.append((self.path, dict(self.headers)))
            status, headers, body = gallery.answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    gallery.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield gallery
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class PicturedConnector(FakeConnector):
    avatar_hosts: tuple[str, ...] = ()


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    with _serving() as found:
        found.answers["/me.png"] = (200, {"content-type": "text/html"}, _png())
        yield found


@pytest.fixture
def pictured(office: Office, gallery: Gallery) -> Office:
    hosts = (gallery.address, "pictures.example")
    office.app._connectors[SOURCE] = PicturedConnector(office.clock, name=SOURCE, avatar_hosts=hosts)
    return office


def _heard(office: Office, url: str | None, *, name: str = "Maple Fan") -> int:
    author = Author(handle="maple_fan_demo", native_id="7", name=name, avatar_url=url)
    ref = MentionRef(SOURCE, f"post-{office.heard + 1}")
    return _stored(office, ref, author)


def _stored(office: Office, ref: MentionRef, author: Author) -> int:
    office.heard += 1
    hear(office.app.store, make_mention(ref.native_id, "I love it", ref=ref, author=author))
    with office.app.store.read() as tx:
        return id_of(tx, ref.native_id, SOURCE)


def test_a_picture_is_fetched_once_and_comes_from_us(pictured: Office, gallery: Gallery) -> None:
    mention_id = _heard(pictured, f"{gallery.address}/me.png")
    client = pictured.person()

    answers = [client.get(f"/avatars/{mention_id}") for _ in range(2)]

    assert [answer.content for answer in answers] == [_png(), _png()]
    assert {answer.headers["content-type"] for answer in answers} == {"image/png"}
    assert len(gallery.asked) == 1
    sent = {name.lower() for name in gallery.asked[0][1]}
    assert sent.isdisjoint({"cookie", "referer", "authorization"})


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        pytest.param("/gone.png", (404, {}, b""), id="not there"),
        pytest.param("/away.png", (302, {"location": "/me.png"}, b""), id="elsewhere"),
        pytest.param("/page.png", (200, {"content-type": "image/png"}, b"<html>no</html>"), id="a page"),
        pytest.param("/drawn.svg", (200, {}, b"<svg xmlns='http://www.w3.org/2000/svg'/>"), id="a drawing"),
        pytest.param("/huge.png", (200, {}, _png() + b"0" * MOST_BYTES), id="too large"),
        pytest.param("/empty.png", (200, {}, b""), id="nothing"),
    ],
)
def test_what_is_no_small_picture_becomes_letters(
    pictured: Office, gallery: Gallery, path: str, answer: tuple[int, dict[str, str], bytes]
) -> None:
    gallery.answers[path] = answer
    mention_id = _heard(pictured, f"{gallery.address}{path}")
    client = pictured.person()

    found = [client.get(f"/avatars/{mention_id}") for _ in range(2)]

    assert {each.headers["content-type"].partition(";")[0] for each in found} == {"image/svg+xml"}
    assert ">MF</text>" in found[0].text
    assert [asked for asked, _ in gallery.asked] == [path], "asked again, or followed"


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/me.png",
        "http://pictures.example/me.png",
        "https://pictures.example:8443/me.png",
        "https://user:word@pictures.example/me.png",
        "https://pictures.example.evil.example/me.png",
        "https://pictures.example@evil.example/me.png",
        "//pictures.example/me.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "https://[::1/me.png",
        "",
    ],
)
def test_nothing_else_is_asked(url: str) -> None:
    assert allowed(url, ["pictures.example"]) is None


def test_a_listed_name_that_leads_inside_is_not_asked(gallery: Gallery, tmp_path: Path) -> None:
    avatars = Avatars(tmp_path)
    port = gallery.address.rpartition(":")[2]

    assert allowed("https://localhost/me.png", ["localhost"]) is not None
    assert avatars.of(1, "https://localhost/me.png", ["localhost"]) is None
    assert avatars.of(2, f"http://127.0.0.1:{port}/me.png", ["127.0.0.1"]) is None
    assert gallery.asked == []


def test_a_picture_goes_with_its_author(pictured: Office, gallery: Gallery) -> None:
    app, client = pictured.app, pictured.person()
    first, second, third = (_heard(pictured, f"{gallery.address}/me.png") for _ in range(3))
    for mention_id in (first, second, third):
        client.get(f"/avatars/{mention_id}")
    with app.store.write() as tx:
        redaction.redact(tx, [first, second], pictured.clock.now(), Removal.GONE)

    shown = client.get(f"/avatars/{first}")
    assert ">?</text>" in shown.text
    assert Avatars(app.settings.avatars).sweep(app.store) == 1
    assert [place.name for place in app.settings.avatars.iterdir()] == [str(third)]


def test_the_oldest_pictures_make_room(
    gallery: Gallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engagebot.pipeline.avatars.MOST_KEPT", 2)
    avatars = Avatars(tmp_path)

    for number in range(4):
        assert avatars.of(number, f"{gallery.address}/me.png", [gallery.address]) == _png()

    assert len(list(tmp_path.iterdir())) == 2


def test_the_demo_asks_nobody(demo: Office, gallery: Gallery) -> None:
    demo.app._connectors[SOURCE] = PicturedConnector(demo.clock, name=SOURCE, avatar_hosts=(gallery.address,))
    mention_id = _heard(demo, f"{gallery.address}/me.png")

    answer = demo.visitor().get(f"/avatars/{mention_id}")

    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert gallery.asked == []


def test_a_stranger_sees_no_picture(pictured: Office, gallery: Gallery) -> None:
    mention_id = _heard(pictured, f"{gallery.address}/me.png")

    assert pictured.visitor().get(f"/avatars/{mention_id}").status_code in (303, 401)
    assert gallery.asked == []


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Maple Fan", "MF"),
        ("maple_fan_demo", "MD"),
        ("Acme", "A"),
        ("ünal Öz", "ÜÖ"),
        ("李 小龙", "李小"),
        ("🎉 Party 🎉", "P"),
        ("@@@", ""),
        ("", ""),
    ],
)
def test_letters_are_those_of_the_name(name: str, letters: str) -> None:
    assert letters_of(name) == letters


@pytest.mark.parametrize(("name", "text"), texts(), ids=[name for name, _ in texts()])
def test_a_drawing_is_whole_whatever_the_name(name: str, text: str) -> None:
    picture = ElementTree.fromstring(drawn(Author(handle=text, name=text)))

    assert [part.tag.rpartition("}")[2] for part in picture.iter()] == ["svg", "rect", "text"]
    assert len("".join(picture.itertext())) <= 2
