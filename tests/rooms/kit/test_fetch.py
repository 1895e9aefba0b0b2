"""Strangers' web servers answer as they like; the door answers with bytes or one sentence."""

import gzip
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from service.kit.fetch import FetchedResponse, check_destination, fetch, post_form
from service.kit.fetch_guard import FetchFailed, FetchRefused
from tests.fakes.site import Site, answer

TLS = Path(__file__).parents[2] / "data" / "tls"
SHORT = timedelta(seconds=1.5)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def get(site: Site, path: str = "/", **changes: object) -> FetchedResponse:
    return fetch(f"{site.url}{path}", allow_private=True, **changes)  # type: ignore[arg-type]  # a test names what it changes


def test_an_honest_answer_comes_back_whole(site: Site) -> None:
    site.pages["/"] = answer("Bonjour à tous".encode(), headers={"Content-Type": "Text/HTML; x=1"})

    got = get(site, headers={"If-None-Match": '"abc"'})

    assert (got.status, got.body.decode()) == (200, "Bonjour à tous")
    assert got.content_type == "text/html"
    assert b'If-None-Match: "abc"' in site.requests[0]
    assert f"Host: 127.0.0.1:{site.port}".encode() in site.requests[0]


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_compressed_answers_are_unpacked(site: Site, coding: str) -> None:
    text = b"nouvelles " * 1000
    packed = gzip.compress(text) if coding == "gzip" else zlib.compress(text)
    site.pages["/"] = answer(packed, headers={"Content-Encoding": coding})

    assert get(site).body == text


def test_a_status_is_an_answer(site: Site) -> None:
    site.pages["/"] = answer(b"", status="410 Gone")

    assert get(site).status == 410


def test_permanent_redirects_tell_the_new_address(site: Site) -> None:
    site.pages["/a"] = answer(b"", status="301 Moved", headers={"Location": "/b"})
    site.pages["/b"] = answer(b"", status="308 Moved", headers={"Location": f"{site.url}/c"})
    site.pages["/c"] = answer(b"ici")

    got = get(site, "/a")

    assert (got.body, got.url, got.moved_to) == (b"ici", f"{site.url}/c", f"{site.url}/c")


def test_a_temporary_redirect_is_not_remembered(site: Site) -> None:
    site.pages["/a"] = answer(b"", status="301 Moved", headers={"Location": "/b"})
    site.pages["/b"] = answer(b"", status="302 Found", headers={"Location": "/c"})
    site.pages["/c"] = answer(b"ici")

    assert get(site, "/a").moved_to is None


def test_redirects_in_circles_end(site: Site) -> None:
    site.pages["/"] = answer(b"", status="302 Found", headers={"Location": "/"})

    with pytest.raises(FetchFailed, match="circles"):
        get(site)
    assert len(site.requests) == 6


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://x/", "http://"])
def test_redirects_lead_to_web_addresses_only(site: Site, location: str) -> None:
    site.pages["/"] = answer(b"", status="302 Found", headers={"Location": location})

    with pytest.raises((FetchRefused, FetchFailed)):
        get(site)


def test_an_endless_answer_is_cut_off(site: Site) -> None:
    def endless(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not site.stopped.is_set():
            connection.sendall(b"x" * 65536)

    site.pages["/"] = endless

    with pytest.raises(FetchFailed, match="too much"):
        get(site, limit_bytes=200_000)


def test_a_declared_giant_is_cut_off(site: Site) -> None:
    site.pages["/"] = answer(b"x" * 300_000)

    with pytest.raises(FetchFailed, match="more than 200 kB"):
        get(site, limit_bytes=200_000)


def test_a_compression_bomb_is_cut_off(site: Site) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    site.pages["/"] = answer(bomb, headers={"Content-Encoding": "gzip"})

    with pytest.raises(FetchFailed, match="too much"):
        get(site, limit_bytes=1_000_000)


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Len",
        b"\x00\x01\x02 nonsense\r\n\r\n",
        b"",
    ],
)
def test_an_answer_that_breaks_off_is_a_sentence(site: Site, sent: bytes) -> None:
    site.pages["/"] = lambda connection, _request: connection.sendall(sent)

    with pytest.raises(FetchFailed, match="broke off"):
        get(site)


