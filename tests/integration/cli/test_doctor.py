"""`engagebot doctor` finds what keeps a site from working, and each failure says what to paste."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engagebot.doctor.examination import Check, examine
from tests.emulators.faults import Fault
from tests.emulators.reddit import RedditEmulator
from tests.emulators.reddit_auth import Credentials
from tests.emulators.x import XEmulator
from tests.integration.cli.conftest import Cli

X_KEYS = {
    "BEARER_TOKEN": "bearer-made-up-one",
    "CONSUMER_KEY": "consumer-made-up-two",
    "CONSUMER_SECRET": "consumer-secret-made-up-three",
    "ACCESS_TOKEN": "access-made-up-four",
    "ACCESS_TOKEN_SECRET": "access-secret-made-up-five",
}
REDDIT_KEYS = {
    "CLIENT_ID": "client-made-up-one",
    "CLIENT_SECRET": "client-secret-made-up-two",
    "USERNAME": "acme_support",
    "PASSWORD": "password-made-up-three",
}
X_WATCH = 'watches:\n  - {name: acme-x, connector: x, kind: search, query: "acme", every: 5m}\n'


@pytest.fixture
def x(cli: Cli) -> Iterator[XEmulator]:
    cli.config("watches: []\n", X_WATCH)
    with XEmulator(account="acme") as platform:
        tell(cli, "X", {**X_KEYS, "BASE_URL": platform.url, "READ_TIMEOUT_S": "1"})
        yield platform


def tell(cli: Cli, name: str, values: dict[str, str]) -> None:
    cli.environ.update({f"ENGAGEBOT_{name}_{key}": value for key, value in values.items()})


def handles(cli: Cli, text: str) -> None:
    path = cli.site / "config" / "engagebot.yaml"
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if "handles:" not in line]
    at = next(number for number, line in enumerate(kept) if line.startswith("brand:"))
    kept.insert(at + 1, f"  handles: {text}")
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")


def found(cli: Cli, *args: str) -> dict[str, dict[str, Any]]:
    document = cli.json("doctor", *args)
    assert document["ok"] is all(check["ok"] for check in document["checks"])
    for check in document["checks"]:
        assert check["ok"] or check["fix"], check
        assert "\n" not in check["detail"]
    return {check["name"]: check for check in document["checks"]}


def fails(cli: Cli, name: str, said: str, fix: str) -> None:
    """The check fails in the document and in the text, with its line to paste; no secret is shown."""
    check = found(cli, "--only", name)[name]
    assert not check["ok"]
    assert said in check["detail"]
    assert fix in check["fix"]
    result = cli("doctor", "--only", name)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(f"FAIL  {name}"))
    assert said in lines[at]
    assert lines[at + 1].strip().startswith("Fix: ")
    assert not any(secret in result.output for secret in (*X_KEYS.values(), *REDDIT_KEYS.values()))


def test_a_site_in_order_passes(cli: Cli, x: XEmulator) -> None:
    handles(cli, "{x: acme}")
    checks = found(cli)
    assert {name for name, check in checks.items() if not check["ok"]} == set()
    assert set(checks) >= {
        "settings", "rules", "database", "disk", "secrets", "web", "connector x", "clock x", "listening x",
        "channel console",
    }  # fmt: skip
    assert checks["connector x"]["detail"] == "the key is good; acme may reply"
    assert cli("doctor").exit_code == 0
    assert "checks passed" in cli("doctor").stdout
    assert [entry.method for entry in x.requests] == ["GET"] * 6


def test_plain_python_is_no_failure_and_has_its_remedy(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engagebot.doctor.inside.IS_COMPILED", True)
    assert found(cli, "--only", "judgement")["judgement"]["fix"] is None
    monkeypatch.setattr("engagebot.doctor.inside.IS_COMPILED", False)
    result = cli("doctor", "--only", "judgement")
    assert result.exit_code == 0
    assert "Fix: make setup" in result.stdout


def test_a_wrong_key_is_found(cli: Cli, x: XEmulator) -> None:
    x.bearer_token = "another-made-up"
    handles(cli, "{x: acme}")
    cli.environ.update({f"ENGAGEBOT_X_{key}": "" for key in list(X_KEYS)[1:]})
    fails(cli, "connector x", "401", "write into .env: ENGAGEBOT_X_BEARER_TOKEN=")


def test_a_bearer_token_that_was_revoked_beside_good_keys_is_found(cli: Cli, x: XEmulator) -> None:
    x.bearer_token = "another-made-up"
    handles(cli, "{x: acme}")
    fails(cli, "connector x", "401", "ENGAGEBOT_X_")


def test_a_stopped_clock_is_not_called_wrong(cli: Cli, x: XEmulator) -> None:
    cli.environ["ENGAGEBOT_NOW"] = "2026-03-02T09:00:00+00:00"
    assert "clock x" not in found(cli, "--only", "connector")


def test_a_revoked_token_is_found(cli: Cli, x: XEmulator) -> None:
    x.fault(Fault.unauthorized(), times=None)
    fails(cli, "connector x", "the keys are wrong or were revoked", "make a new key")


def test_a_wrong_password_of_reddit_is_found(cli: Cli) -> None:
    with RedditEmulator(credentials=Credentials(password="another-made-up")) as reddit:
        tell(cli, "REDDIT", {**REDDIT_KEYS, "BASE_URL": reddit.url})
        fails(cli, "connector reddit", "invalid_grant", "ENGAGEBOT_REDDIT_")


def test_missing_credit_is_found(cli: Cli, x: XEmulator) -> None:
    x.fault(Fault.credits_402(), times=None)
    fails(cli, "connector x", "no credit", "add credit")


def test_keys_of_another_account_are_found(cli: Cli, x: XEmulator) -> None:
    handles(cli, "{x: acme_shop}")
    fails(cli, "connector x", "belong to acme, brand.handles says acme_shop", "brand: {handles: {x: acme}}")


@pytest.mark.parametrize(("shift_s", "where"), [(600, "behind"), (-600, "ahead of")])
def test_a_wrong_clock_is_found(cli: Cli, x: XEmulator, shift_s: float, where: str) -> None:
    x.date_shift_s = shift_s
    check = found(cli, "--only", "connector x")["clock x"]
    assert not check["ok"]
    assert where in check["detail"]
    assert check["fix"] == "sudo timedatectl set-ntp true"


def test_a_wrong_clock_is_found_although_the_key_is_refused_for_it(cli: Cli, x: XEmulator) -> None:
    x.date_shift_s = 600
    x.fault(Fault.unauthorized(), times=None)
    checks = found(cli, "--only", "connector")
    assert not checks["connector x"]["ok"]
    assert not checks["clock x"]["ok"]


def test_a_clock_a_minute_off_is_fine(cli: Cli, x: XEmulator) -> None:
    x.date_shift_s = 60
    assert found(cli, "--only", "connector")["clock x"]["ok"]


def test_a_silent_connector_is_found(cli: Cli, x: XEmulator) -> None:
    handles(cli, "{x: acme}")
    assert cli("run", "--once").exit_code == 0
    assert found(cli, "--only", "listening")["listening x"]["ok"]
    cli.environ["ENGAGEBOT_NOW"] = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    fails(cli, "listening x", "no successful read", "")


def test_credit_that_ran_out_is_remembered_without_asking(cli: Cli, x: XEmulator) -> None:
    x.fault(Fault.cap_429(), times=None)
    cli("run", "--once")
    asked = len(x.requests)
    check = found(cli, "--offline")["listening x"]
    assert (check["ok"], "credit" in check["fix"]) == (False, True)
    assert len(x.requests) == asked


def test_a_platform_that_does_not_answer_is_found(cli: Cli, x: XEmulator) -> None:
    x.stop()
    fails(cli, "connector x", "could not be reached", f"curl -sSI {x.url}")
    x.start()


def test_a_channel_nobody_listens_at_is_found(cli: Cli) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cli.environ["ENGAGEBOT_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
    cli.config("notify: [console]", "notify: [email:desk@example.com]")
    fails(cli, "channel email:desk@example.com", "cannot be reached", f"nc -zv 127.0.0.1 {port}")


def test_secrets_that_others_may_read_are_found(cli: Cli) -> None:
    cli.dotenv("ENGAGEBOT_WEBHOOK_SECRET_FILE=var/hook")
    (cli.site / "var" / "hook").write_text("whsec_bWFkZS11cC1zZWNyZXQtb2YtdGVzdHM=\n")
    for name in (".env", "var/hook"):
        (cli.site / name).chmod(0o644)
    fails(cli, "secrets", "hook", "chmod 600")
    for name in (".env", "var/hook"):
        (cli.site / name).chmod(0o600)
    assert found(cli, "--only", "secrets")["secrets"]["ok"]


def test_an_old_database_is_found_and_left_alone(cli: Cli) -> None:
    database = cli.site / "var" / "engagebot.db"
    database.unlink()
    fails(cli, "database", "engagebot db upgrade", "engagebot db upgrade")


def test_broken_rules_are_found(cli: Cli) -> None:
    (cli.site / "rules" / "00-broken.yaml").write_text("- {id: x y}\n")
    fails(cli, "rules", "00-broken.yaml:1:", "engagebot rules check")


def test_broken_settings_are_found(cli: Cli) -> None:
    cli.config("timezone:", "timezoen:")
    result = cli("doctor")
    assert result.exit_code == 1
    assert "FAIL  settings" in result.stdout
    assert "Fix: engagebot check" in result.stdout


def test_an_open_address_without_tls_is_found(cli: Cli) -> None:
    cli.environ["ENGAGEBOT_BASE_URL"] = "http://care.example.com"
    fails(cli, "web", "unprotected", "ENGAGEBOT_BASE_URL=https://care.example.com")


def test_a_check_that_is_not_there_is_named(cli: Cli) -> None:
    result = cli("doctor", "--only", "databse")
    assert result.exit_code == 2
    assert 'did you mean "database"' in result.output


def test_a_check_that_hangs_is_given_up() -> None:
    done = threading.Event()
    plan = {
        "slow": lambda: [Check("slow", done.wait(60), "")],
        "quick": lambda: [Check("quick", True, "fine")],
    }
    slow, quick = examine(plan, timeout_s=0.05)
    done.set()
    assert (slow.ok, quick.ok) == (False, True)
    assert "no answer" in slow.detail
    assert slow.fix == "engagebot doctor --only 'slow'"


def test_a_check_of_this_machine_gets_longer_than_one_that_asks_outside() -> None:
    done = threading.Event()

    def hang() -> list[Check]:
        return [Check("one", done.wait(60), "")]

    found = examine({"outside": hang, "here": hang}, timeout_s=0.05, at_work={"here"})
    done.set()

    assert [each.detail for each in found] == ["gave no answer within 0.05 s", "gave no answer within 0.3 s"]


def test_a_check_that_breaks_hides_no_other() -> None:
    broken, fine = examine({"broken": lambda: 1 / 0, "fine": lambda: [Check("fine", True, "")]})
    assert (broken.ok, fine.ok) == (False, True)
    assert "ZeroDivisionError" in broken.detail
