"""A site's settings in words, each with its place in a file; secrets only as given or not given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

from engagebot.domain.durations import format_duration
from engagebot.domain.hours import WEEKDAYS
from engagebot.domain.replying.leaving import CapScope, rate_words
from engagebot.errors import EngagebotError
from engagebot.settings import Settings
from engagebot.settings.values import Sla
from engagebot.settings.variables import APPRISE
from engagebot.web.wording import counted, span
from engagebot.yamlfile import Node, read_text, read_yaml

_CAPPED = {
    CapScope.ACCOUNT: "Replies from one account",
    CapScope.AUTHOR: "Replies to one person",
    CapScope.THREAD: "Replies in one thread",
    CapScope.COMMUNITY: "Replies in one community",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One setting: what it is, its value in words, and where to change it; `file` with a line where known."""

    label: str
    words: str
    key: str
    file: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Settings that belong together."""

    title: str
    shown: Sequence[Shown]


@dataclass(frozen=True, slots=True)
class _Said:
    title: str
    label: str
    words: str
    key: str
    is_environment: bool = False


def sections(settings: Settings, config: str) -> list[Section]:
    """Every setting worth reading, as it runs; `config` is the YAML file seen from the site's folder."""
    root = _read(settings.site, config)
    said = [*_brand(settings), *_sending(settings), *_people(settings), *_promises(settings)]
    said += [*_policy(settings), *_keeping(settings), *_secrets(settings), *_machine(settings)]
    return [
        Section(title=title, shown=[_shown(each, config, root) for each in group])
        for title, group in groupby(said, key=lambda each: each.title)
    ]


def _shown(said: _Said, config: str, root: Node | None) -> Shown:
    if said.is_environment:
        return Shown(label=said.label, words=said.words, key=said.key, file=".env")
    line = _line(root, said.key) if root is not None else None
    return Shown(label=said.label, words=said.words, key=said.key, file=config, line=line)


def _read(site: Path, config: str) -> Node | None:
    # The file may have been changed, or broken, since it was read; then only its name can be told.
    try:
        return read_yaml(read_text(site / config, config), config)
    except (EngagebotError, OSError):
        return None


def _line(root: Node, key: str) -> int | None:
    node, line = root, None
    for step in key.split("."):
        if step not in node.keys:
            return line
        line = node.keys[step][0]
        node = node.content[step]
    return line


def _brand(settings: Settings) -> Iterator[_Said]:
    brand = settings.brand
    handles = ", ".join(f"{source}: @{handle}" for source, handle in brand.handles.items())
    yield _Said("Brand", "Name", brand.name, "brand.name")
    yield _Said("Brand", "Our accounts", handles or "none given", "brand.handles")
    yield _Said("Brand", "Rivals", ", ".join(brand.rivals) or "none given", "brand.rivals")
    yield _Said("Brand", "Time zone", settings.timezone.key, "timezone")


def _sending(settings: Settings) -> Iterator[_Said]:
    review = settings.review
    kinds = ", ".join(str(kind).replace("_", " ") for kind in review.second_reader)
    returns = f"comes back after {span(review.by_hand_returns_after)}"
    most = counted(review.most_in_bulk, "reply", "replies")
    yield _Said("Sending", "Sending", "on" if settings.sending else "off", "sending")
    yield _Said("Sending", "Time to undo", f"{settings.undo_seconds} seconds", "undo_seconds")
    yield _Said("Sending", "Two people read", kinds or "nothing", "review.second_reader")
    yield _Said("Sending", "Wide reach", f"from {review.large_reach:,} readers on", "review.large_reach")
    yield _Said("Sending", "By hand, not posted", returns, "review.by_hand_returns_after")
    lasts = f"good for {span(review.approval_lasts)}"
    yield _Said("Sending", "An approval", lasts, "review.approval_lasts")
    yield _Said("Sending", "Most at once", most, "review.most_in_bulk")
    every = review.seeded_every
    checks = f"one in {every:,} decisions" if every else "none"
    yield _Said("Sending", "Seeded checks", checks, "review.seeded_checks")


def _people(settings: Settings) -> Iterator[_Said]:
    for name, team in settings.teams.items():
        told = ", ".join(team.notify) or "nothing: add notify"
        yield _Said("Teams and alarms", f"Team {name}", f"told through {told}", f"teams.{name}")
    if not settings.teams:
        words = "none yet: unhappy people have nowhere to go"
        yield _Said("Teams and alarms", "Teams", words, "teams")
    deaf = ", ".join(settings.alarms.notify) or "nobody"
    yield _Said("Teams and alarms", "When a watch is deaf", f"told through {deaf}", "alarms")


def _promises(settings: Settings) -> Iterator[_Said]:
    title = "Hours and promises"
    hours = settings.hours
    if hours is None:
        yield _Said(title, "Working hours", "none given: every hour counts", "hours")
    else:
        open_days = [
            f"{day} {', '.join(f'{_clock(start)}–{_clock(end)}' for start, end in spans)}"
            for day, spans in zip(WEEKDAYS, hours.spans, strict=True)
            if spans
        ]
        yield _Said(title, "Working hours", "; ".join(open_days), "hours.business")
        closed = hours.holidays
        days = counted(len(closed), "day") if isinstance(closed, Sized) else "those of a calendar, every year"
        yield _Said(title, "Holidays", days, "hours.business.holidays")
    for promise in settings.slas:
        yield _Said(title, f"Promise “{promise.name}”", _promise(promise), "sla")
    if not settings.slas:
        yield _Said(title, "Promises", "none: cases have no due time", "sla")


