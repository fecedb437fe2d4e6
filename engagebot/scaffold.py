"""Find the template site and the packs, and lay them together for `engagebot init`."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path, PurePath

from engagebot.errors import WrongUsage
from engagebot.yamlfile import did_you_mean, listed

FOLDERS = ("config", "rules")
OWN = frozenset({".env", ".gitignore"})
ENV_MODE = 0o600
GITIGNORE = "# secrets and state of this site\n.env\n/var/\n*.rejected\n"
STARTER = "starter"
SHARED = "shared"
_TEAMS_FILE = "teams.yaml"
_FIRST_TEAM = "  support: {notify: [console]}\n"
_WITH_TEAMS = (PurePath("config", "engagebot.yaml"), PurePath("config", "demo.yaml"))


def template_root() -> Path:
    """Find the folder that holds `config/`, `rules/` and the example environment.

    In an installed package it is `engagebot/_templates`; in a checkout, the checkout itself.

    Raises:
        WrongUsage: neither is there, so the installation is broken.
    """
    package = _package()
    shipped = package / "_templates"
    checkout = package.parent
    if _is_complete(shipped):
        return shipped
    # Any folder may have `rules/` beside a package; only ours also has the project file.
    if (checkout / "pyproject.toml").is_file() and _is_complete(checkout):
        return checkout
    raise WrongUsage(
        f"the installation is broken: the template site is neither in {shipped} nor in {checkout}; "
        "install engagebot again"
    )


def pack_names() -> tuple[str, ...]:
    """The packs that a site can be made of, `starter` first."""
    folder = _package() / "packs"
    if not folder.is_dir():
        return (STARTER,)
    return (STARTER, *sorted(each.name for each in folder.iterdir() if (each / _TEAMS_FILE).is_file()
                             and each.name != SHARED))  # fmt: skip


def layer_of(pack: str) -> Path:
    """The folder of what a pack adds; the starter's is the template site itself."""
    return template_root() if pack == STARTER else _package() / "packs" / pack


def choose_pack(target: Path, wanted: str | None) -> str:
    """The pack to lay into `target`: the one asked for, else the one that is there, else the starter.

    Raises:
        WrongUsage: there is no such pack, or `target` has the rules of another one.
    """
    names = pack_names()
    if wanted is not None and wanted not in names:
        near = did_you_mean(wanted, names)
        raise WrongUsage(f'there is no pack "{wanted}"; there is: {listed(names)}{near}')
    there = _pack_in(target)
    if wanted is None:
        return there or STARTER
    if there in (None, wanted) or (there == "" and wanted == STARTER):
        return wanted
    whose = f'the rules of the pack "{there}"' if there else "rules of its own"
    raise WrongUsage(
        f"{target} has {whose}, and two packs in one folder would both answer; nothing was written.\n"
        f"To compare them: engagebot init OTHER --pack {wanted}, and then\n"
        f"  engagebot --site {target} rules diff {target}/rules OTHER/rules\n"
        f"To change over, work on in OTHER, or move {target}/rules and {target}/config/engagebot.yaml away "
        f"and run this again"
    )


def copy_site(target: Path, pack: str = STARTER) -> list[Path]:
    """Lay the template site with a pack into `target` and return the files written, sorted.

    Nothing that exists is touched, not even an empty file: `differing` lists those that were kept although
    they differ. `.env` is made from the example, readable by its owner alone.

    Raises:
        WrongUsage: `target` or a folder in it cannot be made or written to.
    """
    written: list[Path] = []
    try:
        for path, content in sorted(_contents(target, pack).items()):
            if path.exists() or path.is_symlink():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            mode = ENV_MODE if path.name == ".env" else 0o644
            # Exclusive: a file that appears between the look and the write stays what it is.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            written.append(path)
    except OSError as error:
        raise WrongUsage(f"cannot make a site in {target}: {error.strerror}: {error.filename}") from error
    return written


def differing(target: Path, pack: str = STARTER) -> list[Path]:
    """List the files that exist and are not what `copy_site` would write, except the site's own."""
    return sorted(
        path
        for path, content in _contents(target, pack).items()
        if path.name not in OWN and path.exists() and not _holds(path, content)
    )


def missing_teams(target: Path, pack: str) -> list[str]:
    """The pack's teams that the settings in `target`, kept as they were, do not have; as lines to add."""
    try:
        kept = (target / "config" / "engagebot.yaml").read_text("utf-8", errors="replace")
    except OSError:
        return []
    wanted = [line.split("#")[0].strip() for line in _teams(pack).splitlines()]
    return [line for line in wanted if line and line.partition(":")[0] + ":" not in kept]


def _contents(target: Path, pack: str) -> dict[Path, bytes]:
    example = _example(template_root()).read_bytes()
    contents = {
        target / ".env": example,
        target / ".env.example": example,
        target / ".gitignore": GITIGNORE.encode(),
    }
    return contents | {target / inner: content for inner, content in _laid_together(pack).items()}


def _laid_together(pack: str) -> dict[PurePath, bytes]:
    """The files of all layers, by their place in a site: what a pack adds to a list is put at its end."""
    laid: dict[PurePath, bytes] = {}
    for layer in _layers(pack):
        for folder in FOLDERS:
            for path in sorted((layer / folder).rglob("*")):
                inner = path.relative_to(layer)
                if not path.is_file() or any(_is_litter(part) for part in inner.parts):
                    continue
                before = laid.get(inner, b"") if inner.parent == PurePath("config", "lists") else b""
                laid[inner] = before + path.read_bytes()
    teams = "".join(f"  {line}\n" for line in _teams(pack).splitlines())
    for place in _WITH_TEAMS if teams else ():
        laid[place] = laid[place].decode().replace(_FIRST_TEAM, _FIRST_TEAM + teams, 1).encode()
    return laid


def _layers(pack: str) -> list[Path]:
    return [layer_of(name) for name in ((STARTER,) if pack == STARTER else (STARTER, SHARED, pack))]


def _teams(pack: str) -> str:
    return "".join((layer / _TEAMS_FILE).read_text("utf-8") for layer in _layers(pack)[1:])


def _pack_in(target: Path) -> str | None:
    """The pack whose rules lie in `target`: none where there are none, "" where they are of no pack."""
    there = {path.name for path in (target / "rules").glob("*.y*ml")}
    if not there:
        return None
    for pack in pack_names()[1:]:
        if there & _rule_files(pack):
            return pack
    return STARTER if there & _rule_files(STARTER) else ""


def _rule_files(pack: str) -> set[str]:
    return {path.name for path in (layer_of(pack) / "rules").glob("*.yaml")}


def _package() -> Path:
    return Path(str(resources.files("engagebot")))


def _is_complete(root: Path) -> bool:
    return all((root / folder).is_dir() for folder in FOLDERS) and _example(root).is_file()


def _example(root: Path) -> Path:
    # A name that begins with a dot is easily lost on the way into a package.
    shipped = root / "env.example"
    return shipped if shipped.is_file() else root / ".env.example"


def _is_litter(name: str) -> bool:
    return name.startswith(".") or name.endswith("~") or name == "__pycache__"


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False
