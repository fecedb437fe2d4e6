"""`engagebot customers`: people who have spoken of us, what is kept of them, and what they want."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import click

from engagebot.cli.command import add, group
from engagebot.cli.opening import acting, shown_site
from engagebot.cli.terminal import Terminal, clean, fields, shorten, table, when
from engagebot.domain.persons.customers import Basis, Mark, NewNote, NoteKind
from engagebot.domain.records import CustomerRecord, Slice
from engagebot.domain.roles import Act
from engagebot.errors import WrongUsage
from engagebot.pipeline import silencing
from engagebot.pipeline.people import forgetting, keeping, linking
from engagebot.pipeline.people.knowing import Known, know
from engagebot.store.engine import Tx
from engagebot.web import customer_words as says
from engagebot.web.api.customers import GoneJson, forgotten, lint
from engagebot.web.api.recorded import LinkJson, NoteJson, record_json
from engagebot.web.api.shapes import CustomerJson
from engagebot.web.wording import counted

_ID = click.argument("customer_id", metavar="ID", type=int)
_WHO = click.argument("who")
_SOURCE = click.option("--source", metavar="NAME", help="The platform, where several have this name.")
_KINDS = [kind.value for kind in NoteKind]


@group("customers")
def customers() -> None:
    """People who have spoken of us.

    What is done here is done by you: the audit shows your user name.
    """


@add(customers, "show")
@_ID
@click.option(
    "--limit", type=click.IntRange(1, 500), default=20, help="So much of what was said (default 20)."
)
def show(terminal: Terminal, customer_id: int, limit: int) -> None:
    """Show a customer's record: accounts, notes, cases and what was said, newest first."""
    with shown_site(terminal) as app, app.store.read() as tx:
        known = know(tx, customer_id, limit=limit)
        zone = app.settings.timezone
    document = record_json(known, zone).model_dump(mode="json")
    terminal.show(document, lambda: "\n".join(_shown(known, known.last.words(zone) if known.last else None)))


def _shown(known: Known, last: str | None) -> Iterator[str]:
    customer = known.customer
    yield fields(
        {
            "customer": f"{customer.id}, @{customer.handle} on {customer.source}",
            "name": customer.name,
            "since": known.tenure.words if known.tenure else None,
            "vip": "yes" if customer.is_vip else None,
            "account of": customer.mark,
            "tags": ", ".join(each.tag for each in known.tags) or None,
            "opted out": when(customer.opted_out_at) if customer.is_opted_out else None,
            "forgotten": when(customer.forgotten_at),
            "contacts": known.contacts.words,
            "accounts": ", ".join(f"@{each.handle} ({each.source})" for each in known.accounts[1:]) or None,
            "first heard": when(customer.first_seen_at),
            "last": last.partition(": ")[2] if last else None,
        }
    )
    for note in known.standing_notes:
        text = says.note_text(note.kind, note.text)
        yield clean(
            f"note {note.id}, {says.NOTE_KINDS[note.kind]}: {text}{f' ({note.basis})' if note.basis else ''}"
        )
    for case in islice(known.cases, 20):
        word = says.course(known.courses[case.id])
        yield clean(
            f"case {case.id}, {case.state}{f', {word.text}' if word else ''}: {shorten(case.title, 80)}"
        )
    rows = [
        (when(said.at), says.said_by(said), said.channel, shorten(said.text, 80)) for said in known.said.items
    ]
    yield ""
    yield table(("at", "who", "where", "said"), rows, empty="nothing was said so far")


@add(customers, "note")
@_ID
@click.argument("text")
@click.option("--kind", type=click.Choice(_KINDS), default=NoteKind.NOTE.value, help="What it is about.")
@click.option("--basis", metavar="TEXT", help="When and in which words they told us.")
def note(terminal: Terminal, customer_id: int, text: str, kind: str, basis: str | None) -> None:
    """Write a note about somebody; traits such as health or faith are refused.

    For likes_channel and dislikes_channel TEXT is the channel: public_reply, direct_message, email, phone,
    chat or shop.
    """
    new = NewNote(kind=NoteKind(kind), text=text, basis=basis)
    with shown_site(terminal) as app, app.store.write() as tx:
        written = keeping.note(tx, customer_id, acting(app), new, lint(app))
    document = NoteJson.model_validate(written).model_dump(mode="json")
    terminal.show(document, f"note {written.id} about customer {customer_id} is kept")


@add(customers, "tag")
@_ID
@click.argument("tag")
@click.option("--remove", is_flag=True, help="Take it off.")
def tag(terminal: Terminal, customer_id: int, tag: str, remove: bool) -> None:
    """Put a tag on somebody."""
    with shown_site(terminal) as app, app.store.write() as tx:
        if remove:
            keeping.untag(tx, customer_id, acting(app), tag)
        else:
            tag = keeping.tag(tx, customer_id, acting(app), tag, lint(app))
    document = {"customer_id": customer_id, "tag": tag, "tagged": not remove}
    terminal.show(document, f"customer {customer_id}: {'not ' if remove else ''}tagged {clean(tag)}")


