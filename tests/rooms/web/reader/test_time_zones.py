"""Readers of a newsletter that is sent at their own time say where they live."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from service.web.reader.time_zones import time_zone_choices
from tests.rooms.web.reader.conftest import Back


@pytest.fixture
def own_time(back: Back) -> None:
    with back.runtime.begin() as session:
        session.execute(text("UPDATE newsletter SET at_readers_time = true"))


def zone_of(back: Back) -> str | None:
    with back.runtime.begin() as session:
        found: str | None = session.execute(text("SELECT time_zone FROM subscriber")).scalar_one()
        return found


def test_nobody_is_asked_where_it_makes_no_difference(browser: TestClient, back: Back) -> None:
    token = back.reader()

    page = browser.get(f"/preferences/{token}").text
    browser.post(
        f"/preferences/{token}", data={"section": ["culture"], "time_zone": "Europe/Paris"}
    )

    assert "<select" not in page
    assert zone_of(back) is None


@pytest.mark.usefixtures("own_time")
def test_a_reader_chooses_where_they_live_and_takes_it_back(
    browser: TestClient, back: Back
) -> None:
    address = f"/preferences/{back.reader()}"

    asked = browser.get(address).text
    saved = browser.post(address, data={"section": ["culture"], "time_zone": "America/Cayenne"})
    chosen, page = zone_of(back), browser.get(address).text
    browser.post(address, data={"section": ["culture"], "time_zone": "own"})

    assert '<option value="own">Celui du journal (Africa/Abidjan)</option>' in asked
    assert '<optgroup label="Afrique">' in asked
    assert '<option value="Africa/Cairo">Le Caire (UTC+2)</option>' in asked
    assert "selected" not in asked
    assert saved.status_code == 303
    assert chosen == "America/Cayenne"
    assert '<option value="America/Cayenne" selected>Cayenne (UTC\u22123)</option>' in page
    assert zone_of(back) is None


@pytest.mark.usefixtures("own_time")
@pytest.mark.parametrize(
    "zone", ["Paris", "../../etc/passwd", "x" * 5000, "Europe/paris\u2028", "Factory"]
)
def test_a_zone_that_does_not_exist_is_refused_and_nothing_is_kept(
    browser: TestClient, back: Back, zone: str
) -> None:
    address = f"/preferences/{back.reader()}"

    answer = browser.post(address, data={"section": ["culture"], "time_zone": zone})

    assert answer.status_code == 422
    assert 'href="#time_zone"' in answer.text
    assert "Choisissez un fuseau horaire dans la liste." in answer.text
    assert (zone_of(back), back.subscriptions()) == (None, [("active", None)])


@pytest.mark.usefixtures("own_time")
def test_a_form_from_before_does_not_move_anybody(browser: TestClient, back: Back) -> None:
    address = f"/preferences/{back.reader()}"
    browser.post(address, data={"section": ["culture"], "time_zone": "Asia/Kolkata"})

    browser.post(address, data={"section": ["politique"]})

    assert zone_of(back) == "Asia/Kolkata"


def test_offsets_are_those_of_the_day_and_an_old_zone_is_still_offered() -> None:
    summer, winter = (
        {
            zone.name: zone
            for zones in time_zone_choices("en", now=now, also="UTC").values()
            for zone in zones
        }
        for now in (datetime(2023, 7, 1, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC))
    )

    assert (winter["Europe/Paris"].offset, summer["Europe/Paris"].offset) == ("UTC+1", "UTC+2")
    assert summer["Asia/Kolkata"].offset == "UTC+5:30"
    assert summer["Africa/Abidjan"].offset == "UTC+0"
    assert summer["UTC"].city == "UTC"
    assert "US/Eastern" not in summer
    assert len(summer) > 350
