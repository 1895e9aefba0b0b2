"""The load generator sends exactly the bytes that it is asked for."""

import pytest

from service.devkit.bench.load_generator import send_load
from service.devkit.bench.tool_process import ToolProcess


@pytest.mark.parametrize("size", [5, 6, 78, 79, 1_000, 40_960])
def test_each_message_has_the_size_that_was_asked_for(size: int) -> None:
    """Bytes per second are the sink's ceiling: a size that is off makes all comparisons wrong."""
    with ToolProcess("sink") as sink:
        send_load(sink.hear()["port"], connections=3, mails=12, size=size)

        counts = sink.ask("count")
    assert (counts["mails"], counts["bytes"]) == (12, 12 * size)


def test_messages_are_shared_among_all_connections() -> None:
    """A single connection measures the time of a round trip, not what the sink can take."""
    with ToolProcess("sink", ["--hold", "500"]) as sink:
        send_load(sink.hear()["port"], connections=4, mails=4, size=100)

        assert sink.ask("count")["most_connections"] == 4
