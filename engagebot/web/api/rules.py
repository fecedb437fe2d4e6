"""The JSON API: the live rules and how they fare, their versions, publishing and restoring."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from engagebot.bootstrap import Published
from engagebot.domain.records import RuleSetRecord
from engagebot.errors import FilesInvalid, WrongUsage
from engagebot.store.ruling import rule_sets
from engagebot.web.api.asking import ApiRoute, Cursor, JsonBody, Limit
from engagebot.web.api.shapes import Listing
from engagebot.web.entry.auth import Publisher, Reader
from engagebot.web.figures.held import HoldJson, held_json
from engagebot.web.pages.rules_shown import RuleLine, read_rules
from engagebot.web.problems import RulesRefused
from engagebot.web.site import Site, act

router = APIRouter(prefix="/api/v1/rules", tags=["rules"], route_class=ApiRoute)
REFUSED: dict[int | str, dict[str, Any]] = {
    422: {"description": "The rules do not hold; `findings` say why. Nothing was changed."}
}
Number = Annotated[int, Path(ge=1, le=2**31, description="The number of a version.")]


class NoteBody(JsonBody):
    """Why rules go live."""

    note: str = Field(min_length=1, max_length=500)


class FindingJson(BaseModel):
    file: str
    line: int
    column: int
    code: str
    message: str
    level: str


class ProblemJson(BaseModel):
    """Why the files on disk are not the live set."""

    errors: int
    findings: list[FindingJson]


class RuleJson(BaseModel):
    """A rule; `state` is running, shadow, draft, quarantined or paused (by the breaker)."""

    id: str
    name: str
    status: str
    state: str
    sentence: str
    file: str
    line: int
    stop: bool
    default: bool
    tests: int
    matched_24h: int
    matched_7d: int
    shadow_24h: int
    shadow_7d: int
    held: list[HoldJson]
    decided_30d: int = Field(description="Drafts of the last 30 days that people said yes or no to.")
    rejected_30d: int
    rejected_for: dict[str, int] = Field(description="Why, by short reason.")
    skipped_30d: int


class RulesJson(BaseModel):
    version: int | None
    hash: str | None
    at: datetime | None
    author: str | None
    note: str | None
    problem: ProblemJson | None
    rules: list[RuleJson]


class VersionJson(BaseModel):
    version: int
    hash: str
    live: bool
    at: datetime
    author: str
    note: str
    changes: list[str]
    rules: int | None
    decisions: int


class PublishedJson(BaseModel):
    """What publishing came to; `kept` names the folder in var/ with the files that were replaced."""

    version: int
    hash: str
    at: datetime
    author: str
    note: str
    changed: bool
    signed: bool
    changes: list[str]
    rules: int
    kept: str | None


class ResumedJson(BaseModel):
    rule: str
    changed: bool


@router.get("")
def show_rules(app: Site, _: Reader) -> RulesJson:
    shown = read_rules(app)
    live = shown.live
    problem = ProblemJson.model_validate({"errors": shown.errors, "findings": shown.findings})
    return RulesJson(
        version=live.version if live else None,
        hash=live.hash if live else None,
        at=live.live_at if live else None,
        author=live.author if live else None,
        note=live.note if live else None,
        problem=problem if shown.findings else None,
        rules=[_rule_json(line) for line in shown.lines],
    )


@router.get("/versions")
def list_versions(app: Site, _: Reader, limit: Limit = 50, cursor: Cursor = None) -> Listing[VersionJson]:
    before = _before(cursor)
    with app.store.read() as tx:
        found = rule_sets.newest(tx, limit + 1, before=before)
        live = rule_sets.live(tx)
        decided = rule_sets.decisions_of(tx, [each.hash for each in found])
    items = [
        _version_json(each, is_live=live is not None and each.version == live.version, decided=decided)
        for each in found[:limit]
    ]
    return Listing(items=items, next_cursor=str(items[-1].version) if len(found) > limit else None)


@router.post("/publish", responses=REFUSED)
def publish(app: Site, me: Publisher, body: NoteBody) -> PublishedJson:
    try:
        return _published_json(app.rules.publish(act(app, me), body.note))
    except FilesInvalid as error:
        raise RulesRefused(error.findings) from error


@router.post("/versions/{version}/restore", responses=REFUSED)
def restore(app: Site, me: Publisher, version: Number, body: NoteBody) -> PublishedJson:
    try:
        return _published_json(app.rules.restore(act(app, me), version, body.note))
    except FilesInvalid as error:
        raise RulesRefused(error.findings) from error


@router.post("/{rule_id}/resume")
def resume(app: Site, me: Publisher, rule_id: str) -> ResumedJson:
    return ResumedJson(rule=rule_id, changed=app.rules.resume(act(app, me), rule_id))


def _before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 18):
        raise WrongUsage("the cursor is not one of ours; send `next_cursor` of the page before")
    return int(cursor)


def _rule_json(line: RuleLine) -> RuleJson:
    rule = line.rule
    return RuleJson(
        id=rule.id,
        name=rule.name,
        status=rule.status.value,
        state=line.state,
        sentence=line.sentence,
        file=rule.file,
        line=rule.line,
        stop=rule.stop,
        default=rule.is_default,
        tests=len(rule.tests),
        matched_24h=line.day.live,
        matched_7d=line.week.live,
        shadow_24h=line.day.shadow,
        shadow_7d=line.week.shadow,
        held=held_json(line.holds),
        decided_30d=line.reception.decided,
        rejected_30d=line.reception.rejected,
        rejected_for={refusal.value: count for refusal, count in line.reception.refused.items()},
        skipped_30d=len(line.reception.skips),
    )


def _version_json(record: RuleSetRecord, *, is_live: bool, decided: dict[str, int]) -> VersionJson:
    return VersionJson(
        version=record.version,
        hash=record.hash,
        live=is_live,
        at=record.live_at,
        author=record.author,
        note=record.note,
        changes=list(record.changes),
        rules=record.count,
        decisions=decided[record.hash],
    )


def _published_json(done: Published) -> PublishedJson:
    version = done.version
    return PublishedJson(
        version=version.version,
        hash=version.hash,
        at=version.live_at,
        author=version.author,
        note=version.note,
        changed=done.is_new,
        signed=done.is_signed,
        changes=list(done.changes),
        rules=done.rules,
        kept=done.kept.name if done.kept is not None else None,
    )
