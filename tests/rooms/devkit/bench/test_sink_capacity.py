"""What the sink can take is measured with messages that it has really taken."""

import sys

from service.devkit.bench.sink_capacity import measure_sink


def test_each_run_is_counted_and_the_rate_is_their_median() -> None:
    """A sink that lost messages would look fast, and every sender measured on it slow."""
    figures = measure_sink(mails=107, size=2_000, connections=10, runs=3)

    assert figures["sound"] is True
    assert figures["faults"] == []
    assert figures["rate"] == sorted(figures["rates"])[1]
    # Each connection sends equally many.
    assert figures["mails"] == 100
    assert figures["size"] == 2_000
    if sys.platform == "linux":
        assert figures["cpu_us"] >= 0
