"""Forms of strangers, in whatever encoding they claim to be: no parser is led astray."""

import asyncio
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.testclient import TestClient

from service.boot import Runtime
from service.web.app import make_app
from service.web.form_encoding import collapse_separators, strip_charset
from tests.builders import a_newsletter

FIELDS = "application/x-www-form-urlencoded"
ODD = {
    "idna": b"xn--a-.example",
    "punycode": b"a-" * 500,
    "undefined": b"awa@example.org",
    "raw_unicode_escape": b"\\ud800@example.org",
    "unicode_escape": b"\\ud800@example.org",
    "utf-7": b"+2AA-@example.org",
    "rot13": b"awa@example.org",
    "zlib": b"awa@example.org",
}


def _multipart(name: str, value: bytes) -> bytes:
    head = f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n'
    return head.encode() + value + b"\r\n--x--\r\n"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/n/le-matin", "email"),
        ("/console/sign-in", "address"),
        ("/console/sign-in", "password"),
        ("/console/link/none", "name"),
        ("/unsubscribe/none", "by_page"),
        ("/confirm/none", "again"),
    ],
)
@pytest.mark.parametrize("encoding", ODD)
def test_no_encoding_makes_a_form_an_error_of_ours(
    runtime: Runtime, path: str, field: str, encoding: str
) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())
    kind = f'multipart/form-data; Charset = "{encoding}"; boundary=x'

    with TestClient(make_app(runtime), base_url="http://crieur.test") as client:
        body = _multipart(field, ODD[encoding])
        answered = client.post(path, content=body, headers={"content-type": kind})

    assert answered.status_code in {200, 401, 404, 410, 422}


def test_a_form_is_utf_8_whatever_its_head_says(runtime: Runtime) -> None:
    kind = "multipart/form-data; boundary=x; charset=cp1253"

    with TestClient(make_app(runtime), base_url="http://crieur.test") as client:
        body = _multipart("address", "aïcha@où.example".encode())
        page = client.post("/console/sign-in", content=body, headers={"content-type": kind})

    assert page.status_code == 401
    assert "aïcha@où.example" in page.text


def test_what_else_a_head_says_stays_as_it_is() -> None:
    kept = [
        (b"content-type", b'multipart/form-data; boundary="a;b"'),
        (b"x-charset", b"a; charset=b"),
    ]

    assert strip_charset(kept) == kept


def test_only_a_form_of_fields_is_touched() -> None:
    body = b"a&&b"

    assert collapse_separators(body, [(b"content-type", b"application/json")]) == body
    assert collapse_separators(body, []) == body
    assert (
        collapse_separators(body, [(b"Content-Type", b" Application/X-WWW-Form-URLencoded")])
        == b"a&b"
    )


def _read(body: bytes) -> FormData:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def read() -> FormData:
        head = [(b"content-type", FIELDS.encode())]
        return await Request({"type": "http", "headers": head}, receive).form()

    return asyncio.run(read())


@given(st.lists(st.tuples(st.text(), st.text())), st.integers(1, 5), st.integers(0, 3))
def test_separators_without_a_field_say_nothing(
    fields: list[tuple[str, str]], between: int, around: int
) -> None:
    pairs = [urlencode([pair]) for pair in fields]
    loose = ("&" * around + ("&" * between).join(pairs) + "&" * around).encode()

    plain = collapse_separators(loose, [(b"content-type", FIELDS.encode())])

    assert _read(plain).multi_items() == _read(loose).multi_items()
    assert b"&&" not in plain
