"""A feed is asked for only if it changed, and as late as its site wants."""

from datetime import UTC, datetime, timedelta

import pytest

from service.kit.fetch import FetchedResponse
from service.kit.http_headers import conditional_headers, retry_after

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)


def test_a_request_has_what_the_last_answer_gave() -> None:
    """A site sends nothing where nothing has changed."""
    date = "Wed, 08 Feb 2023 05:00:00 GMT"
    first = conditional_headers(accept="text/html", etag=None, last_modified=None)
    later = conditional_headers(accept="text/html", etag='"a1"', last_modified=date)

    assert first == {"Accept": "text/html"}
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
