"""How much strangers may ask of the daemon that takes returned mail."""

import pytest

from workers.inbound_limits import InboundLimiter, InboundLimits, RateWindow, client_of

CAPS = InboundLimits(
    connections=3,
    connections_of_one=2,
    held=100,
    held_of_one=60,
    mails=4,
    mails_of_one=2,
    unknown_of_one=1,
    unsigned_of_one=1,
    mails_of_one_path=2,
)
ONE, OTHER, OURS = "8.8.8.0/24", "9.9.9.0/24", None


class Seconds:
    """A monotonic clock that a test moves on."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def limiter(seconds: Seconds) -> InboundLimiter:
    return InboundLimiter(caps=CAPS, tell=seconds)


def test_a_network_has_so_many_connections_and_gets_one_back_for_each_that_ends(
    limiter: InboundLimiter,
) -> None:
    assert [limiter.enter(ONE) for _ in range(3)] == [True, True, False]
    assert limiter.enter(OTHER)

    limiter.leave(ONE)

    assert limiter.enter(ONE)


def test_a_refused_connection_takes_no_room(limiter: InboundLimiter) -> None:
    """It is never counted out, and would lock everybody out one by one."""
    for _ in range(9):
        limiter.enter(ONE)

    assert limiter.enter(OTHER)


def test_connections_of_all_are_limited_for_a_server_of_ones_own_too(
    limiter: InboundLimiter,
) -> None:
    assert [limiter.enter(OURS) for _ in range(4)] == [True, True, True, False]
    assert not limiter.enter(ONE)

    limiter.leave(OURS)

    assert limiter.enter(ONE)


def test_bytes_are_held_up_to_the_limit_of_a_network_and_given_back(
    limiter: InboundLimiter,
) -> None:
    assert limiter.hold(ONE, 60)
    assert not limiter.hold(ONE, 1)
    assert limiter.hold(OTHER, 39)

    limiter.hold(ONE, -61)

    assert limiter.hold(ONE, 60)


def test_bytes_of_all_are_limited_for_a_server_of_ones_own_too(limiter: InboundLimiter) -> None:
    assert limiter.hold(OURS, 100)
    assert not limiter.hold(OURS, 1)
    assert not limiter.hold(ONE, 1)


def test_a_network_may_send_so_many_messages_in_a_minute(
    limiter: InboundLimiter, seconds: Seconds
) -> None:
    assert [limiter.allows_mail(ONE, "") for _ in range(3)] == [True, True, False]
    assert limiter.allows_mail(OTHER, "")

    seconds.now += 60

    assert limiter.allows_mail(ONE, "")


def test_messages_of_all_are_limited_for_a_server_of_ones_own_too(
    limiter: InboundLimiter,
) -> None:
    assert [limiter.allows_mail(OURS, "") for _ in range(5)] == [*[True] * 4, False]


def test_a_return_path_takes_so_many_messages_in_an_hour_wherever_they_come_from(
    limiter: InboundLimiter, seconds: Seconds
) -> None:
    assert [limiter.allows_mail(client, "path") for client in (ONE, OTHER, OURS)] == [
        *(True, True, False)
    ]
    assert limiter.allows_mail(OURS, "another")

    seconds.now += 3_599
    assert not limiter.allows_mail(OURS, "path")
    seconds.now += 1
    assert limiter.allows_mail(OURS, "path")


def test_unknown_addresses_are_borne_for_a_minute_and_from_ones_own_server_always(
    limiter: InboundLimiter, seconds: Seconds
) -> None:
    assert [limiter.bears_unknown(ONE) for _ in range(2)] == [True, False]
    assert limiter.bears_unknown(OTHER)
    assert all(limiter.bears_unknown(OURS) for _ in range(9))

    seconds.now += 60

    assert limiter.bears_unknown(ONE)


def test_unsigned_messages_are_counted_for_an_hour_and_from_ones_own_server_never(
    limiter: InboundLimiter, seconds: Seconds
) -> None:
    assert [limiter.allows_unsigned(ONE) for _ in range(2)] == [True, False]
    assert limiter.allows_unsigned(OTHER)
    assert all(limiter.allows_unsigned(OURS) for _ in range(9))

    seconds.now += 3_599
    assert not limiter.allows_unsigned(ONE)
    seconds.now += 1
    assert limiter.allows_unsigned(ONE)


@pytest.mark.parametrize(
    ("peer", "client"),
    [
        (("8.8.8.8", 25), "8.8.8.0/24"),
        (("::ffff:8.8.8.8", 25), "8.8.8.0/24"),
        (("2a00:1450:4001::5", 25, 0, 0), "2a00:1450:4001::/48"),
        (("127.0.0.1", 25), None),
        (("::ffff:10.0.0.7", 25), None),
        (("10.1.2.3", 25), None),
        (("fe80::1%eth0", 25, 0, 2), None),
        (("2a00:1450:4001::5%eth0", 25, 0, 2), "2a00:1450:4001::/48"),
        ((), None),
        (("not an address", 25), None),
        ("", None),
        (None, None),
    ],
)
def test_whom_a_connection_counts_for(peer: object, client: str | None) -> None:
    assert client_of(peer) == client


def test_a_window_forgets_when_its_time_is_over() -> None:
    clock = [0.0]
    window = RateWindow(2, seconds=60, tell=lambda: clock[0])

    first = [window.allows("a") for _ in range(3)]
    clock[0] = 60.0

    assert first == [True, True, False]
    assert window.allows("a")
