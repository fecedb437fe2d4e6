"""Write what the code knows best into the pages: `make docs`. With `--check` only say what is out of date.

- `.env.example` and the table of docs/settings.md from engagebot's own variables and the connectors'
- docs/commands.md from the commands' own help
- the table of kinds in docs/judgement.md from the kinds of cues
- the reference in docs/rules.md from the shapes that the loader reads and what stands beside them
- the gallery in docs/packs.md from the rules of the packs, each said as a sentence
"""

from __future__ import annotations

import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from engagebot.cli.main import engagebot as cli
from engagebot.errors import FilesInvalid, Finding
from engagebot.rulebook.acting import ACTIONS, LIMITS
from engagebot.rulebook.conditions import CONDITIONS
from engagebot.rulebook.lint import DOUBTS
from engagebot.rulebook.load import load_rulebook
from engagebot.rulebook.reading import Known
from engagebot.rulebook.reference import (
    ACTION_ENTRIES,
    CONDITION_ENTRIES,
    LIMIT_ENTRIES,
    MENTION_ENTRIES,
    RULE_ENTRIES,
    Entry,
)
from engagebot.rulebook.sentence import sentence
from engagebot.scaffold import SHARED, copy_site, layer_of, pack_names
from engagebot.scoring.kinds import KINDS, Side
from engagebot.settings.connectorfile import connector_modules, read_sections
from engagebot.settings.variables import CHANNELS, SITE, Section, Variable

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 110
RULE_PARTS = ("keys", "conditions", "actions", "limits", "mention", "warnings")
KINDS_BEGIN, KINDS_END = "<!-- kinds: written by make docs -->", "<!-- end of kinds -->"


def pages() -> dict[Path, str]:
    """Every generated file with what belongs in it."""
    settings = ROOT / "docs" / "settings.md"
    return {
        ROOT / ".env.example": env_example(),
        settings: with_table(settings.read_text("utf-8")),
        ROOT / "docs" / "commands.md": commands(),
        ROOT / "docs" / "packs.md": with_gallery((ROOT / "docs" / "packs.md").read_text("utf-8")),
        ROOT / "docs" / "rules.md": with_rules((ROOT / "docs" / "rules.md").read_text("utf-8")),
        ROOT / "docs" / "judgement.md": with_kinds((ROOT / "docs" / "judgement.md").read_text("utf-8")),
    }


def env_example() -> str:
    head = (ROOT / ".env.example").read_text("utf-8").partition("\n\n")[0]
    return "\n\n".join([head, *(titled(section) for section in sections())]) + "\n"


def titled(section: Section) -> str:
    lines = [f"# {section.title}"]
    for variable in section.variables:
        default = f" Default: {variable.default}." if variable.default else ""
        said = f"{variable.meaning}{default}".replace("`", "")
        lines += textwrap.wrap(said, WIDTH, initial_indent="# ", subsequent_indent="#   ")
        # The site cannot be named in its own file, and a frozen clock is nothing to leave lying about.
        mark = "# " if variable.name in {"ENGAGEBOT_SITE", "ENGAGEBOT_NOW"} else ""
        lines.append(f"{mark}{variable.name}=")
    return "\n".join(lines)


def sections() -> list[Section]:
    """All variables in their order; of the connectors only those of this checkout that have some."""
    findings: list[Finding] = []
    ours = [name for name, module in connector_modules().items() if module.startswith("connectors.")]
    found = read_sections(ours, findings)
    if findings:
        raise FilesInvalid(findings)
    return [SITE, *(section for section in found.values() if section.variables), CHANNELS]


def with_table(page: str) -> str:
    kept: list[str] = []
    is_written = False
    for line in page.splitlines():
        if not line.startswith("| `ENGAGEBOT_"):
            kept.append(line)
        elif not is_written:
            kept += [row(variable) for section in sections() for variable in section.variables]
            is_written = True
    return "\n".join(kept) + "\n"


def with_kinds(page: str) -> str:
    """The page with its table of kinds, between two marks that a reader does not see."""
    before, _, rest = page.partition(KINDS_BEGIN)
    _, _, after = rest.partition(KINDS_END)
    return f"{before}{KINDS_BEGIN}\n{kinds()}\n{KINDS_END}{after}"


def kinds() -> str:
    sides = {Side.UNHAPPY: "to unhappy", Side.HAPPY: "away from it", Side.NEITHER: "none, weight 0"}
    lines = ["| kind | push | what it says | speaks for |", "|---|---|---|---|"]
    for kind in KINDS.values():
        intent = f"intent `{kind.intent}`" if kind.intent else ""
        reason = f"reason `{kind.reason}`" if kind.reason else ""
        speaks = ", ".join(filter(None, (intent, reason)))
        lines.append(f"| `{kind.name}` | {sides[kind.side]} | {kind.meaning} | {speaks} |")
    return "\n".join(lines)


