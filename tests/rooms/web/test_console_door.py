"""Coming in: sign-in, the one-time link, forged forms, leaving."""

import pytest

from service.accounts import links, login, operators
from service.accounts.roles import Role
from service.boot import Runtime
from service.web.console.gate import COOKIE, inside
from tests.conftest import FakeClock
from tests.rooms.web.signed_in import a_stranger, an_operator

PASSWORD = "une phrase à moi"
FILLED = {"name": "Awa Koné", "address": "awa@example.org", "password": PASSWORD}


@pytest.fixture
def awa(runtime: Runtime) -> None:
    with runtime.begin() as session:
        operators.add(
            session,
            address="awa@example.org",
            name="Awa",
            role=Role.OWNER,
            password=PASSWORD,
            now=runtime.clock(),
        )


@pytest.fixture
def first_link(runtime: Runtime) -> str:
    with runtime.begin() as session:
        secret = links.first_link(session, runtime.clock())
    return f"/console/link/{secret}"


@pytest.mark.usefixtures("awa")
def test_signing_in_leads_to_the_page_that_was_wanted(runtime: Runtime) -> None:
    browser = a_stranger(runtime)
    sent_away = browser.get("/console/articles?newsletter=le-matin")
    form = browser.get(sent_away.headers["location"])
    assert 'value="/console/articles?newsletter=le-matin"' in form.text

    answer = browser.post(
        "/console/sign-in",
        data={
            "address": "awa@example.org",
            "password": PASSWORD,
            "next": "/console/articles?newsletter=le-matin",
        },
    )

    assert answer.status_code == 303
    assert answer.headers["location"] == "/console/articles?newsletter=le-matin"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/console" in cookie
    assert browser.get("/console").status_code == 200


@pytest.mark.usefixtures("awa")
def test_a_wrong_password_is_told_without_saying_which_half_was_wrong(runtime: Runtime) -> None:
    browser = a_stranger(runtime)

    wrong = browser.post("/console/sign-in", data={"address": "awa@example.org", "password": "non"})
    unknown = browser.post(
        "/console/sign-in", data={"address": "yao@example.org", "password": "non"}
    )

    assert wrong.status_code == unknown.status_code == 401
    assert "ne vont pas ensemble" in wrong.text
    assert 'value="awa@example.org"' in wrong.text
    assert wrong.text.replace("awa@", "yao@") == unknown.text
    assert COOKIE not in browser.cookies


@pytest.mark.usefixtures("awa")
def test_too_many_tries_are_told_to_wait(runtime: Runtime) -> None:
    browser = a_stranger(runtime)

    statuses = [
        browser.post(
            "/console/sign-in", data={"address": "yao@example.org", "password": "non"}
        ).status_code
        for _ in range(login.PER_ADDRESS + 1)
    ]

    assert statuses == [401] * login.PER_ADDRESS + [429]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/console",
        "//evil.example/console",
        "/\\evil.example",
        "/consoleevil",
        "/",
        "",
        "javascript:alert(1)",
        "/console\\@evil.example",
    ],
)
def test_a_sign_in_leads_nowhere_but_into_the_console(address: str) -> None:
    assert inside(address) == "/console"


def test_the_first_link_makes_the_owner_and_signs_in(runtime: Runtime, first_link: str) -> None:
    browser = a_stranger(runtime)
    assert browser.get(first_link).status_code == 200

    answer = browser.post(first_link, data=FILLED)

    assert answer.status_code == 303
    assert "Awa Koné" in browser.get("/console").text
    with runtime.begin() as session:
        assert [each.role for each in operators.all_of_them(session)] == ["owner"]


def test_a_link_used_twice_is_dead(runtime: Runtime, first_link: str) -> None:
    a_stranger(runtime).post(first_link, data=FILLED)
    browser = a_stranger(runtime)

    assert browser.get(first_link).status_code == 410
    again = browser.post(first_link, data={**FILLED, "address": "yao@example.org"})

    assert again.status_code == 410
    assert "Ce lien ne sert plus" in again.text
    assert COOKIE not in browser.cookies


def test_an_expired_link_is_dead(runtime: Runtime, first_link: str, clock: FakeClock) -> None:
    clock.advance(hours=48)

    assert a_stranger(runtime).get(first_link).status_code == 410


def test_a_link_form_keeps_what_was_typed_but_never_the_password(
    runtime: Runtime, first_link: str
) -> None:
    browser = a_stranger(runtime)

    answer = browser.post(first_link, data={**FILLED, "address": "pas une adresse"})

    assert answer.status_code == 422
    assert "Ce n’est pas une adresse e-mail" in answer.text
    assert 'value="pas une adresse"' in answer.text
    assert PASSWORD not in answer.text


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
)
def test_a_form_sent_by_another_site_does_nothing(
    runtime: Runtime, headers: dict[str, str]
) -> None:
    browser = an_operator(runtime)

    answer = browser.post("/console/keys", data={"name": "volée"}, headers=headers)

    assert answer.status_code == 403
    assert "volée" not in browser.get("/console/keys").text


def test_signing_out_ends_the_session_itself(runtime: Runtime) -> None:
    browser = an_operator(runtime)
    cookie = browser.cookies[COOKIE]

    browser.post("/console/sign-out")

    browser.cookies.set(COOKIE, cookie, domain="crieur.test", path="/console")
    assert browser.get("/console").status_code == 303


def test_the_console_speaks_the_language_that_was_chosen(runtime: Runtime) -> None:
    browser = an_operator(runtime)
    assert "Aujourd’hui" in browser.get("/console").text

    answer = browser.post(
        "/console/account/language", data={"locale": "en", "next": "/console/editions"}
    )

    assert answer.headers["location"] == "/console/editions"
    page = browser.get("/console/editions").text
    assert '<html lang="en">' in page
    assert "The console now speaks English to you." in page
    assert "The console now speaks" not in browser.get("/console/editions").text


def test_a_new_password_needs_the_old_one(runtime: Runtime) -> None:
    with runtime.begin() as session:
        secret = links.first_link(session, runtime.clock())
    browser = a_stranger(runtime)
    browser.post(f"/console/link/{secret}", data=FILLED)

    wrong = browser.post(
        "/console/account/password", data={"old": "autre chose", "new": "encore une phrase"}
    )
    right = browser.post(
        "/console/account/password", data={"old": PASSWORD, "new": "encore une phrase"}
    )

    assert wrong.status_code == 422
    assert "n’est pas le bon" in wrong.text
    assert right.status_code == 303
