import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from engagebot.cli import log
from engagebot.cli.terminal import Terminal, clean, shorten, table, to_json
from engagebot.errors import WrongUsage

SECRET = 'a "quoted" secret'


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_secrets_are_blacked_out_of_messages_and_tracebacks(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    log.set_up(Terminal(secrets={SECRET, "inner"}), level="INFO")

    try:
        raise ValueError(f"refused: {SECRET}")
    except ValueError:
        logging.getLogger("somewhere").exception("while sending %s with inner", SECRET)

    line = json.loads(stream.getvalue())
    assert line["event"] == "while sending *** with ***"
    assert "ValueError: refused: ***" in line["exception"]
    assert line["level"] == "error"


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "ERROR"])
def test_client_libraries_never_log_what_they_send(level: str) -> None:
    log.set_up(Terminal(), level=level)

    quiet = [logging.getLogger(name).getEffectiveLevel() for name in log.TALKATIVE]

    assert min(quiet) >= logging.INFO
    assert logging.getLogger("engagebot").getEffectiveLevel() == logging.getLevelName(level)


def test_crash_file_falls_back_to_a_folder_that_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))

    path = log.write_crash(RuntimeError("boom"), Terminal(site=tmp_path / "no-site"))

    assert path == tmp_path / "engagebot-errors.log"
    assert "RuntimeError: boom" in path.read_text(encoding="utf-8")


def test_environment_s_secrets_are_known_before_settings_are() -> None:
    environ = {
        "ENGAGEBOT_X_BEARER_TOKEN": "bearer-for-tests",
        "ENGAGEBOT_REDDIT_PASSWORD_FILE": "secrets/reddit",
        "ENGAGEBOT_DATABASE_URL": "postgresql+psycopg://desk:db-password@127.0.0.1/engagebot",
        "ENGAGEBOT_X_BASE_URL": "http://127.0.0.1:8081",
        "ENGAGEBOT_SITE": "folder",
        "OTHER_TOKEN": "other-token",
    }

    assert log.secrets_in(environ) == {"bearer-for-tests", "db-password"}


def test_strangers_texts_are_laid_flat() -> None:
    assert clean("a\x1b[31m\nb\u202e\tc") == "a[31m b c"
    assert shorten("one two three", 8) == "one two…"
    assert table(("a", "b"), [(1, None), ("日本", "x")], empty="-") == "A     B\n1\n日本  x"
    assert table(("a",), [], empty="nothing") == "nothing"


def test_half_characters_do_not_break_json() -> None:
    assert json.loads(to_json({"text": "\ud83d"})) == {"text": "\ud83d"}


def test_nobody_is_asked_without_a_terminal() -> None:
    with pytest.raises(WrongUsage, match="give --x"):
        Terminal().ask("What", instead="give --x")
