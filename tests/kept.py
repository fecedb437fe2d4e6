"""What never changes is made once in a process, although every test and every round of a program starts anew.

The files that come with engagebot and its connectors, the list of those installed, the system's
certificates, the migrations' modules and the SQL that a statement becomes are the same for each site that a
test makes. The product makes them once in its life; a test run would make them some thousand times.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import replace
from functools import cache, wraps
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from alembic.util import pyfiles
from dotenv.parser import Binding
from fastapi import routing
from httpx._transports import default as transport
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy.engine import Dialect

from connectors.demo import connector as demo
from engagebot.bootstrap import guarding, judging, outside
from engagebot.guards import Guards
from engagebot.scoring import LayeredScorer, Layers, Lexicon
from engagebot.settings import connectorfile, environment, pricefile
from engagebot.web.entry import passwords

ReadModule = Callable[[str, str | os.PathLike[str]], Any]


def keep_what_never_changes() -> None:
    """From now on, make each of these once; called once in a process."""
    for module, name, kept in (
        (outside, "entry_points", _entry_points_by_path),
        (connectorfile, "entry_points", _entry_points_by_path),
        (connectorfile, "read_yaml", cache),
        (pricefile, "read_yaml", cache),
        (environment, "parse_stream", _lines_by_their_words),
        (demo, "load_stories", cache),
        (judging, "shipped_weights", cache),
        (judging, "load_lexicon", _lexicon_by_its_words),
        (judging, "LayeredScorer", _scorer_by_its_layers),
        (guarding, "load_guards", _guards_by_their_words),
        (transport, "create_ssl_context", cache),
        (pyfiles, "load_module_py", _migrations_once),
        (sa, "create_engine", _with_shared_statements),
        (passwords, "_hasher", _quick_hasher),
        (routing._EffectiveRouteContext, "from_api_route", _handler_by_its_route),
    ):
        setattr(module, name, kept(getattr(module, name)))


def _entry_points_by_path(find: Callable[..., Any]) -> Callable[..., Any]:
    """Another search path may hold other connectors."""
    kept = cache(lambda group, _: find(group=group))

    @wraps(find)
    def entry_points(*, group: str) -> Any:
        return kept(group, tuple(sys.path))

    return entry_points


def _lines_by_their_words(
    parse: Callable[[IO[str]], Iterator[Binding]],
) -> Callable[[IO[str]], list[Binding]]:
    kept = cache(lambda text: list(parse(io.StringIO(text))))

    def parse_stream(stream: IO[str]) -> list[Binding]:
        return kept(stream.read())

    return parse_stream


def _lexicon_by_its_words(load: Callable[..., Lexicon]) -> Callable[..., Lexicon]:
    """Equal files are one lexicon; files with errors are read each time, for the errors name their folder."""
    kept: dict[tuple[tuple[str, bytes], ...], Lexicon] = {}

    @wraps(load)
    def load_lexicon(folder: Path, **options: Any) -> Lexicon:
        words = _words_in(folder)
        if words not in kept:
            kept[words] = load(folder, **options)
        return kept[words]

    return load_lexicon


def _guards_by_their_words(load: Callable[..., Guards]) -> Callable[..., Guards]:
    """Equal lists that are shown under equal names are one set of guards, which is never changed."""
    kept: dict[tuple[object, ...], Guards] = {}

    @wraps(load)
    def load_guards(folder: Path, **options: Any) -> Guards:
        key = (_words_in(folder), options.get("otherwise"), options.get("shown_as") or folder)
        if key not in kept:
            kept[key] = load(folder, **options)
        return kept[key]

    return load_guards


def _words_in(folder: Path) -> tuple[tuple[str, bytes], ...]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return tuple((str(path.relative_to(folder)), path.read_bytes()) for path in files)


def _scorer_by_its_layers(make: Callable[[Layers], LayeredScorer]) -> Callable[[Layers], LayeredScorer]:
    """Equal layers are one scorer, which is never changed after it is made."""
    kept: dict[tuple[object, ...], LayeredScorer] = {}

    def scorer(layers: Layers) -> LayeredScorer:
        if layers.site is not None:
            return make(layers)
        key = (id(layers.lexicon), id(layers.weights), layers.names.digest, layers.borders)
        if key not in kept:
            kept[key] = make(layers)
        return kept[key]

    return scorer


def _quick_hasher(make: Callable[[], PasswordHash]) -> Callable[[], PasswordHash]:
    """A password's hash is slow on purpose; here guessing a made-up one may be quick."""
    quick = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1)])

    @wraps(make)
    def hasher() -> PasswordHash:
        return quick

    return hasher


def _handler_by_its_route(make: Callable[..., Any]) -> Callable[..., Any]:
    """Whatever FastAPI reads out of a handler's signature, when the first request to an app comes."""
    kept: dict[int, list[tuple[Any, Any]]] = {}

    def from_api_route(*, original_route: Any, include_context: Any) -> Any:
        # The app itself is in it for overridden dependencies alone, which nothing here has.
        context = replace(include_context, dependency_overrides_provider=None)
        made = kept.setdefault(id(original_route), [])
        for known, handler in made:
            if known == context and handler.original_route is original_route:
                return handler
        made.append((context, make(original_route=original_route, include_context=context)))
        return made[-1][1]

    return from_api_route


def _migrations_once(read: ReadModule) -> ReadModule:
    kept = cache(read)

    @wraps(read)
    def load_module(module_id: str, path: str | os.PathLike[str]) -> Any:
        # Alembic's env.py acts when it is loaded.
        return (read if str(path).endswith("env.py") else kept)(module_id, str(path))

    return load_module


class _Statements(MutableMapping[tuple[Any, ...], Any]):
    """Compiled statements of all engines that speak one dialect, however many engines there are.

    SQLAlchemy's key begins with the engine's own dialect object; the others of its kind say the same.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[Any, ...], Any] = {}

    def __getitem__(self, key: tuple[Any, ...]) -> Any:
        return self._kept[self._shared(key)]

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        self._kept[self._shared(key)] = compiled

    def __delitem__(self, key: tuple[Any, ...]) -> None:
        del self._kept[self._shared(key)]

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return self._kept.get(self._shared(key), default)

    @staticmethod
    def _shared(key: tuple[Any, ...]) -> tuple[Any, ...]:
        dialect: Dialect = key[0]
        return (type(dialect), dialect.paramstyle, dialect.dbapi, dialect.server_version_info, *key[1:])


def _with_shared_statements(create: Callable[..., sa.Engine]) -> Callable[..., sa.Engine]:
    statements = _Statements()

    @wraps(create)
    def create_engine(*args: Any, **options: Any) -> sa.Engine:
        engine = create(*args, **options)
        engine.update_execution_options(compiled_cache=statements)
        return engine

    return create_engine
