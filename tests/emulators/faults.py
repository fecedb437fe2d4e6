"""Faults that a test server can be told to serve, and the plan that decides which request meets which fault.

A `Fault` is plain data, so that it travels as JSON to an emulator in another process. `act` says whether
the request is carried out (a post is stored) before the fault shows; where it is false the request leaves
no trace but its line in the log.

    server.fault(Fault.cap_429(), on="GET /2/tweets/search/recent", times=1)  # the next one
    server.fault(Fault.html_503(), times=None, probability=0.2, seed=7)  # one in five, repeatable
    server.fault(Fault.cut_after(), on="POST /2/tweets", skip=2)  # the third one
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from fnmatch import fnmatchcase

X_PROBLEMS = "https://api.twitter.com/2/problems/"
NOT_SUMMONED = {
    "april": "Reply to this conversation is not allowed because you have not been mentioned or otherwise "
    "engaged by the author of the post you are replying to.",
    "july": "You can only reply to or quote posts where you are mentioned or are the author.",
}
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
TARGET_GONE = "You attempted to reply to a Tweet that is deleted or not visible to you."
HTML_503 = "<!DOCTYPE html><html><head><title>Over capacity</title></head><body><h1>503</h1></body></html>"


@dataclass(frozen=True)
class Fault:
    """One way to go wrong; `status=None` keeps the own answer (late, changed by `quirks`, cut off)."""

    name: str
    status: int | None = None
    body: object = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    rate_reset_in_s: float | None = None
    wait_s: float = 0.0
    cut: bool = False
    act: bool = False
    quirks: tuple[str, ...] = ()
    burst: int = 0
    burst_text: str = "acme came up again"
    seen_after_s: float = 0.0
    seen_after_reads: int = 0

    def __or__(self, other: Fault) -> Fault:
        """Join the quirks of two faults that both keep the emulator's own answer."""
        if self.status is not None or other.status is not None:
            raise ValueError("only faults that keep the answer can be joined")
        return replace(self, name=f"{self.name}+{other.name}", quirks=self.quirks + other.quirks)

    def after_acting(self) -> Fault:
        """Return the same fault, shown only after the request was carried out."""
        return replace(self, act=True)

    def to_json(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Fault:
        """Build a fault from `{"make": "cap_429", …arguments}` or from the fields of `to_json`."""
        rest = dict(data)
        maker = rest.pop("make", None)
        if maker is not None:
            built: Fault = getattr(cls, str(maker))(**rest)
            return built
        known = {each.name for each in fields(cls)}
        if unknown := set(rest) - known:
            raise ValueError(f"unknown fault keys: {sorted(unknown)}")
        quirks = rest.get("quirks")
        rest["quirks"] = tuple(quirks) if isinstance(quirks, list | tuple) else ()
        return cls(**rest)  # type: ignore[arg-type]

    @classmethod
    def answer(cls, status: int, body: object = None, *, act: bool = False, **headers: str) -> Fault:
        """Answer with any status and JSON body; header names are written with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(f"answer_{status}", status=status, body=body, headers=named, act=act)

    @classmethod
    def html_503(cls, *, act: bool = False) -> Fault:
        return cls("html_503", status=503, body=HTML_503, content_type="text/html", act=act)

    @classmethod
    def bad_gateway(cls, *, act: bool = False) -> Fault:
        return cls("bad_gateway", status=502, body={"title": "Bad Gateway", "status": 502}, act=act)

    @classmethod
    def not_json(cls, *, act: bool = False) -> Fault:
        return cls("not_json", status=200, body="<html>maintenance</html>", content_type="text/html", act=act)

    @classmethod
    def hang(cls, seconds: float = 30.0, *, act: bool = False) -> Fault:
        """Say nothing for `seconds`, then close. With `act` the request was carried out before that."""
        return cls("hang", wait_s=seconds, cut=True, act=act)

    @classmethod
    def slow(cls, seconds: float) -> Fault:
        """Carry the request out, wait, and answer properly."""
        return cls("slow", wait_s=seconds, act=True)

    @classmethod
    def cut_before(cls) -> Fault:
        """Reset the connection before the body of the request is read; nothing is carried out."""
        return cls("cut_before", cut=True)

    @classmethod
    def cut_after(cls) -> Fault:
        """Carry the request out (a post is stored), then reset the connection without an answer."""
        return cls("cut_after", cut=True, act=True)

    @classmethod
    def out_of_order(cls) -> Fault:
        """Serve the page oldest first, against the platform's word."""
        return cls("out_of_order", act=True, quirks=("out_of_order",))

    @classmethod
    def same_twice(cls) -> Fault:
        """Serve the last item of the page twice."""
        return cls("same_twice", act=True, quirks=("same_twice",))

    @classmethod
    def empty_page(cls) -> Fault:
        """Serve an empty page although there is something to serve."""
        return cls("empty_page", act=True, quirks=("empty_page",))

    @classmethod
    def repeating_page(cls) -> Fault:
        """Serve a page whose continuation leads to the same page again (X)."""
        return cls("repeating_page", act=True, quirks=("repeating_page",))

    @classmethod
    def arrive(cls, count: int, text: str = "acme came up again") -> Fault:
        """Let `count` new posts arrive just before the request is answered: a burst between two pages."""
        return cls("arrive", act=True, burst=count, burst_text=text)

    @classmethod
    def seen_after(cls, seconds: float = 0.0, *, reads: int = 0) -> Fault:
        """Hide the post made by this request from listings: seconds of the emulator's clock, or reads."""
        return cls("seen_after", act=True, seen_after_s=seconds, seen_after_reads=reads)

    @classmethod
    def cap_429(cls) -> Fault:
        """X's monthly cap: a 429 without any reset header."""
        detail = "Usage cap exceeded: Monthly product cap"
        body = {"title": "UsageCapExceeded", "detail": detail, "period": "Monthly", "scope": "Product"}
        return cls("cap_429", status=429, body={**body, "type": X_PROBLEMS + "usage-capped"})

    @classmethod
    def rate_429(cls, reset_in_s: float = 900.0) -> Fault:
        """A 429 with its reset header; a negative `reset_in_s` puts the reset into the past."""
        body = {
            "title": "Too Many Requests",
            "detail": "Too Many Requests",
            "type": "about:blank",
            "status": 429,
        }
        return cls("rate_429", status=429, body=body, rate_reset_in_s=reset_in_s)

    @classmethod
    def credits_402(cls) -> Fault:
        body = {
            "title": "CreditsDepleted",
            "detail": "Your enrolled account [1001] does not have any credits to fulfill this request.",
            "type": X_PROBLEMS + "credits",
            "account_id": 1001,
        }
        return cls("credits_402", status=402, body=body)

    @classmethod
    def not_summoned(cls, wording: str = "april") -> Fault:
        """X's 403 for an unsolicited reply, in the wording of `april` or of `july`."""
        return cls.forbidden(NOT_SUMMONED[wording], name=f"not_summoned_{wording}")

    @classmethod
    def duplicate(cls, *, act: bool = False) -> Fault:
        return replace(cls.forbidden(DUPLICATE, name="duplicate"), act=act)

    @classmethod
    def target_gone(cls) -> Fault:
        return cls.forbidden(TARGET_GONE, name="target_gone")

    @classmethod
    def forbidden(cls, detail: str, *, name: str = "forbidden") -> Fault:
        """X's 403 with any detail."""
        body = {"detail": detail, "type": "about:blank", "title": "Forbidden", "status": 403}
        return cls(name, status=403, body=body)

    @classmethod
    def unauthorized(cls) -> Fault:
        body = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
        return cls("unauthorized", status=401, body=body, headers={"www-authenticate": "Bearer"})

    @classmethod
    def list_body(cls, status: int = 400) -> Fault:
        """An error whose body is a JSON list, which tweepy's exceptions cannot read."""
        return cls("list_body", status=status, body=[{"message": "broken", "code": 131}])

    @classmethod
    def null_errors(cls, status: int = 400) -> Fault:
        """An error whose `errors` is null, which tweepy's exceptions cannot read either."""
        return cls("null_errors", status=status, body={"title": "Invalid Request", "errors": None})

    @classmethod
    def partial_errors(cls) -> Fault:
        """Serve `errors` beside the data: a referenced post that is not found."""
        return cls("partial_errors", act=True, quirks=("partial_errors",))

    @classmethod
    def new_dialect(cls) -> Fault:
        """Serve this one answer with the field names of the 2026 OpenAPI document."""
        return cls("new_dialect", act=True, quirks=("new_dialect",))

    @classmethod
    def reddit_error(cls, code: str, message: str = "that did not work", where: str = "parent") -> Fault:
        """Status 200 with `json.errors`, e.g. THREAD_LOCKED, TOO_OLD, USER_BLOCKED."""
        return cls(f"reddit_{code}", status=200, body={"json": {"errors": [[code, message, where]]}})

    @classmethod
    def take_a_break(cls, minutes: int = 9) -> Fault:
        """Reddit's RATELIMIT inside a 200."""
        said = f"Looks like you've been doing that a lot. Take a break for {minutes} minutes before"
        said += " trying again."
        return cls.reddit_error("RATELIMIT", said, "ratelimit")

    @classmethod
    def reddit_429(cls, retry_after_s: int | None = None) -> Fault:
        headers = {} if retry_after_s is None else {"retry-after": str(retry_after_s)}
        body = {"message": "Too Many Requests", "error": 429}
        return cls("reddit_429", status=429, body=body, headers=headers)

    @classmethod
    def reddit_403(cls, reason: str = "private") -> Fault:
        return cls("reddit_403", status=403, body={"reason": reason, "message": "Forbidden", "error": 403})

    @classmethod
    def bare_401(cls) -> Fault:
        """A 401 without `www-authenticate`, which ends in KeyError(401) inside prawcore."""
        return cls("bare_401", status=401, body={"message": "Unauthorized", "error": 401})

    @classmethod
    def empty_things(cls) -> Fault:
        """The comment is stored, but the answer lists no things: PRAW's `reply` returns None."""
        return cls("empty_things", act=True, quirks=("empty_things",))


@dataclass
class Rule:
    """One entry of the plan: which fault, for which requests, how often."""

    fault: Fault
    on: str
    times: int | None
    skip: int
    probability: float
    chance: random.Random

    def takes(self, method: str, path: str) -> bool:
        """Say whether this request meets the fault, and count it."""
        if self.times == 0 or not _matches(self.on, method, path):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.probability < 1.0 and self.chance.random() >= self.probability:
            return False
        if self.times is not None:
            self.times -= 1
        return True


class FaultPlan:
    """The faults still to be served. The first rule that takes a request gives it its fault."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def add(
        self,
        fault: Fault,
        *,
        on: str,
        times: int | None,
        skip: int,
        probability: float,
        seed: int,
    ) -> None:
        self._rules.append(Rule(fault, on, times, skip, probability, random.Random(seed)))

    def clear(self) -> None:
        self._rules.clear()

    @property
    def pending(self) -> list[str]:
        """Names of faults that still wait for a request."""
        return [rule.fault.name for rule in self._rules if rule.times != 0]

    def pick(self, method: str, path: str) -> Fault | None:
        for rule in self._rules:
            if rule.takes(method, path):
                return rule.fault
        return None


def _matches(on: str, method: str, path: str) -> bool:
    wanted_method, _, wanted_path = on.strip().rpartition(" ")
    if wanted_method not in ("", "*", method):
        return False
    return fnmatchcase(path, wanted_path.rstrip("/") or "/") or wanted_path == "*"
