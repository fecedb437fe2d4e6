"""A case with all that is known of it, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engagebot.domain.records import Event
from engagebot.web.api.shapes import CaseJson, EventJson, MentionJson, Shape, case_json, mention_json
from engagebot.web.case_reading import CaseView


class ContactJson(Shape):
    """What was said elsewhere; `is_inbound` is false where we went to them."""

    id: int
    channel: str
    is_inbound: bool
    at: datetime
    minutes: int | None
    text: str
    noted_by: str
    noted_at: datetime


class EffortJson(Shape):
    contacts: int
    minutes: int
    days: int
    words: str


class CaseMarkJson(Shape):
    kind: str
    words: str
    mention_id: int | None


class SuggestionJson(Shape):
    """A remedy that worked for cases like this one, and which they were."""

    remedy: str
    worked: int
    tried: int
    case_ids: list[int]
    words: str


class CaseDetailJson(CaseJson):
    effort: EffortJson
    marks: list[CaseMarkJson]
    suggestions: list[SuggestionJson]
    elsewhere: list[ContactJson]
    mentions: list[MentionJson]
    history: list[EventJson]


def case_detail_json(view: CaseView, history: Sequence[Event]) -> CaseDetailJson:
    """A case with its mentions, oldest first, and its history."""
    return CaseDetailJson(
        **case_json(view.case).model_dump(),
        effort=EffortJson.model_validate(view.effort),
        marks=[CaseMarkJson.model_validate(mark) for mark in view.marks],
        suggestions=[SuggestionJson.model_validate(each) for each in view.suggestions],
        elsewhere=[ContactJson.model_validate(each) for each in view.elsewhere],
        mentions=[mention_json(record) for record in view.heard],
        history=[EventJson.model_validate(event) for event in history],
    )
