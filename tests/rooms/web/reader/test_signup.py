"""The sign-up form: the same answer for everybody, clear sentences, embedding."""

import time
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from service.audience import suppress
from service.audience.address import parse_address
from service.web.reader import constant_time
from tests.conftest import FakeClock
from tests.rooms.web.reader.conftest import Back

AWA = {"email": "awa@example.org"}


def test_the_form_names_its_fields_and_offers_every_section(
    browser: TestClient, back: Back
) -> None:
    page = browser.get("/n/le-matin").text

    assert '<html lang="fr" dir="ltr">' in page
    assert '<label for="email">' in page
    assert page.count('name="section"') == 3
    assert page.count(" checked") == 3
    assert "<legend>" in page


@pytest.mark.parametrize("place", ["/n/le-matin", "/n/le-matin/embed", "/"])
def test_no_line_ends_at_the_hyphen_of_e_mail(browser: TestClient, back: Back, place: str) -> None:
    whole = '<span class="whole">e-mail</span>'

    page = browser.get(place).text

    assert whole in page
    assert "e-mail" not in page.replace(whole, "")


def test_signing_up_makes_a_pending_reader_and_one_confirmation_mail(
    browser: TestClient, back: Back
) -> None:
    form = {**AWA, "choice": "1", "section": ["politique", "culture"]}

    answer = browser.post("/n/le-matin", data=form)

    assert answer.status_code == 200
    assert "awa@example.org" in answer.text
    assert back.subscriptions() == [("pending", 0b101)]
    assert [kind for kind, _ in back.mails()] == ["confirm"]


def test_a_plain_html_form_of_the_publisher_needs_only_the_address(
    browser: TestClient, back: Back
) -> None:
    headers = {"origin": "https://courrier.example", "sec-fetch-site": "cross-site"}

    answer = browser.post("/n/le-matin", data=AWA, headers=headers)

    assert answer.status_code == 200
    assert back.subscriptions() == [("pending", None)]


def test_the_page_says_the_same_to_a_new_a_known_an_active_and_a_suppressed_address(
    browser: TestClient, back: Back
) -> None:
    back.reader(address="active@example.org")
    with back.runtime.begin() as session:
        suppress.suppress(
            session,
            address=parse_address("bounced@example.org"),
            reason="hard_bounce",
            now=back.runtime.clock(),
            keyring=back.runtime.keyring,
        )
    browser.post("/n/le-matin", data={"email": "known@example.org"})

    answers = {
        who: browser.post("/n/le-matin", data={"email": f"{who}@example.org"})
        for who in ("new", "known", "active", "bounced", "robot")
    }
    answers["robot"] = browser.post(
        "/n/le-matin", data={"email": "robot@example.org", "website": "https://spam.example"}
    )

    bodies = {answer.text.replace(f"{who}@", "…@") for who, answer in answers.items()}
    kept = {
        tuple(sorted((k, v) for k, v in answer.headers.items() if k != "x-request-id"))
        for who, answer in answers.items()
        if len(who) == len("known")
    }
    assert len(bodies) == 1
    assert len(kept) == 1
    assert {answer.status_code for answer in answers.values()} == {200}


