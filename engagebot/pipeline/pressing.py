"""Presses of buttons in a chat: who it was, whether they may, and who was first where they were not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from engagebot.domain.casework.case_marks import MarkKind, marks_of
from engagebot.domain.casework.remedies import EndingQuestion, suggestions
from engagebot.domain.outbox import CaseState
from engagebot.domain.records import CaseRecord, UserRecord
from engagebot.domain.roles import Act, Person, Right
from engagebot.domain.telling.cards import DEED_WORDS, DEEDS, Deed, asking_for
from engagebot.domain.telling.notices import clock_words, past_words
from engagebot.domain.telling.presses import Press
from engagebot.errors import IllegalMove, NotFound, WrongUsage
from engagebot.ports import Clock
from engagebot.store import audit
from engagebot.store.casework import cases, remedies
from engagebot.store.engine import Store, Tx
from engagebot.store.heard import mentions
from engagebot.store.persons import chatters
from engagebot.store.persons.chatters import LINK_IS_NEW, Asked

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
_BY_YOU = {
    Deed.ACKNOWLEDGE: "is acknowledged by you",
    Deed.TAKE: "is yours now",
    Deed.SNOOZE: "rests",
    Deed.RESOLVE: "is resolved by you",
    Deed.UNACKNOWLEDGE: "is not acknowledged any more",
    Deed.REOPEN: "is open again",
}
_UNDONE = "nothing was done, as you asked."
_SAY_LATER = "How it ended, what fixed it and whose doing it was"


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


@dataclass(frozen=True, slots=True)
class Told:
    """What the person who pressed something is told; `secret` opens the link in it, where one is given."""

    text: str
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a press, in words for its person; `is_done` is false where the words say why not."""

    press: Press
    words: str
    is_done: bool

    @property
    def path(self) -> str:
        """Where to read on: the page of the case, at the questions that its end left open."""
        path = f"/cases/{self.press.case_id}"
        return asking_for("resolve", path) if self.is_done and self.press.deed is Deed.RESOLVE else path


def press(context: PressContext, pressed: Press) -> Told | None:
    """Carry a press out; answer what its person alone is told, `None` where the message says it.

    Somebody whose account we do not know gets a link to say so; what they pressed is done then.
    """
    with context.store.write() as tx:
        user = chatters.account_of(tx, pressed.chat, pressed.person)
        asked = chatters.ask(tx, pressed, context.clock.now()) if user is None else None
    if asked is not None:
        return _who_are_you(context, pressed, asked)
    assert user is not None  # noqa: S101 (who is not known was asked; narrows the type)
    is_asked_first = pressed.deed is Deed.RESOLVE and pressed.trigger is not None
    text = (_ask_first if is_asked_first else carry_out)(context, pressed, user)
    return None if text is None else Told(text)


def never_told(context: PressContext, told: Told) -> None:
    """Note that what somebody should be told did not reach them: a link in it is not waited for."""
    if told.secret is not None:
        with context.store.write() as tx:
            chatters.take_back(tx, told.secret)


def _who_are_you(context: PressContext, pressed: Press, asked: Asked) -> Told:
    if asked.secret is not None:
        return Told(
            "engagebot does not know yet who you are here. Open this link once and sign in: "
            f"{context.base_url}/link/{asked.secret}\nThen what you pressed is done. It works for an hour.",
            asked.secret,
        )
    now = context.clock.now()
    sent, again = (_at(at, now, context.zone) for at in (asked.since, asked.since + LINK_IS_NEW))
    return Told(
        f"The link that you got at {sent} is still good: open it and sign in. "
        f"{DEED_WORDS[pressed.deed]} on case {pressed.case_id} waits with it and is done then. "
        f"Is the link gone? Press again from {again} on for a new one."
    )


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
    url = asking_for("resolve", f"{context.base_url}/cases/{pressed.case_id}")
    return f"Case {pressed.case_id} is resolved. {_SAY_LATER} can still be said: {url}"


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
    holder = None if case.assignee == user.name else case.assignee
    return EndingQuestion(case_id=case.id, worked=tuple(worked), may_leave=may_leave, holder=holder)


