from __future__ import annotations

import re
import subprocess

import httpx

from tests.integration.cli.conftest import Cli

DEADLINE = 40


def test_a_run_stops_at_once_while_browsers_listen(cli: Cli) -> None:
    with cli.start("demo", "--port", 0) as process:
        try:
            assert process.stdout is not None
            address = next(
                found[0] for line in process.stdout if (found := re.search(r"http://127[^ ]*", line))
            )
            asked = {"accept": "text/event-stream"}
            with httpx.stream("GET", f"{address}/live", headers=asked, timeout=DEADLINE) as stream:
                lines = stream.iter_lines()
                next(line for line in lines if line == "event: hello")
                process.terminate()
                # Read to its proper end: a stream that is torn off raises instead.
                for _ in lines:
                    pass
            assert process.wait(DEADLINE) == 0
            assert process.stderr is not None
            assert "Cancel" not in process.stderr.read()
        except subprocess.TimeoutExpired:
            process.kill()
            raise