def test_a_half_sent_gzip_is_not_taken_for_whole(site: Site) -> None:
    site.pages["/"] = answer(
        gzip.compress(b"nouvelles " * 1000)[:-20], headers={"Content-Encoding": "gzip"}
    )

    with pytest.raises(FetchFailed, match="broke off"):
        get(site)


@pytest.mark.parametrize(("coding", "said"), [("gzip", "decompressed"), ("br", "not asked for")])
def test_an_encoding_that_cannot_be_read_is_a_sentence(site: Site, coding: str, said: str) -> None:
    site.pages["/"] = answer(b"not packed at all", headers={"Content-Encoding": coding})

    with pytest.raises(FetchFailed, match=said):
        get(site)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "courrier.example",
        "ftp://courrier.example/",
        "file:///etc/passwd",
        "http://",
        "http://user:secret@courrier.example/",
        "http://[::1",
        "https://exa mple/",
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises((FetchRefused, FetchFailed)):
        fetch(url)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://10.0.0.1/feed", "private network"),
        ("https://localhost/feed", "private network"),
        ("https://8.8.8.8:25/", "Port 25"),
        ("ftp://8.8.8.8/", "not a web address"),
    ],
)
def test_a_destination_that_is_never_asked_is_refused_beforehand(url: str, sentence: str) -> None:
    with pytest.raises(FetchRefused, match=sentence):
        check_destination(url)


def test_a_destination_is_judged_without_asking_it(site: Site) -> None:
    check_destination(f"{site.url}/", allow_private=True)
    check_destination("https://8.8.8.8/")
    check_destination("https://no-such-host.invalid/")

    assert site.requests == []


def test_many_may_fetch_at_once(site: Site) -> None:
    site.pages["/"] = answer(b"ici")
    got: list[bytes] = []
    threads = [threading.Thread(target=lambda: got.append(get(site).body)) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert got == [b"ici"] * 8


def test_a_certificate_that_is_not_valid_is_told_as_such() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "cert.pem", TLS / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answering = threading.Thread(target=_shake_hands, args=(listener, context))
        answering.start()

        with pytest.raises(FetchFailed) as failed:
            fetch(f"https://127.0.0.1:{listener.getsockname()[1]}/", allow_private=True)

        answering.join()
    assert str(failed.value).startswith("The certificate of 127.0.0.1 is not valid for it (")


def test_an_https_address_of_a_plain_site_is_told_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answering = threading.Thread(target=_answer_plainly, args=(listener,))
        answering.start()

        with pytest.raises(FetchFailed, match=r"is it http:// instead of https://\?"):
            fetch(f"https://127.0.0.1:{listener.getsockname()[1]}/", allow_private=True)

        answering.join()


def _shake_hands(listener: socket.socket, context: ssl.SSLContext) -> None:
    visitor, _ = listener.accept()
    with visitor, suppress(ssl.SSLError, ConnectionError):
        context.wrap_socket(visitor, server_side=True).close()


def _answer_plainly(listener: socket.socket) -> None:
    visitor, _ = listener.accept()
    with visitor:
        visitor.recv(65536)
        visitor.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_a_form_is_posted_and_again_where_a_redirect_keeps_it(site: Site) -> None:
    """A hub may have moved (RFC 9110, 15.4.8 and 15.4.9)."""
    site.pages["/hub"] = answer(status="307 Temporary Redirect", headers={"Location": "/new"})
    site.pages["/new"] = answer(b"done", status="202 Accepted")

    found = post_form(f"{site.url}/hub", {"hub.mode": "subscribe"}, allow_private=True)

    assert (found.status, found.body) == (202, b"done")
    assert [each.split(b" ", 1)[0] for each in site.requests] == [b"POST", b"POST"]
    assert b"Content-Type: application/x-www-form-urlencoded" in site.requests[1]
    assert b"Content-Length: 18" in site.requests[1]


def test_a_form_is_not_posted_where_a_redirect_forgets_it(site: Site) -> None:
    """The answer of a page that was not asked would look like the hub's."""
    site.pages["/hub"] = answer(status="302 Found", headers={"Location": "/new"})

    assert post_form(f"{site.url}/hub", {}, allow_private=True).status == 302
    assert len(site.requests) == 1


def test_a_form_is_not_posted_into_a_private_network(site: Site) -> None:
    """A feed names its hub, and a feed is a stranger's."""
    with pytest.raises(FetchRefused):
        post_form(f"{site.url}/hub", {})
    assert site.requests == []
