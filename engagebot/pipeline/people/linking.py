"""Links between accounts of one person: made only where we were told, and undone as if they never were.

Platforms forbid to match their accounts with others by guessing (off-platform matching), so a link
has a basis, one of three, and a reason in words.
"""

from __future__ import annotations

from engagebot.domain.persons.customers import LONGEST_NOTE, Basis, CustomerLink, NoteKind
from engagebot.domain.replying.routes import account_key
from engagebot.domain.roles import Act
from engagebot.errors import IllegalMove, NotFound, WrongUsage
from engagebot.pipeline.people.audited import known, noted
from engagebot.store.engine import Tx
from engagebot.store.persons import customers, people
from engagebot.store.turns import take_turn

_DIGITS = 18
_MOST_ALIKE = 3
"""Longer numbers are none that a database counts to."""


def link(tx: Tx, ends: tuple[int, int], act: Act, *, basis: str, reason: str) -> CustomerLink:
    """Say that two accounts are one person's. Both records show both from now on.

    Raises:
        WrongUsage: there is no basis, no reason, or only one account.
        IllegalMove: one of them was forgotten, does not want to be linked, or both are linked already.
    """
    one, other = ends
    told = _basis(basis)
    if not reason.strip() or len(reason) > LONGEST_NOTE:
        raise WrongUsage(
            "say in a sentence where they told us, so that others can judge it later", field="reason"
        )
    if one == other:
        raise WrongUsage("name two accounts; this is one")
    take_turn(tx)
    for each in ends:
        known(tx, each)
        _refuse_unwilling(tx, each)
    if other in people.accounts_of(tx, one):
        raise IllegalMove(f"customers {one} and {other} are linked already")
    link_id = people.link(tx, ends, told, reason.strip(), act)
    for each, beside in (ends, (other, one)):
        noted(tx, each, act, "linked", account=beside, basis=told.value)
    return _link(tx, one, link_id)


def unlink(tx: Tx, customer_id: int, link_id: int, act: Act) -> CustomerLink:
    """Undo a link; each record shows its own account alone again.

    Raises:
        NotFound: this account has no such link.
        IllegalMove: it was undone already.
    """
    found = _link(tx, customer_id, link_id)
    if not people.unlink(tx, link_id, act):
        raise IllegalMove(f"link {link_id} was undone already")
    for each in (found.customer_id, found.other_id):
        noted(tx, each, act, "unlinked", account=found.beside(each))
    return _link(tx, customer_id, link_id)


def unlink_all(tx: Tx, customer_id: int, act: Act) -> None:
    """Undo every link of an account."""
    for each in people.links(tx, [customer_id], standing=True):
        unlink(tx, customer_id, each.id, act)


def account_named(tx: Tx, words: str) -> int:
    """The account that somebody means: by its number here, or by platform and name (`platform/name`).

    Raises:
        WrongUsage: it names none, or several.
    """
    words = words.strip()
    number = words.removeprefix("#")
    if number.isdecimal() and len(number) <= _DIGITS and int(number) in customers.get_many(tx, [int(number)]):
        return int(number)
    source, _, name = words.rpartition("/")
    found = customers.named(tx, source.casefold(), account_key(name)) if source and name else []
    if len(found) == 1:
        return found[0]
    # Whose account it is, is for a person to say: what is called so is told and not taken.
    called = customers.called(tx, name.removeprefix("@"))[:_MOST_ALIKE] if name else []
    alike = " or ".join(f"{each.source}/{each.handle}" for each in called)
    raise WrongUsage(
        f"{words[:80]!r} names no account here; write its number here, or platform/name"
        + (f". Did you mean {alike}?" if alike else ""),
        field="other",
    )


def _basis(word: str) -> Basis:
    try:
        return Basis(word.strip().casefold().replace(" ", "_").replace("-", "_"))
    except ValueError:
        raise WrongUsage(
            f"a link needs a basis, one of {', '.join(Basis)}; that two accounts look alike is none",
            field="basis",
        ) from None


def _refuse_unwilling(tx: Tx, customer_id: int) -> None:
    for each in people.notes(tx, [customer_id], standing=True):
        if each.kind is NoteKind.NOT_LINKED:
            raise IllegalMove(f"customer {customer_id} does not want their accounts linked")


def _link(tx: Tx, customer_id: int, link_id: int) -> CustomerLink:
    for each in people.links(tx, [customer_id]):
        if each.id == link_id:
            return each
    raise NotFound(f"customer {customer_id} has no link {link_id}")
