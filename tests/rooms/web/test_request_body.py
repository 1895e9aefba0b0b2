"""The memory for request bodies is limited in total and for each network."""

import pytest

from service.web.request_body import (
    API_BODY,
    CONSOLE_BODY,
    DEFAULT_BODY,
    MIN_RESERVATION,
    UPLOAD_BODY,
    BodyLimits,
    BodyMemory,
    BodyRejected,
    body_size_limit,
)


def a_memory() -> BodyMemory:
    # A sixteenth of this is eight reservations, and half of them for one network.
    return BodyMemory(BodyLimits(max_bytes=16 * 8 * MIN_RESERVATION), share=1)


def test_one_network_gets_half_of_a_share_and_all_is_released() -> None:
    memory = a_memory()
    with (
        memory.reserve("a"),
        memory.reserve("a"),
        memory.reserve("a"),
        memory.reserve("a"),
    ):
        with pytest.raises(BodyRejected) as rejected, memory.reserve("a"):
            pass
        with memory.reserve("b"):
            pass

    assert rejected.value.status == 503
    assert not memory.is_full("a")


def test_a_body_that_grows_beyond_the_limit_is_rejected() -> None:
    memory = a_memory()
    with memory.reserve("a") as reservation:
        reservation.grow(4 * MIN_RESERVATION)
        with pytest.raises(BodyRejected):
            reservation.grow(5 * MIN_RESERVATION)


def test_a_body_has_ten_seconds_and_a_minimum_rate() -> None:
    limits = BodyLimits()

    assert limits.deadline(0) == 10
    assert limits.deadline(80 * 1024) == 20
    assert limits.deadline(2**30) == 60


@pytest.mark.parametrize(
    ("path", "headers", "limit"),
    [
        ("/n/le-matin", [], DEFAULT_BODY),
        ("/console/sign-in", [], DEFAULT_BODY),
        ("/console/newsletters", [], CONSOLE_BODY),
        ("/console/newsletters/le-matin/feeds/import", [], UPLOAD_BODY),
        ("/console/newsletters/le-matin/feeds", [], CONSOLE_BODY),
        ("/api/v1/events/articles", [], DEFAULT_BODY),
        ("/api/v1/events/articles", [(b"authorization", b"Bearer x")], API_BODY),
    ],
)
def test_the_size_of_a_body_is_limited_by_its_route(
    path: str, headers: list[tuple[bytes, bytes]], limit: int
) -> None:
    assert body_size_limit({"type": "http", "path": path, "headers": headers}) == limit
