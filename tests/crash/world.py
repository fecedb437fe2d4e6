"""The world around the killed program: platforms with many posts, a site's folder, a hook's far end."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Self

from tests.crash.driver import PAGE, Job, as_line
from tests.emulators.remote import ROOT, Remote, launched

# Three pages of X and two of each listing of Reddit, the last of each with few.
X_CROWD, REDDIT_POSTS, REDDIT_COMMENTS = 2 * PAGE + 6, PAGE + 3, PAGE + 3
EVERY_S = 60.0
_RULES = """
- id: dead-line
  name: Something is dead
  status: live
  when: {all: [{text: {contains_any: [dead]}}]}
  then: [{escalate: {team: support, severity: high}}, {tag: [outage]}]
  stop: true
  tests:
    - {name: dead, mention: {text: the modem is dead}, expect: {matches: true, actions: [escalate]}}
    - {name: alive, mention: {text: the modem is here}, expect: {matches: false}}
- id: love
  name: Somebody loves it
  status: live
  when: {all: [{text: {contains_any: [love]}}, {addressed_to_us: true}]}
  then: [{draft: {template: thanks}}]
  stop: true
  tests:
    - {name: love, mention: {text: we love it, addressed_to_us: true}, expect: {matches: true}}
    - {name: no love, mention: {text: we like it, addressed_to_us: true}, expect: {matches: false}}
- id: default
  name: Everything else
  status: live
  default: true
  then: [{tag: [seen]}]
  tests:
    - {name: a van, mention: {text: a van}, expect: {matches: true}}
    - {name: no love, mention: {text: we love it, addressed_to_us: true}, expect: {matches: false}}
"""
_WATCHES = f"""
watches:
  - {{name: x-talk, connector: x, kind: search, query: acme, page_size: {PAGE}, every: 1m}}
  - {{name: reddit-talk, connector: reddit, kind: search, query: acme, subreddits: [acme], every: 1m}}
  - {{name: reddit-comments, connector: reddit, kind: comments, match: [acme], subreddits: [acme], every: 1m}}
