"""A site in which every word that somebody may write means harm, and a reader who finds what would do it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from fastapi.testclient import TestClient

from engagebot import scheduler
from engagebot.domain.mention import Author, Mention, MentionRef
from engagebot.domain.roles import Role
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import NewUser
from tests.factories import hear, id_of, make_mention
from tests.integration.web.office import Office
from tests.sampling import TAKES_ALL

WORD = "canary"
LONG = 5_000
SUM = str(1337 * 7331)
TURNS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_OUTWARD = {"noopener", "noreferrer", "nofollow"}
_KNOWN = """
html head meta title link script body header footer main nav aside section article search template div
span p hr br wbr h1 h2 h3 h4 a ul ol li dl dt dd table caption thead tbody tfoot tr th td form fieldset
legend label input textarea select option optgroup datalist button details summary dialog time bdi mark
strong em b i small code kbd pre s samp blockquote q cite abbr progress meter output img svg path circle
rect text line g desc figure figcaption
"""
_TAGS = frozenset(_KNOWN.split())
_EMPTY = "area base br col embed hr img input link meta source track wbr"
_VOID = frozenset(_EMPTY.split())


def texts() -> list[tuple[str, str]]:
    """The names and texts of the corpus."""
    listed = yaml.safe_load((Path(__file__).parent / "data" / "hostile.yaml").read_text(encoding="utf-8"))
    return [(each["name"], each["text"] * each.get("times", 1)) for each in listed["texts"]]


@dataclass
class Filled:
    """What stands in a site after `fill`."""

    mentions: dict[str, int] = field(default_factory=dict)
    drafts: list[int] = field(default_factory=list)
    cases: list[int] = field(default_factory=list)
    answers: list[tuple[str, int]] = field(default_factory=list)


def fill(office: Office, *, longest: int = 1_000_000) -> Filled:
    """Put every text everywhere: said by strangers, written by colleagues, and as names."""
    corpus = [(name, text) for name, text in texts() if len(text) <= longest]
    said = [_said(number, text, "love") for number, (_, text) in enumerate(corpus)]
    said += [_said(number, text, "dead") for number, (_, text) in enumerate(corpus) if len(text) < LONG]
    hear(office.app.store, *said)
    scheduler.decide_all(office.app)
    filled = Filled()
    with office.app.store.write() as tx:
        for number, (name, text) in enumerate(corpus):
            filled.mentions[name] = id_of(tx, f"love-{number}", "demo")
            if len(text) < 200 and "\x00" not in text:
                user = NewUser(name=f"{text} {name}", role=Role.COMMUNITY, is_service=False)
                accounts.add(tx, user, office.clock.now())
    _write(office, filled, [text.encode("utf-8", "replace").decode() for _, text in corpus])
    return filled


def _said(number: int, text: str, word: str) -> Mention:
    author = Author(handle=f"{word[0]}{text}", native_id=f"{word}{number}{text}"[:200], name=text, url=text)
    native_id = f"{word}-{number}"
    return make_mention(
        native_id,
        f"{text} {word}",
        ref=MentionRef("demo", native_id),
        author=author,
        community=text,
        title=text,
        url=text,
        lang=text,
        conversation_id=f"{word}{text}"[:200],
    )


def _write(office: Office, filled: Filled, written: list[str]) -> None:
    """Let a colleague write it: each text on a draft and a case of its own, as far as there are any."""
    desk, program = office.person(Role.OWNER, "owner_demo"), office.program(Role.OWNER)
    filled.drafts = [item["id"] for item in _listed(program, "/api/v1/queue?limit=100")]
    filled.cases = [item["id"] for item in _listed(program, "/api/v1/cases?limit=100")]
    for number, text in enumerate(written):
        draft = filled.drafts[number % len(filled.drafts)]
        case = filled.cases[number % len(filled.cases)]
        posts = {
            f"/queue/{draft}/edit": {"text": text, "version": "1"},
            f"/queue/{draft}/note": {"text": text[:5_000]},
            f"/cases/{case}/note": {"text": text[:10_000]},
            "/queue/views": {"name": text[:60], "query": text[:200]},
            "/settings/people": {"name": text[:200], "role": "light"},
        }
        if number % 3 == 0:
            posts |= {
                f"/queue/{draft}/reject": {
                    "reason": "other" if number % 2 else text[:200],
                    "note": text[:2_000],
                },
                f"/cases/{case}/resolve": {"outcome": text[:200]},
            }
        # Nobody has such a name, and each refusal draws a whole page.
        if TAKES_ALL or number % 8 == 0:
            posts |= {
                f"/queue/{draft}/assign": {"to": text[:200]},
                f"/cases/{case}/assign": {"to": text[:200]},
            }
        if number % 10 == 0:
            posts["/login"] = {"name": text[:200], "password": text[:200], "next": text[:200]}
        for path, values in posts.items():
            filled.answers.append((path, desk.post(path, data=values).status_code))


def _listed(program: TestClient, path: str) -> Iterator[dict[str, int]]:
    while path:
        page = program.get(path).json()
        yield from page["items"]
        cursor = page["next_cursor"]
        path = f"{path.split('&cursor=')[0]}&cursor={cursor}" if cursor else ""


class Inspector(HTMLParser):
    """Reads a page as a browser would, and notes what a stranger must not be able to bring in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.links: list[str] = []
        self.said: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._last = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._last = f"<{tag} class={given.get('class', '')!r}>"
        if tag not in _TAGS:
            self.faults.append(f"a tag <{tag[:40]}>")
        for name in given:
            if name.startswith("on") or name in ("style", "srcdoc", "xmlns") or WORD in name:
                self.faults.append(f"an attribute {name[:40]} of <{tag}>")
        if tag == "script" and not given.get("src", "").startswith("/static/"):
            self.faults.append("a script that is not ours")
        self._address(tag, given)
        if tag not in _VOID:
            is_apart = tag in ("bdi", "option", "textarea", "title") or "dir" in given
            self._open.append((tag, is_apart or self._is_apart))

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            last, _ = self._open.pop()
            if last == tag:
                return
        self.faults.append(f"an end of <{tag[:40]}> that nobody opened")

    def handle_data(self, data: str) -> None:
        self.said.append(data)
        if any(sign in data for sign in TURNS) and not self._is_apart:
            self.faults.append(f"marks of direction loose in {self._open[-1][0]}, behind {self._last}")

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"a comment {data[:40]!r}")

    @property
    def _is_apart(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def _address(self, tag: str, given: dict[str, str]) -> None:
        for name in ("href", "src", "action", "formaction", "hx-get", "hx-post", "poster", "cite", "ping"):
            if name not in given:
                continue
            value = given[name]
            if value.startswith(("/", "?", "#")) and not value.startswith(("//", "/\\")):
                if name == "href" and tag == "a":
                    self.links.append(value)
                continue
            scheme = urlsplit(value).scheme if tag == "a" and name == "href" else ""
            if scheme not in ("http", "https"):
                self.faults.append(f"an address {value[:60]!r} in {name} of <{tag}>")
            elif not set(given.get("rel", "").split()) >= _OUTWARD:
                self.faults.append(f"a way out without its rel: {value[:60]!r}")


def faults_of(body: bytes) -> tuple[list[str], list[str], str]:
    """What is wrong with a page; the ways that lead on from it; and what it says."""
    page = body.decode("utf-8")
    inspector = Inspector()
    inspector.feed(page)
    inspector.close()
    said = "".join(inspector.said)
    faults = inspector.faults
    if "\x00" in page:
        faults.append("a null")
    if SUM in page:
        faults.append("somebody's sum, worked out")
    return sorted(set(faults)), inspector.links, said