def _promise(promise: Sla) -> str:
    kind = " of working time" if promise.is_business_time else ""
    again = f", next ones within {span(promise.next_reply)}{kind}" if promise.next_reply else ""
    solved = f", solved within {span(promise.resolution)}{kind}" if promise.resolution else ""
    warned = ", ".join(f"{share:.0%}" for share in promise.warn_at)
    spans = f"{span(promise.first_reply)}{kind}{again}{solved}"
    held = f"; holding reply after {span(promise.holding_after)}" if promise.holding_after else ""
    return f"first reply within {spans}; warned at {warned or 'nothing'}{held}"


def _policy(settings: Settings) -> Iterator[_Said]:
    title, policy = "Contact policy", settings.contact_policy
    rate, quiet = policy.proactive_per_author, policy.quiet_hours
    often = f"{counted(rate.count, 'time')} in {format_duration(rate.per)}"
    silent = f"{_clock(quiet[0])} to {_clock(quiet[1])}" if quiet else "none"
    yield _Said(title, "Unasked, to one person", f"at most {often}", "contact_policy.proactive_per_author")
    per_day = f"at most {policy.proactive_per_day} a day"
    yield _Said(title, "Unasked, to everybody", per_day, "contact_policy.proactive_per_day")
    for scope, label in _CAPPED.items():
        rates = ", ".join(map(rate_words, policy.replies[scope]))
        yield _Said(title, label, f"at most {rates}", scope.setting)
    yield _Said(title, "Quiet hours, unasked", silent, "contact_policy.quiet_hours")
    words = ", ".join(policy.opt_out_words)
    yield _Said(title, "Words that stop us", words or "none", "contact_policy.opt_out_words")


def _keeping(settings: Settings) -> Iterator[_Said]:
    title, learning = "Keeping and learning", settings.learning
    sources = ", ".join(f"{name} every {_long(every)}" for name, every in settings.deletion.sources.items())
    checked = f"every {_long(settings.deletion.check_every)}" + (f"; {sources}" if sources else "")
    yield _Said(title, "Mentions are kept", _long(settings.retention.mentions), "retention.mentions")
    yield _Said(title, "Asked whether they still stand", checked, "deletion.check_every")
    yield _Said(title, "Learning", "every night" if learning.nightly else "when told", "learning.nightly")
    yield _Said(title, "Blind sample", f"{learning.audit_share:.0%} of all verdicts", "learning.audit_share")


def _secrets(settings: Settings) -> Iterator[_Said]:
    title = "Keys and addresses"
    masked = "stay here" if settings.masks_notices else "are told"
    yield _Said(title, "Names and words of customers", masked, "notifications.mask")
    tested = "once a week" if settings.tests_channels else "by hand only"
    yield _Said(title, "Channels are tested", tested, "notifications.self_test")
    for name, secret in (
        ("ENGAGEBOT_SLACK_WEBHOOK_URL", settings.slack_webhook_url),
        ("ENGAGEBOT_SLACK_BOT_TOKEN", settings.slack_bot_token),
        ("ENGAGEBOT_SLACK_APP_TOKEN", settings.slack_app_token),
        ("ENGAGEBOT_SLACK_SIGNING_SECRET", settings.slack_signing_secret),
        ("ENGAGEBOT_SMTP_URL", settings.smtp_url),
        ("ENGAGEBOT_WEBHOOK_SECRET", settings.webhook_secret),
        ("ENGAGEBOT_SECRET_KEY", settings.secret_key),
    ):
        label = name.removeprefix("ENGAGEBOT_").replace("_", " ").capitalize()
        yield _Said(title, label, "given" if secret else "not given", name, is_environment=True)
    for name in settings.apprise_urls:
        yield _Said(title, f"Apprise {name}", "given", f"{APPRISE}{name.upper()}", is_environment=True)
    for name, url in settings.webhooks.items():
        # The rest of an address may be a key to it.
        host = urlsplit(url).hostname or ""
        files = ", files tickets" if name in settings.ticket_webhooks else ""
        yield _Said(title, f"Webhook {name}", f"{host}{files}", f"webhooks.{name}")


def _machine(settings: Settings) -> Iterator[_Said]:
    title = "This machine"
    kind = "SQLite, one file" if settings.database_url.startswith("sqlite") else "PostgreSQL"
    yield _Said(title, "Address", settings.base_url, "ENGAGEBOT_BASE_URL", is_environment=True)
    yield _Said(title, "Database", kind, "ENGAGEBOT_DATABASE_URL", is_environment=True)
    yield _Said(title, "Log", settings.log_level, "ENGAGEBOT_LOG_LEVEL", is_environment=True)
    hosts = ", ".join(settings.server.allowed_hosts) or "none"
    yield _Said(title, "Other names it answers to", hosts, "server.allowed_hosts")
    proxies = ", ".join(settings.server.trusted_proxies) or "none"
    yield _Said(title, "Trusted proxies", proxies, "server.trusted_proxies")


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _long(length: timedelta) -> str:
    return counted(length.days, "day") if length >= timedelta(days=2) and not length.seconds else span(length)
