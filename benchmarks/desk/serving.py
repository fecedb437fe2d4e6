"""The web app of a measured site in a process of its own, as it is served in earnest.

In the process of the benchmark it would share one interpreter with what drives the browser.

    python -m benchmarks.desk.serving FOLDER DATABASE_URL
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from benchmarks.desk.site import reopened
from engagebot.bootstrap import App
from engagebot.web.app import create_app
from engagebot.web.server import listen


@contextmanager
def served(app: App) -> Iterator[str]:
    """The address of a site on loopback, for as long as the block lasts.

    Raises:
        SystemExit: the process did not come up.
    """
    command = [sys.executable, "-m", "benchmarks.desk.serving", str(app.settings.site), app.store.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        if not address:
            raise SystemExit("the web app did not come up")
        try:
            yield address
        finally:
            process.terminate()


def main(folder: str, url: str) -> None:
    listener = listen("127.0.0.1")
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    app = reopened(Path(folder), url)
    uvicorn.Server(uvicorn.Config(create_app(app), log_config=None)).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