def with_rules(page: str) -> str:
    """The page with its reference, each part between two marks that a reader does not see."""
    written = {
        "keys": table(RULE_ENTRIES),
        "conditions": "\n\n".join(condition(spec.name, spec.schema) for spec in CONDITIONS),
        "actions": "\n\n".join(entry(shape.name, ACTION_ENTRIES[shape.name]) for shape in ACTIONS),
        "limits": "\n\n".join(entry(name, LIMIT_ENTRIES[name]) for name in LIMITS),
        "mention": table(MENTION_ENTRIES),
        "warnings": "\n".join(["| code | what is doubtful |", "|---|---|", *doubts()]),
    }
    for part in RULE_PARTS:
        begin, end = f"<!-- {part}: written by make docs -->", f"<!-- end of {part} -->"
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n{written[part]}\n{end}{rest.partition(end)[2]}"
    return page


def with_gallery(page: str) -> str:
    """The page with a line for each rule of a pack, each pack between two marks."""
    for pack in (SHARED, *pack_names()[1:]):
        begin, end = f"<!-- {pack}: written by make docs -->", f"<!-- end of {pack} -->"
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n{gallery(pack)}\n{end}{rest.partition(end)[2]}"
    return page


def gallery(pack: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        copy_site(site, pack_names()[1] if pack == SHARED else pack)
        book = load_rulebook(site / "rules", known=Known(lists_folder=site / "config" / "lists"))
    own = {path.name for path in (layer_of(pack) / "rules").glob("*.yaml")}
    rules = [rule for rule in book.rules if Path(rule.file).name in own]
    return "\n".join(f"- **{rule.name}** (`{rule.id}`): {sentence(rule)}" for rule in rules)


def table(entries: dict[str, Entry]) -> str:
    lines = ["| key | meaning | example |", "|---|---|---|"]
    for name, each in entries.items():
        lines.append(f"| `{name}` | {' '.join(each.meaning.split())} | `{each.example}` |")
    return "\n".join(lines)


def doubts() -> Iterator[str]:
    for code, meaning in DOUBTS.items():
        yield f"| {code} | {meaning} |"


def entry(name: str, each: Entry) -> str:
    examples = "\n".join((each.example, *each.more))
    return f"### {name}\n\n```yaml\n{examples}\n```\n\n{filled(each.meaning)}"


def condition(name: str, schema: dict[str, Any]) -> str:
    each = CONDITION_ENTRIES[name]
    allowed = options(schema)
    values = f"\n\nValues: {', '.join(f'`{value}`' for value in allowed)}." if allowed else ""
    worked = f"It matches `{each.yes}`, not `{each.no}`."
    return f"{entry(name, each)}{filled(values)}\n\n{worked}"


def filled(text: str) -> str:
    """Paragraphs with lines of one width."""
    wrap = textwrap.TextWrapper(WIDTH, break_long_words=False, break_on_hyphens=False)
    return "\n\n".join(wrap.fill(" ".join(part.split())) for part in text.split("\n\n"))


def options(schema: dict[str, Any]) -> list[str]:
    """The values that a condition may be given, where they are few and known."""
    one = schema.get("anyOf", [schema])[0]
    if one.get("type") == "boolean":
        return ["true", "false"]
    return [str(value) for value in one.get("enum", ())]


def row(variable: Variable) -> str:
    secret = "yes" if variable.is_secret else ""
    return f"| `{variable.name}` | {variable.meaning} | {variable.default} | {secret} |"


def commands() -> str:
    parts = [
        "# Commands",
        "",
        "Written by `make docs` from the commands' own help. Exit codes: 0 fine, 1 findings, 2 wrong usage",
        "or configuration, 3 an outside service failed or refused, 4 locked or already running,",
        "130 interrupted.",
    ]
    context = click.Context(
        cli,
        info_name="engagebot",
        max_content_width=100,
        terminal_width=100,
        help_option_names=["-h", "--help"],
    )
    for path, command, inner in walk(cli, context):
        parts += ["", f"## {path}", "", "```", command.get_help(inner).strip(), "```"]
    return "\n".join(parts) + "\n"


def walk(
    command: click.Command, context: click.Context
) -> Iterator[tuple[str, click.Command, click.Context]]:
    yield context.command_path, command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from walk(inner, click.Context(inner, info_name=name, parent=context))


def main() -> int:
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        name = path.relative_to(ROOT)
        if "--check" in sys.argv:
            print(f"{name} is out of date; run `make docs`")
        else:
            path.write_text(pages()[path], "utf-8")
            print(f"wrote {name}")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
