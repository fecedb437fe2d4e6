from __future__ import annotations

from datetime import timedelta

import pytest

from engagebot.errors import Claimed, IllegalMove, NotFound
from engagebot.store import audit
from engagebot.store.desk import presence
from engagebot.store.desk.presence import Presence
from engagebot.store.engine import Store
from tests.fakes import FakeClock
from tests.proposed import draft_in


@pytest.fixture
def draft(store: Store) -> int:
    return draft_in(store)


def _here(store: Store, draft: int, person: str, *, is_typing: bool = False) -> presence.Claim | None:
    with store.write() as tx:
        return presence.here(tx, draft, person, store.clock.now(), is_typing=is_typing)


def _who(store: Store) -> dict[int, tuple[Presence, ...]]:
    with store.read() as tx:
        return presence.who(tx, store.clock.now())


def _holder(store: Store, draft: int) -> str | None:
    with store.read() as tx:
        claim = presence.claim_of(tx, draft, store.clock.now())
    return claim.person if claim else None


def test_people_at_a_draft_are_seen_by_name_with_who_writes(store: Store, draft: int) -> None:
    _here(store, draft, "mira_demo")
    _here(store, draft, "ben_demo", is_typing=True)

    assert _who(store) == {draft: (Presence("ben_demo", True), Presence("mira_demo", False))}


def test_whoever_leaves_is_gone_at_once(store: Store, draft: int) -> None:
    _here(store, draft, "mira_demo")
    with store.write() as tx:
        presence.gone(tx, draft, "mira_demo")
        presence.gone(tx, draft, "never_here_demo")

    assert _who(store) == {}


def test_whoever_falls_silent_is_gone_after_half_a_minute(store: Store, draft: int, clock: FakeClock) -> None:
    _here(store, draft, "mira_demo", is_typing=True)
    clock.forward(seconds=16)
    assert _who(store) == {draft: (Presence("mira_demo", False),)}

    clock.forward(seconds=14)
    assert _who(store) == {}


def test_old_rows_are_pruned_by_the_next_person(store: Store, draft: int, clock: FakeClock) -> None:
    _here(store, draft, "mira_demo", is_typing=True)
    clock.forward(hours=1)
    _here(store, draft, "ben_demo", is_typing=True)

    with store.read() as tx:
        assert presence.who(tx, clock.now(), within=timedelta(days=1)) == {
            draft: (Presence("ben_demo", True),)
        }


def test_a_word_that_tells_nothing_new_spares_the_write(store: Store, draft: int, clock: FakeClock) -> None:
    def is_known(*, is_typing: bool) -> bool:
        with store.read() as tx:
            return presence.is_known(tx, draft, "mira_demo", clock.now(), is_typing=is_typing)

    assert not is_known(is_typing=False)
    _here(store, draft, "mira_demo")
    clock.forward(seconds=10)
    assert is_known(is_typing=False)
    assert not is_known(is_typing=True)
    clock.forward(seconds=10)
    assert not is_known(is_typing=False)
    _here(store, draft, "mira_demo", is_typing=True)
    assert is_known(is_typing=True)
    assert not is_known(is_typing=False)
    clock.forward(seconds=10)
    assert not is_known(is_typing=True)


def test_a_draft_that_is_not_there_has_nobody(store: Store) -> None:
    with pytest.raises(NotFound, match="there is no draft 999"):
        _here(store, 999, "mira_demo")
    with pytest.raises(NotFound), store.write() as tx:
        presence.take_over(tx, 999, "mira_demo", store.clock.now())


def test_looking_claims_nothing_and_writing_does(store: Store, draft: int) -> None:
    assert _here(store, draft, "mira_demo") is None
    claim = _here(store, draft, "mira_demo", is_typing=True)

    assert claim is not None
    assert (claim.person, claim.until - claim.since) == ("mira_demo", timedelta(minutes=5))
    assert _holder(store, draft) == "mira_demo"


def test_a_claim_covers_one_draft_only(store: Store, draft: int) -> None:
    other = draft_in(store, "2")
    _here(store, draft, "mira_demo", is_typing=True)

    assert _holder(store, other) is None
    with store.read() as tx:
        assert set(presence.claims_of(tx, [draft, other], store.clock.now())) == {draft}


