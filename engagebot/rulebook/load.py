"""A folder of rule files becomes a rule set, or every fault in it is told at once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from engagebot.domain.actions import DraftReply, Escalate
from engagebot.domain.drafting import HOLDING_REPLY, WRITTEN_BY_HAND
from engagebot.domain.interlock import INTERLOCK
from engagebot.domain.rules import Rule, Rulebook, RuleStatus, RuleTest
from engagebot.errors import FilesInvalid, Finding
from engagebot.rulebook.acting import read_actions, read_limits
from engagebot.rulebook.given import read_test
from engagebot.rulebook.reading import Known, Reading
from engagebot.rulebook.templates import foreign_braces, template_faults, template_of
from engagebot.rulebook.when import read_when
from engagebot.yamlfile import Node, kind_of, read_text, read_yaml, validate

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_TAKEN = {
    INTERLOCK: "what is above all rules",
    WRITTEN_BY_HAND: "replies that a person began",
    HOLDING_REPLY: "replies to who waits long",
}


class RuleModel(BaseModel):
    """The keys of one rule; `when`, `then`, `limits` and `tests` have readers of their own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str | None = None
    status: Literal["draft", "shadow", "live"] = "live"
    when: Any = None
    then: Any = None
    stop: bool = False
    default: bool = False
    limits: Any = None
    tests: list[Any] = []


KEYS = tuple(RuleModel.model_fields)


def load_rulebook(folder: Path, *, known: Known) -> Rulebook:
    """Read a site's rules, with their templates and lists.

    Raises:
        FilesInvalid: everything that is wrong, warnings included.
    """
    book, findings = check_rulebook(folder, known=known)
    if book is None:
        raise FilesInvalid(findings)
    return book


def check_rulebook(folder: Path, *, known: Known) -> tuple[Rulebook | None, tuple[Finding, ...]]:
    """Read a site's rules and say what is wrong or doubtful; no rule set when an error is among it."""
    try:
        sources = read_sources(folder, known.lists_folder)
    except FilesInvalid as error:
        return None, error.findings
    return check_sources(sources, known=known, folder=folder.name)


def load_sources(sources: Mapping[str, str], *, known: Known) -> Rulebook:
    """Make the rule set of texts by name, such as those a rule set keeps in `sources`.

    Raises:
        FilesInvalid: everything that is wrong, warnings included.
    """
    book, findings = check_sources(sources, known=known)
    if book is None:
        raise FilesInvalid(findings)
    return book


def read_sources(folder: Path, lists_folder: Path | None) -> dict[str, str]:
    """Read the files of a rule set: NAME.yaml, templates/NAME.md and lists/NAME.txt.

    Raises:
        FilesInvalid: a file cannot be read as text, or there is none.
    """
    places = {path.name: path for path in _files(folder, ".yaml", ".yml")}
    if not places:
        message = "there are no rule files here, such as 10-mine.yaml; docs/rules.md shows a first rule"
        raise FilesInvalid([Finding(f"{folder.name}/", 0, 0, "EB150", message)])
    places |= {f"templates/{path.name}": path for path in _files(folder / "templates", ".md")}
    if lists_folder is not None:
        places |= {f"lists/{path.name}": path for path in _files(lists_folder, ".txt")}
    sources: dict[str, str] = {}
    findings: list[Finding] = []
    for name, path in places.items():
        try:
            sources[name] = read_text(path, _shown(name, folder.name))
        except FilesInvalid as error:
            findings += error.findings
    if findings:
        raise FilesInvalid(findings)
    return sources


def _files(folder: Path, *suffixes: str) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path for path in folder.iterdir() if path.suffix in suffixes and not path.name.startswith(".")
    )


def _shown(name: str, folder: str) -> str:
    return f"config/{name}" if name.startswith("lists/") else f"{folder}/{name}"


def check_sources(
    sources: Mapping[str, str], *, known: Known, folder: str = "rules"
) -> tuple[Rulebook | None, tuple[Finding, ...]]:
    """Make the rule set of texts by name; the findings hold warnings too, sorted by place."""
    texts = {name: _unix(text) for name, text in sorted(sources.items())}
    templates = {
        name[len("templates/") : -3]: text for name, text in texts.items() if name.startswith("templates/")
    }
    reading = Reading(
        known=known,
        lists={name[len("lists/") : -4]: text for name, text in texts.items() if name.startswith("lists/")},
        templates=templates,
    )
    for name, text in templates.items():
        file = f"{folder}/templates/{name}.md"
        reading.findings += [*template_faults(text, file), *foreign_braces(text, file)]
    read: list[tuple[Rule | None, Node]] = []
    for name, text in texts.items():
        if "/" not in name:
            read += _read_file(text, f"{folder}/{name}", reading)
    _check_ids([node for _, node in read], reading)
    rules = [(rule, node) for rule, node in read if rule is not None]
    _check_set(rules, reading, folder)
    findings = tuple(sorted(set(reading.findings)))
    if any(not finding.is_warning for finding in findings):
        return None, findings
    kept = {
        name: text for name, text in texts.items()
        if not name.startswith("lists/") or name[len("lists/") : -4] in reading.used_lists
    }  # fmt: skip
    book = Rulebook(
        rules=tuple(rule for rule, _ in rules),
        hash=hashlib.sha256(json.dumps(sorted(kept.items())).encode()).hexdigest(),
        human_team=_human_team(known, (rule for rule, _ in rules)),
        templates={name: template_of(name, text) for name, text in templates.items()},
        sources=kept,
    )
    return book, findings


