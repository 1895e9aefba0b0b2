"""What stands in front of every request: headers, forgery, sizes, errors, health."""

import base64
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import structlog
from pydantic import SecretStr
from starlette.testclient import TestClient

from service.boot import Runtime, build_runtime
from service.config import Settings
from service.kit.errors import Conflict
from service.web import pages
from service.web.app import make_app


@pytest.fixture
def plain_log() -> Iterator[None]:
    """Without it structlog draws each traceback with all locals, which takes seconds."""
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, renderer])
    yield
    structlog.reset_defaults()


@pytest.fixture
def client(runtime: Runtime, plain_log: None) -> Iterator[TestClient]:
    app = make_app(runtime)

    @app.get("/breaks")
    @app.get("/api/v1/breaks")
    def breaks() -> None:
        raise RuntimeError("nobody expected this")

    @app.get("/console/refuses")
    @app.get("/api/v1/refuses")
    def refuses() -> None:
        raise Conflict("This is already done.")

    @app.post("/console/acts")
    def acts() -> str:
        return "done"

    with TestClient(app, base_url="http://crieur.test") as opened:
        yield opened


def test_a_browser_that_asks_for_an_icon_by_custom_gets_it(client: TestClient) -> None:
    answered = client.get("/favicon.ico", follow_redirects=True)

    assert answered.status_code == 200
    assert answered.headers["content-type"].startswith("image/svg+xml")


def test_every_page_carries_the_headers_that_protect_it(client: TestClient) -> None:
    for path in ("/", "/n/none", "/breaks"):
        headers = client.get(path).headers

        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        # Whoever tries Crieur without TLS has their site's pictures without it, too.
        assert "img-src 'self' data: https: http:" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in headers


def test_pages_have_no_inline_script_or_style(client: TestClient) -> None:
    page = client.get("/").text

    assert "<style" not in page
    assert " style=" not in page
    assert "<script" not in page


def test_https_is_remembered_by_browsers(settings: Settings) -> None:
    secure = build_runtime(settings.model_copy(update={"public_url": "https://crieur.test"}))
    try:
        with TestClient(make_app(secure)) as client:
            headers = client.get("/healthz").headers
    finally:
        secure.close()

    assert headers["strict-transport-security"] == "max-age=31536000"


