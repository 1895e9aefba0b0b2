"""When to try again, and when to give up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.lifecycle import DeliveryState
from service.delivery.smtp.replies import (
    MessageAccepted,
    MessageDeferred,
    MessageRefused,
    MessageUncertain,
    TransactionResult,
    local_cause,
)
from service.delivery.smtp.retry import (
    DELAYS,
    JITTER,
    UNCERTAIN_DELAY,
    AttemptContext,
    UncertainPolicy,
    delay_after,
    end_without_attempt,
    postpone,
    resolve_attempt,
)
from service.replies.classification import Fault, SmtpStage

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


def known(**changes: Any) -> AttemptContext:
    return replace(AttemptContext(ids=(1, 1), expires_at=LATER), **changes)


def test_a_deferral_waits_while_the_news_is_fresh() -> None:
    settled = resolve_attempt(MessageDeferred(reason="4.2.2"), known(), now=NOW)

    assert settled.state is DeliveryState.DEFERRED
    assert settled.next_at is not None
    assert settled.next_at > NOW


def test_stale_news_is_not_retried() -> None:
    soon = NOW + timedelta(seconds=30)

    settled = resolve_attempt(
        MessageDeferred(reason="4.2.2", reply="450 4.2.2 full"), known(expires_at=soon), now=NOW
    )

    assert settled.state is DeliveryState.EXPIRED
    assert settled.next_at is None
    assert settled.reply == "450 4.2.2 full"


@pytest.mark.parametrize("ambiguous_attempts", [0, 1])
def test_an_answer_is_final(ambiguous_attempts: int) -> None:
    results: dict[TransactionResult, DeliveryState] = {
        MessageAccepted(): DeliveryState.ACCEPTED,
        MessageRefused(reason="5.1.1"): DeliveryState.REFUSED,
    }

    for result, state in results.items():
        settled = resolve_attempt(result, known(ambiguous_attempts=ambiguous_attempts), now=NOW)
        assert (settled.state, settled.next_at) == (state, None)


def test_a_doubt_is_tried_once_more_while_the_news_is_fresh_and_if_that_is_the_policy() -> None:
    lost = MessageUncertain(reason="connection_lost_after_dot")

    first = resolve_attempt(lost, known(), now=NOW)
    second = resolve_attempt(lost, known(ambiguous_attempts=1, attempts=1), now=NOW)
    late = resolve_attempt(lost, known(expires_at=NOW + timedelta(minutes=1)), now=NOW)
    never = resolve_attempt(lost, known(when_uncertain=UncertainPolicy.LEAVE), now=NOW)

    assert first.next_at == NOW + UNCERTAIN_DELAY
    assert [one.next_at for one in (second, late, never)] == [None] * 3
    assert {one.state for one in (first, second, late, never)} == {DeliveryState.UNCERTAIN}
    assert all(one.is_ambiguous for one in (first, second, late, never))


def test_what_may_have_gone_out_is_never_said_not_to_have() -> None:
    put_aside = postpone("waits", LATER, ambiguous_attempts=1)
    again = resolve_attempt(
        MessageDeferred(reason="4.2.2"), known(ambiguous_attempts=1, attempts=1), now=NOW
    )
    gone = end_without_attempt(DeliveryState.SUPPRESSED, "unsubscribed", ambiguous_attempts=1)

    assert {one.state for one in (put_aside, again, gone)} == {DeliveryState.UNCERTAIN}
    assert (put_aside.next_at, gone.next_at) == (LATER, None)
    assert not any(one.is_ambiguous for one in (put_aside, again, gone))
    assert [one.counted for one in (put_aside, again, gone)] == [False, True, False]


def test_what_the_relay_said_is_kept_with_every_result() -> None:
    cause = local_cause("blocked", Fault.SENDER)
    said: dict[str, Any] = {"reply": "450 4.7.1 later", "stage": SmtpStage.RCPT}
    deferred = MessageDeferred(reason="4.7.1", cause=cause, **said)
    refused = MessageRefused(reason="4.7.1", cause=cause, **said)
    uncertain = MessageUncertain(reason="4.7.1", **said)

    accepted = resolve_attempt(MessageAccepted(reply="250 Ok"), known(), now=NOW)
    updates = [resolve_attempt(each, known(), now=NOW) for each in (deferred, refused, uncertain)]

    assert accepted.reply == "250 Ok"
    assert [(each.reason, each.reply, each.stage) for each in updates] == [
        ("4.7.1", said["reply"], said["stage"])
    ] * 3
    assert [each.cause for each in updates] == [cause, cause, None]


def test_a_delivery_without_an_attempt_keeps_its_state_and_reason() -> None:
    gone = end_without_attempt(DeliveryState.SUPPRESSED, "unsubscribed", ambiguous_attempts=0)
    later = postpone("waits", LATER, ambiguous_attempts=0)

    assert (gone.state, gone.reason) == (DeliveryState.SUPPRESSED, "unsubscribed")
    assert (later.state, later.reason) == (DeliveryState.DEFERRED, "waits")


@pytest.mark.parametrize("attempts", range(5))
def test_the_delay_after_a_deferral_is_that_of_the_attempt_that_failed(attempts: int) -> None:
    settled = resolve_attempt(MessageDeferred(reason="4.2.2"), known(attempts=attempts), now=NOW)

    assert settled.next_at == NOW + delay_after(attempts + 1, ids=(1, 1))


def test_a_retry_at_the_very_end_of_the_window_is_too_late() -> None:
    end = NOW + delay_after(1, ids=(1, 1))
    deferred = MessageDeferred(reason="4.2.2")

    at_end = resolve_attempt(deferred, known(expires_at=end), now=NOW)
    before = resolve_attempt(deferred, known(expires_at=end + timedelta(microseconds=1)), now=NOW)

    assert (at_end.state, before.state) == (DeliveryState.EXPIRED, DeliveryState.DEFERRED)


def test_the_jitter_uses_its_whole_share() -> None:
    waits = [delay_after(1, ids=(7, reader)) for reader in range(200)]

    assert min(waits) < DELAYS[0] * (1 + JITTER * 0.1)
    assert max(waits) > DELAYS[0] * (1 + JITTER * 0.9)
