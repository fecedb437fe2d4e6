"""What is promised, and who is told when nobody answers: `hours`, `sla`, `ladders`, `cases`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engagebot.domain.casework.attention import Attention
from engagebot.domain.casework.clocks import EVERYBODY, Audience
from engagebot.domain.casework.ladders import MOST_ROUNDS, Ladder, Step
from engagebot.domain.hours import BusinessHours
from engagebot.domain.outbox import CaseState
from engagebot.errors import Finding
from engagebot.settings.configfile import ConfigModel, LadderModel, SlaModel
from engagebot.settings.hoursfile import read_hours
from engagebot.settings.values import ALWAYS, BUSINESS, Sla
from engagebot.yamlfile import Node, did_you_mean, listed

_HOLD = "hold"
_EXAMPLE = 'hours: {business: {mon-fri: "09:00-18:00"}}'


def promised(model: ConfigModel, root: Node, site: Path, findings: list[Finding]) -> dict[str, Any]:
    """The fields of `Settings` about time and cases, by name."""
    given = model.hours or {}
    if ALWAYS in given:
        message = f'"{ALWAYS}" means any hour already; give these hours another name'
        findings.append(root.at("hours").finding("EB023", message, key=ALWAYS))
    hours = read_hours(given, model.timezone, root, site, findings)
    ladders = _ladders(model, root, hours, findings)
    for name, team in model.teams.items():
        node = root.at("teams", name)
        if team.hours is not None and team.hours not in given:
            findings.append(_no_hours(node.at("hours"), team.hours, given))
        if team.ladder is not None and team.ladder not in model.ladders:
            near = did_you_mean(team.ladder, model.ladders)
            message = (
                f'there is no ladder "{team.ladder}" under "ladders"; there: {listed(model.ladders)}{near}'
            )
            findings.append(node.at("ladder").finding("EB024", message))
    cases = model.cases
    return {
        "hours": hours.get(BUSINESS),
        "hours_by_name": hours,
        "slas": _slas(model, root, findings),
        "ladders": ladders,
        "attention": Attention(
            handover_returns_after=cases.handover_returns_after,
            remind_every=cases.remind_every,
            unack_after=cases.unack_after,
            silent_after=cases.silent_after,
        ),
    }


def _slas(model: ConfigModel, root: Node, findings: list[Finding]) -> tuple[Sla, ...]:
    slas: list[Sla] = []
    for index, item in enumerate(model.sla):
        node = root.at("sla", index)
        if any(item.name == sla.name for sla in slas):
            findings.append(node.at("name").finding("EB023", f'another sla is named "{item.name}" already'))
        before = next((sla.name for sla in slas if sla.audience == EVERYBODY), None)
        if before is not None:
            message = f'"{before}" above is for every case, so this is never used; put it above, with "for"'
            findings.append(node.finding("EB034", message, is_warning=True))
        _check_sla(item, model, node, findings)
        slas.append(
            Sla(
                name=item.name, first_reply=item.first_reply, next_reply=item.next_reply,
                resolution=item.resolution, holding_after=item.holding_after, hours=item.hours,
                warn_at=tuple(sorted(set(item.warn_at))),
                audience=Audience(
                    severities=frozenset(item.audience.severity),
                    teams=frozenset(item.audience.team),
                    is_vip=item.audience.vip,
                ),
                pauses=frozenset(CaseState(name) for name in item.pauses),
            )
        )  # fmt: skip
    return tuple(slas)


def _check_sla(item: SlaModel, model: ConfigModel, node: Node, findings: list[Finding]) -> None:
    given = model.hours or {}
    if item.hours == BUSINESS and BUSINESS not in given:
        message = f'"hours: business" needs the hours: write {_EXAMPLE}'
        findings.append(node.at("hours").finding("EB025", message))
    elif item.hours != ALWAYS and item.hours not in given:
        findings.append(_no_hours(node.at("hours"), item.hours, given))
    if item.resolution is not None and item.resolution < item.first_reply:
        message = "the resolution is due before the first reply; make it the longer span"
        findings.append(node.at("resolution").finding("EB025", message))
    if item.holding_after is not None and item.holding_after >= item.first_reply:
        message = "the holding reply comes after the first reply is due; make it the shorter span"
        findings.append(node.at("holding_after").finding("EB025", message))
    for index, team in enumerate(item.audience.team):
        if team not in model.teams:
            near = did_you_mean(team, model.teams)
            message = f'there is no team "{team}" under "teams"; there: {listed(model.teams)}{near}'
            findings.append(node.at("for", "team", index).finding("EB024", message))


def _no_hours(node: Node, name: str, given: Mapping[str, object]) -> Finding:
    near = did_you_mean(name, (ALWAYS, *given))
    there = listed((ALWAYS, *given))
    return node.finding("EB025", f'there are no hours "{name}" under "hours"; there: {there}{near}')


def _ladders(
    model: ConfigModel, root: Node, hours: Mapping[str, BusinessHours], findings: list[Finding]
) -> dict[str, Ladder]:
    plain = {name: _plain(name, item, hours) for name, item in model.ladders.items()}
    found = dict(plain)
    for name, item in model.ladders.items():
        node = root.at("ladders", name)
        _check_ladder(item, model, node, findings)
        if item.outside == _HOLD:
            continue
        other = plain.get(item.outside)
        if other is None or item.outside == name:
            near = did_you_mean(item.outside, (_HOLD, *plain))
            rest = listed((_HOLD, *(each for each in plain if each != name)))
            message = f'"{item.outside}" is no other ladder; allowed: {rest}{near}'
            findings.append(node.at("outside").finding("EB024", message))
            continue
        found[name] = Ladder(
            name=name, steps=plain[name].steps, rounds=plain[name].rounds, during=plain[name].during,
            outside=other, page_only=item.page_only,
        )  # fmt: skip
    return found


def _plain(name: str, item: LadderModel, hours: Mapping[str, BusinessHours]) -> Ladder:
    return Ladder(
        name=name,
        steps=tuple(Step(after=step.after, notify=tuple(step.notify)) for step in item.steps),
        rounds=min(item.repeat + 1, MOST_ROUNDS),
        during=hours.get(item.only_during),
        page_only=item.page_only,
    )


def _check_ladder(item: LadderModel, model: ConfigModel, node: Node, findings: list[Finding]) -> None:
    given = model.hours or {}
    if not item.steps:
        findings.append(node.at("steps").finding("EB025", "a ladder has at least one step"))
    for index, step in enumerate(item.steps):
        if not step.notify:
            message = "this step tells nobody; name a channel, or leave the step out"
            findings.append(node.at("steps", index, "notify").finding("EB025", message))
    if item.repeat >= MOST_ROUNDS:
        message = f"a ladder is repeated {MOST_ROUNDS - 1} times at most, not {item.repeat}"
        findings.append(node.at("repeat").finding("EB025", message))
    if item.only_during != ALWAYS and item.only_during not in given:
        findings.append(_no_hours(node.at("only_during"), item.only_during, given))
    if item.only_during == ALWAYS and (item.outside != _HOLD or item.page_only is not None):
        key = "outside" if item.outside != _HOLD else "page_only"
        message = "it acts at any hour, so this says nothing; name its hours with only_during"
        findings.append(node.finding("EB034", message, key=key, is_warning=True))