def test_static_files_are_kept_by_browsers_for_as_long_as_their_address_stays(
    client: TestClient,
) -> None:
    hashed = client.get(pages.static_url("reader.css"))
    plain = client.get("/static/reader.css")

    assert "immutable" in hashed.headers["cache-control"]
    assert plain.headers["cache-control"] == "public, max-age=300"
    assert client.get("/static/../pages.py").status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://crieur.test"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://[::1"}, 403),
        ({"origin": "http://["}, 403),
    ],
)
def test_a_console_form_from_another_site_is_refused(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    assert client.post("/console/acts", headers=headers).status_code == status


@pytest.mark.parametrize(
    "left",
    [b"[" * 3000, b'[["good"], "a"]', b'["good"]', b'{"good": 1}', b"1", b"null", b"\xff", b'"go"'],
)
def test_a_broken_sentence_of_the_page_before_is_no_error(client: TestClient, left: bytes) -> None:
    cookie = f"crieur_flash={base64.urlsafe_b64encode(left).decode()}"

    assert client.get("/console/sign-in", headers={"cookie": cookie}).status_code == 200


def test_a_body_larger_than_any_honest_one_is_refused(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b"email=" + b"a" * 1024

    form = {"content-type": "application/x-www-form-urlencoded"}

    declared = client.post("/n/none", content=b"x" * 70_000, headers=form)
    undeclared = client.post("/n/none", content=endless(), headers=form)
    nonsense = client.get("/", headers={"content-length": "-1"})

    assert (declared.status_code, undeclared.status_code) == (413, 413)
    assert nonsense.status_code == 413


def test_an_unexpected_error_is_a_page_with_a_reference_and_no_trace(
    client: TestClient, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    page = client.get("/breaks", headers={"accept-language": "en"})

    # A command that ran earlier in this process has given structlog to the standard loggers.
    printed = capsys.readouterr().out
    log = printed if "web.failed" in printed else caplog.text
    assert log.count("web.failed") == 1
    assert page.headers["x-request-id"] in log
    assert page.status_code == 500
    assert page.headers["x-request-id"] in page.text
    assert "nobody expected" not in page.text
    assert "Traceback" not in page.text


def test_programs_get_a_problem_document_and_people_a_page(client: TestClient) -> None:
    program = client.get("/api/v1/refuses")
    person = client.get("/console/refuses", headers={"accept": "text/html"})
    broken = client.get("/api/v1/breaks")

    assert program.headers["content-type"] == "application/problem+json"
    assert program.json()["detail"] == "This is already done."
    assert program.json()["status"] == program.status_code == 409
    assert "This is already done." in person.text
    assert program.headers["content-language"] == "en"
    assert broken.json()["status"] == 500
    assert "nobody expected" not in broken.text


@pytest.mark.parametrize("language", ["fr", "en", ""])
@pytest.mark.parametrize("path", ["refuses", "breaks", "nothing"])
def test_a_program_is_told_in_one_language(client: TestClient, language: str, path: str) -> None:
    english = client.get(f"/api/v1/{path}", headers={"accept-language": "en"})

    answer = client.get(f"/api/v1/{path}", headers={"accept-language": language})

    assert answer.json() == english.json()
    assert answer.json()["title"] in {
        pages.wording().catalogues["en"][key]
        for key in pages.wording().catalogues["en"]
        if key.endswith(".title")
    }


def test_a_wrong_method_is_a_page_too(client: TestClient) -> None:
    answer = client.delete("/", headers={"accept-language": "en"})

    assert answer.status_code == 405
    assert "Not possible here" in answer.text
    assert "GET" in answer.headers["allow"]


def test_health_is_asked_of_the_servers(client: TestClient) -> None:
    assert client.get("/healthz").text == "ok\n"
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"database": True, "redis": True, "degraded": []}
    assert "crieur_web_requests_total" in client.get("/metrics").text


def test_without_its_servers_the_web_is_alive_not_ready_and_says_so(
    settings: Settings, plain_log: None
) -> None:
    alone = build_runtime(
        settings.model_copy(
            update={
                "database_url": SecretStr("postgresql+psycopg://nobody@127.0.0.1:9/none"),
                "redis_url": SecretStr("redis://127.0.0.1:9/0"),
            }
        )
    )
    try:
        with TestClient(make_app(alone)) as client:
            ready = client.get("/readyz")
            home = client.get("/", headers={"accept-language": "en"})
            live = client.get("/healthz")
    finally:
        alone.close()

    assert (ready.status_code, ready.json()) == (
        503,
        {"database": False, "redis": False, "degraded": ["database", "redis"]},
    )
    assert (home.status_code, home.headers["retry-after"]) == (503, "10")
    assert "Nothing is lost" in home.text
    assert live.status_code == 200


def test_servers_that_are_frozen_keep_no_page_from_being_answered(
    settings: Settings, plain_log: None
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=200) as frozen:
        port = frozen.getsockname()[1]
        there = {
            "database_url": SecretStr(f"postgresql+psycopg://nobody@127.0.0.1:{port}/none"),
            "redis_url": SecretStr(f"redis://127.0.0.1:{port}/0"),
        }
        alone = build_runtime(settings.model_copy(update=there))
        with TestClient(make_app(alone)) as client, ThreadPoolExecutor(60) as askers:
            began = time.monotonic()
            asked = [askers.submit(client.get, "/readyz") for _ in range(60)]
            live = client.get("/healthz")
            icon = client.get("/static/icon.svg")
            took = time.monotonic() - began
            ready = {each.result().status_code for each in asked}
            # Their threads end with the connection.
            frozen.close()
        alone.close()

    assert (live.status_code, icon.status_code, ready) == (200, 200, {503})
    assert took < 5


def test_french_and_english_say_the_same_things() -> None:
    catalogues = pages.wording().catalogues

    assert set(catalogues["fr"]) == set(catalogues["en"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/confirm/forged", 404),
        ("POST", "/api/v1/events/articles", 401),
        ("POST", "/console/acts", 403),
        ("DELETE", "/", 405),
    ],
)
def test_what_is_not_taken_leaves_a_line_without_the_link(
    client: TestClient, method: str, path: str, status: int
) -> None:
    headers = {"sec-fetch-site": "cross-site"}

    with structlog.testing.capture_logs() as lines:
        answered = client.request(method, path, headers=headers, json={"a": 1})

    assert answered.status_code == status
    (line,) = [each for each in lines if each["event"] == "web.refused"]
    assert (line["status"], line["area"]) == (status, path.split("/")[1])
    assert "forged" not in str(line)


def test_an_address_that_leads_nowhere_makes_no_noise(client: TestClient) -> None:
    with structlog.testing.capture_logs() as lines:
        assert client.get("/wp-login.php").status_code == 404

    assert lines == []
