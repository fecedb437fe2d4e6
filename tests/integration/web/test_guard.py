from __future__ import annotations

from dataclasses import replace

import pytest

from engagebot.settings.values import Server
from engagebot.web.figures import health
from engagebot.web.guard import MAX_BODY_BYTES
from tests.integration.web.office import Office

OURS = {"sec-fetch-site": "same-origin"}


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:9", "[::1]:8000", "127.0.0.1"])
def test_loopback_names_are_answered(office: Office, host: str) -> None:
    assert office.visitor().get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:8000"]
)
def test_other_names_are_refused(office: Office, host: str) -> None:
    response = office.visitor().get("/healthz", headers={"host": host})

    assert response.status_code == 400
    assert "ENGAGEBOT_BASE_URL" in response.json()["detail"]


def test_the_name_of_the_base_url_and_allowed_hosts_are_answered(office: Office) -> None:
    office.app.settings = replace(
        office.app.settings,
        base_url="https://care.example.com",
        server=Server(allowed_hosts=("inside.example", "*.team.example")),
    )
    visitor = office.visitor()

    for host in ("care.example.com", "inside.example:8000", "a.team.example"):
        assert visitor.get("/healthz", headers={"host": host}).status_code == 200
    assert visitor.get("/healthz", headers={"host": "team.example"}).status_code == 400
    response = visitor.get("/healthz", headers={"host": "care.example.com"})
    assert response.headers["strict-transport-security"].startswith("max-age=")


@pytest.mark.parametrize(
    ("headers", "is_let_in"),
    [
        pytest.param({}, True, id="no browser"),
        pytest.param(OURS, True, id="our own page"),
        pytest.param({"sec-fetch-site": "none"}, True, id="typed by the person"),
        pytest.param({"sec-fetch-site": "cross-site"}, False, id="another site"),
        pytest.param({"sec-fetch-site": "same-site"}, False, id="a neighbour's page"),
        pytest.param({"origin": "http://127.0.0.1:8000"}, True, id="an old browser on our page"),
        pytest.param({"origin": "https://evil.example"}, False, id="an old browser elsewhere"),
        pytest.param({"origin": "null"}, False, id="a page without origin"),
    ],
)
def test_only_our_own_pages_may_write(office: Office, headers: dict[str, str], is_let_in: bool) -> None:
    status = office.person().post("/pause", headers=headers).status_code

    assert status == (303 if is_let_in else 403)


def test_a_token_may_write_from_anywhere(office: Office) -> None:
    response = office.program().post("/api/v1/pause", headers={"sec-fetch-site": "cross-site"})

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("path", "status"), [("/nope", 404), ("/mentions/999", 404), ("/queue?lane=none", 422)]
)
def test_what_the_demo_refuses_is_of_the_demo_too(demo: Office, path: str, status: int) -> None:
    refused = demo.visitor().get(path, headers={"accept": "text/html"})
    assert (refused.status_code, "<strong>DEMO</strong>" in refused.text) == (status, True)


def test_a_refusal_of_a_real_site_is_not_called_a_demo(office: Office) -> None:
    assert "DEMO" not in office.visitor().get("/nope").text


def test_the_demo_is_closed_to_other_sites_too(demo: Office) -> None:
    draft = demo.drafts()

    response = demo.visitor().post(
        f"/queue/{draft.id}/approve",
        data={"version": 1, "text": "x"},
        headers={"sec-fetch-site": "cross-site"},
    )

    assert response.status_code == 403
    assert demo.draft(draft.id).state == "proposed"


@pytest.mark.parametrize("path", ["/", "/login", "/nope", "/api/v1/status", "/static/app.css", "/healthz"])
def test_every_answer_carries_the_headers(office: Office, path: str) -> None:
    headers = office.visitor().get(path).headers

    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers


def test_pages_are_kept_nowhere_and_style_sheets_are_asked_for_again(office: Office) -> None:
    visitor = office.visitor()
    assert visitor.get("/login").headers["cache-control"] == "no-store"
    sheet = visitor.get("/static/app.css")
    assert sheet.headers["cache-control"] == "no-cache"
    assert visitor.get("/static/icon.svg").headers["cache-control"] == "max-age=86400"
    again = visitor.get("/static/app.css", headers={"if-none-match": sheet.headers["etag"]})
    assert again.status_code == 304


def test_an_accident_shows_nothing_of_itself(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(health, "ready_checks", fail)

    response = office.visitor().get("/readyz")

    assert response.status_code == 500
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    assert response.headers["content-security-policy"]


def test_a_person_who_is_refused_reads_a_page(office: Office) -> None:
    response = office.visitor().get("/", headers={"host": "<b>.example", "accept": "text/html"})

    assert response.status_code == 400
    assert response.headers["content-type"].startswith("text/html")
    assert "&lt;b&gt;.example" in response.text


def test_a_body_without_end_is_cut_off(office: Office) -> None:
    program = office.program()
    too_long = b'{"text": "' + b"x" * MAX_BODY_BYTES + b'"}'

    assert program.post("/api/v1/mentions", content=too_long).status_code == 413
    assert program.post("/api/v1/mentions", content=iter([too_long])).status_code == 413