def link(
    context: PressContext, secret: str, user: UserRecord, *, leaves_undone: bool = False
) -> list[Outcome]:
    """Let the person behind a link be this account, and carry out what they pressed, in its order.

    Who only tried the buttons `leaves_undone` what they pressed. All of it or, where the program dies on the
    way, nothing: then the link opens once more.

    Raises:
        LinkEnded: the link opens nothing any more.
    """
    now = context.clock.now()
    with context.store.write() as tx:
        presses = chatters.link(tx, secret, user, now)
        who = presses[-1]
        detail = {"chat": who.chat, "person": who.person, "name": who.name}
        audit.add(
            tx, at=now, actor=user.name, action="account.linked", subject=f"user:{user.name}", detail=detail
        )
        if leaves_undone:
            return [Outcome(each, f"Case {each.case_id}: {_UNDONE}", is_done=False) for each in presses]
        return [_outcome(tx, context, pressed, user) for pressed in presses]


def _outcome(tx: Tx, context: PressContext, pressed: Press, user: UserRecord) -> Outcome:
    trouble = _carry_out(tx, context, pressed, user)
    if trouble is not None:
        return Outcome(pressed, f"Case {pressed.case_id}: {trouble}", is_done=False)
    words = _BY_YOU[pressed.deed]
    if pressed.deed is Deed.SNOOZE:
        until = cases.get(tx, pressed.case_id).snoozed_until
        if until is not None:
            words = f"rests until {clock_words(until, context.clock.now(), context.zone)}"
    later = f" {_SAY_LATER} can still be said there." if pressed.deed is Deed.RESOLVE else ""
    return Outcome(pressed, f"Case {pressed.case_id} {words}.{later}", is_done=True)


def carry_out(context: PressContext, pressed: Press, user: UserRecord) -> str | None:
    """Do what was pressed in the name of an account; answer why it was not done, or `None`."""
    with context.store.write() as tx:
        return _carry_out(tx, context, pressed, user)


def _carry_out(tx: Tx, context: PressContext, pressed: Press, user: UserRecord) -> str | None:
    person = Person(user.name, user.role)
    if not person.may(Right.WORK_CASES):
        return f"The role {person.role} may not work cases; ask a lead or the owner."
    move = context.moves.get(pressed.deed)
    if move is None:
        return "This button is from another version of engagebot; open the case there."
    try:
        # What is refused half-way leaves nothing of itself, and the presses after it have their turn.
        with tx.begin_nested():
            move(tx, pressed, Act(by=person, at=context.clock.now()))
    except NotFound as error:
        return f"{error}."
    except (IllegalMove, WrongUsage) as error:
        return _who_was_first(tx, context, pressed, person) or f"{error}."
    return None


def _at(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    # Who reads it in a chat may sit in another zone than the team.
    return f"{past_words(at, now, zone)} {at.astimezone(zone).tzname()}"


def refuse_taken(tx: Tx, pressed: Press, act: Act) -> None:
    """Let a case be taken by a button only where nobody has it; to take it over is for the page.

    Raises:
        IllegalMove: somebody has it.
    """
    holder = cases.get(tx, pressed.case_id, lock=True).assignee
    if holder:
        raise IllegalMove("you have it already" if holder == act.by.name else f"{holder} has it already")


def refuse_resting(tx: Tx, pressed: Press) -> None:
    """Let a case be put to rest by a button only where it does not rest; for another time there is the page.

    Raises:
        IllegalMove: it rests: whoever pressed saw an older message, which offered no other time.
    """
    case = cases.get(tx, pressed.case_id, lock=True)
    if case.state is CaseState.SNOOZED:
        raise IllegalMove(f"case {case.id} is {case.state} already")


def _who_was_first(tx: Tx, context: PressContext, pressed: Press, person: Person) -> str | None:
    case: CaseRecord = cases.get(tx, pressed.case_id)
    if pressed.deed is Deed.TAKE and case.assignee:
        return "You have it already." if case.assignee == person.name else f"{case.assignee} has it already."
    moves = [each for each in audit.of(tx, f"case:{case.id}") if each.detail.get("to") == case.state.value]
    if not moves:
        return None
    who = "You" if moves[-1].actor == person.name else moves[-1].actor
    at = _at(moves[-1].at, context.clock.now(), context.zone)
    lost = " What you picked was not kept." if pressed.ending and pressed.ending.says_something else ""
    return f"{who} {_DONE[case.state]} at {at}.{lost}"
