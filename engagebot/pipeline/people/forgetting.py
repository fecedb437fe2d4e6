"""Handing a person's record out, and forgetting it, as they may ask."""

from __future__ import annotations

from dataclasses import dataclass

from engagebot.domain.records import CustomerRecord
from engagebot.domain.roles import Act
from engagebot.errors import NotFound, WrongUsage
from engagebot.pipeline.people.audited import known, noted
from engagebot.pipeline.people.knowing import Known, know
from engagebot.store.engine import Tx
from engagebot.store.persons import customers, forgetting, people, talks
from engagebot.store.persons.talks import Said
from engagebot.store.turns import take_turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What was forgotten of a person, in numbers; `mention_ids` are those whose pictures go too."""

    customer_ids: tuple[int, ...]
    mention_ids: tuple[int, ...]
    cases: int
    notes: int

    @property
    def mentions(self) -> int:
        """How many mentions they had."""
        return len(self.mention_ids)


def export(tx: Tx, customer_id: int, act: Act) -> tuple[Known, list[Said]]:
    """Read everything that is kept of a person, and note that somebody took it out."""
    found = know(tx, customer_id, limit=1)
    everything = list(talks.everything(tx, [each.id for each in found.accounts]))
    noted(tx, customer_id, act, "exported", events=len(everything))
    return found, everything


def forget(tx: Tx, customer_id: int, act: Act) -> Gone:
    """Forget a person: all accounts that are known to be theirs. Counts stay; nothing else comes back.

    Raises:
        NotFound: there is no such customer.
        IllegalMove: they were forgotten already.
    """
    take_turn(tx)
    known(tx, customer_id)
    ids = people.accounts_of(tx, customer_id)
    done = []
    for account in [customers.get(tx, each) for each in ids]:
        emptied = forgetting.forget(tx, account, act.at)
        noted(
            tx, account.id, act, "forgotten",
            mentions=len(emptied.mention_ids), cases=emptied.cases, notes=emptied.notes,
        )  # fmt: skip
        done.append(emptied)
    return Gone(
        customer_ids=ids,
        mention_ids=tuple(each for one in done for each in one.mention_ids),
        cases=sum(one.cases for one in done),
        notes=sum(one.notes for one in done),
    )


def named(tx: Tx, words: str, source: str | None = None) -> CustomerRecord:
    """The customer that somebody means: by number, or by `@handle`, of one `source` where several have it.

    Raises:
        NotFound: nobody is called so.
        WrongUsage: several are.
    """
    if words.isdigit():
        return customers.get(tx, int(words))
    found = customers.called(tx, words.strip().removeprefix("@"), source=source)
    if not found:
        raise NotFound(f"nobody who spoke of us is called {words[:80]!r}{f' on {source}' if source else ''}")
    if len(found) > 1:
        accounts = ", ".join(f"{each.id} (@{each.handle} on {each.source})" for each in found)
        raise WrongUsage(f"several are called {words[:80]!r}: {accounts}; give the number, or --source")
    return found[0]
