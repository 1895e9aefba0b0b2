"""Figures are medians of pairs, and a mail that is missing anywhere is said."""

from dataclasses import replace

import pytest

from service.devkit.bench.report import (
    BenchPlan,
    BenchRuns,
    CrieurRun,
    TimedRun,
    build_report,
    find_faults,
    ratio,
)

PLAN = BenchPlan(recipients=100, size=40, connections=10, processes=1, runs=3)
BOOKS = {"edition": 7, "accepted": 100, "balanced": True}
RUN = CrieurRun(
    timed=TimedRun(mails=100, seconds=0.5, cpu={"worker": 0.01, "sink": 0.004}),
    books=BOOKS,
    taken=100,
    size=40_960,
    prepared=5_000,
    connections=10,
    peak=120_000_000,
    is_signed=False,
)


def test_a_machine_that_slows_down_does_not_change_the_ratio() -> None:
    ours = [TimedRun(mails=100, seconds=seconds) for seconds in (1, 4, 2)]
    theirs = [TimedRun(mails=10, seconds=seconds) for seconds in (1, 4, 2)]

    assert ratio(ours, theirs) == 10


def test_rates_and_costs_are_medians() -> None:
    slow = replace(RUN, timed=TimedRun(mails=100, seconds=10, cpu={"worker": 1.0, "sink": 1.0}))
    plain = [TimedRun(mails=50, seconds=1, cpu={"sender": 0.05})] * 3

    shown = build_report(PLAN, BenchRuns(ours=[RUN, slow, RUN], baseline=plain))

    assert shown["crieur"]["rate"] == 200
    assert shown["crieur"]["rates"] == [200, 10, 200]
    assert shown["crieur"]["cpu_us"] == {"sink": 40, "worker": 100}
    assert shown["crieur"]["worker_peak_mb"] == 120
    assert shown["aiosmtplib"]["cpu_us"] == {"sender": 1000}
    assert shown["ratio"] == {"aiosmtplib": 4, "smtp_source": None}
    assert shown["smtp_source"] is None
    assert shown["sound"] is True


def test_what_proc_does_not_tell_is_left_out() -> None:
    blind = replace(RUN, timed=TimedRun(mails=100, seconds=1), peak=None)
    plain = [TimedRun(mails=50, seconds=1, cpu={"sender": 0.05})]

    shown = build_report(PLAN, BenchRuns(ours=[blind], baseline=plain))

    assert shown["crieur"]["cpu_us"] == {}
    assert shown["crieur"]["worker_peak_mb"] is None


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (replace(RUN, taken=101), "Edition 7: the sink took 101, the ledger has 100."),
        (
            replace(RUN, taken=99, books=BOOKS | {"accepted": 99}),
            "Edition 7: 99 of 100 were accepted.",
        ),
        (
            replace(RUN, books=BOOKS | {"balanced": False}),
            "Edition 7: the ledger does not balance.",
        ),
        (replace(RUN, is_signed=True), "Edition 7: its messages were signed, but --dkim is none."),
    ],
)
def test_a_run_with_a_fault_is_not_sound(run: CrieurRun, sentence: str) -> None:
    plain = [TimedRun(mails=50, seconds=1)]

    shown = build_report(PLAN, BenchRuns(ours=[run], baseline=plain))

    assert find_faults(PLAN, run) == [sentence]
    assert shown["faults"] == [sentence]
    assert shown["sound"] is False
