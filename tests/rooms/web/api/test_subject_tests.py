"""Two subjects for a publisher's system: set with If-Match, shown, decided."""

import pytest
from starlette.testclient import TestClient

from service.accounts.api_keys import ApiKeyScope, create_key
from service.boot import Runtime
from service.web.app import make_app
from tests.audit_trail import audited
from tests.coming_edition import a_coming_edition_at
from tests.conftest import FakeClock
from tests.subject_tests import a_tested_edition

PLAN = {"second_subject": "Le port reprend", "sample_percent": 10, "wait_minutes": 30}


@pytest.fixture
def api(runtime: Runtime) -> TestClient:
    with runtime.begin() as session:
        key = create_key(
            session, name="site", scopes=[ApiKeyScope.WRITE_EDITIONS], now=runtime.clock()
        )
    headers = {"Authorization": f"Bearer {key}"}
    return TestClient(make_app(runtime), base_url="http://crieur.test", headers=headers)


def a_draft(runtime: Runtime) -> str:
    with runtime.begin() as session:
        draft_id, _ = a_coming_edition_at(session, now=runtime.clock())
    return f"/api/v1/editions/{draft_id}"


def test_a_test_is_set_shown_and_removed(runtime: Runtime, api: TestClient) -> None:
    draft = a_draft(runtime)

    made = api.put(f"{draft}/subject-test", json=PLAN, headers={"If-Match": '"0"'})
    shown = api.get(draft).json()["subject_test"]
    removed = api.delete(f"{draft}/subject-test", headers={"If-Match": made.headers["etag"]})

    assert (made.status_code, made.headers["etag"]) == (200, '"1"')
    assert made.json()["subject_test"] == shown
    assert (shown["state"], shown["measure"], shown["wait_minutes"]) == ("prepared", "clicks", 30)
    assert shown["second"]["subject"] == "Le port reprend"
    assert (removed.status_code, removed.json()["subject_test"]) == (200, None)
    assert [event for event, _ in audited(runtime.begin)] == [
        "edition.subject_test_set",
        "edition.subject_test_cleared",
    ]


def test_a_change_names_the_version_that_was_seen(runtime: Runtime, api: TestClient) -> None:
    path = f"{a_draft(runtime)}/subject-test"

    assert api.put(path, json=PLAN).status_code == 428
    assert api.put(path, json=PLAN, headers={"If-Match": '"7"'}).status_code == 412
    assert api.delete(path).status_code == 428


@pytest.mark.parametrize(
    "change", [{"sample_percent": 1}, {"wait_minutes": 5}, {"second_subject": ""}, {"more": 1}]
)
def test_a_wrong_value_is_refused(
    runtime: Runtime, api: TestClient, change: dict[str, object]
) -> None:
    path = f"{a_draft(runtime)}/subject-test"

    answer = api.put(path, json=PLAN | change, headers={"If-Match": "*"})

    assert answer.status_code == 422


def test_a_character_that_cannot_be_stored_is_refused_by_its_field(
    runtime: Runtime, api: TestClient
) -> None:
    path = a_draft(runtime)

    answer = api.put(
        f"{path}/subject-test", json={"second_subject": "a\0b"}, headers={"If-Match": "*"}
    )
    other = api.patch(path, json={"subject": "a\0b"}, headers={"If-Match": "*"})

    assert (answer.status_code, other.status_code) == (422, 422)
    assert answer.json()["detail"].startswith("second_subject has a character that cannot be")
    assert "A text has a character that cannot be stored" in other.json()["detail"]


def test_opens_are_refused_where_the_newsletter_does_not_allow_them(
    runtime: Runtime, api: TestClient
) -> None:
    path = f"{a_draft(runtime)}/subject-test"

    answer = api.put(path, json=PLAN | {"measure": "opens"}, headers={"If-Match": "*"})

    assert answer.status_code == 422
    assert "does not measure opens" in answer.text


def test_a_running_test_is_decided_once(
    runtime: Runtime, api: TestClient, clock: FakeClock
) -> None:
    issue = a_tested_edition(runtime.begin, clock)
    path = f"/api/v1/editions/{issue.edition_id}/subject-test/decide"

    decided = api.post(path, json={"winner": "second"})
    again = api.post(path, json={})

    found = decided.json()["subject_test"]
    assert (found["state"], found["winner"], found["outcome"]) == ("decided", "second", "chosen")
    assert again.status_code == 409
