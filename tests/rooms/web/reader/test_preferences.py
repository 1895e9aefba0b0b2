"""Choosing sections, and the page of a reader who has left."""

from starlette.testclient import TestClient

from tests.rooms.web.reader.conftest import Back

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def test_choosing_nothing_points_to_the_way_out(browser: TestClient, back: Back) -> None:
    token = back.reader(mask=0b1)

    answer = browser.post(f"/preferences/{token}")

    assert answer.status_code == 422
    assert "désinscrivez-vous plus bas" in answer.text
    assert back.subscriptions() == [("active", 0b1)]


def test_choosing_everything_means_sections_to_come_as_well(
    browser: TestClient, back: Back
) -> None:
    token = back.reader(mask=0b1)

    browser.post(f"/preferences/{token}", data={"section": ["politique", "continent", "culture"]})

    assert back.subscriptions() == [("active", None)]


def test_the_page_of_who_has_left_offers_to_come_back(browser: TestClient, back: Back) -> None:
    token = back.reader()
    browser.post(f"/unsubscribe/{token}", data=ONE_CLICK)

    preferences = browser.get(f"/preferences/{token}")
    unsubscribe = browser.get(f"/unsubscribe/{token}")
    refused = browser.post(f"/preferences/{token}", data={"section": ["culture"]})

    assert "ne reçoit plus" in preferences.text
    assert "Désinscription faite" in unsubscribe.text
    assert refused.status_code == 200
    assert back.subscriptions() == [("ended", None)]
