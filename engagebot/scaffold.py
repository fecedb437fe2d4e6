"""Find the template site and copy it for `engagebot init`."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from engagebot.errors import WrongUsage

FOLDERS = ("config", "rules")
OWN = frozenset({".env", ".gitignore"})
ENV_MODE = 0o600
GITIGNORE = "# secrets and state of this site\n.env\n/var/\n*.rejected\n"


def template_root() -> Path:
    """Find the folder that holds `config/`, `rules/` and the example environment.

    In an installed package it is `engagebot/_templates`; in a checkout, the checkout itself.

    Raises:
        WrongUsage: neither is there, so the installation is broken.
    """
    package = Path(str(resources.files("engagebot")))
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


def copy_site(target: Path) -> list[Path]:
    """Copy the template site into `target` and return the files written, sorted.

    Nothing that exists is touched, not even an empty file: `differing` lists those that were kept although
    they differ. `.env` is made from the example, readable by its owner alone.

    Raises:
        WrongUsage: `target` or a folder in it cannot be made or written to.
    """
    written: list[Path] = []
    try:
        for path, content in sorted(_contents(target).items()):
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


def differing(target: Path) -> list[Path]:
    """List the files that exist and are not what `copy_site` would write, except the site's own."""
    return sorted(
        path
        for path, content in _contents(target).items()
        if path.name not in OWN and path.exists() and not _holds(path, content)
    )


def _contents(target: Path) -> dict[Path, bytes]:
    root = template_root()
    example = _example(root).read_bytes()
    contents = {
        target / ".env": example,
        target / ".env.example": example,
        target / ".gitignore": GITIGNORE.encode(),
    }
    for folder in FOLDERS:
        for path in (root / folder).rglob("*"):
            inner = path.relative_to(root)
            if path.is_file() and not any(_is_litter(part) for part in inner.parts):
                contents[target / inner] = path.read_bytes()
    return contents


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