def test_a_program_that_fills_the_hidden_field_gets_the_page_and_nothing_else(
    browser: TestClient, back: Back
) -> None:
    before = back.everything()

    answer = browser.post("/n/le-matin", data={**AWA, "website": "https://spam.example"})

    assert answer.status_code == 200
    assert back.everything() == before


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({}, "Indiquez votre adresse"),
        ({"email": "awa"}, "un seul « @ »"),
        ({"email": "éva@example.org"}, "sans accents"),
        ({"email": "awa@example.org\r\nBcc: kofi@example.org"}, "un seul « @ »"),
        ({"email": "awa@example.org\r\nBcc:"}, "pas d’espace"),
        ({"email": "<script>@example.org"}, "n’est pas correcte"),
        ({**AWA, "choice": "1"}, "au moins une rubrique"),
        ({**AWA, "choice": "1", "section": "nonsense"}, "au moins une rubrique"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_stored(
    browser: TestClient, back: Back, form: dict[str, str], sentence: str
) -> None:
    before = back.everything()

    answer = browser.post("/n/le-matin", data=form)

    page = answer.text.replace("\u00a0", " ")
    assert answer.status_code == 422
    assert page.count(sentence) == 2
    assert 'role="alert"' in page
    assert "<script>@" not in page
    assert back.everything() == before


def test_a_slip_in_the_domain_is_asked_about_once(browser: TestClient, back: Back) -> None:
    asked = browser.post("/n/le-matin", data={"email": "awa@gmial.com"})
    insisted = browser.post("/n/le-matin", data={"email": "awa@gmial.com", "sure": "1"})

    assert "awa@gmail.com" in asked.text
    assert "awa@gmail.com" not in insisted.text
    assert [kind for kind, _ in back.mails()] == ["confirm"]


def test_the_time_of_the_answer_tells_nothing_of_an_address(
    browser: TestClient, back: Back
) -> None:
    back.reader(address="known@example.org")
    with back.runtime.begin() as session:
        suppress.suppress(
            session,
            address=parse_address("blocked@example.org"),
            reason="operator",
            now=back.runtime.clock(),
            keyring=back.runtime.keyring,
        )
    took = {}
    for name in ("known", "blocked", "new"):
        began = time.monotonic()
        browser.post("/n/le-matin", data={"email": f"{name}@example.org"})
        took[name] = time.monotonic() - began

    assert min(took.values()) >= constant_time.RESPONSE_SECONDS


def test_the_mailbox_gets_no_second_mail_within_five_minutes(
    browser: TestClient, back: Back, clock: FakeClock
) -> None:
    browser.post("/n/le-matin", data=AWA)
    clock.advance(minutes=4)
    browser.post("/n/le-matin", data=AWA)
    clock.now += timedelta(minutes=2)
    browser.post("/n/le-matin", data=AWA)

    assert [kind for kind, _ in back.mails()] == ["confirm", "confirm"]


def test_the_embedded_form_may_be_framed_and_stays_embedded(
    browser: TestClient, back: Back
) -> None:
    shown = browser.get("/n/le-matin/embed")
    wrong = browser.post("/n/le-matin", data={"email": "awa", "embed": "1"})
    done = browser.post("/n/le-matin", data={**AWA, "embed": "1"})

    for answer in (shown, wrong, done):
        assert "frame-ancestors *" in answer.headers["content-security-policy"]
        assert "embed.css" in answer.text
        assert "masthead" not in answer.text
    assert "frame-ancestors 'none'" in browser.get("/n/le-matin").headers["content-security-policy"]


def test_the_first_page_speaks_the_language_of_the_browser(browser: TestClient, back: Back) -> None:
    french = browser.get("/", headers={"accept-language": "fr-CI,fr;q=0.9,en;q=0.5"})
    english = browser.get("/", headers={"accept-language": "en-GB,en;q=0.9"})
    odd = browser.get("/", headers={"accept-language": "*;q=x,,-,zz"})

    assert "Nos newsletters" in french.text
    assert "Our newsletters" in english.text
    assert "Nos newsletters" in odd.text
    assert 'href="/n/le-matin"' in french.text


def test_a_newsletter_that_is_not_there_is_a_page_that_says_so(browser: TestClient) -> None:
    answer = browser.get("/n/nothing", headers={"accept-language": "fr"})

    assert answer.status_code == 404
    assert "Page introuvable" in answer.text
    assert "crieur newsletter list" not in answer.text


def test_the_colour_of_a_newsletter_is_a_style_sheet(browser: TestClient, back: Back) -> None:
    answer = browser.get("/n/le-matin/theme.css")

    assert answer.headers["content-type"].startswith("text/css")
    assert "--accent:#9c1f2e" in answer.text


def test_alerts_are_chosen_in_the_form_and_are_part_of_the_consent(
    browser: TestClient, back: Back
) -> None:
    """The box is not ticked; the confirmation message says what was chosen."""
    back.offer_alerts()
    page = browser.get("/n/le-matin").text

    browser.post("/n/le-matin", data={**AWA, "alerts": "1"})
    browser.post("/n/le-matin", data={"email": "binta@example.org"})

    assert 'name="alerts" value="1" aria-describedby="alerts-hint">' in page
    assert back.alerts() == [True, False]
    assert [each.get("alerts") for each in back.facts("requested")] == [True, None]


def test_a_form_that_says_no_to_alerts_chooses_none(browser: TestClient, back: Back) -> None:
    """A publisher's own form may have a list of yes and no instead of a box."""
    back.offer_alerts()

    browser.post("/n/le-matin", data={**AWA, "alerts": "no"})
    refused = browser.post("/n/le-matin", data={"email": "binta@example.org", "alerts": "maybe"})

    assert back.alerts() == [False]
    assert refused.status_code == 422
    assert 'aria-describedby="alerts-hint alerts-error">' in refused.text
    assert '<a href="#alerts"' in refused.text


def test_alerts_that_are_not_offered_cannot_be_chosen(browser: TestClient, back: Back) -> None:
    """A publisher's own form may be older than the newsletter's settings."""
    browser.post("/n/le-matin", data={**AWA, "alerts": "1"})

    assert back.alerts() == [False]
