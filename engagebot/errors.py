"""The error tree: every failure a caller must handle, named by what the caller does about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal


class EngagebotError(Exception):
    """A failure with a message fit for a person; `exit_code` is what a command ends with."""

    exit_code = 2


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing wrong in one place of one file; lines and columns count from 1, 0 means the whole file."""

    file: str
    line: int
    column: int
    code: str
    message: str
    is_warning: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column} {self.code} {self.message}"

    def as_json(self) -> dict[str, object]:
        values = asdict(self)
        values["level"] = "warning" if values.pop("is_warning") else "error"
        return values


class FilesInvalid(EngagebotError):
    """Settings, rules or other edited files do not hold; all findings at once, sorted by place."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(sorted(findings))
        super().__init__("\n".join(str(finding) for finding in self.findings))


class WrongUsage(EngagebotError):
    """The command or the request cannot be carried out as asked; the message names the remedy.

    `field` is the part of the request that is wrong, by its name, where it is one.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NeedsReason(WrongUsage):
    """This is risky: say why it is right to do it all the same. `risks` names the kinds."""

    def __init__(self, message: str, *, risks: Sequence[str]) -> None:
        super().__init__(message)
        self.risks = tuple(risks)


class NotFound(EngagebotError):
    """No such mention, draft, case, customer or account."""


class LinkEnded(NotFound):
    """A link that opens once, or for a while, opens nothing now; which of the reasons it is stays untold."""


class NotAllowed(EngagebotError):
    """The person's role does not include this."""


class IllegalMove(EngagebotError):
    """The state machine has no such move; nothing was changed."""

    exit_code = 1


class Claimed(IllegalMove):
    """Somebody else is writing this reply: take it over, or wait `until` then at the latest."""

    def __init__(self, message: str, *, holder: str, until: datetime) -> None:
        super().__init__(message)
        self.holder = holder
        self.until = until


class SeededCheck(IllegalMove):
    """A seeded check was answered, and nothing was done; `outcome` is `seen` or `missed`."""

    def __init__(self, message: str, *, outcome: str) -> None:
        super().__init__(message)
        self.outcome = outcome


class VersionMoved(EngagebotError):
    """Somebody changed the item since it was read; `version` is the current one."""

    exit_code = 1

    def __init__(self, message: str, *, version: int, text: str) -> None:
        super().__init__(message)
        self.version = version
        self.text = text


class AlreadyRunning(EngagebotError):
    """Another engagebot process holds this site, or the port is taken."""

    exit_code = 4


class StoreUnavailable(EngagebotError):
    """The database is locked, read-only, unreachable or full; nothing was written."""

    exit_code = 4


class StoreUnreachable(StoreUnavailable):
    """The database's server does not answer, or lets us not in: another machine's fault, no lock here."""

    exit_code = 3


class SchemaMismatch(EngagebotError):
    """The database is at another revision than this version of engagebot."""


class OutsideFailed(EngagebotError):
    """An outside service failed or refused."""

    exit_code = 3


class ConnectorError(OutsideFailed):
    """A platform could not do what was asked. Never carries a secret."""


class RateLimited(ConnectorError):
    """Wait until `retry_at` (aware UTC). The request did nothing."""

    def __init__(self, message: str, *, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class Unavailable(ConnectorError):
    """Try again later with back-off. A write surely did not happen."""


class AuthFailed(ConnectorError):
    """Stop this connector and call a person: the key is wrong, revoked or lacks a scope."""


class OutOfCredit(ConnectorError):
    """Pause the connector and tell a person; `until` is when the quota returns, if known (aware UTC)."""

    def __init__(self, message: str, *, until: datetime | None = None) -> None:
        super().__init__(message)
        self.until = until


class WatchInvalid(ConnectorError):
    """The platform refuses this watch as it is written; stop it until it is changed."""


class Refused(ConnectorError):
    """The platform refuses this reply for good; never try this item again.

    `by_hand` is true where a person may still post it (X: the author has not summoned us). `unwelcome_to`
    says who wants no reply of ours at all: the author, or the community (Reddit: we are banned there).
    """

    def __init__(
        self,
        message: str,
        *,
        by_hand: bool = False,
        unwelcome_to: Literal["author", "community"] | None = None,
    ) -> None:
        super().__init__(message)
        self.by_hand = by_hand
        self.unwelcome_to = unwelcome_to


class TargetGone(ConnectorError):
    """The post was deleted or hidden: withdraw the reply, forget the text."""


class OutcomeUnknown(ConnectorError):
    """The write may or may not have happened; ask `own_reply`, else a person. Never send again blindly."""


class DeliveryFailed(OutsideFailed):
    """A notification could not be delivered; `is_permanent` means a repeat cannot help.

    `is_general`: other notices would fare the same at this moment, since nobody answers there. `is_gone`: the
    channel itself has ended, for all notices, until somebody changes it. `retry_after` is how long it wants
    to be left alone.
    """

    def __init__(
        self,
        message: str,
        *,
        is_permanent: bool = False,
        is_general: bool = False,
        is_gone: bool = False,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.is_permanent = is_permanent or is_gone
        self.is_general = is_general or is_gone
        self.is_gone = is_gone
        self.retry_after = retry_after
