"""A process works on so many editions and no more, and on each of them once."""

import pytest

from workers.concurrency import ConcurrencyLimiter, max_editions


def test_a_key_is_used_once_and_only_within_the_limit() -> None:
    limiter = ConcurrencyLimiter()

    with limiter.acquire(1, limit=2) as first, limiter.acquire(1, limit=2) as again:
        with limiter.acquire(2, limit=2) as second, limiter.acquire(3, limit=2) as third:
            assert (first, again, second, third) == (True, False, True, False)
            assert not limiter.has_capacity(3, limit=2)
            assert limiter.has_capacity(3, limit=3)
        assert not limiter.has_capacity(1, limit=2)

    assert limiter.has_capacity(1, limit=1)


def test_a_key_is_free_again_after_an_error() -> None:
    limiter = ConcurrencyLimiter()

    with pytest.raises(RuntimeError), limiter.acquire(1, limit=1):
        raise RuntimeError("the work failed")

    assert limiter.has_capacity(1, limit=1)


def test_only_work_that_found_no_place_makes_others_give_way_and_once() -> None:
    limiter = ConcurrencyLimiter()
    with limiter.acquire(1, limit=1):
        with limiter.acquire(1, limit=1):
            same_key = limiter.is_contended()
        with limiter.acquire(2, limit=1):
            other_key, again = limiter.is_contended(), limiter.is_contended()
        with limiter.acquire(2, limit=1):
            pass
    with limiter.acquire(2, limit=1):
        served = limiter.is_contended()

    assert (same_key, other_key, again, served) == (False, True, False, False)


@pytest.mark.parametrize(
    ("threads", "digests", "alerts"), [(1, 1, 2), (2, 1, 2), (4, 2, 3), (8, 6, 7)]
)
def test_one_thread_is_left_for_other_jobs_and_one_for_alerts(
    threads: int, digests: int, alerts: int
) -> None:
    assert max_editions(threads) == digests
    assert max_editions(threads, is_alert=True) == alerts
