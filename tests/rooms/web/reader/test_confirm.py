"""Confirming a subscription from the link in a message."""

from starlette.testclient import TestClient

from tests.conftest import FakeClock
from tests.rooms.web.reader.conftest import Back

AWA = {"email": "awa@example.org"}


def test_pressing_the_button_twice_welcomes_once(browser: TestClient, back: Back) -> None:
    browser.post("/n/le-matin", data=AWA)
    path = back.confirm_path()

    first = browser.post(path)
    second = browser.post(path)

    assert "/preferences/" in first.text
    assert "/preferences/" not in second.text
    assert "déjà confirmé" in second.text
    assert [kind for kind, _ in back.mails()] == ["confirm", "welcome"]


def test_an_expired_link_offers_a_new_one_by_a_button(
    browser: TestClient, back: Back, clock: FakeClock
) -> None:
    browser.post("/n/le-matin", data=AWA)
    old = back.confirm_path()
    clock.advance(days=4)

    shown = browser.get(old)
    refused = browser.post(old)
    asked = browser.post(old, data={"again": "1"})
    done = browser.post(back.confirm_path())

    assert (shown.status_code, refused.status_code) == (410, 410)
    assert 'name="again"' in shown.text
    assert "Consultez" in asked.text
    assert "bienvenue" in done.text


def test_an_older_link_says_that_there_is_a_newer_one(
    browser: TestClient, back: Back, clock: FakeClock
) -> None:
    browser.post("/n/le-matin", data=AWA)
    old = back.confirm_path()
    clock.advance(minutes=6)
    browser.post("/n/le-matin", data=AWA)

    answer = browser.post(old)

    assert answer.status_code == 410
    assert "plus récent" in answer.text
    assert back.subscriptions() == [("pending", None)]


def test_it_is_forgiven_behind_a_confirmation_link_too(browser: TestClient, back: Back) -> None:
    browser.post("/n/le-matin", data={"email": "awa@example.org"})
    link = back.confirm_path()

    assert browser.get(f"{link}%29.").status_code == 200
    assert browser.post(f"{link}).").status_code == 200
    assert back.subscriptions()[0][0] == "active"
    assert browser.get(f"{link}x").status_code == 404
