"""Several relays: turns by weight, rest for those that are down, and whom each serves."""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from service.delivery.fleet import FAILURES, LONGEST_REST, PROBE_FOR, REST, Fleet


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


def break_down(fleet: Fleet[Relay], relay: Relay) -> None:
    for _ in range(FAILURES):
        fleet.tell(relay, False)


def test_turns_follow_weight_and_do_not_come_in_lumps() -> None:
    fleet = Fleet([A, B, C])

    chosen = [fleet.choose("example.org") for _ in range(6)]

    assert [relay.name for relay in chosen if relay] == ["a", "b", "a", "c", "b", "a"]


@given(WEIGHTS, st.integers(1, 20))
def test_in_every_full_round_each_has_exactly_its_part(weights: list[int], rounds: int) -> None:
    relays = members(weights)
    fleet = Fleet(relays)

    counts = Counter(fleet.choose("x.org") for _ in range(sum(weights) * rounds))

    assert counts == {relay: relay.weight * rounds for relay in relays}


@given(WEIGHTS, st.data())
def test_somebody_is_chosen_as_long_as_somebody_is_up(
    weights: list[int], data: st.DataObject
) -> None:
    """Whatever becomes of connections, and in whatever order the news comes."""
    relays, watch = members(weights), Watch()
    fleet = Fleet(relays, clock=watch)

    for _ in range(data.draw(st.integers(1, 60))):
        watch.seconds += data.draw(st.sampled_from([0.0, 0.1, 4.0, 6.0, 400.0]))
        chosen = fleet.choose("x.org")
        up = [relay for relay in relays if not fleet.is_down(relay)]
        if up:
            assert chosen is not None
        if data.draw(st.booleans()):
            fleet.tell(data.draw(st.sampled_from(relays)), data.draw(st.booleans()))


@given(WEIGHTS, st.data())
def test_nobody_who_is_up_starves(weights: list[int], data: st.DataObject) -> None:
    relays = members(weights)
    fleet = Fleet(relays, clock=Watch())
    for relay in data.draw(st.sets(st.sampled_from(relays), max_size=len(relays) - 1)):
        break_down(fleet, relay)
    for _ in range(data.draw(st.integers(0, 30))):
        fleet.choose("x.org")

    chosen = {fleet.choose("x.org") for _ in range(2 * sum(weights))}

    assert chosen == {relay for relay in relays if not fleet.is_down(relay)}


def test_a_relay_is_down_after_three_failures_in_a_row_and_not_before() -> None:
    fleet = Fleet([A, B], clock=Watch())

    fleet.tell(A, False)
    fleet.tell(A, False)
    fleet.tell(A, True)
    fleet.tell(A, False)
    fleet.tell(A, False)
    before = fleet.is_down(A)
    fleet.tell(A, False)

    assert (before, fleet.is_down(A)) == (False, True)
    assert {fleet.choose("x.org") for _ in range(9)} == {B}


def test_after_a_rest_one_connection_tries_and_its_success_brings_the_relay_back() -> None:
    watch = Watch()
    fleet = Fleet([A], clock=watch)
    break_down(fleet, A)

    watch.seconds = REST
    tries = [fleet.choose("x.org") for _ in range(3)]
    fleet.tell(A, True)

    assert tries == [A, None, None]
    assert fleet.choose("x.org") is A


def test_each_failed_try_doubles_the_rest_up_to_five_minutes() -> None:
    watch = Watch()
    fleet = Fleet([A], clock=watch)
    break_down(fleet, A)

    for rest in (5, 10, 20, 40, 80, 160, 300, 300, 300):
        watch.seconds += rest - 0.01
        assert fleet.choose("x.org") is None
        watch.seconds += 0.02
        assert fleet.choose("x.org") is A
        # At a whole second, so that the next rest begins at one.
        watch.seconds = round(watch.seconds)
        fleet.tell(A, False)
    assert LONGEST_REST == 300


def test_failures_of_those_who_were_on_their_way_do_not_prolong_the_rest() -> None:
    watch = Watch()
    fleet = Fleet([A], clock=watch)
    break_down(fleet, A)
    watch.seconds = 3

    for _ in range(10):
        fleet.tell(A, False)

    watch.seconds = REST
    assert fleet.choose("x.org") is A


def test_a_try_that_is_never_heard_of_again_is_given_up() -> None:
    watch = Watch()
    fleet = Fleet([A], clock=watch)
    break_down(fleet, A)
    watch.seconds = REST
    fleet.choose("x.org")

    watch.seconds += PROBE_FOR

    assert fleet.choose("x.org") is A


def test_a_relay_that_takes_no_more_connections_is_passed_over() -> None:
    small = Relay("small", weight=9, connections=2)
    fleet = Fleet([small, C])
    busy: Counter[Relay] = Counter()

    for _ in range(20):
        chosen = fleet.choose("x.org", busy=busy)
        assert chosen is not None
        busy[chosen] += 1

    assert busy == {small: 2, C: 18}
    assert Fleet([small]).choose("x.org", busy={small: 2}) is None


def test_a_named_relay_serves_its_domains_and_nobody_else() -> None:
    fleet = Fleet([NAMED, C])

    assert {fleet.choose("Example.ORG") for _ in range(5)} == {NAMED}
    assert {fleet.choose("other.org") for _ in range(5)} == {C}
    assert fleet.serving("example.org") == (NAMED,)


def test_a_domain_waits_for_its_own_relay_rather_than_take_a_strangers() -> None:
    fleet = Fleet([NAMED, C], clock=Watch())
    break_down(fleet, NAMED)

    assert fleet.choose("example.org") is None
    assert fleet.choose("other.org") is C


def test_without_a_relay_for_a_domain_there_is_nothing_to_wait_for() -> None:
    fleet = Fleet([NAMED])

    assert fleet.choose("other.org") is None
    assert fleet.serving("other.org") == ()


def test_an_address_that_is_named_twice_is_one_relay() -> None:
    fleet = Fleet([C, Relay("c", 1)])

    assert fleet.relays == (C,)
