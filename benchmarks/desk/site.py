"""The sites that the desk is measured on."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.desk.rows import fill
from engagebot.bootstrap import App, open_app
from tests.postgres import PostgresServer

ROOT = Path(__file__).resolve().parents[2]
NOW = "2026-08-05T12:00:00Z"
CONFIG = """\
brand: {name: Acme, handles: {}, rivals: []}
timezone: UTC
sending: "off"
watches:
  - {name: acme-x, connector: x, kind: mentions, every: 2m}
  - {name: acme-x-talk, connector: x, kind: search, query: acme, every: 10m}
  - {name: acme-reddit, connector: reddit, kind: search, query: acme, subreddits: [acme], every: 5m}
  - {name: acme-news, connector: hackernews, kind: search, query: acme, every: 10m}
teams:
  support: {notify: [console]}
sla:
  - {name: standard, first_reply: 24h, resolution: 72h, hours: always, warn_at: [50%, 80%]}
retention: {mentions: 3650d}
"""


@contextmanager
def opened(kind: str, size: int) -> Iterator[App]:
    """A site of so many mentions, gone afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="desk-")))
        url = f"sqlite:///{folder / 'engagebot.db'}"
        if kind == "postgres":
            url = stack.enter_context(PostgresServer()).create_database("desk")
        app = open_site(folder / "site", url)
        stack.callback(app.close)
        begin = time.perf_counter()
        fill(app, size, app.settings.watches)
        print(f"{kind}: {size:,} mentions made in {time.perf_counter() - begin:.0f} s", flush=True)
        yield app


def open_site(folder: Path, url: str) -> App:
    """A site with this checkout's rules on a database."""
    for name in ("config", "rules"):
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True)
    (folder / "config" / "engagebot.yaml").write_text(CONFIG, encoding="utf-8")
    return reopened(folder, url)


def reopened(folder: Path, url: str) -> App:
    """A site that was made already."""
    return open_app(folder, {"ENGAGEBOT_DATABASE_URL": url, "ENGAGEBOT_NOW": NOW})
