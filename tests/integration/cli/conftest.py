import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engagebot.cli.main import engagebot
from engagebot.scaffold import copy_site

DEMO_WATCH = "watches:\n  - {name: stories, connector: demo, kind: stories, every: 10s}\n"
PROGRAM = Path(sys.executable).with_name("engagebot")


@dataclass
class Cli:
    """A site, and the command line upon it, in this process or as one of its own."""

    site: Path
    environ: dict[str, str | None] = field(default_factory=dict)

    def __call__(self, *args: object, text: str | bytes | None = None) -> Result:
        given = [str(arg) for arg in args]
        return CliRunner(env=self.environ).invoke(engagebot, ["--site", str(self.site), *given], input=text)

    def json(self, *args: object, text: str | bytes | None = None) -> Any:
        result = self(*args, "-o", "json", text=text)
        assert result.exit_code in {0, 1}, result.output
        return json.loads(result.stdout)

    def start(self, *args: object) -> subprocess.Popen[str]:
        known = {name: value for name, value in os.environ.items() if not name.startswith("ENGAGEBOT_")}
        extra = {name: value for name, value in self.environ.items() if value is not None}
        return subprocess.Popen(
            [str(PROGRAM), "--site", str(self.site), *(str(arg) for arg in args)],
            env={**known, **extra, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def config(self, old: str, new: str) -> None:
        path = self.site / "config" / "engagebot.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def listens(self) -> "Cli":
        """Make it a real site: it has a watch."""
        self.config("watches: []\n", DEMO_WATCH)
        return self

    def dotenv(self, *lines: str) -> None:
        (self.site / ".env").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def rows(self, name: str, lines: Sequence[str]) -> Path:
        path = self.site / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path


def _ours() -> list[str]:
    return [name for name in os.environ if name.startswith("ENGAGEBOT_")]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _ours():
        monkeypatch.delenv(name)


@contextmanager
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    with _logging_as_it_was():
        yield


@pytest.fixture
def cli(tmp_path: Path, sqlite_template: Path) -> Cli:
    """A new site whose database is up to date; fresh until something is imported or watched."""
    return _new_site(tmp_path / "site", sqlite_template)


@pytest.fixture(scope="module")
def told_once(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """The folder of a site that has heard and decided the demo's stories."""
    cli = _new_site(tmp_path_factory.mktemp("told") / "site", sqlite_template).listens()
    with pytest.MonkeyPatch.context() as patch, _logging_as_it_was():
        for name in _ours():
            patch.delenv(name)
        result = cli("run", "--once")
    assert result.exit_code == 0, result.output
    return cli.site


@pytest.fixture
def told(tmp_path: Path, told_once: Path) -> Cli:
    """A real site that has heard and decided the demo's stories a moment ago."""
    return Cli(shutil.copytree(told_once, tmp_path / "site"))


def _new_site(site: Path, template: Path) -> Cli:
    copy_site(site)
    var = site / "var"
    var.mkdir()
    for name in ("engagebot.db", "demo.db"):
        shutil.copyfile(template, var / name)
    return Cli(site)