def test_a_claim_ends_five_minutes_after_the_last_key(store: Store, draft: int, clock: FakeClock) -> None:
    began = clock.now()
    _here(store, draft, "mira_demo", is_typing=True)
    clock.forward(minutes=4)
    claim = _here(store, draft, "mira_demo", is_typing=True)
    assert claim is not None
    assert (claim.since, claim.until) == (began, clock.now() + timedelta(minutes=5))

    clock.forward(minutes=4, seconds=59)
    _here(store, draft, "mira_demo")
    assert _holder(store, draft) == "mira_demo"
    clock.forward(seconds=1)
    assert _holder(store, draft) is None


def test_writing_beside_the_holder_takes_nothing_from_them(store: Store, draft: int) -> None:
    _here(store, draft, "mira_demo", is_typing=True)
    claim = _here(store, draft, "ben_demo", is_typing=True)

    assert claim is not None
    assert claim.person == "mira_demo"


def test_an_ended_claim_goes_to_the_next_who_writes(store: Store, draft: int, clock: FakeClock) -> None:
    _here(store, draft, "mira_demo", is_typing=True)
    clock.forward(minutes=5)
    claim = _here(store, draft, "ben_demo", is_typing=True)

    assert claim is not None
    assert (claim.person, claim.since) == ("ben_demo", clock.now())


def test_taking_over_is_audited_with_who_had_it(store: Store, draft: int, clock: FakeClock) -> None:
    _here(store, draft, "mira_demo", is_typing=True)
    with store.write() as tx:
        assert presence.take_over(tx, draft, "ben_demo", clock.now()) == "mira_demo"
        assert presence.take_over(tx, draft, "ben_demo", clock.now()) is None

    assert _holder(store, draft) == "ben_demo"
    with store.read() as tx:
        lines = [(line.action, line.actor, line.detail) for line in audit.of(tx, f"draft:{draft}")]
    assert lines[1:] == [("draft.taken_over", "ben_demo", {"from_person": "mira_demo"})]


def test_taking_what_nobody_holds_claims_it_and_tells_nobody(store: Store, draft: int) -> None:
    with store.write() as tx:
        assert presence.take_over(tx, draft, "ben_demo", store.clock.now()) is None

    assert _holder(store, draft) == "ben_demo"
    with store.read() as tx:
        assert [line.action for line in audit.of(tx, f"draft:{draft}")] == ["draft.proposed"]


def test_only_the_holder_of_a_claim_may_decide(store: Store, draft: int, clock: FakeClock) -> None:
    _here(store, draft, "mira_demo", is_typing=True)
    clock.forward(minutes=1, seconds=30)
    with store.read() as tx:
        presence.refuse_if_claimed(tx, draft, "mira_demo", clock.now())
        with pytest.raises(Claimed) as refused:
            presence.refuse_if_claimed(tx, draft, "ben_demo", clock.now())

    assert str(refused.value) == (
        "this reply is being written by mira_demo; take it over first (they are told), "
        "or wait: their claim ends in 4 minutes at the latest"
    )
    assert refused.value.holder == "mira_demo"
    assert refused.value.until == clock.now() + timedelta(minutes=3, seconds=30)
    assert isinstance(refused.value, IllegalMove)


def test_a_refusal_in_the_last_minute_says_one_minute(store: Store, draft: int, clock: FakeClock) -> None:
    _here(store, draft, "mira_demo", is_typing=True)
    clock.forward(minutes=4, seconds=30)
    with store.read() as tx, pytest.raises(Claimed, match="ends in 1 minute at the latest"):
        presence.refuse_if_claimed(tx, draft, "ben_demo", clock.now())


def test_nothing_is_refused_once_the_claim_is_over_or_let_go(
    store: Store, draft: int, clock: FakeClock
) -> None:
    _here(store, draft, "mira_demo", is_typing=True)
    with store.write() as tx:
        presence.let_go(tx, draft, "ben_demo")
        with pytest.raises(Claimed):
            presence.refuse_if_claimed(tx, draft, "ben_demo", clock.now())
        presence.let_go(tx, draft, "mira_demo")
        presence.refuse_if_claimed(tx, draft, "ben_demo", clock.now())
    _here(store, draft, "mira_demo", is_typing=True)
    clock.forward(minutes=5)
    with store.read() as tx:
        presence.refuse_if_claimed(tx, draft, "ben_demo", clock.now())
