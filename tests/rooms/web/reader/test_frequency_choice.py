"""Readers choose how often: on the form, embedded or not, and on their own page."""

from datetime import time

import pytest
from starlette.testclient import TestClient

from service.boot import Runtime
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency
from tests.builders import a_newsletter
from tests.rooms.web.reader.conftest import Back

AWA = {"email": "awa@example.org"}
DAILY = "Une fois par jour, du lundi au vendredi à 18\N{NO-BREAK SPACE}h"


@pytest.fixture
def newsletter(runtime: Runtime) -> NewsletterDetails:
    with runtime.begin() as session:
        return a_newsletter(
            session,
            now=runtime.clock(),
            days=(1, 2, 3, 4, 5),
            times=(time(7), time(12)),
            daily_at=time(18),
            weekly_at=time(9),
            weekly_on=7,
            default_frequency=Frequency.DAILY,
        )


@pytest.mark.parametrize("address", ["/n/le-matin", "/n/le-matin/embed"])
def test_the_form_proposes_what_the_publisher_chose(
    browser: TestClient, back: Back, address: str
) -> None:
    page = browser.get(address).text

    assert page.count('name="frequency"') == 3
    assert page.count(" checked") == 1 + len(back.newsletter.current_sections)
    assert 'value="daily" checked' in page
    assert DAILY in page


def test_a_choice_is_kept_from_the_form_to_the_confirmation(
    browser: TestClient, back: Back
) -> None:
    """The page behind the link says what begins, and when."""
    browser.post("/n/le-matin", data=AWA | {"frequency": "weekly"})
    asked = browser.get(back.confirm_path()).text
    done = browser.post(back.confirm_path()).text

    assert back.frequencies() == ["weekly"]
    assert "Fréquence\N{NO-BREAK SPACE}: une fois par semaine, le dimanche à 9" in asked
    assert "La prochaine édition" not in asked
    assert "dimanche 12 février 2023 à 9" in done


def test_a_form_that_does_not_ask_gets_what_is_proposed(browser: TestClient, back: Back) -> None:
    browser.post("/n/le-matin", data=AWA)

    assert back.frequencies() == ["daily"]


@pytest.mark.parametrize("text", ["hourly", "DAILY", "\x00", "d" * 5000])
def test_what_is_not_offered_is_refused_beside_the_field(
    browser: TestClient, back: Back, text: str
) -> None:
    signed_up = browser.post("/n/le-matin", data=AWA | {"frequency": text})
    token = back.reader()
    saved = browser.post(f"/preferences/{token}", data={"section": "culture", "frequency": text})

    for answer in (signed_up, saved):
        assert answer.status_code == 422
        assert "Choisissez l’une des fréquences de la liste." in answer.text
        assert 'href="#frequency"' in answer.text
    assert back.frequencies() == ["each"], "what the reader had"


def test_readers_change_it_on_their_page(browser: TestClient, back: Back) -> None:
    token = back.reader()
    page = browser.get(f"/preferences/{token}").text

    saved = browser.post(
        f"/preferences/{token}", data={"section": ["culture"], "frequency": "weekly"}
    )
    after = browser.get(f"/preferences/{token}").text

    assert 'value="each" checked' in page
    assert saved.status_code == 303
    assert 'value="weekly" checked' in after
    assert back.frequencies() == ["weekly"]


def test_a_newsletter_without_a_choice_asks_nothing(browser: TestClient, runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock(), slug="le-soir")

    assert 'name="frequency"' not in browser.get("/n/le-soir").text
