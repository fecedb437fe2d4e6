"""Finds the compiled modules that stand in for Python ones, where they were made from exactly these sources.

`compiling` makes them, and `make` calls it. They lie in the environment and never beside the sources. A build
that is missing, not whole or made from other sources is not used: then the Python modules run as they are.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import MutableSequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import PackageNotFoundError, version
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Final

SWITCH: Final = "PURE_PYTHON"
"""With this variable set compiled modules are left aside: tests compare both, coverage sees Python alone."""
MARKER: Final = "whole"
SUFFIX: Final = EXTENSION_SUFFIXES[0]
_HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Modules of one package that are compiled together, into folders of `place`."""

    package: str
    folder: Path
    modules: tuple[str, ...]
    place: Path


JUDGEMENT: Final = Unit(
    package="engagebot.scoring",
    folder=_HERE,
    # Not `detectors`: a compiled class can have no subclass, and tests put detectors of their own in.
    modules=(
        "cues",
        "features",
        "friendliness",
        "intents",
        "language",
        "lexicon",
        "model",
        "phrases",
        "pushes",
        "rounding",
        "scorer",
        "site",
        "tokens",
        "vader",
        "vocabulary",
    ),
    place=Path(sysconfig.get_path("platlib"), "engagebot_compiled"),
)


def digest(unit: Unit) -> str:
    """Names a build by its sources, how it is made, and the versions of Python and mypyc.

    Raises:
        PackageNotFoundError: mypyc is not installed.
    """
    found = sha256(f"{SUFFIX} {version('mypy')} {unit.package}".encode())
    for source in (_HERE / "compiling.py", *(unit.folder / f"{name}.py" for name in unit.modules)):
        found.update(source.name.encode() + sha256(source.read_bytes()).digest())
    return found.hexdigest()[:20]


def library(build: str) -> str:
    """The module with the code of a build, to which its others point; no two builds call it the same."""
    return f"engagebot_{build}__mypyc"


def find(unit: Unit) -> Path | None:
    """The folder of the build that was made from the sources as they are now, if it is whole."""
    try:
        build = unit.place / digest(unit)
        lines = (build / MARKER).read_text("utf-8").splitlines()
        # Compiled modules rely on the layout of each other's classes, so one that is missing spoils all.
        for size, _, name in (line.partition(" ") for line in lines):
            if (build / name).stat().st_size != int(size):
                return None
    except (PackageNotFoundError, OSError, ValueError):
        return None
    return build if lines else None


def use(unit: Unit, path: MutableSequence[str]) -> bool:
    """Put the build in front of the package's `__path__`, where there is one; say whether there is."""
    if os.environ.get(SWITCH):
        return False
    build = find(unit)
    if build is None:
        return False
    # The modules ask for the library by its name: loaded here, it needs no folder of its own on sys.path.
    name = library(build.name)
    spec = spec_from_file_location(name, build / f"{name}{SUFFIX}")
    if spec is None or spec.loader is None:
        return False
    try:
        loaded = module_from_spec(spec)
        spec.loader.exec_module(loaded)
    except ImportError:
        return False
    sys.modules[name] = loaded
    path.insert(0, str(build.joinpath(*unit.package.split("."))))
    return True
