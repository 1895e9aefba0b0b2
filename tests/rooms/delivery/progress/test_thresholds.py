"""When an edition goes so wrong that it is stopped."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.progress.thresholds import (
    MAX_CONSECUTIVE_REFUSALS,
    MIN_SAMPLE,
    FailureRates,
    RefusalMonitor,
    Thresholds,
    reason_to_pause,
)
from service.delivery.smtp.replies import local_cause
from service.kit.translatable import TranslatableMessage, translatable
from service.replies.classification import Fault, RefusalClassification

GOOD = FailureRates(accepted=1_000)


@pytest.mark.parametrize(
    ("course", "word"),
    [
        (replace(GOOD, refused=120, faults=120), "not the readers’"),
        (replace(GOOD, refused=60, hard_bounces=60), "do not exist"),
        (replace(GOOD, hard_bounces=60), "do not exist"),
        (replace(GOOD, accepted=3_000, complaints=3), "complained"),
    ],
)
def test_each_threshold_has_its_reason(course: FailureRates, word: str) -> None:
    reason = reason_to_pause(course, Thresholds())

    assert reason is not None
    assert word in str(reason)


@pytest.mark.parametrize(
    "course",
    [
        GOOD,
        replace(GOOD, refused=40, faults=40, hard_bounces=40),
        # Few mails say little, and one complaint is one person.
        FailureRates(accepted=100, refused=90, faults=90),
        replace(GOOD, complaints=2),
    ],
)
def test_a_usual_course_goes_on(course: FailureRates) -> None:
    assert reason_to_pause(course, Thresholds()) is None


def test_zero_means_never() -> None:
    worst = FailureRates(accepted=0, refused=500, faults=500, hard_bounces=500, complaints=500)

    assert reason_to_pause(worst, Thresholds(hard_bounces=0, complaints=0, policy=0)) is None


@pytest.mark.parametrize("own_pauses", range(4))
def test_after_each_pause_five_times_as_many_mails_must_have_an_answer(own_pauses: int) -> None:
    needed = MIN_SAMPLE * 5**own_pauses
    few = FailureRates(accepted=1, refused=needed - 2, faults=needed - 2, own_pauses=own_pauses)
    enough = FailureRates(accepted=1, refused=needed, faults=needed, own_pauses=own_pauses)

    assert reason_to_pause(few, Thresholds()) is None
    assert reason_to_pause(enough, Thresholds()) is not None


@given(st.integers(1, MIN_SAMPLE - 1), st.integers(0, 10**6))
def test_nothing_is_concluded_from_too_few_mails(total: int, bad: int) -> None:
    few = FailureRates(accepted=total, hard_bounces=bad, complaints=bad, faults=bad)

    assert reason_to_pause(few, Thresholds()) is None


def cause(fault: Fault, *, hard: bool = False) -> RefusalClassification:
    return replace(local_cause("any", fault), hard=hard)


@pytest.mark.parametrize("own_pauses", [0, 3])
def test_when_nobody_gets_it_twenty_are_enough_whatever_the_fault(own_pauses: int) -> None:
    by_fault = FailureRates(
        refused=MAX_CONSECUTIVE_REFUSALS, faults=MAX_CONSECUTIVE_REFUSALS, own_pauses=own_pauses
    )
    unknown = FailureRates(
        refused=MAX_CONSECUTIVE_REFUSALS,
        hard_bounces=MAX_CONSECUTIVE_REFUSALS,
        own_pauses=own_pauses,
    )
    # Whoever let it go on has seen that some of these mailboxes do not exist, but not all of them.
    many = MAX_CONSECUTIVE_REFUSALS * 5**own_pauses
    still = FailureRates(refused=many, hard_bounces=many, own_pauses=own_pauses)

    assert "all refused" in str(reason_to_pause(by_fault, Thresholds()))
    assert (reason_to_pause(unknown, Thresholds()) is None) == (own_pauses > 0)
    assert "all refused" in str(reason_to_pause(still, Thresholds()))


@pytest.mark.parametrize(("own_pauses", "needed"), [(0, 20), (1, 100)])
def test_a_run_that_meets_only_unknown_readers_stops_later_after_each_pause(
    own_pauses: int, needed: int
) -> None:
    monitor = RefusalMonitor(Thresholds(), is_first=True, own_pauses=own_pauses)

    said = [monitor.record_refusal(cause(Fault.READER), "550 No such user") for _ in range(needed)]

    assert said[:-1] == [None] * (needed - 1)
    assert "were all refused" in str(said[-1])


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (Fault.SENDER, "us as the sender"),
        (Fault.RELAY, "the relay"),
        (Fault.UNKNOWN, "not known yet"),
    ],
)
def test_twenty_refusals_in_a_row_that_are_not_the_readers_stop_a_run(
    fault: Fault, word: str
) -> None:
    monitor = RefusalMonitor(Thresholds(), is_first=False)
    for _ in range(MAX_CONSECUTIVE_REFUSALS - 1):
        assert monitor.record_refusal(cause(fault), "550 no") is None

    reason = monitor.record_refusal(cause(fault), "550 5.4.5 Daily user sending limit exceeded")

    assert reason is not None
    assert word in str(reason)
    assert str(reason).endswith("550 5.4.5 Daily user sending limit exceeded")


def test_an_acceptance_ends_a_row_and_one_mailbox_after_the_other_may_be_gone() -> None:
    monitor = RefusalMonitor(Thresholds(), is_first=False)
    for number in range(100 * MAX_CONSECUTIVE_REFUSALS):
        assert monitor.record_refusal(cause(Fault.READER, hard=True), "550 5.1.1 gone") is None
        if number % (MAX_CONSECUTIVE_REFUSALS - 1) == 0:
            # Few, and far between.
            for _ in range(MIN_SAMPLE):
                monitor.record_acceptance()
            assert monitor.record_refusal(cause(Fault.SENDER), "554 5.7.1 spam") is None


def test_the_first_twenty_unknown_mailboxes_stop_an_edition_that_nobody_has_had() -> None:
    monitor = RefusalMonitor(Thresholds(), is_first=True)
    said = [
        monitor.record_refusal(cause(Fault.READER, hard=True), "550 No")
        for _ in range(MAX_CONSECUTIVE_REFUSALS)
    ]

    assert [reason is None for reason in said] == [True] * (MAX_CONSECUTIVE_REFUSALS - 1) + [False]


@given(st.integers(0, 5_000), st.integers(1, 9))
def test_a_tenth_of_the_last_mails_stops_a_run_however_well_it_went_before(
    before: int, between: int
) -> None:
    monitor = RefusalMonitor(Thresholds(), is_first=False)
    for _ in range(before):
        monitor.record_acceptance()
    refused = 0
    reason = None
    while reason is None and refused <= MAX_CONSECUTIVE_REFUSALS:
        for _ in range(between):
            monitor.record_acceptance()
        refused += 1
        reason = monitor.record_refusal(cause(Fault.RELAY), "554 quota")

    assert refused == MAX_CONSECUTIVE_REFUSALS


@pytest.mark.parametrize("fault", list(Fault))
def test_a_run_never_stops_for_what_it_is_told_to_pass_over(fault: Fault) -> None:
    monitor = RefusalMonitor(Thresholds(hard_bounces=0, policy=0), is_first=True)

    assert {monitor.record_refusal(cause(fault), "550 no") for _ in range(300)} == {None}


@pytest.mark.parametrize(
    ("rates", "reason"),
    [
        (FailureRates(refused=20, faults=20), translatable("edition.refused.all", count=20)),
        (
            FailureRates(accepted=900, refused=100, faults=60),
            translatable("edition.refused.share", share=6.0),
        ),
        (
            FailureRates(accepted=900, refused=100, hard_bounces=70),
            translatable("edition.refused.bounced", share=7.0),
        ),
        (
            FailureRates(accepted=1_000, complaints=4),
            translatable("edition.refused.complaints", share=0.4),
        ),
    ],
)
def test_a_reason_says_how_many_or_which_share(
    rates: FailureRates, reason: TranslatableMessage
) -> None:
    assert reason_to_pause(rates, Thresholds()) == reason


def test_a_threshold_is_reached_exactly() -> None:
    below = FailureRates(accepted=95_001, refused=4_999, faults=4_999)
    reached = FailureRates(accepted=95_000, refused=5_000, faults=5_000)

    assert reason_to_pause(below, Thresholds()) is None
    assert reason_to_pause(reached, Thresholds()) is not None


def test_any_threshold_above_zero_stops_an_edition_that_is_refused_everywhere() -> None:
    unknown = FailureRates(refused=20, hard_bounces=20)

    assert reason_to_pause(unknown, Thresholds(hard_bounces=0.5, policy=0)) is not None


@pytest.mark.parametrize(
    ("fault", "key"),
    [(Fault.RELAY, "relay"), (Fault.SENDER, "sender"), (Fault.UNKNOWN, "unknown")],
)
def test_the_reason_to_stop_a_run_has_the_count_and_the_last_reply(fault: Fault, key: str) -> None:
    monitor = RefusalMonitor(Thresholds(), is_first=False)

    *_, said = [monitor.record_refusal(cause(fault), f"554 {each}") for each in range(20)]

    assert said == translatable(f"edition.refused.{key}", count=20, reply="554 19")
    assert monitor.answers == 20


def test_the_reason_of_a_run_that_reaches_no_reader_has_them_too() -> None:
    monitor = RefusalMonitor(Thresholds(), is_first=True)

    *_, said = [monitor.record_refusal(cause(Fault.READER), "550 No") for _ in range(20)]

    assert said == translatable("edition.refused.all_so_far", count=20, reply="550 No")


def test_after_a_pause_only_refusals_without_an_acceptance_between_them_stop_a_run() -> None:
    monitor = RefusalMonitor(Thresholds(), is_first=False, own_pauses=1)
    short = MAX_CONSECUTIVE_REFUSALS - 1

    for _ in range(20):
        assert {monitor.record_refusal(cause(Fault.RELAY), "554 no") for _ in range(short)} == {
            None
        }
        monitor.record_acceptance()
    said = [monitor.record_refusal(cause(Fault.RELAY), "554 no") for _ in range(short + 1)]

    assert said[:-1] == [None] * short
    assert said[-1] is not None


@pytest.mark.parametrize(("accepted", "is_stopped"), [(180, True), (181, False)])
def test_a_refusal_leaves_the_window_after_two_hundred_answers(
    accepted: int, is_stopped: bool
) -> None:
    monitor = RefusalMonitor(Thresholds(), is_first=False)
    monitor.record_refusal(cause(Fault.RELAY), "554 the first")
    for _ in range(accepted):
        monitor.record_acceptance()

    said = [monitor.record_refusal(cause(Fault.RELAY), "554 no") for _ in range(19)]

    assert said[:-1] == [None] * 18
    assert (said[-1] is not None) is is_stopped
