"""An edition of very many articles, step by step."""

from pathlib import Path

from service.devkit.bench.selection import PER_SECTION, SECTIONS, STEPS, measure_selection


def test_every_step_is_timed(data_dir: Path) -> None:
    """A figure without its parts says that something is slow, and not what."""
    figures = measure_selection(data_dir, articles=400, runs=1, commands=lambda *_: [])

    assert (figures["faults"], figures["sound"]) == ([], True)
    assert tuple(figures["seconds"]) == STEPS
    assert 0 < figures["chosen"] <= PER_SECTION * SECTIONS
    assert figures["look_s"] > 0
    assert figures["frozen_s"] > 0
