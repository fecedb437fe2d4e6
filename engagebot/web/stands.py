"""A form that was refused: its page is shown again, the form open as it was typed, with what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from dataclasses import field as field_of
from typing import Any, ClassVar, Final

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute

from engagebot.bootstrap import App
from engagebot.domain.roles import Person
from engagebot.errors import EngagebotError, IllegalMove, NeedsReason, NotFound, WrongUsage
from engagebot.web.entry.auth import person_of
from engagebot.web.problems import status_of
from engagebot.web.site import site_of
from engagebot.web.wording import counted

Typed = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """Which form of a page stands open with the focus in it, and what is `wrong` with its `field`.

    `typed` is what somebody had written in a form that was refused; `said` is told about the whole page.
    """

    form: str = ""
    field: str = ""
    wrong: str = ""
    typed: Typed = field_of(default_factory=dict)
    said: str = ""
    status: int = 200
    is_late: bool = False
    is_refused: bool = False

    def at(self, form: str, field: str) -> bool:
        """Whether the focus goes to this field."""
        return (self.form, self.field) == (form, field)

    def typed_in(self, form: str, field: str, otherwise: str | None = "") -> str:
        """What a field holds: the words that were refused there, or what it begins with."""
        if self.is_refused and self.form == form:
            return self.typed.get(field, "")
        return otherwise or ""


CLOSED: Final = Stands()


class FormRoute(APIRoute):
    """A route of the forms of one page. What its form asks for in vain is shown there, with nothing lost.

    This stands around all handlers, since FastAPI refuses what is too long or no number before any of them.
    Below `home`, the address of the page, a form goes by the rest of its own.
    """

    home: ClassVar[str]

    def form(self, rest: str, typed: Typed) -> tuple[str, str]:
        """The form that was sent, and the field that the focus goes to where no other one is wrong."""
        raise NotImplementedError

    def show(self, request: Request, app: App, me: Person, number: int, stands: Stands) -> Response:
        """The page with the form that was refused."""
        raise NotImplementedError

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, and what to answer where it refuses."""
        carry_out = super().get_route_handler()
        key = self.home[self.home.index("{") + 1 : self.home.index("}")]

        async def answer(request: Request) -> Response:
            try:
                return await carry_out(request)
            except (RequestValidationError, IllegalMove, NotFound, WrongUsage) as error:
                me, number = person_of(request), str(request.path_params.get(key))
                if request.method != "POST" or me is None or not number.isdecimal():
                    raise
                sent = await request.form()
                typed = {name: value for name, value in sent.items() if isinstance(value, str)}
                rest = request.url.path.removeprefix(self.home.format(**{key: number}))
                stands = refused(*self.form(rest, typed), typed, error)
                return await run_in_threadpool(self.show, request, site_of(request), me, int(number), stands)

        return answer


def refused(form: str, field: str, typed: Typed, error: Exception) -> Stands:
    """The form whose request was refused, with its words and what is wrong: `field`, unless known better."""
    wrong = str(error)
    if isinstance(error, RequestValidationError):
        field, wrong = _fault(error.errors()[0])
    elif isinstance(error, NeedsReason):
        # What is asked for goes against a wish of theirs; to say that it is meant is the way on.
        field = "is_sure"
    elif isinstance(error, WrongUsage):
        field = error.field or field
    is_late = isinstance(error, IllegalMove)
    return Stands(
        form=form, field=field, wrong="" if is_late else wrong, typed=typed, said=wrong,
        status=status_of(error) if isinstance(error, EngagebotError) else 422,
        is_late=is_late, is_refused=True,
    )  # fmt: skip


def _fault(fault: Mapping[str, Any]) -> tuple[str, str]:
    field, most = str(fault["loc"][-1]), (fault.get("ctx") or {}).get("max_length")
    if most is not None:
        return field, f"{counted(len(str(fault['input'])), 'character')}, and at most {most:,} fit in here"
    if fault["type"] == "missing":
        return field, "this was left out; choose one"
    if fault["type"].startswith("int"):
        return field, f"{str(fault['input'])[:20]!r} is not a number"
    return field, str(fault["msg"])
