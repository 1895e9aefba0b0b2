"""A publisher's system writes and sends a correction."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.accounts import api_keys
from service.accounts.api_keys import ApiKeyScope
from service.boot import Runtime
from service.web.app import make_app
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import Issue, an_issue
from tests.rooms.delivery.sending.test_revision import carry_on
from tests.rooms.delivery.workflow.test_correction import revised_after_the_first
from tests.rooms.web.api.test_editions import System


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient]:
    with TestClient(make_app(runtime)) as opened:
        yield opened


def test_it_is_begun_with_its_words_counted_and_sent(
    runtime: Runtime, client: TestClient, clock: FakeClock
) -> None:
    issue = revised_after_the_first(runtime.begin, clock)
    system = System(client, runtime)

    begun = system.call(
        "POST",
        f"/editions/{issue.edition_id}/corrections",
        {"revision": 2, "introduction": "Nous avions tort."},
    )
    made = begun.json()
    sent = system.call("POST", f"/editions/{made['edition']}/send")
    carry_on(
        runtime.begin,
        clock,
        Issue(edition_id=made["edition"], newsletter_id=issue.newsletter_id, readers={}),
    )
    after = system.call("GET", f"/editions/{made['edition']}").json()

    assert begun.status_code == 201
    assert begun.headers["etag"] == f'"{made["version"]}"'
    assert (made["kind"], made["goes_to"]) == ("correction", 1)
    assert made["corrects"] == [{"edition": issue.edition_id, "revision": 2}]
    assert made["texts"]["introduction"] == "Nous avions tort."
    assert made["texts"]["subject"].startswith("Rectificatif")
    assert sent.json()["state"] == "planned"
    assert (after["state"], after["articles"], after["goes_to"]) == ("sending", [], None)


def test_what_cannot_be_corrected_is_refused(
    runtime: Runtime, client: TestClient, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock)
    path = f"/editions/{issue.edition_id}/corrections"

    answers = [
        System(client, runtime).call("POST", path, {}),
        System(client, runtime).call("POST", path, {"revision": 1}),
        System(client, runtime, ApiKeyScope.READ_EDITIONS).call("POST", path, {}),
    ]

    assert [each.status_code for each in answers] == [409, 422, 403]


@pytest.mark.parametrize(
    "sent",
    [{}, {"content": '{"revision": 2}', "headers": {"Content-Type": "text/plain"}}],
    ids=["none", "text"],
)
def test_a_body_that_is_no_json_is_asked_for(
    runtime: Runtime, client: TestClient, clock: FakeClock, sent: dict[str, Any]
) -> None:
    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        scopes = [ApiKeyScope.WRITE_EDITIONS]
        key = api_keys.create_key(session, name="site", scopes=scopes, now=clock())
    headers = {"Authorization": f"Bearer {key}", **sent.get("headers", {})}

    answer = client.post(
        f"/api/v1/editions/{issue.edition_id}/corrections", **{**sent, "headers": headers}
    )

    told = "Send a JSON body with Content-Type: application/json."
    assert (answer.status_code, answer.json()["detail"]) == (422, told)
