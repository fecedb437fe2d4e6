"""The wheel, outside the checkout: a site is made, checked and run from nothing but what was packed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, as pip would lay it into site-packages."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = folder.glob("engagebot-*.whl")
    target = folder / "site-packages"
    zipfile.ZipFile(wheel).extractall(target)
    return target


def engagebot(unpacked: Path, arguments: Sequence[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    # -I -S keeps the checkout's editable install out; the dependencies are named by hand after the wheel.
    libraries = sysconfig.get_paths()["purelib"]
    start = (
        f"import sys; sys.path[:0] = [{str(unpacked)!r}, {libraries!r}]; "
        "from engagebot.cli.main import main; main()"
    )
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", start, *arguments],
        cwd=cwd,
        # A wheel brings no compiled modules, and is not to find those of the checkout.
        env={"PATH": os.environ["PATH"], "HOME": str(cwd), "PURE_PYTHON": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_site_is_made_checked_and_run_from_the_wheel_alone(unpacked: Path, tmp_path: Path) -> None:
    site = tmp_path / "acme"
    made = engagebot(unpacked, ["init", str(site)], tmp_path)
    assert made.returncode == 0, made.stderr

    checked = engagebot(unpacked, ["--site", str(site), "check"], tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr

    demo = (site / "config" / "demo.yaml").read_text("utf-8")
    (site / "config" / "engagebot.yaml").write_text(demo, "utf-8")
    ran = engagebot(unpacked, ["--site", str(site), "run", "--once", "-o", "json"], tmp_path)
    assert ran.returncode == 0, ran.stderr
    summary = json.loads(ran.stdout)
    assert summary["watches"][0]["added"] == summary["decided"] > 50
    assert summary["drafted"] >= 8
    assert summary["escalated"] >= 5


def test_a_site_of_a_pack_is_made_and_checked_from_the_wheel_alone(unpacked: Path, tmp_path: Path) -> None:
    site = tmp_path / "acme"
    made = engagebot(unpacked, ["init", str(site), "--pack", "airline"], tmp_path)
    assert made.returncode == 0, made.stderr

    checked = engagebot(unpacked, ["--site", str(site), "check"], tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert (site / "rules" / "08-airline.yaml").is_file()
    assert (site / "rules" / "09-people-we-know.yaml").is_file()


def test_the_wheel_holds_pages_stories_templates_and_types(unpacked: Path) -> None:
    wanted = [
        "engagebot/py.typed",
        "connectors/py.typed",
        "engagebot/web/templates/desk/queue.html",
        "engagebot/web/static/app.css",
        "engagebot/store/migrations/versions/0001_first_tables.py",
        "engagebot/_templates/env.example",
        "engagebot/_templates/config/engagebot.yaml",
        "engagebot/_templates/rules/90-default.yaml",
        "connectors/demo/stories.yaml",
    ]

    assert [name for name in wanted if not (unpacked / name).exists()] == []
    assert not list(unpacked.rglob("test_*.py"))
