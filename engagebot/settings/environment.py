"""What the environment and `.env` say, held against the variables that engagebot and its connectors know."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv.parser import parse_stream

from engagebot.errors import FilesInvalid, Finding
from engagebot.settings.variables import APPRISE, OWN, PREFIX, Section, Variable, looks_secret, prefix_of
from engagebot.yamlfile import nearest, read_text


@dataclass(frozen=True, slots=True)
class Given:
    """A variable's value and where it was written."""

    value: str = field(repr=False)
    file: str
    line: int

    def finding(self, message: str, code: str = "EBE03") -> Finding:
        return Finding(self.file, self.line, 1 if self.line else 0, code, message)


@dataclass(frozen=True, slots=True)
class Environment:
    """What was given: our own variables by name, and each connector's options."""

    values: Mapping[str, Given]
    options: Mapping[str, Mapping[str, str]] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    apprise: Mapping[str, str] = field(default_factory=dict, repr=False)

    def text(self, name: str) -> str | None:
        """The value of a variable, or `None` when it is not set or empty."""
        given = self.values.get(name)
        return given.value if given else None


@dataclass(frozen=True, slots=True)
class _Names:
    """The variables that somebody described, and each connector by what its names begin with."""

    described: Mapping[str, Variable]
    connectors: Mapping[str, str]

    def is_secret(self, name: str) -> bool:
        variable = self.described.get(name)
        if name.startswith(APPRISE):
            return True
        return variable.is_secret if variable else looks_secret(name)

    def prefix(self, name: str) -> str | None:
        fitting = [
            prefix for prefix in self.connectors if name.startswith(prefix) and len(name) > len(prefix)
        ]
        return max(fitting, key=len, default=None)

    def is_file_twin(self, name: str) -> bool:
        stem = name.removesuffix("_FILE")
        is_known = stem in self.described or self.prefix(stem) is not None or stem.startswith(APPRISE)
        return stem != name and self.is_secret(stem) and is_known

    def problem(self, name: str) -> str | None:
        """What is wrong with a name, if anything."""
        if name in self.described or (name.startswith(APPRISE) and len(name) > len(APPRISE)):
            return None
        twins = [f"{variable.name}_FILE" for variable in self.described.values() if variable.is_secret]
        names = [*self.described, *twins]
        prefix = self.prefix(name)
        if prefix is None:
            near = nearest(
                name.removeprefix(PREFIX), [known.removeprefix(PREFIX) for known in names], cutoff=0.7
            )
            hint = f'did you mean "{PREFIX}{near}"?' if near else "docs/settings.md lists them all"
            return f"{name} is not a setting; {hint}"
        # A connector may read more options than it describes; a near miss is a slip all the same.
        near = nearest(name, [known for known in names if known.startswith(prefix)], cutoff=0.85)
        return f'{name} is not a setting; did you mean "{near}"?' if near else None


def read_environment(
    site: Path, environ: Mapping[str, str], connectors: Mapping[str, Section]
) -> tuple[Environment, list[Finding]]:
    """Read `.env` and the real environment, which wins; an empty value counts as not set.

    `connectors` has each connector's name and the variables it described.
    """
    findings: list[Finding] = []
    given = dict(_dotenv(site / ".env", findings))
    for name, value in environ.items():
        if name.startswith(PREFIX):
            given[name] = Given(value, "environment", 0)
    given = {name: item for name, item in given.items() if item.value}
    described = [variable for section in connectors.values() for variable in section.variables]
    names = _Names(
        {**{variable.name: variable for variable in described}, **OWN},
        {prefix_of(name): name for name in connectors},
    )
    values: dict[str, Given] = {}
    for name, item in sorted(given.items()):
        if name == "ENGAGEBOT_SITE" and item.file == ".env":
            findings.append(
                item.finding(f"{name} says where .env is, so it cannot stand in it; set it outside")
            )
        elif names.is_file_twin(name):
            _take_file(site, name, given, values, findings)
        elif (problem := names.problem(name)) is not None:
            findings.append(item.finding(problem, "EBE02"))
        else:
            values.setdefault(name, item)
    options: dict[str, dict[str, str]] = {name: {} for name in connectors}
    for name, item in values.items():
        if (prefix := names.prefix(name)) is not None:
            options[names.connectors[prefix]][name[len(prefix) :].lower()] = item.value
    secrets = tuple(sorted({values[name].value for name in values if names.is_secret(name)}))
    apprise = {
        name.removeprefix(APPRISE).lower(): item.value
        for name, item in values.items()
        if name.startswith(APPRISE)
    }
    return Environment(values, options, secrets, apprise), findings


def _dotenv(path: Path, findings: list[Finding]) -> Iterator[tuple[str, Given]]:
    if not path.is_file():
        return
    try:
        text = read_text(path, ".env")
    except FilesInvalid as error:
        findings.extend(error.findings)
        return
    seen: dict[str, int] = {}
    for binding in parse_stream(io.StringIO(text)):
        # python-dotenv counts the blank lines before an entry as part of it.
        original = binding.original
        line = original.line + len(original.string) - len(original.string.lstrip("\r\n"))
        here = Given("", ".env", line)
        if binding.error:
            findings.append(
                here.finding(
                    "cannot be read; write NAME=value, with quotes round a value with spaces", "EBE01"
                )
            )
        elif binding.key is None or not binding.key.startswith(PREFIX):
            continue
        elif binding.key in seen:
            findings.append(
                here.finding(
                    f"{binding.key} is already there, in line {seen[binding.key]}; keep one", "EBE01"
                )
            )
        else:
            seen[binding.key] = line
            yield binding.key, Given((binding.value or "").strip(), ".env", line)


def _take_file(
    site: Path, name: str, given: Mapping[str, Given], values: dict[str, Given], findings: list[Finding]
) -> None:
    item, stem = given[name], name.removesuffix("_FILE")
    if stem in given:
        findings.append(item.finding(f"{name} and {stem} are both set; keep one of them"))
        return
    path = site / item.value
    try:
        value = read_text(path, item.file).strip()
    except FilesInvalid as error:
        reason = error.findings[0].message
        findings.append(item.finding(f"{name} names the file {item.value}, which {reason}"))
        return
    if value:
        values[stem] = Given(value, item.file, item.line)
    else:
        findings.append(item.finding(f"{name} names the file {item.value}, which is empty"))
