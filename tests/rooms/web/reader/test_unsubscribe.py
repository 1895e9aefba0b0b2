"""Leaving by one click."""

from starlette.testclient import TestClient

from tests.rooms.web.reader.conftest import Back

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def test_one_click_needs_no_cookie_and_no_origin_and_may_be_repeated(
    browser: TestClient, back: Back
) -> None:
    token = back.reader()
    headers = {"origin": "https://mail.provider.example", "sec-fetch-site": "cross-site"}

    answers = [
        browser.post(f"/unsubscribe/{token}", data=ONE_CLICK, headers=headers),
        browser.post(f"/unsubscribe/{token}", data=ONE_CLICK),
        browser.post(f"/unsubscribe/{token.upper()}", data=ONE_CLICK),
        browser.post(f"/unsubscribe/{token}", files={"List-Unsubscribe": (None, "One-Click")}),
    ]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert back.subscriptions() == [("ended", None)]
    assert back.mails() == []
    assert all("set-cookie" not in answer.headers for answer in answers)
