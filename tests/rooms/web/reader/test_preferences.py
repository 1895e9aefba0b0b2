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


def test_alerts_are_ended_by_a_no_and_kept_by_what_is_neither(
    browser: TestClient, back: Back
) -> None:
    token = back.reader()
    back.offer_alerts()
    form = {"section": ["culture"], "asks_alerts": "1"}

    browser.post(f"/preferences/{token}", data={**form, "alerts": "yes"})
    refused = browser.post(f"/preferences/{token}", data={**form, "alerts": "maybe"})
    kept = back.alerts()
    browser.post(f"/preferences/{token}", data={**form, "alerts": "off"})

    assert refused.status_code == 422
    assert 'id="alerts-error"' in refused.text
    assert (kept, back.alerts()) == ([True], [False])


def test_alerts_are_chosen_and_ended_where_they_are_offered(
    browser: TestClient, back: Back
) -> None:
    """Each change is a consent proof; a form that does not ask changes nothing."""
    token = back.reader()
    assert 'name="alerts"' not in browser.get(f"/preferences/{token}").text
    back.offer_alerts()
    every = {"section": ["politique", "continent", "culture"]}

    before = browser.get(f"/preferences/{token}").text
    browser.post(f"/preferences/{token}", data={**every, "asks_alerts": "1", "alerts": "1"})
    chosen = back.alerts()
    after = browser.get(f"/preferences/{token}").text
    browser.post(f"/preferences/{token}", data=every)
    kept = back.alerts()
    browser.post(f"/preferences/{token}", data={**every, "asks_alerts": "1"})

    box = 'name="alerts" value="1" aria-describedby="alerts-hint"'
    assert f"{box}>" in before
    assert f"{box} checked>" in after
    assert (chosen, kept, back.alerts()) == ([True], [True], [False])
    assert back.facts("changed") == [
        {"source": "preferences", "alerts": True},
        {"source": "preferences", "alerts": False},
    ]