def _unix(text: str) -> str:
    """One form for the same text from any editor: line ends, byte order mark, blank ends."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def _human_team(known: Known, rules: Iterable[Rule]) -> str:
    if known.teams:
        return known.teams[0]
    teams = [action.team for rule in rules for action in rule.then if isinstance(action, Escalate)]
    return teams[0] if teams else "support"


def _read_file(text: str, file: str, reading: Reading) -> list[tuple[Rule | None, Node]]:
    try:
        root = read_yaml(text, file)
    except FilesInvalid as error:
        reading.findings += error.findings
        return []
    if root.content is None:
        return []
    if not isinstance(root.content, list):
        hint = "begin each rule with a dash: - id: my-rule"
        reading.fail(root, "EB110", f"a rule file is a list of rules, not {kind_of(root.plain())}; {hint}")
        return []
    return [(_read_rule(node, reading), node) for node in root.content]


def _read_rule(node: Node, reading: Reading) -> Rule | None:
    model, faults = validate(node, RuleModel)
    reading.findings += faults
    if not isinstance(node.content, dict):
        return None
    # Even a rule with a wrong key is read to its end, so that one look tells everything.
    inner, before = node.content, len(reading.findings)
    when = read_when(inner["when"], reading) if "when" in inner else None
    then = read_actions(inner["then"], reading) if "then" in inner else ()
    rule_id = str(inner["id"].content) if "id" in inner else ""
    limits = read_limits(inner["limits"], rule_id, reading) if "limits" in inner else ()
    tests = _read_tests(inner.get("tests"), reading)
    if "id" in inner and not _ID.fullmatch(rule_id):
        message = (
            f'"{rule_id}" is not an id; write small letters, digits, - and _, at most 64, such as say-thanks'
        )
        reading.fail(inner["id"], "EB110", message)
    elif rule_id in _TAKEN:
        reading.fail(inner["id"], "EB110", f'"{rule_id}" is taken: it stands for {_TAKEN[rule_id]}')
    if model is None:
        return None
    _check_rule(model, node, reading)
    if limits and not any(isinstance(action, DraftReply) for action in then):
        reading.warn(inner["limits"], "EB192", "limits count drafts, and this rule drafts nothing")
    if len(reading.findings) > before and when is None and not model.default:
        return None
    return Rule(
        id=model.id, name=model.name or model.id, status=RuleStatus(model.status), when=when, then=then,
        stop=model.stop, is_default=model.default, limits=limits, tests=tests, file=node.file, line=node.line,
    )  # fmt: skip


def _read_tests(node: Node | None, reading: Reading) -> tuple[RuleTest, ...]:
    if node is None or not isinstance(node.content, list):
        return ()
    tests = (read_test(item, reading) for item in node.content)
    return tuple(test for test in tests if test is not None)


def _check_rule(model: RuleModel, node: Node, reading: Reading) -> None:
    inner = node.content
    if model.default:
        if "when" in inner:
            message = "the default route has no conditions: it acts where no other rule matched; delete when"
            reading.fail(node, "EB112", message, key="when")
        if model.status != "live":
            message = (
                f"the default route must be live, not {model.status}; something must happen to every mention"
            )
            reading.fail(inner["status"], "EB112", message)
    elif "when" not in inner:
        message = 'the key "when" is missing here; only the rule with default: true has none'
        reading.fail(node.gap("when", KEYS), "EB114", message)
    if "then" not in inner:
        reading.fail(node.gap("then", KEYS), "EB114", 'the key "then" is missing here: a list of actions')
    elif inner["then"].content == [] and not model.default:
        reading.fail(inner["then"], "EB114", '"then" is empty; name an action, such as - ignore: {reason: …}')


def _check_ids(nodes: Iterable[Node], reading: Reading) -> None:
    """No id stands twice, not even at a rule that has other faults: one look tells everything."""
    seen: dict[str, Node] = {}
    for node in nodes:
        if not isinstance(node.content, dict) or "id" not in node.content:
            continue
        rule_id = str(node.content["id"].content)
        first = seen.setdefault(rule_id, node)
        if first is not node:
            message = (
                f'the id "{rule_id}" is taken by {first.file}:{first.line}; ids are unique over all files'
            )
            reading.fail(node.at("id"), "EB111", message)


def _check_set(rules: list[tuple[Rule, Node]], reading: Reading, folder: str) -> None:
    """What holds only over all files beside their ids: one default route, and nothing behind it."""
    default: Rule | None = None
    for rule, node in rules:
        place = node.at("id")
        if rule.is_default and default is not None:
            message = f"there is a default route already, in {default.file}:{default.line}; keep one"
            reading.fail(node, "EB112", message, key="default")
        elif default is not None:
            message = (
                f"this rule stands after the default route {default.id}, which still acts last; move it up"
            )
            reading.warn(place, "EB113", message)
        default = default or (rule if rule.is_default else None)
    is_readable = not any(not finding.is_warning for finding in reading.findings)
    if default is None and is_readable:
        message = (
            "no rule is the default route, which acts where no other does; write into 90-default.yaml: "
            "- {id: default, default: true, then: [{tag: [unsorted]}]}"
        )
        reading.findings.append(Finding(f"{folder}/", 0, 0, "EB112", message))
