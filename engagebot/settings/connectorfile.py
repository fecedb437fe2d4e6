"""`environment.yaml` in a connector's folder: which variables it reads. Nothing of it is imported."""

from __future__ import annotations

import re
from collections.abc import Collection
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from engagebot.errors import FilesInvalid, Finding
from engagebot.settings.configfile import Strict
from engagebot.settings.variables import OWN, Section, Variable, looks_secret, prefix_of
from engagebot.settings.written import refuse
from engagebot.yamlfile import Node, read_text, read_yaml, validate

NAME = "environment.yaml"
_VARIABLE = re.compile(r"ENGAGEBOT_[A-Z0-9_]*[A-Z0-9]")


def _line(text: str) -> str:
    if not text.strip() or "\n" in text:
        raise refuse("EBE04", "must be one line of text")
    return text.strip()


def _name(text: str) -> str:
    if not _VARIABLE.fullmatch(text):
        raise refuse("EBE04", f'"{text}" is not the name of a variable; write ENGAGEBOT_<CONNECTOR>_<OPTION>')
    if text.endswith("_FILE"):
        raise refuse("EBE04", f"{text} is where {text.removesuffix('_FILE')} may be given as a file")
    return text


class VariableModel(Strict):
    name: Annotated[str, AfterValidator(_name)]
    meaning: Annotated[str, AfterValidator(_line)]
    default: str = ""
    secret: bool | None = None


class EnvironmentModel(Strict):
    """The whole file."""

    title: Annotated[str, AfterValidator(_line)]
    variables: list[VariableModel]


def connector_modules() -> dict[str, str]:
    """The connectors that are installed, and the module of each; none of them is imported."""
    found: dict[str, str] = {}
    for entry in entry_points(group="engagebot.connectors"):
        found.setdefault(entry.name, entry.module)
    return dict(sorted(found.items()))


def folder_of(module: str) -> Path | None:
    """The folder of a module's package, or `None` when there is none on this machine.

    Only the outermost package is looked up by Python: to look further in, it would run the package's code.
    """
    outermost, *inner = module.split(".")
    try:
        spec = find_spec(outermost)
    except (ImportError, ValueError):
        return None
    for place in spec.submodule_search_locations or () if spec else ():
        folder = Path(place, *inner)
        if folder.is_dir():
            return folder
        if inner and folder.with_name(f"{inner[-1]}.py").is_file():
            return folder.parent
    return None


def read_sections(connectors: Collection[str], findings: list[Finding]) -> dict[str, Section]:
    """Read what each connector says about its variables; one that says nothing has an empty section."""
    modules = connector_modules()
    return {
        name: _read(name, modules[name], findings) if name in modules else Section() for name in connectors
    }


def _read(connector: str, module: str, findings: list[Finding]) -> Section:
    folder = folder_of(module)
    if folder is None or not (folder / NAME).exists():
        where = str(folder / NAME) if folder else f"{module.replace('.', '/')}/{NAME}"
        message = (
            f"is missing, so slips in the names of {prefix_of(connector)}… are not found; "
            f'the package of the connector "{connector}" should bring it (docs/connectors.md)'
        )
        findings.append(Finding(where, 0, 0, "EBE05", message, is_warning=True))
        return Section()
    path = folder / NAME
    try:
        root = read_yaml(read_text(path, str(path)), str(path))
    except FilesInvalid as error:
        findings += error.findings
        return Section()
    model, faults = validate(root, EnvironmentModel)
    findings += faults or _strangers(connector, root, model)
    return _section(model) if model else Section()


def _section(model: EnvironmentModel) -> Section:
    variables = (
        Variable(
            name=item.name,
            meaning=item.meaning,
            default=item.default,
            is_secret=looks_secret(item.name) if item.secret is None else item.secret,
        )
        for item in model.variables
    )
    return Section(model.title, tuple(variables))


def _strangers(connector: str, root: Node, model: EnvironmentModel | None) -> list[Finding]:
    """Names that are not this connector's to describe, or that it describes twice."""
    findings, seen, prefix = [], set(OWN), prefix_of(connector)
    for index, item in enumerate(model.variables if model else ()):
        problem = None
        if not item.name.startswith(prefix):
            problem = f'{item.name} does not reach the connector "{connector}"; its names begin with {prefix}'
        elif item.name in seen:
            problem = f"{item.name} is described already; keep one"
        seen.add(item.name)
        if problem is not None:
            findings.append(root.at("variables", index, "name").finding("EBE04", problem))
    return findings
