from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from engagebot.domain.roles import Role
from engagebot.errors import AuthFailed, RateLimited, StoreUnavailable
from engagebot.scaffold import template_root
from engagebot.store import site
from engagebot.store.listening import watches
from engagebot.web.app import create_app
from tests.factories import make_watch
from tests.integration.web.office import ADDRESS, Office
from tests.visitor import Visitor


def _figures(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_process_is_alive(office: Office) -> None:
    assert office.visitor().get("/healthz").text == "ok\n"


def test_a_sound_site_is_ready(office: Office) -> None:
    body = office.visitor().get("/readyz").json()

    assert body["ready"] is True
    assert body["reasons"] == []
    assert set(body["checks"]) == {"database", "migrations", "notices", "sending", "connector fake"}


def test_a_silent_scheduler_is_not_ready_where_it_should_run(office: Office) -> None:
    web = create_app(office.app, runs_scheduler=True)
    client = Visitor(web, base_url=ADDRESS, client=("127.0.0.1", 50_000))
    assert client.get("/readyz").status_code == 503

    with office.app.store.write() as tx:
        site.beat(tx, office.clock.now())
    assert client.get("/readyz").status_code == 200

    office.clock.forward(seconds=61)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["reasons"] == ["scheduler: last sign of life 61 s ago"]


@pytest.mark.parametrize(
    ("problem", "rests", "is_ready"),
    [
        pytest.param(AuthFailed("the key is refused"), timedelta(days=9000), False, id="a refused key"),
        pytest.param(
            RateLimited("too many reads", retry_at=watches.FAR_FUTURE),
            timedelta(minutes=15),
            True,
            id="a rest",
        ),
    ],
)
def test_a_connector_that_needs_a_person_is_not_ready(
    office: Office, problem: AuthFailed | RateLimited, rests: timedelta, is_ready: bool
) -> None:
    now = office.clock.now()
    with office.app.store.write() as tx:
        watches.register(tx, [make_watch()], now)
        lease = watches.claim(tx, 1, owner="w", now=now, lease=timedelta(minutes=1))
        assert lease is not None
        failure = {"at": now, "kind": "x", "message": str(problem), "next_poll_at": now + rests}
        watches.record_failure(tx, lease, failure)
        watches.pause_connector(tx, "fake", until=now + rests, problem=problem)

    response = office.visitor().get("/readyz")

    assert (response.status_code == 200) is is_ready
    assert str(problem) in response.text


def test_a_database_out_of_reach_is_named(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = office.visitor()

    def fail(*_: object, **__: object) -> None:
        raise StoreUnavailable("the database is locked by another program; stop it or wait")

    monkeypatch.setattr(type(office.app.store), "read", fail)

    ready, page = visitor.get("/readyz"), visitor.get("/login")
    assert ready.status_code == 503
    assert ready.json()["checks"]["database"]["ok"] is False
    assert page.status_code == 503
    assert "locked by another program" in page.text
    assert visitor.get("/healthz").status_code == 200


def test_metrics_tell_what_the_store_holds(office: Office) -> None:
    office.drafts()
    office.opens_case()
    with office.app.store.write() as tx:
        site.pause(tx, by="lena_demo", at=office.clock.now())

    figures = _figures(office.visitor().get("/metrics").text)

    assert figures["engagebot_mentions",] == 2
    assert figures["engagebot_mentions_undecided",] == 0
    assert figures["engagebot_drafts", "proposed"] == 1
    assert figures["engagebot_drafts", "sent"] == 0
    assert figures["engagebot_cases", "new"] == 1
    assert figures["engagebot_deliveries", "pending"] == 1
    assert figures["engagebot_paused",] == 1
    assert figures["engagebot_rules_last_reload_successful",] == 1
    assert figures["engagebot_lexicons_last_reload_successful",] == 1
    assert figures["engagebot_scorer_info", "", office.app.scorer.version] == 1
    assert figures["engagebot_site_model_verdicts",] == 0


def test_metrics_and_status_say_that_the_lexicons_on_disk_are_not_in_use(office: Office) -> None:
    assert office.app.scorer.version
    folder = office.app.settings.lexicons_folder
    shutil.copytree(template_root() / "config" / "lexicons", folder)
    assert office.visitor().get("/metrics").status_code == 200
    (folder / "own.txt").write_text("still waiting | 1.2 | waitin\n", encoding="utf-8")

    figures = _figures(office.visitor().get("/metrics").text)
    status = office.program(Role.LIGHT).get("/api/v1/status").json()

    assert figures["engagebot_lexicons_last_reload_successful",] == 0
    assert (status["scorer"], status["site_model"]) == (office.app.scorer.version, None)
    assert "own.txt:1:23 EB404" in status["lexicons_problem"]


def test_metrics_show_how_old_each_watch_is(office: Office) -> None:
    now = office.clock.now()
    with office.app.store.write() as tx:
        watches.register(tx, [make_watch()], now)
        lease = watches.claim(tx, 1, owner="w", now=now, lease=timedelta(minutes=1))
        assert lease is not None
        cursor = lease.watch.cursor or "1"
        watches.advance(tx, lease, cursor=cursor, at=now, next_poll_at=now, note=None)  # type: ignore[arg-type]
        site.note_rules_problem(tx, "rules/10-all.yaml:1:1 EB100 broken", now)
    office.clock.forward(seconds=90)

    figures = _figures(office.visitor().get("/metrics").text)

    assert figures["engagebot_poll_age_seconds", "talk"] == 90
    assert figures["engagebot_rules_last_reload_successful",] == 0


def test_metrics_are_for_this_machine_or_a_token(office: Office) -> None:
    stranger = office.visitor(address="203.0.113.9")
    assert stranger.get("/metrics").status_code == 401
    forwarded = office.visitor().get("/metrics", headers={"x-forwarded-for": "203.0.113.9"})
    assert forwarded.status_code == 401

    token = office.program(Role.LIGHT).headers["authorization"]
    assert stranger.get("/metrics", headers={"authorization": token}).status_code == 200
