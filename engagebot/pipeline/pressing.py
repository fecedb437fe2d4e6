"""Presses of buttons in a chat: who it was, whether they may, and who was first where they were not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from engagebot.domain.cards import DEEDS, Deed
from engagebot.domain.case_marks import MarkKind, marks_of
from engagebot.domain.notices import past_words
from engagebot.domain.outbox import CaseState
from engagebot.domain.presses import Press
from engagebot.domain.records import CaseRecord, UserRecord
from engagebot.domain.remedies import EndingQuestion, suggestions
from engagebot.domain.roles import Act, Person, Right
from engagebot.errors import IllegalMove, NotFound, WrongUsage
from engagebot.ports import Clock
from engagebot.store import audit, cases, chatters, mentions, remedies
from engagebot.store.engine import Store, Tx

Ask = Callable[[Press, EndingQuestion], bool]
"""Opens a form for whoever pressed; false where the chat does not show it."""
Move = Callable[[Tx, Press, Act], object]
"""Carries a press out in its transaction; raises `IllegalMove` or `WrongUsage` where that cannot be."""

MOST_REMEDIES = 10
_DONE = {
    CaseState.ACKNOWLEDGED: "acknowledged",
    CaseState.WAITING: "let it wait for the customer",
    CaseState.SNOOZED: "snoozed it",
    CaseState.RESOLVED: "resolved it",
    CaseState.CLOSED: "closed it",
    CaseState.REOPENED: "reopened it",
    CaseState.NEW: "took their word back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PressContext:
    """What it takes to carry presses out; `moves` are what can be done to a case, `base_url` is our own.

    `ask` opens the form that asks how a case ended, before it is resolved. Where notices are masked
    (`is_masked`), what people typed about other cases stays here.
    """

    store: Store
    clock: Clock
    moves: Mapping[Deed, Move]
    base_url: str
    zone: ZoneInfo
    ask: Ask = field(default=lambda pressed, question: False)
    is_masked: bool = False


def press(context: PressContext, pressed: Press) -> str | None:
    """Carry a press out; answer what its person alone is told, `None` where the message says it.

    Somebody whose account we do not know gets a link to say so; what they pressed is done then.
    """
    with context.store.write() as tx:
        user = chatters.account_of(tx, pressed.chat, pressed.person)
        secret = chatters.ask(tx, pressed, context.clock.now()) if user is None else ""
    if user is None:
        return (
            "engagebot does not know yet who you are here. Open this link once and sign in: "
            f"{context.base_url}/link/{secret}\nThen what you pressed is done. It works for an hour."
        )
    if pressed.deed is Deed.RESOLVE and pressed.trigger is not None:
        return _ask_first(context, pressed, user)
    return carry_out(context, pressed, user)


def _ask_first(context: PressContext, pressed: Press, user: UserRecord) -> str | None:
    """Open the form that asks how a case ended; where it does not open, resolve the case without it."""
    question = _question(context, pressed, user)
    if question is not None and context.ask(pressed, question):
        return None
    trouble = carry_out(context, pressed, user)
    if trouble is not None or question is None:
        return trouble
    return f"The form did not open here. {say_later(context, pressed)}"


def say_later(context: PressContext, pressed: Press) -> str:
    """What somebody is told who resolved a case without being asked how it ended."""
    return (
        f"Case {pressed.case_id} is resolved; how it ended, what fixed it and whose doing it was can still "
        f"be said: {context.base_url}/cases/{pressed.case_id}"
    )


def _question(context: PressContext, pressed: Press, user: UserRecord) -> EndingQuestion | None:
    """What to ask before a case is resolved; `None` where this person cannot resolve it anyhow."""
    if not Person(user.name, user.role).may(Right.WORK_CASES):
        return None
    try:
        with context.store.read() as tx:
            case = cases.get(tx, pressed.case_id)
            tried = [] if context.is_masked else remedies.tried_before(tx, case)
            worked = suggestions(tried, most=MOST_REMEDIES)
            heard = mentions.get_many(tx, case.mention_ids).values()
            may_leave = any(mark.kind is MarkKind.MAY_LEAVE for mark in marks_of(case, list(heard)))
    except NotFound:
        return None
    if pressed.deed not in DEEDS[case.state]:
        return None
    return EndingQuestion(case_id=case.id, worked=tuple(worked), may_leave=may_leave)


def link(context: PressContext, secret: str, user: UserRecord) -> tuple[Press, str | None]:
    """Let the person behind a link be this account, and carry out what they pressed.

    Raises:
        NotFound: the link opens nothing any more.
    """
    now = context.clock.now()
    with context.store.write() as tx:
        pressed = chatters.link(tx, secret, user, now)
        detail = {"chat": pressed.chat, "person": pressed.person, "name": pressed.name}
        audit.add(
            tx, at=now, actor=user.name, action="account.linked", subject=f"user:{user.name}", detail=detail
        )
    return pressed, carry_out(context, pressed, user)


def carry_out(context: PressContext, pressed: Press, user: UserRecord) -> str | None:
    """Do what was pressed in the name of an account; answer why it was not done, or `None`."""
    person = Person(user.name, user.role)
    if not person.may(Right.WORK_CASES):
        return f"The role {person.role} may not work cases; ask a lead or the owner."
    move = context.moves.get(pressed.deed)
    if move is None:
        return "This button is from another version of engagebot; open the case there."
    try:
        with context.store.write() as tx:
            move(tx, pressed, Act(by=person, at=context.clock.now()))
    except NotFound as error:
        return f"{error}."
    except (IllegalMove, WrongUsage) as error:
        with context.store.read() as tx:
            return _who_was_first(tx, context, pressed, person) or f"{error}."
    return None


def refuse_taken(tx: Tx, pressed: Press, act: Act) -> None:
    """Let a case be taken by a button only where nobody has it; to take it over is for the page.

    Raises:
        IllegalMove: somebody has it.
    """
    holder = cases.get(tx, pressed.case_id, lock=True).assignee
    if holder:
        raise IllegalMove("you have it already" if holder == act.by.name else f"{holder} has it already")


def _who_was_first(tx: Tx, context: PressContext, pressed: Press, person: Person) -> str | None:
    case: CaseRecord = cases.get(tx, pressed.case_id)
    if pressed.deed is Deed.TAKE and case.assignee:
        return "You have it already." if case.assignee == person.name else f"{case.assignee} has it already."
    moves = [each for each in audit.of(tx, f"case:{case.id}") if each.detail.get("to") == case.state.value]
    if not moves:
        return None
    who = "You" if moves[-1].actor == person.name else moves[-1].actor
    at = past_words(moves[-1].at, context.clock.now(), context.zone)
    lost = " What you picked was not kept." if pressed.ending and pressed.ending.says_something else ""
    return f"{who} {_DONE[case.state]} at {at}.{lost}"
