"""The core names no platform: a connector is a folder, and not one line elsewhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "engagebot"
# The first two platforms are examples in help texts, and what a post comes from when nobody says otherwise.
FIRST = ("x", "reddit")
# Words that name a connector although they are not its folder's name.
ALIASES = {
    "bluesky": ["jetstream", "atproto"],
    "hackernews": ["hacker news", "algolia"],
    "rss": ["feedparser"],
    "reddit": ["praw", "prawcore"],
    "x": ["tweepy"],
}
OTHERS = sorted(
    {path.parent.name for path in (ROOT / "connectors").glob("*/connector.py")} - {*FIRST, "demo"}
)
# The demo is a command too, so its name stands everywhere.
MAY_NAME_THE_FIRST = {
    "cli/doctor.py",  # help: an example
    "cli/evaluating.py",  # labelled rows have no platform, and are judged as posts of X
    "cli/import_.py",  # help: an example
    "cli/log.py",  # libraries that write what they send
    "cli/rules_explain.py",  # `rules explain --text`: where it would come from unless said
    "guards/selling.py",  # advice: what X counts as a breach besides
    "web/desk/keys.py",  # the key x
    "rulebook/lint.py",  # warnings: what X forbids and how long its posts may be
    "rulebook/reference.py",  # the words of a page: examples
    "rulebook/given.py",  # tests of rules: where a post comes from unless said
    "settings/communityfile.py",  # a message: an example
    "settings/convert.py",  # a message: whose terms ask for deletion within a day
}


def _named(names: list[str]) -> re.Pattern[str]:
    # A hyphen or backslash before or after: headers such as x-forwarded-for, and escapes.
    return re.compile(rf"(?<![\w#\\-])(?:{'|'.join(map(re.escape, names))})(?![\w-])", re.IGNORECASE)


def _variables(names: list[str]) -> re.Pattern[str]:
    return re.compile(rf"ENGAGEBOT_(?:{'|'.join(names)})_", re.IGNORECASE)


def _sources() -> Iterator[tuple[str, str]]:
    for path in sorted(CORE.rglob("*")):
        if path.suffix in (".py", ".html", ".js", ".css") and "_templates" not in path.parts:
            yield str(path.relative_to(CORE)), path.read_text(encoding="utf-8")


def _texts(source: str) -> list[str]:
    """What a module does something with: its strings, without docstrings and comments."""
    tree = ast.parse(source)
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
    ]


@pytest.mark.parametrize("name", OTHERS)
def test_no_file_of_the_core_names_the_connector(name: str) -> None:
    words = _named([name, *ALIASES.get(name, [])])

    assert [file for file, text in _sources() if words.search(text) or _variables([name]).search(text)] == []


def test_the_first_two_platforms_are_named_only_where_that_is_known() -> None:
    words = _named([*FIRST, *(word for name in FIRST for word in ALIASES[name])])
    naming = {
        file
        for file, source in _sources()
        if any(
            words.search(text) or _variables(list(FIRST)).search(text)
            for text in (_texts(source) if file.endswith(".py") else [])
        )
    }

    assert naming == MAY_NAME_THE_FIRST
