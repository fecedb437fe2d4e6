"""What is put in order stands in one order on every database: moments are shared by rows, ids are not."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.test_sizes import ROOT

STORE = ROOT / "engagebot" / "store"

# Here nothing but the moments is read, and equal ones look the same in any order.
ONLY_MOMENTS = {
    ("casework/cases.py", "drafts.c.approved_at"),
    ("heard/replaying.py", "mentions.c.posted_at"),
    ("listening/hearing.py", "mentions.c.posted_at"),
    ("persons/contacts.py", "case_contacts.c.at"),
    ("persons/customers.py", "mentions.c.posted_at"),
    ("replying/pacing.py", "when"),
}


def _ends(path: Path) -> Iterator[str]:
    """What decides last in every order of a module, without its direction."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(attr="order_by"), args=[*_, last]):
                yield ast.unparse(last).removesuffix(".desc()")


def _is_shared(end: str) -> bool:
    name = end.rsplit(".", 1)[-1]
    return name in {"at", "when", "since", "until", "day"} or name.lower().endswith("_at")


def test_no_order_ends_with_a_moment_that_rows_may_share() -> None:
    found = {
        (path.relative_to(STORE).as_posix(), end)
        for path in STORE.rglob("*.py")
        for end in _ends(path)
        if _is_shared(end)
    }

    assert found == ONLY_MOMENTS
