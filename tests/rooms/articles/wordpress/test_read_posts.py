"""A site is asked for what is new, in few requests, and says it when it lets nobody read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from service.articles.wordpress.address import find_api
from service.articles.wordpress.read_posts import ApiClosed, PostsReading, read_posts
from service.kit.fetch import FetchedResponse, fetch
from tests.fakes.site import Site, answer
from tests.fakes.wordpress import WordPress

NOW = datetime(2023, 2, 8, 6, tzinfo=UTC)


@pytest.fixture
def wordpress() -> Iterator[WordPress]:
    with Site() as site:
        yield WordPress(site)


def get(url: str, timeout: timedelta) -> FetchedResponse:
    return fetch(url, timeout=timeout, allow_private=True)


def read(wordpress: WordPress, *, since: datetime | None = None) -> PostsReading:
    api = find_api(wordpress.posts_url)
    assert api is not None
    return read_posts(api, get, since=since)


def numbers(reading: PostsReading) -> list[int]:
    assert reading.posts is not None
    return [int((each.guid or "").rpartition("=")[2]) for each in reading.posts.articles]


def test_the_first_reading_takes_the_newest(wordpress: WordPress) -> None:
    """Not the archive: fifty posts are days of any newsroom."""
    for number in range(80):
        wordpress.publish(number, at=NOW - timedelta(hours=number))

    assert numbers(read(wordpress)) == list(range(50))
    assert len(wordpress.asked) == 2


def test_later_only_what_is_new_or_changed_is_asked_for(wordpress: WordPress) -> None:
    """The whole list every five minutes would be a burden for a small site."""
    wordpress.publish(1, at=NOW - timedelta(days=3))
    wordpress.publish(2, at=NOW - timedelta(minutes=3))
    wordpress.publish(3, at=NOW - timedelta(days=2), changed=NOW - timedelta(minutes=2))

    found = read(wordpress, since=NOW - timedelta(minutes=5))

    assert sorted(numbers(found)) == [2, 3]
    assert wordpress.asked[1]["modified_after"] == "2023-02-08T04:55:00Z"


def test_a_scheduled_post_is_found_though_it_was_not_changed(wordpress: WordPress) -> None:
    """WordPress leaves the time of change when it publishes what was scheduled."""
    wordpress.publish(7, at=NOW, changed=NOW - timedelta(days=1))

    assert numbers(read(wordpress, since=NOW - timedelta(minutes=5))) == [7]


def test_a_site_that_was_away_for_long_is_read_page_by_page(wordpress: WordPress) -> None:
    """What was published meanwhile is not lost."""
    for number in range(60):
        wordpress.publish(number, at=NOW - timedelta(hours=number))

    assert numbers(read(wordpress, since=NOW - timedelta(hours=50))) == list(range(56))


def test_an_old_wordpress_is_not_read_to_its_end(wordpress: WordPress) -> None:
    """Before 5.7 it ignores `modified_after` and would list all its years at each poll."""
    wordpress.modified_filter = False
    for number in range(200):
        wordpress.publish(number, at=NOW - timedelta(hours=number))

    read(wordpress, since=NOW)

    assert len(wordpress.asked) == 2


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        ("404 Not Found", b'{"code":"rest_no_route","message":"x"}', "rest_no_route"),
        ("401 Unauthorized", b'{"code":"rest_not_logged_in"}', "rest_not_logged_in"),
        ("403 Forbidden", b"<h1>Forbidden</h1>", "403"),
        ("404 Not Found", b"<html>", "404"),
        ("200 OK", b"<!doctype html><title>Le Courrier</title>", "HTML"),
        ("200 OK", b'{"code":"rest_disabled"}', "rest_disabled"),
        ("200 OK", b'{"code":"<b>Owned</b>"}', "HTML"),
    ],
)
def test_a_closed_api_says_so(wordpress: WordPress, status: str, body: bytes, reason: str) -> None:
    """Security plug-ins close it in many ways; the operator learns which."""
    wordpress.site.pages["/wp-json/wp/v2/posts"] = answer(body, status=status)

    with pytest.raises(ApiClosed) as refused:
        read(wordpress)
    assert refused.value.reason == reason


def test_an_error_that_may_pass_is_returned(wordpress: WordPress) -> None:
    """It is tried again after Retry-After, and not declared closed."""
    wordpress.site.pages["/wp-json/wp/v2/posts"] = answer(status="503 Service Unavailable")

    reading = read(wordpress)

    assert (reading.posts, reading.answer.status) == (None, 503)


def test_the_link_header_leads_to_further_pages(wordpress: WordPress) -> None:
    """Some caches drop WordPress's own headers and keep the standard one."""
    told = {"Link": '<https://other.example/>; rel="next"'}
    wordpress.site.pages["/wp-json/wp/v2/posts"] = answer(b"[]", headers=told)

    read(wordpress)

    assert len(wordpress.site.requests) == 2
    assert b"page=2" in wordpress.site.requests[1]