"""
_SETTINGS = """
brand: {{name: Acme, handles: {{x: acme, reddit: acme_support}}}}
sending: "{sending}"
teams: {{support: {{notify: ["webhook:crm", console]}}}}
webhooks: {{crm: {{url: "{hook}"}}}}
sla: [{{name: standard, first_reply: 24h}}]
"""
KEYS = """
ENGAGEBOT_WEBHOOK_SECRET=whsec_bWFkZS11cC1mb3ItdGVzdHMtb25seS0wMDAwMDE=
ENGAGEBOT_X_BEARER_TOKEN=made-up-bearer
ENGAGEBOT_X_CONSUMER_KEY=made-up-key
ENGAGEBOT_X_CONSUMER_SECRET=made-up-secret
ENGAGEBOT_X_ACCESS_TOKEN=made-up-token
ENGAGEBOT_X_ACCESS_TOKEN_SECRET=made-up-token-secret
ENGAGEBOT_REDDIT_CLIENT_ID=made-up-id
ENGAGEBOT_REDDIT_CLIENT_SECRET=made-up-secret
ENGAGEBOT_REDDIT_USERNAME=acme_support
ENGAGEBOT_REDDIT_PASSWORD=made-up-password
"""


@dataclass
class Produced:
    """What the platforms hold: by watch, the id of each post that it has to bring, with its time."""

    by_watch: dict[str, dict[str, datetime]] = field(default_factory=dict)

    def ids(self) -> set[tuple[str, str]]:
        return {(name.partition("-")[0], native) for name, posts in self.by_watch.items() for native in posts}


def populate(x: Remote, reddit: Remote, now: datetime) -> Produced:
    """Fill both platforms; the same `now` makes the same posts with the same ids."""
    crowd = _crowd(x, X_CROWD, now)
    for minutes, author, text in (
        (60.5, "maple_fan_demo", "@acme my modem is dead"),
        (50.5, "birch_fan_demo", "@acme we love the new router"),
        (30.5, "elm_fan_demo", "@acme I love it"),
        (5.5, "maple_fan_demo", "@acme my modem is dead again"),
    ):
        at = now - timedelta(minutes=minutes)
        crowd[str(x.call("post", text=text, author=author, at=at.isoformat()))] = at
    return Produced(
        {
            "x-talk": crowd,
            "reddit-talk": _submissions(reddit, now),
            "reddit-comments": _comments(reddit, now),
        }
    )


def _crowd(remote: Remote, count: int, now: datetime) -> dict[str, datetime]:
    remote.clock(now.isoformat())
    ids = remote.call("burst", count=count, every_s=EVERY_S)
    remote.clock(None)
    return {
        native: now - timedelta(seconds=EVERY_S * left)
        for native, left in zip(ids, reversed(range(count)), strict=True)
    }


def _submissions(reddit: Remote, now: datetime) -> dict[str, datetime]:
    found = {}
    # Two texts: the second of two equal ones would be an echo, and echoes are not answered.
    words = {1: "u/acme_support I love acme", 25: "u/acme_support I love how kind you all were today"}
    for number in range(REDDIT_POSTS):
        at = now - timedelta(seconds=EVERY_S * (REDDIT_POSTS - number))
        name = reddit.call(
            "post",
            title=f"About acme, no. {number}",
            text=words.get(number, "it came up again"),
            author=f"poster_demo{number % 12}",
            at=at.isoformat(),
        )
        found[name] = at
    return found


def _comments(reddit: Remote, now: datetime) -> dict[str, datetime]:
    return _crowd(reddit, REDDIT_COMMENTS, now)


class HookEnd:
    """The far end of webhooks; each site posts to a path of its own."""

    def __init__(self) -> None:
        self._heard: list[tuple[str, str]] = []
        heard = self._heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                heard.append((self.path, self.headers["webhook-id"]))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, site: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hooks/{site}"

    def ids(self, site: str) -> list[str]:
        return [notice_id for path, notice_id in list(self._heard) if path == f"/hooks/{site}"]


@dataclass(frozen=True)
class Lane:
    """Two platforms and a driver that work for one point after the other.

    `seen` counts, by platform, the replies that belong to earlier points.
    """

    x: Remote
    reddit: Remote
    produced: Produced
    driver: subprocess.Popen[str]
    seen: dict[str, int] = field(default_factory=dict)

    def run(self, job: Job) -> int:
        """Run one round; answer its exit code, or minus the signal that ended it."""
        ask, answer = _pipes(self.driver)
        ask.write(as_line(job))
        ask.flush()
        return int(answer.readline())

    def clear(self) -> None:
        """Take away what earlier points left: heard again, their replies would answer the next drafts."""
        for remote, key in ((self.x, "id"), (self.reddit, "name")):
            remote.clear_faults()
            replies = remote.replies
            for reply in replies[self.seen.get(remote.url, 0) :]:
                remote.call("delete", **{key: reply["id"]})
            self.seen[remote.url] = len(replies)


@contextmanager
def lane(folder: Path, now: datetime) -> Iterator[Lane]:
    folder.mkdir()
    with ExitStack() as stack:
        x = stack.enter_context(launched("x", folder=folder, account="acme"))
        reddit = stack.enter_context(launched("reddit", folder=folder, account="acme_support"))
        said = stack.enter_context((folder / "driver.txt").open("w"))
        command = [sys.executable, "-m", "tests.crash.driver", "--serve"]
        driver = stack.enter_context(
            subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True
            )
        )
        yield Lane(x, reddit, populate(x, reddit, now), driver)
        # At the end of its input the driver ends by itself.
        _pipes(driver)[0].close()


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def make_site(folder: Path, lane: Lane, database_url: str, *, hook: str, listens: bool, sends: bool) -> None:
    """Write a site's folder that points at these platforms and at this database."""
    (folder / "config").mkdir(parents=True)
    (folder / "rules" / "templates").mkdir(parents=True)
    settings = _SETTINGS.format(sending="on" if sends else "off", hook=hook)
    (folder / "config" / "engagebot.yaml").write_text(settings + (_WATCHES if listens else "watches: []\n"))
    (folder / "rules" / "10-all.yaml").write_text(_RULES)
    (folder / "rules" / "templates" / "thanks.md").write_text(
        "Thank you, {{author.handle}}! – {{brand.name}}\n"
    )
    places = {
        "ENGAGEBOT_DATABASE_URL": database_url,
        "ENGAGEBOT_X_BASE_URL": lane.x.url,
        "ENGAGEBOT_REDDIT_BASE_URL": lane.reddit.url,
    }
    (folder / ".env").write_text("\n".join(f"{name}={value}" for name, value in places.items()) + KEYS)


def this_minute() -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0)
