"""When to try again, and when to give up."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.delivery.lifecycle import State
from service.delivery.reply import Accepted, Deferred, Refused, Result, Uncertain
from service.delivery.retry import DELAYS, JITTER, delay_after, settle

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=24)


def test_delays_grow_with_each_attempt() -> None:
    waits = [delay_after(attempt, ids=(1, 2)) for attempt in range(1, 7)]

    assert waits == sorted(waits)
    assert waits[0] < timedelta(minutes=2)
    assert waits[-1] >= timedelta(hours=2)


def test_the_jitter_spreads_a_crowd_and_is_the_same_for_the_same_delivery() -> None:
    waits = {delay_after(1, ids=(7, reader)) for reader in range(200)}

    assert len(waits) > 190
    assert delay_after(1, ids=(7, 3)) == delay_after(1, ids=(7, 3))


@given(st.integers(-5, 40), st.tuples(st.integers(), st.integers()))
def test_a_delay_is_never_outside_its_bounds(attempts: int, ids: tuple[int, int]) -> None:
    wait = delay_after(attempts, ids=ids)

    assert DELAYS[0] <= wait <= DELAYS[-1] * (1 + JITTER)


def test_a_deferral_waits_while_the_news_is_fresh() -> None:
    settled = settle(Deferred(reason="4.2.2"), attempts=1, ids=(1, 1), now=NOW, expires_at=LATER)

    assert settled.state is State.DEFERRED
    assert settled.next_at is not None
    assert settled.next_at > NOW


def test_stale_news_is_not_retried() -> None:
    soon = NOW + timedelta(seconds=30)

    settled = settle(
        Deferred(reason="4.2.2", reply="450 4.2.2 full"),
        attempts=1,
        ids=(1, 1),
        now=NOW,
        expires_at=soon,
    )

    assert settled.state is State.EXPIRED
    assert settled.next_at is None
    assert settled.reply == "450 4.2.2 full"


def test_every_other_result_is_final() -> None:
    results: dict[Result, State] = {
        Accepted(): State.ACCEPTED,
        Refused(reason="5.1.1"): State.REFUSED,
        Uncertain(reason="timed out after the dot"): State.UNCERTAIN,
    }

    for result, state in results.items():
        settled = settle(result, attempts=1, ids=(1, 1), now=NOW, expires_at=LATER)
        assert (settled.state, settled.next_at) == (state, None)
