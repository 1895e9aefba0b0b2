"""An operator's own page: the language, the password, and browsers elsewhere."""

import pytest
from starlette.testclient import TestClient

from service.accounts import operators, passwords
from service.accounts.roles import Role
from service.boot import Runtime
from service.web.console.auth import COOKIE
from tests.audit_trail import audited
from tests.rooms.web.signed_in import a_stranger, an_operator

PASSWORD = "une phrase à moi"


@pytest.fixture
def awa(runtime: Runtime) -> TestClient:
    """A browser in which an operator has signed in with her password."""
    with runtime.begin() as session:
        operators.add(
            session,
            address="awa@example.org",
            name="Awa",
            role=Role.VIEWER,
            password_hash=passwords.hash_password(PASSWORD),
            now=runtime.clock(),
        )
    return signed_in(runtime, PASSWORD)


def signed_in(runtime: Runtime, password: str) -> TestClient:
    browser = a_stranger(runtime)
    browser.post("/console/sign-in", data={"address": "awa@example.org", "password": password})
    return browser


def test_the_console_speaks_the_language_that_was_chosen(runtime: Runtime) -> None:
    browser = an_operator(runtime)
    assert "Aujourd’hui" in browser.get("/console").text

    answer = browser.post(
        "/console/account/language", data={"locale": "en", "next": "/console/editions"}
    )

    assert answer.headers["location"] == "/console/editions"
    page = browser.get("/console/editions").text
    assert '<html lang="en" dir="ltr">' in page
    assert "The console is now in English." in page
    assert "The console is now in" not in browser.get("/console/editions").text


def test_a_language_that_the_console_does_not_speak_is_refused(runtime: Runtime) -> None:
    """Arabic and Portuguese are for readers' pages; the console would have no words."""
    browser = an_operator(runtime)

    answer = browser.post("/console/account/language", data={"locale": "ar"})

    assert answer.status_code == 422
    assert '<html lang="fr"' in browser.get("/console").text
    assert audited(runtime.begin) == []


def test_a_chosen_language_leads_nowhere_but_into_the_console(runtime: Runtime) -> None:
    """A forged form would send an operator to a page that only looks like ours."""
    answer = an_operator(runtime).post(
        "/console/account/language", data={"locale": "en", "next": "https://evil.example/"}
    )

    assert answer.headers["location"] == "/console"


def test_a_new_password_needs_the_old_one(runtime: Runtime, awa: TestClient) -> None:
    """Whoever finds an open browser must not take the account over."""
    wrong = awa.post(
        "/console/account/password", data={"old": "autre chose", "new": "encore une phrase"}
    )
    right = awa.post(
        "/console/account/password", data={"old": PASSWORD, "new": "encore une phrase"}
    )

    assert wrong.status_code == 422
    assert "n’est pas le bon" in wrong.text
    assert right.status_code == 303
    assert COOKIE not in signed_in(runtime, PASSWORD).cookies
    assert COOKIE in signed_in(runtime, "encore une phrase").cookies
    assert ("operator.password_changed", {}) in audited(runtime.begin)


def test_a_new_password_is_as_good_as_a_first_one(awa: TestClient) -> None:
    """The sentence says which of both fields is wrong, and how."""
    short = awa.post("/console/account/password", data={"old": PASSWORD, "new": "court"})
    common = awa.post("/console/account/password", data={"old": PASSWORD, "new": "motdepasse1"})

    assert (short.status_code, common.status_code) == (422, 422)
    assert short.text != common.text
    assert "se devine facilement" in common.text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("password", {"old": PASSWORD, "new": "encore une phrase"}),
        ("sign-out-elsewhere", {}),
    ],
)
def test_other_browsers_are_signed_out_and_this_one_is_not(
    runtime: Runtime, awa: TestClient, path: str, fields: dict[str, str]
) -> None:
    """The reason to change a password is that somebody else may have it."""
    elsewhere, stranger = signed_in(runtime, PASSWORD), an_operator(runtime)

    awa.post(f"/console/account/{path}", data=fields)

    assert awa.get("/console").status_code == 200
    assert elsewhere.get("/console").status_code == 303
    assert stranger.get("/console").status_code == 200
