"""A feed is asked for only if it changed, and as late as its site wants."""

from datetime import UTC, datetime, timedelta

import pytest

from service.articles.feeds.http_headers import request_headers, retry_after
from service.articles.tables import Feed
from service.kit.fetch import FetchedResponse

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)


def test_a_request_has_what_the_last_answer_gave() -> None:
    first = request_headers(Feed(etag=None, last_modified=None))
    later = request_headers(Feed(etag='"a1"', last_modified="Wed, 08 Feb 2023 05:00:00 GMT"))

    assert first.keys() == {"Accept"}
    assert later["If-None-Match"] == '"a1"'
    assert later["If-Modified-Since"] == "Wed, 08 Feb 2023 05:00:00 GMT"


@pytest.mark.parametrize(
    ("value", "delay"),
    [
        ("120", timedelta(minutes=2)),
        (" 0 ", timedelta(0)),
        ("99999999999", timedelta(days=7)),
        ("Wed, 08 Feb 2023 06:05:00 GMT", timedelta(minutes=5)),
        ("Wed, 08 Feb 2023 05:55:00 -0000", timedelta(minutes=-5)),
        ("", None),
        ("-5", None),
        ("١٢", None),
        ("soon", None),
    ],
)
def test_a_site_asks_for_a_delay_in_seconds_or_by_a_date(
    value: str, delay: timedelta | None
) -> None:
    answer = FetchedResponse(
        status=503, url="https://courrier.example/flux", headers={"retry-after": value}, body=b""
    )

    assert retry_after(answer, now=NOW) == delay
