"""Readers sign up and leave while Valkey is away."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from service.audience.tables import Subscription
from service.boot import Runtime, build_runtime
from service.config import Settings
from service.kit.clock import Clock
from tests.rooms.web.reader.conftest import Back


@pytest.fixture
def runtime(settings: Settings, clock: Clock) -> Iterator[Runtime]:
    away = SecretStr("redis://127.0.0.1:9/0")
    built = build_runtime(settings.model_copy(update={"redis_url": away}), clock=clock)
    yield built
    built.close()


def test_a_front_end_leaves_it_in_and_readers_sign_up(browser: TestClient, back: Back) -> None:
    ready = browser.get("/readyz")
    asked = browser.post("/n/le-matin", data={"email": "awa@example.org"})
    opened = browser.post(back.confirm_path())

    assert (ready.status_code, ready.json()["degraded"]) == (200, ["redis"])
    assert asked.status_code < 400
    assert "bienvenue" in opened.text
    assert [kind for kind, _ in back.mails()] == ["confirm", "welcome"]


def test_one_click_unsubscribes(browser: TestClient, back: Back, runtime: Runtime) -> None:
    token = back.reader(address="awa@example.org")

    answer = browser.post(f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    with runtime.begin() as session:
        (subscription,) = session.query(Subscription).all()
        assert subscription.state == "ended"


def test_a_network_still_has_a_limit(browser: TestClient, back: Back) -> None:
    statuses = (
        browser.post("/n/le-matin", data={"email": f"r{number}@example.org"}).status_code
        for number in range(200)
    )

    assert any(status == 429 for status in statuses)
