"""Enrolment is measured on editions whose readers are all there."""

from pathlib import Path

from service.devkit.bench.enrolment import measure_enrolment


def test_every_run_enrols_all_readers(data_dir: Path) -> None:
    """The next run needs an edition of its own; one that finds its readers taken is quick."""
    figures = measure_enrolment(data_dir, recipients=40, runs=2, commands=lambda *_: [])

    assert figures["faults"] == []
    assert figures["sound"] is True
    assert len(figures["rates"]) == 2
    assert min(figures["rates"]) <= figures["rate"] <= max(figures["rates"])
    assert figures["rate"] > 0
