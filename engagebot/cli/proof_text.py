"""A backtest and a difference as people read them in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engagebot.cli.terminal import clean, shorten, table
from engagebot.pipeline.replay.results import (
    Agreement,
    Backtest,
    Consequences,
    Difference,
    NearMissed,
    RuleReplay,
    Sample,
    Side,
)

_WIDTH = 100
_MOVES = 12
_NO_HISTORY = (
    "No decided mention is stored yet, so there is nothing to replay. Import some with\n"
    "`engagebot import FILE`, or let the site listen for a while."
)
_SAID = {
    "unhappy": "were treated as unhappy customers: a person should get them",
    "draft_approved": "had a draft that was approved: a draft should be written",
    "draft_rejected": "had a draft that was rejected: none should be written",
    "not_unhappy": "were said not to be unhappy: no case should be opened",
}
_OUTCOMES = {
    "escalated": "to people",
    "drafted": "drafts",
    "ignored": "ignored",
    "routed": "only marked",
    "untouched": "nothing",
}


def backtest_text(result: Backtest, *, only: str | None) -> str:
    """A whole backtest, or one rule of it with examples."""
    if not result.mentions:
        return _nothing(result.left_out)
    lines = [_period(result), ""]
    if only is not None:
        lines += [line for rule in result.rules for line in _rule(rule, result)]
        return "\n".join(lines)
    lines.append(_outcomes(result.outcomes, result.mentions))
    if result.consequences is not None:
        lines += _consequences(result.consequences)
    lines += _agreement(result.agreement)
    lines += ["", _rules(result.rules), "", "--rule ID shows examples and near misses of one rule."]
    return "\n".join(lines)


def _nothing(left_out: int) -> str:
    if left_out:
        return f"None of the {left_out:,} mentions of this time can be replayed: {_LEFT_OUT}."
    return _NO_HISTORY


_LEFT_OUT = "they are not decided yet, or their words are gone"


def _period(result: Backtest | Difference) -> str:
    zone = ZoneInfo(result.zone) if isinstance(result, Backtest) else None
    until = result.until.astimezone(zone) if result.until and zone else result.until
    said = f"{_many(result.mentions, 'mention')} of the {result.days} days up to {until:%Y-%m-%d %H:%M}"
    said += f" ({result.zone if isinstance(result, Backtest) else 'UTC'})"
    if isinstance(result, Backtest):
        said = f"Rules {result.rule_set[:12]} on {said}"
    return f"{said}; {result.left_out:,} left out: {_LEFT_OUT}" if result.left_out else said


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _percent(part: float) -> str:
    if 0 < part < 0.001:
        return "< 0.1 %"
    return f"{part * 100:.0f} %" if part >= 0.1 or part == 0 else f"{part * 100:.1f} %"


def _outcomes(outcomes: Mapping[str, int], mentions: int) -> str:
    return ", ".join(
        f"{_OUTCOMES.get(name, name)} {count:,} ({_percent(count / mentions)})"
        for name, count in outcomes.items()
    )


def _consequences(found: Consequences) -> list[str]:
    lines = [_escalations(found)]
    drafts = f"Drafts: {found.drafts:,}, {found.drafts_per_day:g} a day"
    if found.wanted > found.drafts:
        drafts += f"; {found.wanted:,} were wanted"
    lines.append(drafts)
    lines += [
        f"  limit {clean(cap.limit)} of {cap.rule_id} held back {cap.times:,}, first {_moment(cap.first_at)}"
        for cap in found.caps
    ]
    lines += [f"  {count:,} not written: {clean(reason)}" for reason, count in found.not_drafted.items()]
    if found.cost is not None:
        lines.append(f"  those we may send ourselves would cost {found.cost} ({found.currency})")
    return lines


def _escalations(found: Consequences) -> str:
    count = found.escalations
    if not count:
        return "Escalations: none"
    teams = ", ".join(f"{team} {number:,}" for team, number in found.teams.items())
    said = f"Escalations: {count:,} from {_many(found.escalated_people, 'account')}, "
    said += f"{found.escalations_per_day:g} a day ({teams}); {_severities(found.severities)}"
    if count <= len(found.times):
        return f"{said}; {', '.join(_moment(at) for at in found.times)}"
    busiest = max(range(24), key=lambda hour: found.per_hour[hour])
    said += f"\n  most between {busiest:02}:00 and {(busiest + 1) % 24:02}:00"
    if found.outside_hours is not None:
        said += f", {found.outside_hours:,} outside business hours"
    said += f", {found.at_night:,} at night (22:00 to 06:00)"
    if found.at_night:
        said += f", the last {_moment(found.times[-1])}"
    return said


def _severities(severities: Mapping[str, int]) -> str:
    return ", ".join(
        f"{name} {severities[name]:,}" for name in ("urgent", "high", "medium", "low") if name in severities
    )


def _moment(at: datetime) -> str:
    return f"{at:%H:%M on %A, %Y-%m-%d}"


def _agreement(found: Agreement) -> list[str]:
    if found.share is None:
        return ["People have decided nothing on these mentions yet, so there is nothing to agree with."]
    lines = [
        f"Agrees with people on {found.agreed:,} of the {_many(found.decided_by_people, 'mention')} "
        f"they decided on ({_percent(found.share)}):"
    ]
    for said, (asked, agreed) in found.by.items():
        lines.append(f"  {agreed:,} of {asked:,} that {_SAID.get(said, said)}")
    if drafted := found.drafted.get("unhappy"):
        lines.append(f"  {drafted:,} friendly {'draft' if drafted == 1 else 'drafts'} to the unhappy")
    for each in found.disagreements:
        lines.append(
            f"    {_SAID_SHORT.get(each.said, each.said)}, but: {each.does}. {_quoted(each.mention)}"
        )
    return lines


_SAID_SHORT = {
    "unhappy": "unhappy",
    "draft_approved": "draft approved",
    "draft_rejected": "draft rejected",
    "not_unhappy": "not unhappy",
}


def _rules(rules: Sequence[RuleReplay]) -> str:
    rows = [
        (
            rule.id,
            rule.status,
            f"{rule.matched:,}",
            _percent(rule.share),
            f"{rule.acted:,}" if rule.status == "live" else "",
            _taken(rule.taken_first),
            f"{sum(rule.silenced.values()):,}" if rule.silenced else "",
            f"{rule.failed:,}" if rule.failed else "",
        )
        for rule in rules
    ]
    headings = ("rule", "status", "matches", "share", "acts", "taken first by", "silenced", "failed")
    return table(headings, rows, empty="")


def _taken(taken: Mapping[str, int]) -> str:
    return ", ".join(f"{rule_id} {count:,}" for rule_id, count in list(taken.items())[:3])


def _rule(rule: RuleReplay, result: Backtest) -> list[str]:
    would = {"live": "Would have matched", "shadow": "In shadow, it would have matched"}.get(rule.status)
    lines = [f"{rule.id}: {clean(rule.name)}", clean(rule.sentence), ""]
    if would is None:
        return [*lines, f"Its status is {rule.status}, so it is not asked."]
    lines.append(f"{would} {rule.matched:,} of {_many(result.mentions, 'mention')} ({_percent(rule.share)}).")
    lines += [
        f"{count:,} of {rule.matched:,} are taken first by {rule_id}, which stops."
        for rule_id, count in rule.taken_first.items()
    ]
    lines += [f"{count:,} drafts silenced: {clean(reason)}" for reason, count in rule.silenced.items()]
    if rule.failed:
        lines.append(f"It broke on {_many(rule.failed, 'mention')}, which go to a person.")
    if rule.matched:
        lines.append(f"By hour of the day: {_hours(rule.per_hour)}")
        lines.append(f"By day: {', '.join(f'{day:%m-%d} {count:,}' for day, count in _last(rule.per_day))}")
    for heading, shown in (("Newest", rule.newest), ("By chance", rule.random)):
        if shown:
            lines += ["", f"{heading}:", *(f"  {_quoted(sample)}" for sample in shown)]
    if rule.near_misses:
        lines += ["", "Near misses (all conditions but one):"]
        lines += [line for missed in rule.near_misses for line in _near(missed)]
    return lines


def _last(per_day: Mapping[Any, int]) -> list[tuple[Any, int]]:
    return list(per_day.items())[-14:]


def _hours(per_hour: Sequence[int]) -> str:
    return ", ".join(f"{hour:02}h {count:,}" for hour, count in enumerate(per_hour) if count)


def _quoted(sample: Sample) -> str:
    return f'#{sample.id} "{shorten(sample.text, _WIDTH)}"'


def _near(missed: NearMissed) -> list[str]:
    is_so = "not known" if missed.result is None else shorten(_plain(missed.actual), 80)
    wanted = shorten(_plain(missed.expected), 80)
    return [
        f"  {_quoted(missed.mention)}",
        f"      failed: {clean(missed.condition)}: {wanted} (it is: {is_so})",
    ]


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_plain(part) for part in value) or "nothing"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(part)}" for key, part in value.items())
    return "not known" if value is None else str(value)


def diff_text(result: Difference) -> str:
    """What moves between two routings."""
    if not result.mentions:
        return "\n".join([*_changes(result), _nothing(result.left_out)])
    lines = [f"On {_period(result)}.", *_changes(result), ""]
    lines += [_side("OLD", result.old, result.mentions), _side("NEW", result.new, result.mentions), ""]
    lines.append(
        f"{_many(result.moved, 'mention')} of {result.mentions:,} move{':' if result.moved else '.'}"
    )
    for move in result.moves[:_MOVES]:
        lines.append(f"  {move.count:,} from {move.old} to {move.new}")
        lines += [f"      {_quoted(sample)}" for sample in move.examples[:2]]
    if len(result.moves) > _MOVES:
        lines.append(f"  and {len(result.moves) - _MOVES} other moves (-o json lists them all)")
    for name, side in (("OLD", result.old), ("NEW", result.new)):
        lines += ["", f"{name} ({clean(side.name)}):", *_agreement(side.agreement)]
    if result.protected_count:
        lines += [
            "",
            f"PROTECTED: {_many(result.protected_count, 'mention')} may not move without your look:",
        ]
        for each in result.protected:
            lines.append(f"  {_quoted(each.mention)}")
            lines.append(f"      {each.why} (from {each.old} to {each.new})")
    return "\n".join(lines)


def _changes(result: Difference) -> list[str]:
    if result.old.rule_set == result.new.rule_set:
        return ["", "Both are the same rule set."]
    if not result.changes:
        return []
    return ["", "What was changed:", *(f"  {clean(line)}" for line in result.changes)]


def _side(name: str, side: Side, mentions: int) -> str:
    return f"{name}  {clean(side.name)}: {_outcomes(side.outcomes, mentions)}"
