"""Whether the web is alive and ready, asked of the servers it needs."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

from pydantic import SecretStr
from starlette.testclient import TestClient

from service.boot import build_runtime
from service.config import Settings
from service.web.app import make_app


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
