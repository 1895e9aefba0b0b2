"""Several relays: turns by weight, rest for those that are down, and whom each serves."""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from service.delivery.smtp.relay_pool import (
    FAILURES_BEFORE_DOWN,
    FIRST_DOWNTIME,
    LONGEST_DOWNTIME,
    PROBE_TIMEOUT,
    RelayPool,
)


@dataclass(frozen=True)
class Relay:
    name: str
    weight: int = 1
    connections: int | None = None
    senders: frozenset[str] = field(default_factory=frozenset)


@dataclass
class Watch:
    seconds: float = 0

    def __call__(self) -> float:
        return self.seconds


A, B, C = Relay("a", 3), Relay("b", 2), Relay("c", 1)
NAMED = Relay("named", senders=frozenset({"example.org"}))
WEIGHTS = st.lists(st.integers(1, 9), min_size=1, max_size=6)


def members(weights: list[int]) -> list[Relay]:
    return [Relay(str(number), weight) for number, weight in enumerate(weights)]


def break_down(relay_pool: RelayPool[Relay], relay: Relay) -> None:
    for _ in range(FAILURES_BEFORE_DOWN):
        relay_pool.record_connection(relay, False)


def test_turns_follow_weight_and_do_not_come_in_lumps() -> None:
    relay_pool = RelayPool([A, B, C])

    chosen = [relay_pool.choose("example.org") for _ in range(6)]

    assert [relay.name for relay in chosen if relay] == ["a", "b", "a", "c", "b", "a"]


@given(WEIGHTS, st.integers(1, 20))
def test_in_every_full_round_each_has_exactly_its_part(weights: list[int], rounds: int) -> None:
    relays = members(weights)
    relay_pool = RelayPool(relays)

    counts = Counter(relay_pool.choose("x.org") for _ in range(sum(weights) * rounds))

    assert counts == {relay: relay.weight * rounds for relay in relays}


@given(WEIGHTS, st.data())
def test_somebody_is_chosen_as_long_as_somebody_is_up(
    weights: list[int], data: st.DataObject
) -> None:
    """Whatever becomes of connections, and in whatever order the news comes."""
    relays, watch = members(weights), Watch()
    relay_pool = RelayPool(relays, clock=watch)

    for _ in range(data.draw(st.integers(1, 60))):
        watch.seconds += data.draw(st.sampled_from([0.0, 0.1, 4.0, 6.0, 400.0]))
        chosen = relay_pool.choose("x.org")
        up = [relay for relay in relays if not relay_pool.is_down(relay)]
        if up:
            assert chosen is not None
        if data.draw(st.booleans()):
            relay_pool.record_connection(
                data.draw(st.sampled_from(relays)), data.draw(st.booleans())
            )


@given(WEIGHTS, st.data())
def test_nobody_who_is_up_starves(weights: list[int], data: st.DataObject) -> None:
    relays = members(weights)
    relay_pool = RelayPool(relays, clock=Watch())
    for relay in data.draw(st.sets(st.sampled_from(relays), max_size=len(relays) - 1)):
        break_down(relay_pool, relay)
    for _ in range(data.draw(st.integers(0, 30))):
        relay_pool.choose("x.org")

    chosen = {relay_pool.choose("x.org") for _ in range(2 * sum(weights))}

    assert chosen == {relay for relay in relays if not relay_pool.is_down(relay)}


def test_a_relay_is_down_after_three_failures_in_a_row_and_not_before() -> None:
    relay_pool = RelayPool([A, B], clock=Watch())

    relay_pool.record_connection(A, False)
    relay_pool.record_connection(A, False)
    relay_pool.record_connection(A, True)
    relay_pool.record_connection(A, False)
    relay_pool.record_connection(A, False)
    before = relay_pool.is_down(A)
    relay_pool.record_connection(A, False)

    assert (before, relay_pool.is_down(A)) == (False, True)
    assert {relay_pool.choose("x.org") for _ in range(9)} == {B}


def test_after_a_rest_one_connection_tries_and_its_success_brings_the_relay_back() -> None:
    watch = Watch()
    relay_pool = RelayPool([A], clock=watch)
    break_down(relay_pool, A)

    watch.seconds = FIRST_DOWNTIME
    tries = [relay_pool.choose("x.org") for _ in range(3)]
    relay_pool.record_connection(A, True)

    assert tries == [A, None, None]
    assert relay_pool.choose("x.org") is A


def test_each_failed_try_doubles_the_rest_up_to_five_minutes() -> None:
    watch = Watch()
    relay_pool = RelayPool([A], clock=watch)
    break_down(relay_pool, A)

    for rest in (5, 10, 20, 40, 80, 160, 300, 300, 300):
        watch.seconds += rest - 0.01
        assert relay_pool.choose("x.org") is None
        watch.seconds += 0.02
        assert relay_pool.choose("x.org") is A
        # At a whole second, so that the next rest begins at one.
        watch.seconds = round(watch.seconds)
        relay_pool.record_connection(A, False)
    assert LONGEST_DOWNTIME == 300


def test_failures_of_those_who_were_on_their_way_do_not_prolong_the_rest() -> None:
    watch = Watch()
    relay_pool = RelayPool([A], clock=watch)
    break_down(relay_pool, A)
    watch.seconds = 3

    for _ in range(10):
        relay_pool.record_connection(A, False)

    watch.seconds = FIRST_DOWNTIME
    assert relay_pool.choose("x.org") is A


def test_a_try_that_is_never_heard_of_again_is_given_up() -> None:
    watch = Watch()
    relay_pool = RelayPool([A], clock=watch)
    break_down(relay_pool, A)
    watch.seconds = FIRST_DOWNTIME
    relay_pool.choose("x.org")

    watch.seconds += PROBE_TIMEOUT

    assert relay_pool.choose("x.org") is A


def test_a_relay_that_takes_no_more_connections_is_passed_over() -> None:
    small = Relay("small", weight=9, connections=2)
    relay_pool = RelayPool([small, C])
    open_connections: Counter[Relay] = Counter()

    for _ in range(20):
        chosen = relay_pool.choose("x.org", open_connections=open_connections)
        assert chosen is not None
        open_connections[chosen] += 1

    assert open_connections == {small: 2, C: 18}
    assert RelayPool([small]).choose("x.org", open_connections={small: 2}) is None


def test_a_named_relay_serves_its_domains_and_nobody_else() -> None:
    relay_pool = RelayPool([NAMED, C])

    assert {relay_pool.choose("Example.ORG") for _ in range(5)} == {NAMED}
    assert {relay_pool.choose("other.org") for _ in range(5)} == {C}
    assert relay_pool.serving("example.org") == (NAMED,)


def test_a_domain_waits_for_its_own_relay_rather_than_take_a_strangers() -> None:
    relay_pool = RelayPool([NAMED, C], clock=Watch())
    break_down(relay_pool, NAMED)

    assert relay_pool.choose("example.org") is None
    assert relay_pool.choose("other.org") is C


def test_without_a_relay_for_a_domain_there_is_nothing_to_wait_for() -> None:
    relay_pool = RelayPool([NAMED])

    assert relay_pool.choose("other.org") is None
    assert relay_pool.serving("other.org") == ()


def test_an_address_that_is_named_twice_is_one_relay() -> None:
    relay_pool = RelayPool([C, Relay("c", 1)])

    assert relay_pool.relays == (C,)
