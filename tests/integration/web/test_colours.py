"""Nothing is told by colour alone: take the colours away, and every word still says what it said."""

from __future__ import annotations

import re
from collections import defaultdict
from html.parser import HTMLParser

import pytest
import sqlalchemy as sa

from engagebot.domain.outbox import DraftState
from engagebot.domain.roles import Role
from engagebot.store import tables
from engagebot.web import wording
from tests.factories import BLOCKED, BY_HAND
from tests.integration.web.office import Office

TONES = frozenset({"good", "bad", "warn", "plain", "late", "over", "risky", "yes", "no"})
VOID = frozenset({"input", "img", "br", "meta", "link", "option"})


class Toned(HTMLParser):
    """The words of everything that has a tone."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str | None]] = []
        self.said: list[tuple[str, str]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        tones = sorted(TONES & set((dict(attrs).get("class") or "").split()))
        self.open.append((tag, tones[0] if tones else None))
        if tones:
            self.words = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_endtag(self, tag: str) -> None:
        while self.open:
            name, tone = self.open.pop()
            if tone is not None:
                self.said.append((" ".join("".join(self.words).split()), tone))
            if name == tag:
                return


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_colours_every_word_still_tells_its_tone(office: Office) -> None:
    ids = [office.drafts("I love box one", route=BY_HAND).id]
    by_state = {state: office.drafts(f"I love box {number}").id for number, state in enumerate(DraftState)}
    blocked = office.drafts("I love box two").id
    with office.app.store.write() as tx:
        drafts = tables.drafts
        for state, draft_id in by_state.items():
            tx.execute(sa.update(drafts).where(drafts.c.id == draft_id).values(state=state.value))
        route = {"reply_route": BLOCKED.route.value, "reply_reason": BLOCKED.reason}
        tx.execute(sa.update(drafts).where(drafts.c.id == blocked).values(**route, reach=90_000))
    office.opens_case()
    office.clock.forward(days=2)
    owner = office.person(Role.OWNER)
    pages = [f"/queue?item={draft_id}" for draft_id in (*ids, *by_state.values(), blocked)]
    seen: dict[str, set[str]] = defaultdict(set)
    for page in (*pages, "/cases", "/cases/1", "/rules", "/connectors", "/", "/mentions"):
        reader = Toned()
        reader.feed(owner.get(page).text)
        for said, tone in reader.said:
            assert said, f"{page} tells {tone} by a colour alone"
            seen[re.sub(r"\d+", "0", said)].add(tone)
    assert len(seen) > 15
    assert {said: tones for said, tones in seen.items() if len(tones) > 1} == {}


def test_every_state_has_a_sign_beside_its_colour() -> None:
    for words in (
        wording.FEELINGS, wording.ROUTES, wording.DRAFT_STATES, wording.CASE_STATES, wording.SEVERITIES,
        wording.OUTCOMES, wording.RULE_STATUSES, wording.HOLDS, wording.MODES,
    ):  # fmt: skip
        assert all(word.sign.strip() and word.text.strip() for word in words.values())
        signs = defaultdict(set)
        for word in words.values():
            signs[word.sign, word.text].add(word.tone)
        assert all(len(tones) == 1 for tones in signs.values())
