"""Coming in: sign-in, the one-time link, forged forms, leaving."""

import re
from urllib.parse import urljoin, urlsplit

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from service.accounts import (
    audit,
    known_browser,
    login,
    one_time_links,
    operators,
    passwords,
    sessions,
)
from service.accounts.roles import Role
from service.boot import Runtime
from service.newsletters import catalogue
from service.web.console.auth import COOKIE, DEVICE_COOKIE
from service.web.console.redirects import safe_redirect
from tests.builders import a_newsletter
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
            password_hash=passwords.hash_password(PASSWORD),
            now=runtime.clock(),
        )


@pytest.fixture
def first_link(runtime: Runtime) -> str:
    with runtime.begin() as session:
        secret = one_time_links.make_first_owner_link(session, runtime.clock())
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
def test_a_form_whose_session_has_ended_comes_back_after_the_sign_in(runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, "Continent", now=runtime.clock())
    browser = an_operator(runtime)
    here = "/console/newsletters/le-matin/edit"
    written = {**_fields(browser.get(here).text), "description": "  Deux\r\nlignes & « <b> »"}
    with runtime.begin() as session:
        sessions.close_session(session, browser.cookies[COOKIE])

    asked = browser.post(here, data={**written, "act": "save"})
    wrong = browser.post("/console/sign-in", data={**_fields(asked.text), "address": "awa@x.org"})
    shown = browser.post(
        "/console/sign-in",
        data={**_fields(wrong.text), "address": "awa@example.org", "password": PASSWORD},
    )
    again = browser.post(here, data={**_fields(shown.text), "speak": "same"})

    assert asked.status_code == wrong.status_code == 401
    assert "rien n’a été enregistré" in asked.text
    assert "est incorrect" in wrong.text
    assert "Votre texte est toujours là" in shown.text
    assert f'action="{here}"' in shown.text
    assert '<button name="speak" value="same"' in shown.text
    assert "Deux\nlignes &amp; « &lt;b&gt; »" in again.text.replace("\r\n", "\n")
    assert again.status_code == 200
    with runtime.begin() as session:
        assert catalogue.get(session, "le-matin").description == ""


@pytest.mark.usefixtures("awa")
@pytest.mark.parametrize(
    "brought",
    [
        {"kept_action": "https://evil.example/", "kept": '[["a", "b"]]'},
        {"kept_action": "/console/newsletters/le-matin/send", "kept": '[["a", "b"]]'},
        {"kept_action": "/console/keys", "kept": "[" * 20_000},
        {"kept_action": "/console/keys", "kept": '[["a", 1]]'},
        {"kept_action": "/console/keys", "kept": '{"a": 1}'},
        {"kept_action": "/console/keys", "kept": "null"},
        {"kept_action": "/console/newsletters", "kept": '[["act", "save"]]'},
        {"kept_action": "/console/keys", "kept": f'[["name", "{"x" * 40_000}"]]'},
    ],
)
def test_nothing_that_is_no_form_of_ours_comes_back(
    runtime: Runtime, brought: dict[str, str]
) -> None:
    answer = a_stranger(runtime).post("/console/sign-in", data={**FILLED, **brought})

    assert answer.status_code == 303
    assert answer.headers["location"] == "/console"


def _fields(page: str) -> dict[str, str]:
    """Return what a browser would send of a page's form, but for its buttons."""
    form = lxml.html.fromstring(page).xpath("//main//form")[0]
    return {name: value for name, value in form.form_values() if isinstance(value, str)}


