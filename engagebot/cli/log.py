"""What is logged, how it looks and what never appears in it."""

from __future__ import annotations

import logging
import os
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path

import structlog

from engagebot.cli.masking import Mask
from engagebot.cli.terminal import Terminal
from engagebot.settings.place import passwords_in

# At DEBUG these write headers, bodies and OAuth signatures of what they send.
TALKATIVE = (
    "tweepy", "prawcore", "praw", "urllib3", "httpx", "httpcore", "requests", "requests_oauthlib", "oauthlib"
)  # fmt: skip
# At INFO these write whole addresses, and a chat webhook's address is its password.
_TALKATIVE_AT_INFO = ("httpx", "httpcore")
_SECRET_NAME = re.compile(
    r"ENGAGEBOT_.*(?:TOKEN|SECRET|PASSWORD|KEY|SMTP_URL|WEBHOOK_URL|DATABASE_URL)(?!.*_FILE$)"
)
_SHORTEST = 6


class BlackedOut(logging.Formatter):
    """Formats as another formatter does, then blacks out every secret, those inside tracebacks too."""

    def __init__(self, inner: logging.Formatter, secrets: Iterable[str]) -> None:
        super().__init__()
        self._inner = inner
        self._mask = Mask(secrets)

    def format(self, record: logging.LogRecord) -> str:
        return self._mask(self._inner.format(record))


def set_up(terminal: Terminal, *, level: str) -> None:
    """Send every log line to stderr: for people on a terminal, as JSON elsewhere."""
    wanted = "DEBUG" if terminal.is_debug else level
    is_terminal = sys.stderr.isatty()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    last: list[structlog.typing.Processor]
    if is_terminal:
        has_color = terminal.has_color and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        last = [
            structlog.dev.ConsoleRenderer(colors=has_color, exception_formatter=structlog.dev.plain_traceback)
        ]
    else:
        last = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    first = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[first, *last])
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(BlackedOut(formatter, terminal.secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(wanted)
    floor = logging.getLevelName(wanted)
    for name in TALKATIVE:
        least = logging.WARNING if name in _TALKATIVE_AT_INFO else logging.INFO
        logging.getLogger(name).setLevel(max(floor, least))
    for name in ("alembic", "apscheduler"):
        logging.getLogger(name).setLevel(logging.DEBUG if wanted == "DEBUG" else logging.WARNING)


def write_crash(error: BaseException, terminal: Terminal) -> Path:
    """Write the traceback of a failure nobody expected into a file, without secrets; answer its path."""
    secrets = set(terminal.secrets) | secrets_in(os.environ)
    raised = (type(error), error, error.__traceback__)
    record = logging.LogRecord("engagebot", logging.ERROR, "", 0, "unexpected failure", None, raised)
    plain = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    plain.converter = time.gmtime
    text = BlackedOut(plain, secrets).format(record)
    is_site = (terminal.site / "config").is_dir()
    folders = [terminal.site / "var" / "log"] if is_site else []
    for folder in (*folders, Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / "engagebot-errors.log"
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(f"{text}\n")
        except OSError:
            continue
        return path
    terminal.say("".join(traceback.format_exception(error)))
    return Path("no file: none could be written; it is above")


def secrets_in(environ: Mapping[str, str]) -> set[str]:
    """Values of our variables that look secret, for when the settings could not be read."""
    values = (value for name, value in environ.items() if _SECRET_NAME.match(name))
    return {secret for secret in passwords_in(values) if len(secret) >= _SHORTEST}
