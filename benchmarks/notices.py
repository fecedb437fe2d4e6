"""1,000 cases to Slack, a mailbox and a program while a third of all calls fail, and a kill -9 in between.

    python -m benchmarks.notices [--cases 1000] [--share 0.33] [--seed 1]

Six tenths of the cases come one by one, the others at once, so that people get them in lists; what is urgent
comes by itself in any weather. Each service fails as it does in life: 429 with Retry-After, 5xx, lines that
are reset, silence past the time-out, and no answer to what was taken (ambiguous: it is sent again). What
arrived is counted in the receivers' own records. Exits with 1 when a case is missing anywhere.
"""

from __future__ import annotations

import argparse
import email
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from itertools import chain
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.deliveries.office import SECRET
from benchmarks.deliveries.receivers import CRM, DESK, Receivers, Taken, receivers
from benchmarks.soak.clock import SharedClock
from engagebot import scheduler
from engagebot.bootstrap import App
from engagebot.bootstrap.outside import Outside
from engagebot.domain.mention import MentionRef
from engagebot.domain.outbox import DeliveryState
from engagebot.ports import Clock, Sink
from engagebot.settings.values import Alarms, Team
from engagebot.sinks import email as mail
from engagebot.sinks import slack_bot, webhook
from engagebot.sinks.outbound import Way
from engagebot.store import schema
from engagebot.store.tables import deliveries as rows
from engagebot.store.telling import deliveries
from tests.emulators.faults import Fault
from tests.emulators.slack import SlackEmulator
from tests.emulators.slack.server import BOT_TOKEN
from tests.factories import hear, make_author, make_mention, make_settings

ROOT = Path(__file__).parents[1]
START = datetime(2026, 8, 3, 8, tzinfo=UTC)
SLACK = "slack:#care"
CHANNELS = (SLACK, DESK, CRM)
CALM = timedelta(seconds=75)
"""Ten cases in ten minutes would be a storm."""
CALM_SHARE = 0.6
ANSWER_WITHIN_S = 1.0
MOST_HANGS = 12
LASTS = timedelta(days=5)
QUIET_S = 30.0
WORDS = ("slow", "dead", "dead", "on fire")
RULES = """\
- {id: fire, name: It burns, status: live, when: {all: [{text: {contains_any: [fire]}}]},
   then: [{escalate: {team: support, severity: urgent}}], stop: true}
- {id: dead, name: It is dead, status: live, when: {all: [{text: {contains_any: [dead]}}]},
   then: [{escalate: {team: support, severity: high}}], stop: true}
- {id: slow, name: It is slow, status: live, when: {all: [{text: {contains_any: [slow]}}]},
   then: [{escalate: {team: support, severity: medium}}], stop: true}
- {id: the-rest, name: Everything else, status: live, default: true, then: [{tag: [seen]}]}
"""
FAULTS = {
    CRM: ("500", "503 wait", "429 wait", "hang", "cut", "cut after"),
    DESK: ("421", "450", "hang", "cut", "cut after"),
}
_BUSY = Fault.answer(429, {"ok": False, "error": "ratelimited"}, retry_after="30")
_BROKEN = Fault.answer(200, {"ok": False, "error": "internal_error"})
_HANG = 1.5 * ANSWER_WITHIN_S
SLACK_FAULTS = (
    _BUSY, Fault.html_503(), _BROKEN, Fault.cut_before(), Fault.cut_after(), Fault.hang(_HANG),
    Fault.hang(_HANG, act=True),
)  # fmt: skip
_CASE_OF_ID = re.compile(r"case-(\d+)-")
_NAMED = re.compile(r"case (\d+) · ")
_FURTHER = re.compile(r"and \d+ more: cases ([0-9, -]+)")


def open_site(folder: Path, clock: Clock, sinks: dict[str, Sink], *, is_live: bool) -> App:
    """The program on the site in this folder, with real channels to the receivers near by."""
    settings = make_settings(
        folder, f"sqlite:///{folder / 'engagebot.db'}",
        teams={"support": Team(name="support", notify=CHANNELS)}, alarms=Alarms(notify=()),
    )  # fmt: skip
    return App(settings, is_live=is_live, outside=Outside(clock=clock, sinks=sinks))


def sinks_of(clock: Clock, *, slack_url: str, http_port: int, smtp_port: int) -> dict[str, Sink]:
    """The channels as the program opens them, but for how long they wait."""
    client = slack_bot.client_of(BOT_TOKEN, slack_url, timeout_s=1)
    way = Way(allow_private=True, seconds=ANSWER_WITHIN_S)
    server = f"smtp://127.0.0.1:{smtp_port}?from=bot@example.com"
    return {
        SLACK: slack_bot.SlackBotSink(SLACK, client, "#care", clock=clock),
        DESK: mail.open_sink(server, "desk@example.com", name=DESK, seconds=ANSWER_WITHIN_S),
        CRM: webhook.open_sink(f"http://127.0.0.1:{http_port}/crm", SECRET, clock, way=way, name=CRM),
    }


