"""Every connector has its page, its tests and an honest account of itself; the guide names every port."""

import ast
import re
from collections.abc import Collection
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import get_type_hints

import pytest
import yaml

from engagebot.errors import Finding
from engagebot.settings.connectorfile import EnvironmentModel, VariableModel, read_sections

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path.parent for path in (ROOT / "connectors").glob("*/connector.py"))
NAMES = [folder.name for folder in FOLDERS]
GUIDE = (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")
RULES = re.findall(r"^\| `([a-z-]+)` \|", GUIDE.partition("## The rules of `quality.yaml`")[2], re.MULTILINE)


def quality(name: str) -> dict[str, object]:
    read = yaml.safe_load((ROOT / "connectors" / name / "quality.yaml").read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read


def public_names(path: Path) -> list[str]:
    found = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.append(node.name)
        elif isinstance(node, ast.Assign):
            found += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [name for name in found if not name.startswith("_")]


def test_every_connector_is_registered_under_its_folder() -> None:
    registered = {entry.name: entry.value for entry in entry_points(group="engagebot.connectors")}

    assert {name: f"connectors.{name}:open_connector" for name in NAMES}.items() <= registered.items()


@pytest.mark.parametrize("name", public_names(ROOT / "engagebot" / "ports.py"))
def test_the_guide_explains_every_port(name: str) -> None:
    assert f"| `{name}` |" in GUIDE or f"`{name}`" in GUIDE.partition("The others are not for connectors")[2]


@pytest.mark.parametrize("name", ["ConnectorError", "OutsideFailed", "DeliveryFailed"])
def test_the_guide_leaves_out_what_no_connector_raises(name: str) -> None:
    assert f"| `{name}` |" not in GUIDE


def test_the_guide_explains_every_error_of_a_connector() -> None:
    tree = ast.parse((ROOT / "engagebot" / "errors.py").read_text(encoding="utf-8"))
    errors = [
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "ConnectorError" for base in node.bases)
    ]

    assert errors
    assert [name for name in errors if f"| `{name}` |" not in GUIDE] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_connector_accounts_for_every_rule(name: str) -> None:
    assert list(quality(name)) == RULES


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_is_done_or_says_why_not(name: str) -> None:
    for rule, state in quality(name).items():
        if isinstance(state, dict):
            assert list(state) == ["exempt"], rule
            assert len(str(state["exempt"]).split()) > 2, f"{rule} is exempt without a reason"
        else:
            assert state in ("done", "todo"), rule


@pytest.mark.parametrize("name", NAMES)
def test_a_connector_has_its_page_and_the_guide_leads_there(name: str) -> None:
    page = ROOT / "docs" / "connectors" / f"{name}.md"

    assert len(page.read_text(encoding="utf-8").split()) > 100
    assert f"(connectors/{name}.md)" in GUIDE


@pytest.mark.parametrize("name", NAMES)
def test_a_connector_is_held_to_the_suite(name: str) -> None:
    tree = ast.parse((ROOT / "tests" / "contract" / f"test_{name}_connector.py").read_text(encoding="utf-8"))
    bases = {
        base.id
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if isinstance(base, ast.Name)
    }

    assert "ConnectorContract" in bases


@pytest.mark.parametrize("name", NAMES)
def test_the_page_names_every_variable_of_the_connector(name: str) -> None:
    findings: list[Finding] = []
    section = read_sections([name], findings)[name]
    page = (ROOT / "docs" / "connectors" / f"{name}.md").read_text(encoding="utf-8")

    assert findings == []
    assert [variable.name for variable in section.variables if variable.name not in page] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_connector_describes_each_variable_that_it_reads(name: str) -> None:
    described = [variable.name for variable in read_sections([name], [])[name].variables]
    prefix = f"ENGAGEBOT_{name.upper()}_"
    names: Collection[str] = ()
    if (ROOT / "connectors" / name / "options.py").exists():
        options = get_type_hints(import_module(f"connectors.{name}.options").read_options)["return"]
        names = getattr(options, "model_fields", None) or options.__dataclass_fields__

    assert set(described) == {f"{prefix}{option.upper()}" for option in names if option != "handle"}


def test_the_guide_explains_every_key_of_the_file_of_variables() -> None:
    part = GUIDE.partition("## The variables")[2].partition("\n## ")[0]
    keys = [*EnvironmentModel.model_fields, *VariableModel.model_fields]

    assert [key for key in keys if f"`{key}`" not in part] == []
