"""Who calls the API with a key: none that is revoked, and none without the scope."""

import pytest
from fastapi.testclient import TestClient

from service.accounts import api_keys
from service.accounts.api_keys import ApiKeyScope
from service.boot import Runtime
from service.web.app import make_app
from tests.audit_trail import audited

ADDRESS = "/api/v1/editions/1"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer crieur_wrong", "Basic {key}", "{key}"], ids=str
)
def test_without_a_key_that_works_the_caller_is_counted_and_refused(
    runtime: Runtime, header: str
) -> None:
    """Guesses are seen in the audit trail, an entry an hour."""
    with runtime.begin() as session:
        key = api_keys.create_key(
            session, name="k", scopes=[ApiKeyScope.READ_EDITIONS], now=runtime.clock()
        )
    headers = {"Authorization": header.format(key=key)}

    with TestClient(make_app(runtime)) as client:
        answers = [client.get(ADDRESS, headers=headers) for _ in range(2)]

    assert [each.status_code for each in answers] == [401, 401]
    assert "with a key from the console" in answers[0].json()["detail"]
    [(event, facts)] = audited(runtime.begin)
    assert (event, facts["times"]) == ("api.refused", 2)


def test_a_revoked_key_is_none(runtime: Runtime) -> None:
    """It was lost, or its owner has left."""
    with runtime.begin() as session:
        key = api_keys.create_key(
            session, name="k", scopes=[ApiKeyScope.READ_EDITIONS], now=runtime.clock()
        )
        api_keys.revoke_key(session, 1, now=runtime.clock())

    with TestClient(make_app(runtime)) as client:
        refused = client.get(ADDRESS, headers={"Authorization": f"Bearer {key}"})

    assert refused.status_code == 401


def test_a_key_for_something_else_is_told_which_one_is_needed(runtime: Runtime) -> None:
    """It is known, so it is no guess and not counted as one."""
    with runtime.begin() as session:
        key = api_keys.create_key(
            session, name="site", scopes=[ApiKeyScope.EVENTS], now=runtime.clock()
        )

    with TestClient(make_app(runtime)) as client:
        refused = client.get(ADDRESS, headers={"Authorization": f"bearer {key}"})

    assert refused.status_code == 403
    assert refused.json()["detail"] == (
        "The key “site” does not allow this: create one in the console that has the scope "
        "editions:read."
    )
    assert audited(runtime.begin) == []