@pytest.mark.usefixtures("awa")
def test_a_wrong_password_is_told_without_saying_which_half_was_wrong(runtime: Runtime) -> None:
    browser = a_stranger(runtime)

    wrong = browser.post("/console/sign-in", data={"address": "awa@example.org", "password": "non"})
    unknown = browser.post(
        "/console/sign-in", data={"address": "yao@example.org", "password": "non"}
    )

    assert wrong.status_code == unknown.status_code == 401
    assert "est incorrect" in wrong.text
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
        for _ in range(login.PER_BROWSER + 1)
    ]

    assert statuses == [401] * login.PER_BROWSER + [429]


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
        "///console",
        "////console",
        "/%2Fconsole",
        "//console",
        "/\t/console",
        "\t//console",
        " //console",
        "/console\r\nlocation: https://evil.example",
        "/console/\x00",
        "/console/%00",
        "/console/%0d%0aset-cookie:a",
        "/console/%5c%5cevil.example",
        "/console//evil.example",
        "/console/..//evil.example",
        "/console/%2e%2e/%2fevil.example",
        "/console@evil.example",
        "/console:80",
        "/Console",
        "/console/é",
        "/console/" + "a" * 2000,
    ],
)
def test_a_sign_in_leads_nowhere_but_into_the_console(address: str) -> None:
    assert safe_redirect(address) == "/console"


@pytest.mark.parametrize(
    "address",
    [
        "/console",
        "/console/",
        "/console/articles?newsletter=le-matin&before=7",
        "/console/readers?q=awa%40example.org",
        "/console/newsletters/le-matin/feeds",
        "/console?next=//evil.example",
    ],
)
def test_a_sign_in_leads_on_within_the_console(address: str) -> None:
    assert safe_redirect(address) == address


NASTY = st.lists(
    st.sampled_from(
        [*"/\\.:@?#%&;ce \t\r\n\x00\x1f\u2028\uff0f", "//", "console", "%2f", "%5c", "%00"]
    )
).map("".join)


@given(st.one_of(NASTY, NASTY.map(lambda tail: f"/console{tail}"), st.text()))
def test_whatever_is_asked_for_a_browser_stays_in_the_console(address: str) -> None:
    allowed = safe_redirect(address)

    # What browsers do with an address before they read it (WHATWG URL, sections 4.1 and 4.4).
    seen = re.sub(r"[\t\r\n]", "", allowed.strip("".join(map(chr, range(33)))))
    seen = seen.replace("\\", "/")
    landed = urlsplit(urljoin("https://crieur.test/console/sign-in", seen))
    assert (landed.scheme, landed.netloc) == ("https", "crieur.test")
    assert landed.path == "/console" or landed.path.startswith("/console/")
    assert allowed == seen
    assert safe_redirect(allowed) == allowed


def test_the_first_link_makes_the_owner_and_signs_in(runtime: Runtime, first_link: str) -> None:
    browser = a_stranger(runtime)
    assert browser.get(first_link).status_code == 200

    answer = browser.post(first_link, data=FILLED)

    assert answer.status_code == 303
    assert "Awa Koné" in browser.get("/console").text
    with runtime.begin() as session:
        assert [each.role for each in operators.list_operators(session)] == ["owner"]


def test_a_link_used_twice_is_dead(runtime: Runtime, first_link: str) -> None:
    a_stranger(runtime).post(first_link, data=FILLED)
    browser = a_stranger(runtime)

    assert browser.get(first_link).status_code == 410
    again = browser.post(first_link, data={**FILLED, "address": "yao@example.org"})

    assert again.status_code == 410
    assert "Ce lien n’est plus valable" in again.text
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


def _wrong(browser: TestClient, address: str = "awa@example.org") -> int:
    typed = {"address": address, "password": "non"}
    return browser.post("/console/sign-in", data=typed).status_code


def _right(browser: TestClient) -> int:
    typed = {"address": "awa@example.org", "password": PASSWORD}
    return browser.post("/console/sign-in", data=typed).status_code


@pytest.mark.usefixtures("awa")
def test_a_stranger_cannot_lock_an_operator_out_of_a_browser_that_is_known(
    runtime: Runtime,
) -> None:
    known, stranger = a_stranger(runtime), a_stranger(runtime)
    assert _right(known) == 303
    known.post("/console/sign-out")

    tries = [_wrong(stranger) for _ in range(login.PER_BROWSER + 1)]

    assert tries[-1] == 429
    assert _right(stranger) == 429
    assert _right(known) == 303
    cookie = next(each for each in known.cookies.jar if each.name == DEVICE_COOKIE)
    assert cookie.path == "/console"
    assert cookie.has_nonstandard_attr("HttpOnly")


