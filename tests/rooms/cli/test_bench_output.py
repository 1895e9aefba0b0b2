"""What `crieur bench` prints for people; that it measures is tried in test_bench.py."""

import pytest

from service.cli import bench_output


def test_alerts_are_shown_with_their_percentiles_and_steps(
    capsys: pytest.CaptureFixture[str],
) -> None:
    spread = {"p50": 0.4, "p95": 0.58, "max": 0.7}
    figures = {
        "recipients": 1_000,
        "runs": 20,
        "first_accepted_s": spread,
        "all_accepted_s": {name: 2 * seconds for name, seconds in spread.items()},
        "steps_s": {"answered": 0.1, "enrolled": 0.2},
    }

    bench_output.show_alerts(figures)

    shown = capsys.readouterr().out
    assert "0.580 s" in shown
    assert "1.160 s" in shown
    assert "20 alerts to 1,000 readers; medians: answered 0.1, enrolled 0.2." in shown


def test_a_sink_without_a_known_cost_is_shown_without_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where there is no /proc."""
    bench_output.show_sink({"rate": 9_000, "size": 40_960, "cpu_us": None})

    assert capsys.readouterr().out == ("The sink takes 9,000 messages of 40,960 bytes a second.\n")
