from pathlib import Path

import pytest

from engagebot.errors import WrongUsage
from engagebot.scaffold import copy_site, differing, template_root


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_template_root_holds_a_site() -> None:
    root = template_root()

    assert (root / "config").is_dir()
    assert list((root / "rules").glob("*.yaml"))


def test_new_site_has_settings_rules_and_a_private_environment(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "site"

    written = copy_site(target)

    names = {str(path.relative_to(target)) for path in written}
    assert {".env", ".env.example", ".gitignore", "config/demo.yaml", "rules/90-default.yaml"} <= names
    assert names == set(contents(target))
    assert (target / ".env").stat().st_mode & 0o777 == 0o600
    assert (target / ".env").read_bytes() == (target / ".env.example").read_bytes()
    assert not (target / "var").exists()
    assert differing(target) == []


def test_existing_files_are_kept_and_those_that_differ_are_named(tmp_path: Path) -> None:
    copy_site(tmp_path)
    ours = tmp_path / "rules" / "90-default.yaml"
    ours.write_text("mine\n", encoding="utf-8")
    (tmp_path / ".env").write_text("ENGAGEBOT_SECRET_KEY=mine\n", encoding="utf-8")
    missing = tmp_path / "config" / "demo.yaml"
    missing.unlink()
    before = contents(tmp_path)

    written = copy_site(tmp_path)

    assert written == [missing]
    assert differing(tmp_path) == [ours]
    assert {name: text for name, text in contents(tmp_path).items() if name != "config/demo.yaml"} == before


def test_dangling_link_is_not_written_through(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    site = tmp_path / "site"
    site.mkdir()
    (site / ".env").symlink_to(elsewhere)

    copy_site(site)

    assert not elsewhere.exists()


def test_target_that_is_a_file_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "site"
    target.write_text("a file", encoding="utf-8")

    with pytest.raises(WrongUsage, match="cannot make a site"):
        copy_site(target)


def test_installation_without_templates_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lonely = tmp_path / "engagebot"
    lonely.mkdir()
    (tmp_path / "rules").mkdir()
    monkeypatch.setattr("importlib.resources.files", lambda _: lonely)

    with pytest.raises(WrongUsage, match="installation is broken"):
        template_root()


def test_templates_inside_the_package_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = tmp_path / "engagebot" / "_templates"
    for folder in ("config", "rules"):
        (shipped / folder).mkdir(parents=True)
    (shipped / "config" / "engagebot.yaml").write_text("a: 1\n", encoding="utf-8")
    (shipped / "config" / ".DS_Store").write_text("litter", encoding="utf-8")
    (shipped / "env.example").write_text("A=1\n", encoding="utf-8")
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path / "engagebot")

    assert template_root() == shipped
    copy_site(tmp_path / "site")
    assert set(contents(tmp_path / "site")) == {".env", ".env.example", ".gitignore", "config/engagebot.yaml"}
