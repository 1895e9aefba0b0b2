"""The API's description, for people and for machines."""

import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, checks
from starlette.testclient import TestClient

from service.accounts import api_keys
from service.boot import Runtime
from service.web.app import make_app


def test_only_the_api_is_described(runtime: Runtime) -> None:
    with TestClient(make_app(runtime)) as client:
        described = client.get("/api/v1/openapi.json").json()

    assert list(described["paths"]) == [
        "/api/v1/events/articles",
        "/api/v1/editions/{edition}/stop-press",
        "/api/v1/editions/{edition}/corrections",
        "/api/v1/editions/{edition}/subject-test",
        "/api/v1/editions/{edition}/subject-test/decide",
        "/api/v1/newsletters/{slug}/alerts",
        "/api/v1/newsletters/{slug}/editions/coming",
        "/api/v1/editions/{edition}",
        "/api/v1/editions/{edition}/articles/{article}",
        "/api/v1/editions/{edition}/order",
        "/api/v1/editions/{edition}/{act}",
        "/api/v1/newsletters/{slug}/rehearsal",
    ]


def test_people_read_it_on_a_page_of_our_own(runtime: Runtime) -> None:
    with TestClient(make_app(runtime)) as client:
        page = client.get("/api/docs")

    assert page.status_code == 200
    assert "POST /api/v1/events/articles" in page.text
    assert "<script" not in page.text


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (str(value) for key, value in node.items() if key == "$ref")
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _follow(whole: Any, reference: str) -> object:
    found = whole
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def test_every_reference_leads_somewhere_for_machines_and_on_the_page(runtime: Runtime) -> None:
    with TestClient(make_app(runtime)) as client:
        described = client.get("/api/v1/openapi.json").json()
        page = client.get("/api/docs").text
    found = re.findall(r"<pre>(\{.*?)</pre>", page, re.DOTALL)
    shown = [json.loads(html.unescape(each)) for each in found]

    assert len(list(_references(described))) > 8
    assert len(shown) == 18, "an example and a schema for each operation that takes a body"
    for whole in (described, *shown):
        for reference in _references(whole):
            assert isinstance(_follow(whole, reference), dict)
    assert {"bearer", "signature"} == set(described["components"]["securitySchemes"])


def test_the_example_on_the_page_is_taken(runtime: Runtime) -> None:
    with runtime.begin() as session:
        key = api_keys.create_key(
            session, name="site", scopes=[api_keys.ApiKeyScope.EVENTS], now=runtime.clock()
        )
    with TestClient(make_app(runtime)) as client:
        page = client.get("/api/docs").text
        example = re.findall(r"<pre>(\{.*?)</pre>", page, re.DOTALL)[0]
        answered = client.post(
            "/api/v1/events/articles",
            content=html.unescape(example).encode(),
            headers={"Authorization": f"Bearer {key}"},
        )

    assert answered.status_code == 200
    assert [each["state"] for each in answered.json()["results"]] == ["new"]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_whatever_is_sent_is_answered_as_described(runtime: Runtime, mode: GenerationMode) -> None:
    described = schemathesis.openapi.from_asgi("/api/v1/openapi.json", make_app(runtime))
    with runtime.begin() as session:
        key = api_keys.create_key(
            session, name="site", scopes=list(api_keys.ApiKeyScope), now=runtime.clock()
        )
    statuses = Counter[int]()

    def check(case: Any) -> None:
        # We take more than is described (other names of fields, times as numbers), and ask of an
        # article what no schema says (an id or an address, a headline).
        answered = case.call_and_validate(
            headers={"Authorization": f"Bearer {key}"},
            excluded_checks=[checks.negative_data_rejection, checks.positive_data_acceptance],
        )
        statuses[answered.status_code] += 1

    operations: list[Any] = [cast("Any", found).ok() for found in described.get_all_operations()]
    for operation in operations:
        sent = operation.as_strategy(generation_mode=mode)
        most = 40 if operation.path == "/api/v1/events/articles" else 8
        settings(max_examples=most, deadline=None, suppress_health_check=list(HealthCheck))(
            given(case=sent)(check)
        )()

    assert len(operations) == 15
    assert statuses.total() >= 60
    assert set(statuses) <= {200, 400, 401, 404, 409, 412, 413, 422, 428}
    assert 422 in statuses
