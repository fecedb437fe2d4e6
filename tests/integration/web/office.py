"""A site with a web app, and people who work in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from fastapi.testclient import TestClient

from engagebot import scheduler
from engagebot.bootstrap import App
from engagebot.domain.mention import MentionRef, ReplyRoute
from engagebot.domain.records import DraftRecord
from engagebot.domain.roles import Role
from engagebot.store.casework import cases
from engagebot.store.entry import accounts
from engagebot.store.entry.accounts import KeyKind, NewUser
from engagebot.store.replying import drafts
from engagebot.web.app import create_app
from engagebot.web.entry.auth import cookie_name
from tests.factories import API, hear, id_of, make_author, make_mention, make_settings
from tests.fakes import FakeClock
from tests.visitor import Visitor

ADDRESS = "http://127.0.0.1:8000"
RULES = """\
- id: broken
  name: Something is broken
  status: live
  when: {all: [{text: {contains_any: [dead]}}, {addressed_to_us: true}]}
  then:
    - escalate: {team: support, severity: high}
- id: praise
  name: Thank people who praise us
  status: live
  when: {all: [{text: {contains_any: [love]}}]}
  then:
    - draft: {template: thanks}
- id: the-rest
  name: Everything else
  status: live
  default: true
  then:
    - tag: [seen]
"""


@dataclass
class Office:
    """A site in a folder. The clock moves only when told to."""

    app: App
    clock: FakeClock
    heard: int = 0
    clients: list[TestClient] = field(default_factory=list)

    def visitor(self, *, address: str = "127.0.0.1", base_url: str = ADDRESS) -> TestClient:
        """A browser that nobody is signed in with."""
        client = Visitor(
            create_app(self.app), base_url=base_url, client=(address, 50_000), follow_redirects=False
        )
        self.clients.append(client)
        return client

    def person(self, role: Role = Role.COMMUNITY, name: str | None = None) -> TestClient:
        """A browser in which somebody with this role is signed in."""
        client = self.visitor()
        secret = self._key(role, name or f"{role}_demo", KeyKind.SESSION)
        client.cookies.set(cookie_name(self.app), secret)
        return client

    def program(self, role: Role = Role.COMMUNITY) -> TestClient:
        """A program with a token of this role."""
        client = self.visitor()
        client.headers["authorization"] = f"Bearer {self._key(role, f'{role}_program', KeyKind.TOKEN)}"
        return client

    def _key(self, role: Role, name: str, kind: KeyKind) -> str:
        now = self.clock.now()
        with self.app.store.write() as tx:
            is_service = kind is KeyKind.TOKEN
            user = accounts.by_name(tx, name) or accounts.add(
                tx, NewUser(name=name, role=role, is_service=is_service), now
            )
            expires_at = None if is_service else now + timedelta(hours=8)
            return accounts.issue(tx, kind, user_id=user.id, at=now, expires_at=expires_at)

    def hears(self, text: str, *, route: ReplyRoute = API, **over: object) -> int:
        """Store a mention from the demo platform and decide it; answer its id."""
        self.heard += 1
        native_id = f"post-{self.heard}"
        values = {
            "ref": MentionRef("demo", native_id),
            "author": make_author(f"maple_fan_{self.heard}_demo"),
            "posted_at": self.clock.now() - timedelta(minutes=90 - self.heard),
            **over,
        }
        hear(self.app.store, make_mention(native_id, text, **values), route=route)
        scheduler.decide_all(self.app)
        with self.app.store.read() as tx:
            return id_of(tx, native_id, "demo")

    def drafts(self, text: str = "I love the new box", **over: object) -> DraftRecord:
        """Hear praise; answer the draft that the rule proposed."""
        mention_id = self.hears(text, **over)  # type: ignore[arg-type]
        with self.app.store.read() as tx:
            return drafts.of_mention(tx, mention_id)[0]

    def draft(self, draft_id: int) -> DraftRecord:
        with self.app.store.read() as tx:
            return drafts.get(tx, draft_id)

    def opens_case(self, text: str = "the modem is dead again", **over: object) -> int:
        """Hear of something broken; answer the case that the rule opened."""
        mention_id = self.hears(text, **over)  # type: ignore[arg-type]
        with self.app.store.read() as tx:
            case = cases.of_mention(tx, mention_id)
        assert case is not None
        return case.id


def open_office(folder: Path, database_url: str, clock: FakeClock, *, is_demo: bool = False) -> Office:
    """Make a site with three rules on an empty database."""
    (folder / "rules" / "templates").mkdir(parents=True)
    (folder / "config" / "lists").mkdir(parents=True)
    (folder / "rules" / "10-all.yaml").write_text(RULES, encoding="utf-8")
    template = 'Thank you, {{author.name | default("friend")}}! – {{brand.name}}'
    (folder / "rules" / "templates" / "thanks.md").write_text(template, encoding="utf-8")
    app = App(make_settings(folder, database_url, now=clock.now()), is_demo=is_demo)
    app.clock = app.store.clock = app.rules._clock = clock
    return Office(app, clock)
