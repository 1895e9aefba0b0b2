"""A flash message is shown once, and a forged cookie is no error."""

import base64
import json

import pytest
from starlette.requests import Request
from starlette.responses import Response

from service.web.console.flash import delete_flash, read_flash, set_flash


def a_request(cookie: str | None) -> Request:
    headers = [] if cookie is None else [(b"cookie", f"crieur_flash={cookie}".encode())]
    return Request({"type": "http", "headers": headers})


def test_what_is_set_is_read_by_the_next_request() -> None:
    response = set_flash(Response(), "Enregistré : « à demi »", tone="bad")
    cookie = response.headers["set-cookie"].partition("=")[2].partition(";")[0].strip('"')

    assert read_flash(a_request(cookie)) == ("bad", "Enregistré : « à demi »")


@pytest.mark.parametrize(
    "content", ["", "[]", "[1]", '["evil", "x"]', '[["good"], "x"]', "[" * 5000, "{"]
)
def test_a_forged_cookie_is_ignored(content: str) -> None:
    packed = base64.urlsafe_b64encode(content.encode()).decode()

    assert read_flash(a_request(packed)) is None
    assert read_flash(a_request("not base64!")) is None


def test_a_message_is_deleted_only_where_there_is_one() -> None:
    packed = base64.urlsafe_b64encode(json.dumps(["good", "x"]).encode()).decode()

    assert "set-cookie" in delete_flash(a_request(packed), Response()).headers
    assert "set-cookie" not in delete_flash(a_request(None), Response()).headers
