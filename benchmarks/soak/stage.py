"""The stage: two platforms, a site's folder, the clock, and a polling process that can be killed."""

from __future__ import annotations

import json
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from benchmarks.soak.clock import SharedClock
from benchmarks.soak.day import START, WORD, Post
from tests.emulators.remote import ROOT, Remote, launched

ROUND_S = 120.0
_SETTINGS = f"""
brand: {{name: Acme, handles: {{x: acme, reddit: acme_support}}}}
sending: "off"
teams: {{support: {{notify: []}}}}
sla: [{{name: standard, first_reply: 24h}}]
watches:
  - {{name: x-talk, connector: x, kind: search, query: {WORD}, every: 5m}}
  - {{name: x-mentions, connector: x, kind: mentions, every: 5m}}
  - {{name: reddit-talk, connector: reddit, kind: search, query: {WORD}, subreddits: [acme], every: 5m}}
  - {{name: reddit-comments, connector: reddit, kind: comments, match: [{WORD}], subreddits: [acme],
     every: 5m}}
"""
_KEYS = """
ENGAGEBOT_X_BEARER_TOKEN=made-up-bearer
ENGAGEBOT_X_CONSUMER_KEY=made-up-key
ENGAGEBOT_X_CONSUMER_SECRET=made-up-secret
ENGAGEBOT_X_ACCESS_TOKEN=made-up-token
ENGAGEBOT_X_ACCESS_TOKEN_SECRET=made-up-token-secret
ENGAGEBOT_X_READ_TIMEOUT_S=1
ENGAGEBOT_REDDIT_CLIENT_ID=made-up-id
ENGAGEBOT_REDDIT_CLIENT_SECRET=made-up-secret
ENGAGEBOT_REDDIT_TIMEOUT_S=1
"""


@dataclass
class Stage:
    """Everything around the polling process; `native` says under which id a platform keeps each post."""

    folder: Path
    database_url: str
    clock: SharedClock
    platforms: dict[str, Remote]
    worker: Worker
    native: dict[Post, str] = field(default_factory=dict)

    def publish(self, posts: list[Post], until: datetime) -> None:
        """Let posts appear, and make it `until` everywhere."""
        for name, platform in self.platforms.items():
            own = [post for post in posts if post.platform == name]
            if own:
                ids = platform.call("post_all", posts=[post.arguments(self._thread) for post in own])
                self.native.update(zip(own, ids, strict=True))
            platform.clock(until.isoformat())
        self.clock.set(until)

    def open_thread(self) -> None:
        """Make the place that comments go to; no watch looks for it."""
        self._thread = self.platforms["reddit"].call(
            "post", title="What happened today", text="", author="host_demo", at="2026-08-01T00:00:00Z"
        )


class Worker:
    """The polling process: started when it is needed, killed at will."""

    def __init__(self, command: list[str], said: IO[bytes]) -> None:
        self._command = command
        self._said = said
        self._process: subprocess.Popen[str] | None = None
        self.kills = self.rounds = self.peak_kib = 0
        # How long rounds that did something took lately, for choosing a moment to kill in.
        self.usual_s = 0.05

    def begin(self) -> None:
        """Ask for a round."""
        if self._process is None:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                text=True,
            )
        self._began = time.monotonic()
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write("round\n")
        stdin.flush()

    def end(self, *, kill_after_s: float | None = None) -> bool:
        """Wait for the round to end; true where it was killed in its middle."""
        assert self._process is not None
        assert self._process.stdout is not None
        if kill_after_s is not None and not select.select([self._process.stdout], [], [], kill_after_s)[0]:
            self._process.kill()
            self._gone()
            self.kills += 1
            return True
        if not select.select([self._process.stdout], [], [], ROUND_S)[0]:
            raise RuntimeError(f"a round took more than {ROUND_S:.0f} s")
        line = self._process.stdout.readline()
        if not line:
            if self._gone() != -signal.SIGKILL:
                raise RuntimeError("the polling process ended by itself; its last words are in said.txt")
            self.kills += 1
            return True
        answer = json.loads(line)
        took_s = time.monotonic() - self._began
        if answer["decided"]:
            self.usual_s = 0.7 * self.usual_s + 0.3 * took_s
        self.rounds += 1
        self.peak_kib = max(self.peak_kib, answer["peak_kib"])
        return False

    def stop(self) -> None:
        """Let the process end by itself."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._gone()

    def _gone(self) -> int:
        assert self._process is not None
        with self._process as process:
            process.wait(timeout=ROUND_S)
        self._process = None
        return process.returncode


@contextmanager
def stage(folder: Path, database_url: str, *, broken: str = "") -> Iterator[Stage]:
    """Set everything up in an empty folder; at the end all processes are gone."""
    now = START.isoformat()
    with ExitStack() as stack:
        x = stack.enter_context(launched("x", folder=folder, account="acme", now=now))
        reddit = stack.enter_context(launched("reddit", folder=folder, account="acme_support", now=now))
        x.set(search_delay_s=30.0)
        site = folder / "site"
        _make_site(site, {"x": x, "reddit": reddit}, database_url)
        clock = SharedClock(folder / "clock")
        stack.callback(clock.close)
        clock.set(START)
        said = stack.enter_context((folder / "said.txt").open("wb"))
        command = [sys.executable, "-m", "benchmarks.soak.worker", "--site", str(site)]
        command += ["--clock", str(folder / "clock")]
        # PostgreSQL is told the truth of a team: others may be at work, so a dead one's lease has to run out.
        command += ["--alone"] if database_url.startswith("sqlite") else []
        command += ["--broken", broken] if broken else []
        worker = Worker(command, said)
        stack.callback(worker.stop)
        made = Stage(folder, database_url, clock, {"x": x, "reddit": reddit}, worker)
        made.open_thread()
        yield made


def _make_site(site: Path, platforms: dict[str, Remote], database_url: str) -> None:
    for name in ("config", "rules"):
        shutil.copytree(ROOT / name, site / name)
    (site / "config" / "engagebot.yaml").write_text(_SETTINGS)
    places = [f"ENGAGEBOT_{name.upper()}_BASE_URL={each.url}" for name, each in platforms.items()]
    (site / ".env").write_text("\n".join([f"ENGAGEBOT_DATABASE_URL={database_url}", *places]) + _KEYS)
