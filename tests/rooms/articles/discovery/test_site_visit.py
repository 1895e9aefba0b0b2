"""A discovery is polite, and ends."""

import socket
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from service.articles.discovery.site_visit import SiteVisit
from service.kit.fetch_guard import FetchFailed, FetchRefused
from tests.fakes.site import Site, answer


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        running.pages["/a"] = answer(b"a")
        running.pages["/b"] = answer(b"", status="302 Found", headers={"Location": "/a"})
        yield running


def test_each_address_is_asked_once(site: Site) -> None:
    """A page may name its feed three times, and a redirect lead to what is known."""
    visit = SiteVisit(allow_private=True)

    first = visit.try_get(f"{site.url}/b")
    again = [visit.try_get(f"{site.url}{path}") for path in ("/b", "/a", "/c")]

    assert first is not None
    assert first.url == f"{site.url}/a"
    assert again == [None, None, None]
    assert len(site.requests) == 3


def test_no_more_than_so_many_requests_are_made(site: Site) -> None:
    """The limit is stated in the documentation, and a site's owner may count."""
    visit = SiteVisit(allow_private=True, max_requests=2)

    answers = [visit.try_get(f"{site.url}/{path}") for path in ("a", "x", "y")]

    assert answers[0] is not None
    assert len(site.requests) == 2
    assert visit.is_cut_short


def test_one_deadline_covers_all_requests(site: Site) -> None:
    """An operator waits for the result, and a site may never answer."""

    def never(_connection: socket.socket, _request: bytes) -> None:
        site.stopped.wait()

    site.pages["/slow"] = never
    visit = SiteVisit(allow_private=True, deadline=timedelta(seconds=0.5))
    began = time.monotonic()

    for path in ("slow", "a", "b"):
        with pytest.raises(FetchFailed):
            visit.get(f"{site.url}/{path}")

    assert time.monotonic() - began < 10
    assert visit.is_cut_short
    assert len(site.requests) == 1


def test_a_private_address_is_refused() -> None:
    """Whatever a page links to is fetched with the guard that feeds have."""
    with pytest.raises(FetchRefused):
        SiteVisit().get("http://127.0.0.1/")
    assert SiteVisit().try_get("http://10.0.0.1/feed") is None
