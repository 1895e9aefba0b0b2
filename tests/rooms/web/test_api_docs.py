"""The API's description, for people and for machines."""

from starlette.testclient import TestClient

from service.boot import Runtime
from service.web.app import make_app


def test_only_the_api_is_described(runtime: Runtime) -> None:
    with TestClient(make_app(runtime)) as client:
        described = client.get("/api/v1/openapi.json").json()

    assert list(described["paths"]) == ["/api/v1/events/articles"]


def test_people_read_it_on_a_page_of_our_own(runtime: Runtime) -> None:
    with TestClient(make_app(runtime)) as client:
        page = client.get("/api/docs")

    assert page.status_code == 200
    assert "POST /api/v1/events/articles" in page.text
    assert "<script" not in page.text
