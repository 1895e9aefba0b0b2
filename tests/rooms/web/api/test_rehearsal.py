"""A publisher's system sees the coming days before they come."""

from collections.abc import Iterator
from datetime import time, timedelta

import pytest
from fastapi.testclient import TestClient

from service.accounts import api_keys
from service.accounts.api_keys import ApiKeyScope
from service.boot import Runtime
from service.rendering import render
from service.web.app import make_app
from tests.builders import a_newsletter, a_reader, an_article
from tests.fakes.overheard import overheard

PATH = "/api/v1/newsletters/le-matin/rehearsal"


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient]:
    now = runtime.clock()
    with runtime.begin() as session:
        paper = a_newsletter(
            session, "Sport", now=now, days=(1, 2, 3, 4, 5, 6, 7), times=(time(7),)
        )
        a_reader(session, paper, now=now)
        an_article(session, "Sport", seen=now - timedelta(days=2), title="Un but")
    with TestClient(make_app(runtime)) as opened:
        yield opened


def bearer(runtime: Runtime, *scopes: ApiKeyScope) -> dict[str, str]:
    with runtime.begin() as session:
        secret = api_keys.create_key(session, name="régie", scopes=scopes, now=runtime.clock())
    return {"Authorization": f"Bearer {secret}"}


def test_the_coming_days_are_returned_as_the_command_prints_them(
    runtime: Runtime, client: TestClient
) -> None:
    headers = bearer(runtime, ApiKeyScope.READ_EDITIONS)

    with overheard(runtime, render) as heard:
        found = client.get(f"{PATH}?days=7", headers=headers).json()

    assert heard["render_message"] == 0
    assert len(found["editions"]) == 7
    assert found["history"]["weeks_back"] == 1
    [sent] = [each for each in found["editions"] if each["status"] == "sent"]
    assert [each["title"] for each in sent["articles"]] == ["Un but"]
    assert (sent["readers"], sent["subject"]) == (1, "Un but")
    assert sent["html_bytes"] > 1_000
    assert not found["is_fine"]


def test_it_wants_a_key_of_editions_and_days_that_there_are(
    runtime: Runtime, client: TestClient
) -> None:
    headers = bearer(runtime, ApiKeyScope.READ_EDITIONS)
    others = bearer(runtime, ApiKeyScope.EVENTS)

    statuses = [
        client.get(PATH).status_code,
        client.get(PATH, headers=others).status_code,
        client.get(f"{PATH}?days=32", headers=headers).status_code,
        client.get("/api/v1/newsletters/le-midi/rehearsal", headers=headers).status_code,
    ]

    assert statuses == [401, 403, 422, 404]
