"""A reader who was moved brings back what they had, with one button."""

from datetime import time

import pytest
from starlette.testclient import TestClient

from service.boot import Runtime
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency
from tests.builders import a_newsletter
from tests.rooms.web.reader.conftest import Back


@pytest.fixture
def newsletter(runtime: Runtime) -> NewsletterDetails:
    with runtime.begin() as session:
        return a_newsletter(
            session, now=runtime.clock(), days=(1,), times=(time(7),), weekly_at=time(9)
        )


def test_the_page_asks_and_its_button_brings_it_back(browser: TestClient, back: Back) -> None:
    """Link scanners open every link: only the button changes anything."""
    link = f"/keep/weekly/{back.reader()}"

    before = back.everything()
    asked = browser.get(link).text
    assert back.everything() == before
    done = browser.post(link).text
    again = browser.post(link).text

    assert back.frequencies() == [Frequency.WEEKLY]
    assert "Garder ce que j’avais" in asked
    assert "une fois par semaine, le lundi à 9" in asked
    assert "C’est fait" in done
    assert "C’est fait" in again


def test_what_is_not_offered_or_not_theirs_any_more_is_explained(
    browser: TestClient, back: Back
) -> None:
    token = back.reader()
    gone = browser.post(f"/keep/daily/{token}")
    nonsense = browser.get(f"/keep/hourly/{token}")
    browser.post(f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"})
    left = browser.post(f"/keep/weekly/{token}")

    assert nonsense.status_code == 404
    for answer in (gone, left):
        assert answer.status_code == 200
        assert "ne peut plus vous être envoyée ainsi" in answer.text
    assert back.frequencies() == [Frequency.EACH]
