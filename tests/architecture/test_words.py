import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
# Put together here, so that this file does not find itself.
REGISTRY_HOSTS = ("pypi" + ".org", "python" + "hosted.org", "deb.debian" + ".org", "registry.npm" + "js.org")
PINNED = re.compile(r"[a-z0-9-]+(\[[a-z,]+\])?==\S+( ; .+)? \\$")
UNFINISHED = re.compile(r"#.*\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def _files() -> list[Path]:
    """Whatever is in the repository or about to be; in an unpacked source archive, whatever it holds."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        paths = [ROOT / name for name in listed.split("\0") if name]
    else:
        folders = ("engagebot", "connectors", "config", "rules", "tests", "docs", "benchmarks")
        paths = [path for folder in folders for path in (ROOT / folder).rglob("*")]
        paths += [path for path in ROOT.iterdir() if path.is_file()]
    return [path for path in paths if path.is_file() and "__pycache__" not in path.parts]


def _lines_with(words: tuple[str, ...]) -> list[str]:
    found = []
    for path in _files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        if any(word in text for word in words):
            numbered = enumerate(text.splitlines(), start=1)
            name = path.relative_to(ROOT)
            found += [f"{name}:{number}" for number, line in numbered if any(word in line for word in words)]
    return found


def test_no_file_names_a_package_registry() -> None:
    assert _lines_with(REGISTRY_HOSTS) == []


def test_no_file_holds_the_path_of_this_checkout() -> None:
    # A folder right below the root, such as /app, is too common a word to look for.
    if len(ROOT.parts) > 2:
        assert _lines_with((f"{ROOT}/",)) == []


def test_no_code_is_marked_as_unfinished() -> None:
    marked = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in _files()
        if path.suffix == ".py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if UNFINISHED.search(line)
    ]

    assert marked == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_versions_and_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    requirements = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]

    assert "://" not in text
    assert re.findall(r"\b[\w-]+\.(?:org|com|io|net|dev)\b", text) == []
    assert [
        line for line in requirements if not re.match(r"[a-z0-9-]+(\[[a-z,]+\])?==\S+( ; .+)? \\$", line)
    ] == []
    assert text.count("==") >= len(requirements) > 0
    assert text.count("--hash=sha256:") >= len(requirements)


def test_both_locks_agree_on_what_runs() -> None:
    run, dev = (
        set(re.findall(r"^([a-z0-9-]+==\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in LOCKS
    )

    assert run <= dev
