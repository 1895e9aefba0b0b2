from service.kit import local_counter
from service.kit.local_counter import LocalCounter


def test_uses_are_counted_within_a_window_and_refunded() -> None:
    counter = LocalCounter()

    counts = [counter.add("key", 60.0), counter.add("key", 60.0)]
    counter.refund("key")

    assert counts == [1, 2]
    assert (counter.uses("key"), counter.uses("other")) == (1, 0)


def test_a_window_that_has_ended_counts_from_one() -> None:
    counter = LocalCounter()
    counter.add("key", 0.0)

    assert counter.uses("key") == 0
    assert counter.add("key", 60.0) == 1


def test_a_refund_never_goes_below_zero() -> None:
    counter = LocalCounter()

    counter.refund("key")
    counter.add("key", 60.0)
    counter.refund("key")
    counter.refund("key")

    assert counter.uses("key") == 0


def test_beyond_the_limit_the_oldest_key_is_dropped() -> None:
    counter = LocalCounter()
    for number in range(local_counter.MAX_KEYS + 1):
        counter.add(str(number), 60.0)

    assert (counter.uses("0"), counter.uses("1")) == (0, 1)