def work(given: dict[str, Any]) -> None:
    """The process that tells people until its parent is gone, or it is killed."""
    clock = SharedClock(Path(given["folder"]) / "clock")
    sinks = sinks_of(
        clock, slack_url=given["slack"], http_port=given["http"], smtp_port=given["smtp"]
    )  # fmt: skip
    logging.getLogger("engagebot").setLevel(logging.CRITICAL)
    app = open_site(Path(given["folder"]), clock, sinks, is_live=True)
    scheduler.prepare(app)
    print("ready", flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        if not scheduler.tell_people(app):
            time.sleep(0.02)


@dataclass
class Stage:
    """The site, its receivers and the process that works."""

    app: App
    clock: SharedClock
    slack: SlackEmulator
    others: Receivers
    command: Sequence[str]
    kills: int = 0
    heard: int = 0
    worker: subprocess.Popen[str] | None = field(default=None)

    def begin(self) -> None:
        self.worker = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self.worker.stdout is not None
        if self.worker.stdout.readline() != "ready\n":
            raise RuntimeError("the worker did not begin")

    def kill(self) -> None:
        """Kill the worker, in the middle of a call where it comes to one."""
        until = time.monotonic() + 5
        while time.monotonic() < until and not self.states().get(DeliveryState.SENDING.value):
            time.sleep(0.002)
        self.end()
        self.kills += 1
        self.begin()

    def end(self) -> None:
        if self.worker is not None:
            with self.worker:
                self.worker.kill()
            self.worker = None

    def hear(self) -> None:
        """Let one more customer be unhappy, and decide."""
        self.heard += 1
        native_id, now = f"post-{self.heard}", self.clock.now()
        text = f"the modem is {WORDS[self.heard % len(WORDS)]}, number {self.heard}"
        mention = make_mention(
            native_id, text, ref=MentionRef("demo", native_id), posted_at=now,
            author=make_author(f"maple_fan_{self.heard}_demo"),
        )  # fmt: skip
        hear(self.app.store, mention)
        scheduler.decide_all(self.app)

    def states(self) -> dict[str, int]:
        with self.app.store.read() as tx:
            return deliveries.counts(tx)

    def next_due(self) -> datetime | None:
        """When the next notice may be tried."""
        query = sa.select(sa.func.min(rows.c.due_at)).where(rows.c.state == DeliveryState.PENDING.value)
        with self.app.store.read() as tx:
            return tx.execute(query).scalar()

    def work_off(self) -> None:
        """Wait until nothing is due."""
        seen, until = -1, time.monotonic() + QUIET_S
        while self._is_busy():
            asked = len(self.slack.requests) + sum(self.others.shown.values())
            if asked != seen:
                seen, until = asked, time.monotonic() + QUIET_S
            elif time.monotonic() > until:
                raise RuntimeError(f"nobody takes up what is due: {self.states()}")
            time.sleep(0.01)

    def _is_busy(self) -> bool:
        with self.app.store.read() as tx:
            is_due = bool(deliveries.due(tx, self.clock.now(), limit=1))
            return is_due or DeliveryState.SENDING.value in deliveries.counts(tx)


@contextmanager
def staged(options: argparse.Namespace) -> Iterator[Stage]:
    """A site and its receivers; at the end all of it is gone."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="notices-")))
        (folder / "rules").mkdir()
        (folder / "rules" / "10-all.yaml").write_text(RULES, "utf-8")
        clock = SharedClock(folder / "clock")
        stack.callback(clock.close)
        clock.set(START)
        slack = stack.enter_context(SlackEmulator())
        slack.burst = 1e9
        # Each fault is rolled for by itself.
        each = 1 - (1 - options.share) ** (1 / len(SLACK_FAULTS))
        for number, fault in enumerate(SLACK_FAULTS):
            times = MOST_HANGS if fault.wait_s else None
            seed = options.seed * 100 + number
            slack.fault(fault, on="POST /api/chat.*", times=times, probability=each, seed=seed)
        others = stack.enter_context(
            receivers(seed=options.seed, share=options.share, stops=MOST_HANGS, faults=FAULTS)
        )
        app = open_site(folder, clock, {}, is_live=False)
        stack.callback(app.close)
        schema.upgrade(app.store)
        app.rules.refresh()
        given = {
            "folder": str(folder), "slack": slack.api_url, "http": others.http_port,
            "smtp": others.smtp_port,
        }  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.notices", "--worker", json.dumps(given)]
        stage = Stage(app, clock, slack, others, command)
        stack.callback(stage.end)
        yield stage


def run(stage: Stage, count: int, leap: timedelta) -> None:
    """Let the cases come, calmly and then all at once, kill the worker between, and let days pass."""
    stage.begin()
    calm = int(count * CALM_SHARE)
    for number in range(calm):
        stage.hear()
        stage.clock.set(stage.clock.now() + CALM)
        if number == calm // 2:
            stage.kill()
        stage.work_off()
    for _ in range(count - calm):
        stage.hear()
    ends = stage.clock.now() + LASTS
    stage.work_off()
    while (due_at := stage.next_due()) is not None and due_at < ends:
        # After a leap all that would have come one by one is due at once.
        stage.clock.set(max(due_at, stage.clock.now() + leap))
        stage.work_off()


@dataclass
class Told:
    """What one receiver has: how often each case by itself, and which cases on lists."""

    alone: Counter[int] = field(default_factory=Counter)
    listed: Counter[int] = field(default_factory=Counter)
    lists: Counter[str] = field(default_factory=Counter)

    def by_list(self, list_id: str, text: str) -> None:
        self.lists[list_id] += 1
        if self.lists[list_id] == 1:
            self.listed.update(named(text))

    def line(self, name: str, cases: Iterable[int], asked: int, failed: int) -> str:
        wanted = set(cases)
        missing = len(wanted - self.alone.keys() - self.listed.keys())
        doubled = sum(count - 1 for count in chain(self.alone.values(), self.lists.values()))
        only_listed = len(self.listed.keys() - self.alone.keys())
        return (
            f"{name:<10}{asked:>8,}{failed:>8,}{len(self.alone):>8,}{only_listed:>8,}{len(self.lists):>7}"
            f"{doubled:>9}{missing:>9}"
        )

    def misses(self, cases: Iterable[int]) -> int:
        return len(set(cases) - self.alone.keys() - self.listed.keys())


def named(text: str) -> set[int]:
    """The cases that a list names, each in a line or in the row of numbers at its end."""
    found = {int(number) for number in _NAMED.findall(text)}
    for row in _FURTHER.findall(text):
        for part in row.split(", "):
            first, _, last = part.strip().partition("-")
            found |= set(range(int(first), int(last or first) + 1))
    return found


def told_in_slack(slack: SlackEmulator) -> Told:
    """What stands in the channel."""
    told = Told()
    for message in slack.care.shown:
        attachments = message.body.get("attachments") or [{"blocks": []}]
        marks = [each.get("block_id", "") for each in attachments[0]["blocks"]]
        numbers = [int(mark.partition(":")[2]) for mark in marks if mark.startswith("case:")]
        if numbers:
            told.alone.update(numbers)
        else:
            blocks = message.body["blocks"]
            told.by_list(blocks[-1]["elements"][0]["text"], blocks[1]["text"]["text"])
    return told


def told_by(taken: Iterable[Taken]) -> Told:
    """What a receiver of mail or of webhooks wrote down."""
    told = Told()
    for each in taken:
        found = _CASE_OF_ID.match(each.notice_id)
        if found:
            told.alone[int(found[1])] += 1
        elif each.notice_id.startswith("storm-"):
            told.by_list(each.notice_id, _body(email.message_from_bytes(each.words.encode())))
    return told


def _body(message: Message) -> str:
    plain = message.get_payload(decode=True)
    return plain.decode() if isinstance(plain, bytes) else ""


def report(stage: Stage, cases: int) -> int:
    """Say for each receiver what arrived; answer how many are missing."""
    wanted, missing = range(1, cases + 1), 0
    print(
        f"{'receiver':<10}{'calls':>8}{'failed':>8}{'alone':>8}{'listed':>8}{'lists':>7}{'doubled':>9}"
        f"{'missing':>9}"
    )
    posts = [each for each in stage.slack.requests if each.path.startswith("/api/chat.")]
    wrong = sum(1 for each in posts if each.fault)
    rows = [(SLACK, told_in_slack(stage.slack), len(posts), wrong)]
    for channel in (DESK, CRM):
        shown = {fault: n for (name, fault), n in stage.others.shown.items() if name == channel}
        taken = [each for each in stage.others.taken if each.channel == channel]
        rows.append((channel, told_by(taken), sum(shown.values()), sum(shown.values()) - shown.get("", 0)))
    for channel, told, asked, failed in rows:
        print(told.line(channel.partition(":")[0], wanted, asked, failed))
        missing += told.misses(wanted)
    print(f"{'states':<10}{stage.states()}")
    return missing


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.notices")
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--share", type=float, default=1 / 3, help="how many calls fail (a third)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--leap", type=float, default=0, help="hours that the machine sleeps between two looks"
    )
    parser.add_argument("--worker", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        work(options.worker)
        return
    logging.getLogger("engagebot").setLevel(logging.CRITICAL)
    print(f"notices: {options.cases:,} cases, {options.share:.0%} of all calls fail, seed {options.seed}")
    began = time.monotonic()
    with staged(options) as stage:
        run(stage, options.cases, timedelta(hours=options.leap))
        passed = stage.clock.now() - START
        missing = report(stage, options.cases)
    print(f"{'kill -9':<10}{stage.kills}\n{'seconds':<10}{time.monotonic() - began:.0f}")
    print(f"{'passed':<10}{passed / timedelta(hours=1):.1f} hours on the site's clock")
    print(f"BROKEN: {missing} are missing" if missing else "no case is missing")
    if missing:
        sys.exit(1)


if __name__ == "__main__":
    main()