@pytest.mark.usefixtures("awa")
def test_a_known_browser_is_limited_too_and_known_for_one_address_only(runtime: Runtime) -> None:
    browser = a_stranger(runtime)
    _right(browser)

    mine = [_wrong(browser) for _ in range(login.PER_BROWSER + 1)]
    other = [_wrong(browser, "yao@example.org") for _ in range(login.PER_BROWSER + 1)]

    assert mine == other == [401] * login.PER_BROWSER + [429]


@pytest.mark.usefixtures("awa")
@pytest.mark.parametrize(
    "cookie", ["", "a", "é" * 50, "a" * 5000, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]
)
def test_a_forged_device_is_a_stranger_s(runtime: Runtime, cookie: str) -> None:
    assert known_browser.verify_browser_token(runtime.keyring, cookie, "awa@example.org") is None


def test_a_device_is_read_only_for_its_address_and_keeps_its_number(runtime: Runtime) -> None:
    token = known_browser.sign_browser_token(runtime.keyring, "awa@example.org")
    number = known_browser.verify_browser_token(runtime.keyring, token, "awa@example.org")
    assert number is not None

    again = known_browser.sign_browser_token(runtime.keyring, "awa@example.org", known=number)

    assert known_browser.verify_browser_token(runtime.keyring, again, "awa@example.org") == number
    assert known_browser.verify_browser_token(runtime.keyring, token, "yao@example.org") is None


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("motdepasse1", "se devine facilement"),
        ("azertyuiop", "se devine facilement"),
        ("awakone2026", "se devine facilement"),
        ("court", "trop court"),
    ],
)
def test_a_password_that_attackers_try_first_is_not_taken(
    runtime: Runtime, first_link: str, password: str, said: str
) -> None:
    answer = a_stranger(runtime).post(first_link, data={**FILLED, "password": password})

    assert answer.status_code == 422
    assert said in answer.text
    assert a_stranger(runtime).post(first_link, data=FILLED).status_code == 303


def test_an_operator_added_by_command_before_leaves_the_owner_s_link_alive(
    runtime: Runtime, first_link: str
) -> None:
    with runtime.begin() as session:
        operators.add(
            session, address="yao@example.org", name="Yao", role=Role.EDITOR, now=runtime.clock()
        )

    taken = a_stranger(runtime).post(first_link, data={**FILLED, "address": "yao@example.org"})
    made = a_stranger(runtime).post(first_link, data=FILLED)

    assert taken.status_code == 422
    assert "a déjà cette adresse" in taken.text
    assert made.status_code == 303


@pytest.mark.usefixtures("awa")
def test_failures_and_sign_outs_are_in_the_journal_on_a_line_an_hour(
    runtime: Runtime, clock: FakeClock
) -> None:
    browser = a_stranger(runtime)
    for _ in range(login.PER_BROWSER + 5):
        _wrong(browser)
    for _ in range(3):
        _wrong(browser, "qui@example.org")
    known = an_operator(runtime)
    known.post("/console/sign-out")
    clock.advance(hours=1, seconds=1)
    _wrong(browser, "qui@example.org")

    with runtime.begin() as session:
        trail = [(each.event, each.operator, each.facts) for each in audit.recent_entries(session)]
    assert trail == [
        ("operator.sign_in_refused", None, {"network": "unknown", "times": 1}),
        ("operator.signed_out", "Awa Koné", {}),
        ("operator.sign_in_refused", None, {"network": "unknown", "times": 3}),
        ("operator.sign_in_limited", "Awa", {"network": "unknown", "times": 5}),
        ("operator.sign_in_refused", "Awa", {"network": "unknown", "times": 8}),
    ]
    page = an_operator(runtime, locale="en").get("/console/journal").text
    assert "Sign-in refused: too many attempts" in page
    assert "times: 5" in page
    # Not Awa, but whoever gave her address.
    assert "someone not signed in, as Awa" in page
    assert "on the server" not in page.replace("on the server:", "")
