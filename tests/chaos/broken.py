"""Faults put into the program on purpose, each a change of a few lines to a copy of its code.

A harness that does not find them proves nothing when it finds nothing in the program itself.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.emulators.remote import ROOT

MOST_LINES = 10
_REPLIES, _SETTLE = "engagebot/pipeline/deliver/replies.py", "engagebot/pipeline/deliver/settle.py"
_DRAFTS, _LOCKS = "engagebot/store/replying/drafts.py", "engagebot/store/replying/sending_locks.py"


@dataclass(frozen=True, slots=True)
class Change:
    """Other lines in place of those that stand in a file, where they stand once."""

    file: str
    old: str
    new: str

    @property
    def lines(self) -> int:
        """How many lines are taken out or put in, whichever is more."""
        return max(self.old.count("\n"), self.new.count("\n"))


_NO_LOCK = Change(
    _LOCKS,
    """\
        try:
            yield self._hold(source)
""",
    """\
        try:
            yield _File(Path("/"), os.open("/", os.O_RDONLY))
""",
)
VARIANTS: dict[str, tuple[Change, ...]] = {
    "post then mark": (
        Change(
            _REPLIES,
            """\
    claimed = _claim(context, draft, heard, seen)
    if claimed is None or not _is_in_time(context, held, claimed, began_s):
        return 0
    return _post(context, connector, claimed, heard)
""",
            """\
    try:
        posted = connector.reply(heard.mention, draft.text)
    except Exception as error:
        outcomes.postpone(context, draft, error)
        return 0
    claimed = _claim(context, draft, heard, seen)
    if claimed is not None:
        outcomes.succeeded(context, claimed, heard, posted)
    return 1
""",
        ),
    ),
    "mark then post": (
        Change(
            _REPLIES,
            """\
    try:
        posted = connector.reply(heard.mention, claimed.text)
    except Exception as error:  # sorted by what is certain, never swallowed: `failed` records it
        outcomes.failed(context, claimed, error)
        return 0
    outcomes.succeeded(context, claimed, heard, posted)
    return 1
""",
            """\
    from engagebot.ports import Posted
    now = context.clock.now()
    outcomes.succeeded(context, claimed, heard, Posted(native_id=None, url=None, posted_at=now))
    try:
        connector.reply(heard.mention, claimed.text)
    except Exception as error:
        log.warning("%s", error)
    return 1
""",
        ),
    ),
    "no settle window": (
        Change(
            _SETTLE,
            """\
        return sum(_settle(context, draft) for draft in unknown if _had_time(context, draft, after))
""",
            """\
        return sum(_settle(context, draft) for draft in unknown)
""",
        ),
    ),
    "select then update": (
        _NO_LOCK,
        Change(_DRAFTS, ".where(drafts.c.id == draft.id, drafts.c.version == draft.version)\n",
               ".where(drafts.c.id == draft.id)\n"),
        Change(_REPLIES, "            if current.version != draft.version:\n", "            if False:\n"),
    ),
    "no lock": (_NO_LOCK,),
}  # fmt: skip


def broken_tree(folder: Path, variant: str) -> Path:
    """Copy the program, with the variant's lines in place of its own; answer where it lies."""
    tree = folder / variant.replace(" ", "-")
    # With their times and byte code, so that only what is changed has to be compiled anew.
    # What is being written at this moment has a number behind its name.
    shutil.copytree(ROOT / "engagebot", tree / "engagebot", ignore=shutil.ignore_patterns("*.pyc.*"))
    for name in ("connectors", "tests", "config", "rules", "pyproject.toml"):
        (tree / name).symlink_to(ROOT / name)
    for change in VARIANTS[variant]:
        path = tree / change.file
        code = path.read_text(encoding="utf-8")
        assert code.count(change.old) == 1, f"{variant}: not once in {change.file}"
        path.write_text(code.replace(change.old, change.new), encoding="utf-8")
    return tree
