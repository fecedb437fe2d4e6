"""What a connector of another package says about its variables, in a file that is read without its code."""

import sys
from pathlib import Path

import pytest

from engagebot.errors import FilesInvalid, Finding
from engagebot.settings import Settings, load_settings
from engagebot.settings.connectorfile import connector_modules, folder_of, read_sections

DESCRIBED = """\
title: Tide, from its keys page
variables:
  - {name: ENGAGEBOT_TIDE_PASSPHRASE, meaning: What opens the door., secret: true}
  - {name: ENGAGEBOT_TIDE_ROOM_TOKEN, meaning: A name that looks secret.}
  - {name: ENGAGEBOT_TIDE_PUBLIC_KEY, meaning: Not a secret., secret: false}
  - {name: ENGAGEBOT_TIDE_PAGE_SIZE, meaning: How much at once., default: "50"}
"""


class Package:
    """A package in site-packages with a connector named tide, whose code fails when it is imported."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root / "site-packages"
        self.root.mkdir()
        self._monkeypatch = monkeypatch

    def install(self, text: str | None, module: str = "tide_demo.connector") -> Path:
        """Register the module; the answer is where its file stands, or should stand."""
        folder = self.root.joinpath(*module.split(".")[:-1])
        folder.mkdir(parents=True)
        for package in [folder, *folder.parents]:
            if package == self.root:
                break
            (package / "__init__.py").write_text("raise AssertionError('imported')\n", encoding="utf-8")
        (folder / f"{module.split('.')[-1]}.py").write_text("", encoding="utf-8")
        return self.register(folder, text, module)

    def register(self, folder: Path, text: str | None, module: str) -> Path:
        info = self.root / "tide_demo-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tide-demo\nVersion: 1.0\n", "utf-8")
        entry = f"[engagebot.connectors]\ntide = {module}:open_connector\n"
        (info / "entry_points.txt").write_text(entry, encoding="utf-8")
        file = folder / "environment.yaml"
        if text is not None:
            file.write_text(text, encoding="utf-8")
        self._monkeypatch.syspath_prepend(str(self.root))
        return file


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    return Package(tmp_path, monkeypatch)


def load(tmp_path: Path, **environ: str) -> Settings:
    site = tmp_path / "site"
    (site / "config").mkdir(parents=True, exist_ok=True)
    (site / "config" / "engagebot.yaml").write_text("brand: {name: Acme}\n", encoding="utf-8")
    return load_settings(site, {f"ENGAGEBOT_{name}": value for name, value in environ.items()})


def faults(tmp_path: Path, **environ: str) -> list[str]:
    with pytest.raises(FilesInvalid) as caught:
        load(tmp_path, **environ)
    return [str(finding) for finding in caught.value.findings]


@pytest.mark.parametrize("module", ["tide_demo.connector", "tide_demo.inner.deep.connector"])
def test_its_variables_are_known_and_its_code_is_not_run(
    tmp_path: Path, package: Package, module: str
) -> None:
    package.install(DESCRIBED, module)

    settings = load(tmp_path, TIDE_PAGE_SIZE="20")

    assert settings.connector_options["tide"] == {"page_size": "20"}
    assert settings.warnings == ()
    assert [name for name in sys.modules if name.startswith("tide_demo")] == []


def test_a_slip_in_one_of_its_names_is_found(tmp_path: Path, package: Package) -> None:
    package.install(DESCRIBED)

    assert faults(tmp_path, TIDE_PAGE_SIZES="20", TYDE_PASSPHRASE="a") == [
        f'environment:0:0 EBE02 ENGAGEBOT_{slip} is not a setting; did you mean "ENGAGEBOT_{meant}"?'
        for slip, meant in (("TIDE_PAGE_SIZES", "TIDE_PAGE_SIZE"), ("TYDE_PASSPHRASE", "TIDE_PASSPHRASE"))
    ]


def test_its_secrets_are_kept_and_a_name_that_looks_secret_needs_no_word(
    tmp_path: Path, package: Package
) -> None:
    package.install(DESCRIBED)
    (tmp_path / "phrase").write_text("open sesame\n", encoding="utf-8")

    settings = load(
        tmp_path, TIDE_PASSPHRASE_FILE="../phrase", TIDE_ROOM_TOKEN="made-up-token", TIDE_PUBLIC_KEY="shown"
    )

    assert settings.connector_options["tide"]["passphrase"] == "open sesame"
    assert set(settings.secrets) == {"open sesame", "made-up-token"}


def test_a_connector_without_the_file_works_and_is_warned_of(tmp_path: Path, package: Package) -> None:
    file = package.install(None)

    settings = load(tmp_path, TIDE_ANYTHING="20", TIDE_TOKEN="made-up-token")

    assert settings.connector_options["tide"] == {"anything": "20", "token": "made-up-token"}
    assert settings.secrets == ("made-up-token",)
    assert [str(warning) for warning in settings.warnings] == [
        f"{file}:0:0 EBE05 is missing, so slips in the names of ENGAGEBOT_TIDE_… are not found; "
        'the package of the connector "tide" should bring it (docs/connectors.md)'
    ]


@pytest.mark.parametrize("module", ["tide_demo", "tide_nowhere", "tide_demo.nowhere.connector"])
def test_a_connector_without_a_folder_is_warned_of(tmp_path: Path, package: Package, module: str) -> None:
    (package.root / "tide_demo.py").write_text("raise AssertionError('imported')\n", encoding="utf-8")
    package.register(package.root, DESCRIBED, module)

    (warning,) = load(tmp_path).warnings

    assert (warning.code, warning.file) == ("EBE05", f"{module.replace('.', '/')}/environment.yaml")


def test_everything_wrong_with_the_file_is_told_at_its_place(tmp_path: Path, package: Package) -> None:
    file = package.install(
        "title: ''\nvariables:\n"
        "  - {name: TIDE_ROOM, meaning: a}\n"
        "  - {name: ENGAGEBOT_TIDE_KEY_FILE, meaning: a}\n"
        "  - {name: ENGAGEBOT_TIDE_SIZE, meaning: a, default: 50, secrets: true}\n"
        '  - {name: ENGAGEBOT_TIDE_DEPTH, meaning: "a\\nb"}\n'
    )

    assert faults(tmp_path) == [
        f"{file}:1:8 EBE04 must be one line of text",
        f'{file}:3:12 EBE04 "TIDE_ROOM" is not the name of a variable; write ENGAGEBOT_<CONNECTOR>_<OPTION>',
        f"{file}:4:12 EBE04 ENGAGEBOT_TIDE_KEY_FILE is where ENGAGEBOT_TIDE_KEY may be given as a file",
        f'{file}:5:54 EBY13 "variables.default" must be text, not the number 50',
        f'{file}:5:58 EBY11 unknown key "secrets"; allowed here: name, meaning, default, secret; '
        'did you mean "secret"?',
        f"{file}:6:43 EBE04 must be one line of text",
    ]


def test_names_that_are_not_its_own_are_refused(tmp_path: Path, package: Package) -> None:
    file = package.install(
        "title: Tide\nvariables:\n"
        "  - {name: ENGAGEBOT_SMTP_URL, meaning: a, secret: false}\n"
        "  - {name: ENGAGEBOT_TIDE_SIZE, meaning: a}\n"
        "  - {name: ENGAGEBOT_TIDE_SIZE, meaning: b}\n"
    )

    assert faults(tmp_path) == [
        f'{file}:3:12 EBE04 ENGAGEBOT_SMTP_URL does not reach the connector "tide"; '
        "its names begin with ENGAGEBOT_TIDE_",
        f"{file}:5:12 EBE04 ENGAGEBOT_TIDE_SIZE is described already; keep one",
    ]


@pytest.mark.parametrize("text", ["", "title: [", "- a\n", "title: Tide\n"])
def test_a_file_of_another_shape_is_refused(tmp_path: Path, package: Package, text: str) -> None:
    file = package.install(text)

    assert all(line.startswith(f"{file}:") for line in faults(tmp_path))


def test_the_files_of_this_checkout_hold() -> None:
    ours = [name for name, module in connector_modules().items() if module.startswith("connectors.")]
    findings: list[Finding] = []

    assert {"x", "reddit"} <= read_sections(ours, findings).keys()
    assert findings == []
    assert all((folder_of(f"connectors.{name}") or Path()).name == name for name in ours)
