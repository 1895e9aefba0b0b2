"""A publisher's system alerts readers: with an event, or by a request of its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.accounts import api_keys
from service.accounts.api_keys import ApiKeyScope
from service.boot import Runtime
from service.web.app import make_app
from tests.audit_trail import audited
from tests.builders import a_newsletter, an_article

EVENTS = "/api/v1/events/articles"
ALERTS = "/api/v1/newsletters/le-matin/alerts"


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient]:
    with TestClient(make_app(runtime)) as opened:
        yield opened


def key(runtime: Runtime, scope: ApiKeyScope) -> dict[str, str]:
    with runtime.begin() as session:
        made = api_keys.create_key(session, name="site", scopes=[scope], now=runtime.clock())
    return {"Authorization": f"Bearer {made}"}


def event(number: int, kind: str = "published", **changes: Any) -> dict[str, Any]:
    article = {
        "id": f"post-{number}", "title": f"Titre {number}", "section": "Culture", "breaking": True,
        "url": f"https://courrier.example/{number}", "language": "fr",
    }  # fmt: skip
    return {"type": kind, "article": {**article, **changes}}


def test_a_breaking_event_makes_one_alert_and_says_so(client: TestClient, runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock(), offers_alerts=True)
    bearer = key(runtime, ApiKeyScope.EVENTS)

    first = client.post(EVENTS, json={"events": [event(1), event(2)]}, headers=bearer)
    again = client.post(EVENTS, json=event(1, "updated", title="Corrigé"), headers=bearer)
    third = client.post(EVENTS, json=event(3), headers=bearer)

    [alert] = first.json()["alerts"]
    assert (alert["newsletter"], alert["edition"], alert["state"]) == ("le-matin", 1, "now")
    assert again.json()["alerts"] == []
    assert [(each["edition"], each["state"]) for each in third.json()["alerts"]] == [(2, "later")]


def test_what_is_not_breaking_or_withdrawn_makes_none(client: TestClient, runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock(), offers_alerts=True)
    bearer = key(runtime, ApiKeyScope.EVENTS)

    told = client.post(
        EVENTS,
        json=[event(1, breaking=False), event(2), event(2, "withdrawn")],
        headers=bearer,
    )

    assert told.json()["alerts"] == []


def test_an_article_is_sent_as_an_alert_by_request(client: TestClient, runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock(), offers_alerts=True)
        article = an_article(session, "Culture", seen=runtime.clock()).id
    bearer = key(runtime, ApiKeyScope.WRITE_EDITIONS)

    made = client.post(ALERTS, json={"article": article}, headers=bearer)
    again = client.post(ALERTS, json={"article": article}, headers=bearer)

    assert made.status_code == 200
    assert made.json()["state"] == "now"
    assert again.status_code == 409
    assert "has made an alert already: edition 1" in again.text
    [(act, facts)] = audited(runtime.begin)
    assert (act, facts["edition_id"]) == ("article.alerted", 1)


def test_a_key_approves_no_alert_where_approval_is_asked_for(
    client: TestClient, runtime: Runtime
) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock(), offers_alerts=True, needs_approval=True)
        article = an_article(session, "Culture", seen=runtime.clock()).id
    bearer = key(runtime, ApiKeyScope.WRITE_EDITIONS)

    made = client.post(ALERTS, json={"article": article}, headers=bearer)

    assert (made.json()["state"], made.json()["at"]) == ("held", None)


def test_a_key_that_may_only_read_sends_no_alert(client: TestClient, runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock(), offers_alerts=True)

    refused = client.post(
        ALERTS, json={"article": 1}, headers=key(runtime, ApiKeyScope.READ_EDITIONS)
    )

    assert refused.status_code == 403
