"""Compiles the judgement into the environment, with mypyc: `python -m engagebot.scoring.compiling`."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from engagebot.scoring.compiled import JUDGEMENT, MARKER, SUFFIX, Unit, digest, find, library

_MAKING: Final = "making-"
_LOG: Final = "failed.log"
_SETUP: Final = """
import json, sys
from mypyc.build import mypycify
from mypyc.primitives.registry import method_call_ops
from setuptools import setup

# Of these mypyc has versions of its own, and its lower() knows no final sigma: Python's are called instead.
for name in ("isalnum", "isdigit", "isspace", "lower", "lstrip", "rstrip", "strip", "upper"):
    del method_call_ops[name]
group, files = json.loads(sys.argv.pop(1))
# The copied sources alone: what they import of others is not looked at, so no constant of it is copied in.
options = ["--config-file=", "--cache-dir=cache", "--no-site-packages", "--ignore-missing-imports"]
modules = mypycify([*options, *files], group_name=group, target_dir="c", opt_level="2", debug_level="0")
for module in modules:
    # Round after each step, as Python does: some processors would multiply and add in one.
    module.extra_compile_args.append("-ffp-contract=off")
setup(name="compiled", ext_modules=modules)
"""
# The package stands empty here, so that none but the modules on trial are imported.
_TRIAL: Final = """
import importlib, importlib.util, json, sys, types

name, library, package, path, modules, sys.path[:] = json.loads(sys.argv[1])
spec = importlib.util.spec_from_file_location(name, library)
sys.modules[name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules[name])
sys.modules[package] = types.ModuleType(package)
sys.modules[package].__path__ = path
for each in modules:
    assert importlib.import_module(f"{package}.{each}").__file__.startswith(path[0]), each
"""


class CannotCompile(Exception):
    """Nothing was compiled; the message says why and what to do."""


def main() -> int:
    if find(JUDGEMENT):
        return 0
    try:
        look_for_tools()
        print("Compiling the judgement (about a quarter of a minute)", flush=True)
        compile_unit(JUDGEMENT)
    except (CannotCompile, OSError) as error:
        print(f"Not compiled, so judging runs at half its speed: {error}", file=sys.stderr)
        return 1
    return 0


def look_for_tools() -> str:
    """The C compiler, by which this Python was made if that is here.

    Raises:
        CannotCompile: it is missing, or Python's headers are, or mypyc is.
    """
    if not all(map(find_spec, ("mypyc", "setuptools"))):
        raise CannotCompile("mypyc is not installed. Fix: make setup, in the checkout")
    if not Path(sysconfig.get_path("platinclude"), "Python.h").exists():
        raise CannotCompile(f"Python's headers are missing. Fix: {_bring('python3-dev')}, then make setup")
    usual = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    for compiler in (usual, "cc", "gcc", "clang"):
        if shutil.which(shlex.split(compiler)[0]):
            return str(compiler)
    raise CannotCompile(f"there is no C compiler. Fix: {_bring('gcc libc6-dev')}, then make setup")


def _bring(packages: str) -> str:
    if sys.platform == "darwin":
        return "xcode-select --install"
    if shutil.which("apt-get"):
        return f"{'' if os.geteuid() == 0 else 'sudo '}apt-get install --yes {packages}"
    return f"install what Debian calls {packages}"


def compile_unit(unit: Unit) -> Path:
    """The folder of the whole build, made if need be; all other builds are removed.

    Raises:
        CannotCompile: something is missing, or a step went wrong.
    """
    unit.place.mkdir(parents=True, exist_ok=True)
    # Two that are started at once make one build: the second waits, and finds it done.
    with (unit.place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if found := find(unit):
            return found
        compiler = look_for_tools()
        with tempfile.TemporaryDirectory(prefix=_MAKING, dir=unit.place) as folder:
            made = _make(unit, Path(folder), compiler)
            _remove(unit.place, but={"lock", Path(folder).name})
            return made.rename(unit.place / made.name)


def _make(unit: Unit, folder: Path, compiler: str) -> Path:
    """Compile copies of the sources, so that nobody changes them meanwhile, and try what comes out."""
    parts = unit.package.split(".")
    copies = folder.joinpath(*parts)
    copies.mkdir(parents=True)
    for depth in range(len(parts)):
        folder.joinpath(*parts[: depth + 1], "__init__.py").touch()
    for name in unit.modules:
        shutil.copyfile(unit.folder / f"{name}.py", copies / f"{name}.py")
    build = folder / "builds" / digest(replace(unit, folder=copies))
    name = library(build.name)
    files = [str(Path(*parts, f"{each}.py")) for each in unit.modules]
    (folder / "setup.py").write_text(_SETUP, "utf-8")
    group = json.dumps([name.removesuffix("__mypyc"), files])
    _run(["setup.py", group, "--quiet", "build_ext", "--build-lib", str(build)], folder, compiler)
    path = [str(build.joinpath(*parts)), str(unit.folder)]
    trial = json.dumps([name, str(build / f"{name}{SUFFIX}"), unit.package, path, unit.modules, sys.path])
    _run(["-c", _TRIAL, trial], folder, compiler)
    made = sorted(file for file in build.rglob("*") if file.is_file())
    lines = "".join(f"{file.stat().st_size} {file.relative_to(build)}\n" for file in made)
    (build / MARKER).write_text(lines, "utf-8")
    return build


def _run(arguments: list[str], folder: Path, compiler: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own text, by this very interpreter
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "CC": compiler},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        log = folder.parent / _LOG
        log.write_text(done.stdout + done.stderr, "utf-8")
        raise CannotCompile(f"mypyc or the C compiler failed. Fix: read {log}, then make setup")


def _remove(place: Path, *, but: set[str]) -> None:
    for other in place.iterdir():
        if other.name in but:
            continue
        if other.is_dir():
            shutil.rmtree(other, ignore_errors=True)
        else:
            other.unlink()


if __name__ == "__main__":
    raise SystemExit(main())
