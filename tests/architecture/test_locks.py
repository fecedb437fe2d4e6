"""What is installed is what the locks name, whatever has come out since."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_installing_from_a_lock_looks_for_nothing_else() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    installing = re.findall(r"^.*--requirement\b.*$", makefile, re.MULTILINE)

    assert len(installing) == 1
    assert all("--no-deps" in line and "--require-hashes" in line for line in installing)
    assert re.findall(r"\$\(FROM_LOCK\) (\S+)", makefile) == ["requirements.lock", "requirements-dev.lock"]


def test_locks_name_each_package_with_its_version_and_hashes() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        entries = re.split(r"\n(?=\S)", (ROOT / name).read_text(encoding="utf-8"))
        packages = [entry for entry in entries if not entry.startswith("#")]

        assert len(packages) > 30
        assert [
            each for each in packages if not re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:", each, re.S)
        ] == []