@add(customers, "vip")
@_ID
@click.option("--remove", is_flag=True, help="They are none any more.")
def vip(terminal: Terminal, customer_id: int, remove: bool) -> None:
    """Say that somebody matters; rules can ask for it (customer.vip)."""
    _do(
        terminal,
        customer_id,
        lambda tx, number, act: keeping.set_vip(tx, number, act, is_vip=not remove),
        lambda person: "VIP" if person.is_vip else "no VIP",
    )


@add(customers, "mark")
@_ID
@click.argument("mark", type=click.Choice([*(each.value for each in Mark), "none"]))
def mark(terminal: Terminal, customer_id: int, mark: str) -> None:
    """Say whose account it is: staff gets no drafts, press is shown to who answers."""
    whose = None if mark == "none" else Mark(mark)
    _do(
        terminal,
        customer_id,
        lambda tx, number, act: keeping.mark(tx, number, act, whose),
        lambda person: f"marked {person.mark}" if person.mark else "not marked",
    )


@add(customers, "link")
@_ID
@click.argument("other")
@click.option(
    "--basis", type=click.Choice([each.value for each in Basis]), required=True, help="How we know."
)
@click.option("--reason", metavar="TEXT", required=True, help="Where they told us.")
def link(terminal: Terminal, customer_id: int, other: str, basis: str, reason: str) -> None:
    """Say that OTHER (a number, or platform/name) is the same person's; looking alike is no basis."""
    with shown_site(terminal) as app, app.store.write() as tx:
        lint(app)(reason)
        ends = (customer_id, linking.account_named(tx, other))
        made = linking.link(tx, ends, acting(app), basis=basis, reason=reason)
    document = LinkJson.model_validate(made).model_dump(mode="json")
    terminal.show(
        document, f"link {made.id}: customers {made.customer_id} and {made.other_id} are one person"
    )


@add(customers, "unlink")
@_ID
@click.argument("link_id", metavar="LINK", type=int)
def unlink(terminal: Terminal, customer_id: int, link_id: int) -> None:
    """Undo a link; both records are as they were."""
    with shown_site(terminal) as app, app.store.write() as tx:
        undone = linking.unlink(tx, customer_id, link_id, acting(app))
    document = LinkJson.model_validate(undone).model_dump(mode="json")
    terminal.show(document, f"link {link_id} is undone")


@add(customers, "export")
@_WHO
@_SOURCE
def export(terminal: Terminal, who: str, source: str | None) -> None:
    """Hand out everything that is kept of somebody: WHO is a number or @handle; -o json for a file."""
    with shown_site(terminal) as app:
        act = acting(app)
        with app.store.write() as tx:
            known, said = forgetting.export(tx, forgetting.named(tx, who, source).id, act)
        zone = app.settings.timezone
    whole = replace(known, said=Slice(said))
    document = record_json(whole, zone, said).model_dump(mode="json")
    terminal.show(document, lambda: "\n".join(_shown(whole, known.last.words(zone) if known.last else None)))


@add(customers, "forget")
@_WHO
@_SOURCE
@click.option("--yes", is_flag=True, help="Do not ask whether this is meant.")
def forget(terminal: Terminal, who: str, source: str | None, yes: bool) -> None:
    """Forget somebody: WHO is a number or @handle. Words and names leave every table, counts stay.

    All accounts that are linked as theirs go with it. Nothing comes back but by a backup from before.
    """
    with shown_site(terminal) as app:
        with app.store.read() as tx:
            customer = forgetting.named(tx, who, source)
            accounts = know(tx, customer.id, limit=1).accounts
        if not yes:
            _confirm(terminal, accounts)
        gone = forgotten(app, acting(app).by, customer.id)
    document = GoneJson.model_validate(gone).model_dump(mode="json")
    ids = ", ".join(str(each) for each in gone.customer_ids)
    terminal.show(document, f"forgotten: customer {ids}; {gone.mentions} mentions, {gone.cases} cases")


def _confirm(terminal: Terminal, accounts: Sequence[CustomerRecord]) -> None:
    for each in accounts:
        terminal.say(f"customer {each.id}, @{each.handle} on {each.source}, {counted(each.contacts, 'post')}")
    answer = terminal.ask('Type "yes" to forget them', instead="say --yes where it is meant")
    if answer.strip().lower() not in {"y", "yes"}:
        raise WrongUsage("nothing was changed")


@add(customers, "opt-out")
@_ID
def opt_out(terminal: Terminal, customer_id: int) -> None:
    """Note that somebody asked not to be written to; drafts that wait are withdrawn."""
    _do(terminal, customer_id, silencing.opt_out, _may)


@add(customers, "opt-in")
@_ID
def opt_in(terminal: Terminal, customer_id: int) -> None:
    """Take an opt-out back."""
    _do(terminal, customer_id, silencing.opt_in, _may)


def _may(person: CustomerRecord) -> str:
    return "asked not to be written to" if person.is_opted_out else "may be written to"


def _do(
    terminal: Terminal,
    customer_id: int,
    deed: Callable[[Tx, int, Act], CustomerRecord],
    told: Callable[[CustomerRecord], str],
) -> None:
    with shown_site(terminal) as app, app.store.write() as tx:
        person = deed(tx, customer_id, acting(app))
    document = CustomerJson.model_validate(person).model_dump(mode="json")
    terminal.show(
        document, clean(f"customer {person.id}, @{person.handle} on {person.source}: {told(person)}")
    )
