"""Links are asked for as a guest does: headers first, slowly, and not for ever."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest

from service.kit.db import Begin
from service.rehearsal.link_check import check_links, links_of
from service.rehearsal.rehearsed import CheckedLink, LinkStatus
from tests.fakes.site import Manners, Site, answer
from tests.rooms.rehearsal.one_week import a_paper, news_of_a_week, rehearsed

HTML = {"Content-Type": "text/html"}
NO_PAUSE = timedelta(0)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def only_get(status: str = "200 OK") -> Manners:
    """Many sites refuse HEAD, or answer it with an error of their own."""

    def send(connection: socket.socket, request: bytes) -> None:
        is_get = request.startswith(b"GET ")
        answer(status=status if is_get else "405 Method Not Allowed")(connection, request)

    return send


def checked(site: Site, *paths: str, seconds: float = 20) -> list[CheckedLink]:
    urls = [f"{site.url}{path}" for path in paths]
    found = check_links(
        urls, deadline=timedelta(seconds=seconds), allow_private=True, pause=NO_PAUSE
    )
    return [found[url] for url in urls]


def test_a_page_is_alive_dead_or_does_not_answer_well(site: Site) -> None:
    site.pages = {
        "/alive": answer(headers=HTML),
        "/gone": answer(status="410 Gone"),
        "/broken": answer(status="503 Service Unavailable"),
        "/private": answer(status="403 Forbidden"),
        "/get-only": only_get(),
        "/get-gone": only_get("404 Not Found"),
    }

    found = checked(
        site, "/alive", "/missing", "/gone", "/broken", "/private", "/get-only", "/get-gone"
    )

    assert [each.status for each in found] == [
        LinkStatus.ALIVE,
        LinkStatus.DEAD,
        LinkStatus.DEAD,
        LinkStatus.UNREACHABLE,
        LinkStatus.UNREACHABLE,
        LinkStatus.ALIVE,
        LinkStatus.DEAD,
    ]
    assert found[0].is_page
    assert [str(each.why) for each in found[1:3]] == [
        "The site answered with 404.",
        "The site answered with 410.",
    ]


def test_a_page_that_is_alive_is_asked_once_and_without_its_body(site: Site) -> None:
    site.pages["/alive"] = answer(headers=HTML)

    checked(site, "/alive")

    [request] = site.requests
    assert request.startswith(b"HEAD /alive ")


def test_no_answer_at_all_and_an_address_inside_our_network(site: Site) -> None:
    """Addresses come from feeds: nothing may be asked of the database's server."""
    closed = socket.create_server(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    limit = timedelta(seconds=20)

    dead = check_links([f"http://127.0.0.1:{port}/"], deadline=limit, allow_private=True)
    inside = check_links([f"{site.url}/", "ftp://e.example/", "http://[::1"], deadline=limit)

    found = [*dead.values(), *inside.values()]
    assert {each.status for each in found} == {LinkStatus.UNREACHABLE}
    assert all(each.why for each in found)
    assert site.requests == []


def test_when_the_time_is_over_the_rest_is_not_checked(site: Site) -> None:
    """A site that does not answer costs the others nothing."""

    def silent(connection: socket.socket, request: bytes) -> None:
        site.stopped.wait(30)

    site.pages["/silent"] = silent

    found = checked(site, "/silent", "/missing", seconds=0.5)

    assert [each.status for each in found] == [LinkStatus.UNREACHABLE, LinkStatus.NOT_CHECKED]


def test_one_site_is_asked_slowly_and_others_meanwhile() -> None:
    """With a pause longer than the time that there is, each site gets one request."""
    with Site() as one, Site() as two:
        for each in (one, two):
            each.pages = {"/a": answer(headers=HTML), "/b": answer(headers=HTML)}

        found = check_links(
            [f"{site.url}{path}" for site in (one, two) for path in ("/a", "/b")],
            deadline=timedelta(seconds=2),
            pause=timedelta(seconds=60),
            allow_private=True,
        )

        assert [len(each.requests) for each in (one, two)] == [1, 1]
    assert [each.status for each in found.values()].count(LinkStatus.NOT_CHECKED) == 2


def test_progress_is_told_link_by_link(site: Site) -> None:
    told: list[tuple[int, int]] = []

    check_links(
        [f"{site.url}/{number}" for number in range(3)],
        deadline=timedelta(seconds=20),
        allow_private=True,
        pause=NO_PAUSE,
        progress=lambda done, of: told.append((done, of)),
    )

    assert told == [(1, 3), (2, 3), (3, 3)]
    assert all(before < after for before, after in pairwise(told))


def test_each_link_and_picture_is_asked_for_once(begin: Begin) -> None:
    a_paper(begin)
    news_of_a_week(begin, url="https://e.example/a", image_url="https://e.example/i.jpg")

    assert links_of(rehearsed(begin)) == ["https://e.example/a", "https://e.example/i.jpg"]
