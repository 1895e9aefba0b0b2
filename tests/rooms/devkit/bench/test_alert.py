"""What single alerts measured becomes percentiles and a verdict.

That alerts are sent is tried in tests/rooms/cli/test_bench.py.
"""

from service.devkit.bench.alert import MOST_RUNS, AlertRun, report


def a_run(seconds: float) -> AlertRun:
    return AlertRun(
        answered=0.1,
        frozen=0.2,
        enrolled=0.3,
        first_command=0.4,
        first_accepted=seconds,
        all_accepted=2 * seconds,
    )


def test_one_of_twenty_may_be_late() -> None:
    """The 95th percentile of twenty is the nineteenth."""
    figures = report([a_run(1.0)] * 19 + [a_run(9.0)], recipients=10, faults=[])

    assert figures["first_accepted_s"] == {"p50": 1.0, "p95": 1.0, "max": 9.0}
    assert (figures["in_time"], figures["sound"]) == (True, True)


def test_two_of_twenty_are_too_many() -> None:
    figures = report([a_run(1.0)] * 18 + [a_run(2.4)] * 2, recipients=10, faults=[])

    assert figures["first_accepted_s"]["p95"] == 2.4
    assert figures["all_accepted_s"]["p95"] == 4.8
    assert not figures["in_time"]


def test_a_missing_message_is_no_result() -> None:
    figures = report([a_run(0.5)], recipients=10, faults=["Edition 1: 9 of 10 messages arrived."])

    assert not figures["sound"]
    assert figures["steps_s"]["enrolled"] == 0.3


def test_as_many_alerts_as_a_day_has_are_measured() -> None:
    """One more would be held, and the bench would wait for it."""
    assert MOST_RUNS == 48
