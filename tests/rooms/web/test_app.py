"""What stands in front of every page: static files, sizes, what the page before left."""

import base64
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from service.web import pages


def test_a_browser_that_asks_for_an_icon_by_custom_gets_it(client: TestClient) -> None:
    answered = client.get("/favicon.ico", follow_redirects=True)

    assert answered.status_code == 200
    assert answered.headers["content-type"].startswith("image/svg+xml")


def test_static_files_are_kept_by_browsers_for_as_long_as_their_address_stays(
    client: TestClient,
) -> None:
    hashed = client.get(pages.static_url("reader.css"))
    plain = client.get("/static/reader.css")

    assert "immutable" in hashed.headers["cache-control"]
    assert plain.headers["cache-control"] == "public, max-age=300"
    assert client.get("/static/../pages.py").status_code == 404


@pytest.mark.parametrize(
    "left",
    [b"[" * 3000, b'[["good"], "a"]', b'["good"]', b'{"good": 1}', b"1", b"null", b"\xff", b'"go"'],
)
def test_a_broken_sentence_of_the_page_before_is_no_error(client: TestClient, left: bytes) -> None:
    cookie = f"crieur_flash={base64.urlsafe_b64encode(left).decode()}"

    assert client.get("/console/sign-in", headers={"cookie": cookie}).status_code == 200


def test_a_body_larger_than_any_honest_one_is_refused(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b"email=" + b"a" * 1024

    form = {"content-type": "application/x-www-form-urlencoded"}

    declared = client.post("/n/none", content=b"x" * 70_000, headers=form)
    undeclared = client.post("/n/none", content=endless(), headers=form)
    nonsense = client.get("/", headers={"content-length": "-1"})

    assert (declared.status_code, undeclared.status_code) == (413, 413)
    assert nonsense.status_code == 413
