"""The bench's sink takes what correct clients say, however the network cuts it."""

import asyncio
import smtplib
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.devkit.bench.load_generator import send_load
from service.devkit.bench.sink import BUFFER, HOST, SinkConnection, SinkCounts
from service.devkit.bench.tool_process import ToolProcess

GROUP = b"MAIL FROM:<a@example.org> SIZE=9\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"
# What could be taken for the end of a message, and is not.
LINES = st.lists(
    st.sampled_from([b"", b"..", b"a", b"\r", b"x" * 5000, b"..\r", b"a."]), max_size=6
)


@pytest.fixture
def sink() -> Iterator[ToolProcess]:
    with ToolProcess("sink") as running:
        yield running


def test_every_mail_and_byte_is_counted(sink: ToolProcess) -> None:
    port = sink.hear()["port"]

    with smtplib.SMTP(HOST, port) as client:
        for number in range(3):
            client.sendmail(
                "a@example.org", [f"r{number}@example.org"], "Subject: x\r\n\r\n.hi\r\n"
            )
    counts = sink.ask("count")

    assert counts["mails"] == 3
    assert counts["bytes"] == 3 * len("Subject: x\r\n\r\n..hi\r\n.\r\n")
    assert counts["sample"].startswith("Subject: x")
    assert 0 < counts["first_at"] <= counts["last_at"]


def test_a_reset_starts_the_counts_again(sink: ToolProcess) -> None:
    port = sink.hear()["port"]
    send_load(port, connections=2, mails=10, size=40_000)

    before, after = sink.ask("reset"), sink.ask("count")

    assert before["mails"] == 10
    assert before["bytes"] == 400_000
    # On a busy machine the first may have gone before the second comes.
    assert before["most_connections"] in {1, 2}
    assert (after["mails"], after["bytes"], after["sample"]) == (0, 0, "")


def test_a_held_mail_is_answered_late_and_holds_up_nobody_else() -> None:
    with ToolProcess("sink", ["--hold", "200"]) as sink:
        seconds = send_load(sink.hear()["port"], connections=20, mails=40, size=1000)

        assert sink.ask("count")["mails"] == 40
        # Twenty connections wait side by side: two rounds of 0.2 s, not forty.
        assert 0.4 <= seconds < 40 * 0.2


@given(bodies=st.lists(LINES, min_size=1, max_size=4), cuts=st.lists(st.integers(1, 6000)))
def test_mails_are_counted_wherever_reads_are_cut(
    bodies: Sequence[Sequence[bytes]], cuts: Sequence[int]
) -> None:
    whole = [b"".join(line + b"\r\n" for line in body) + b".\r\n" for body in bodies]
    # A client waits for 354 before each body, so no read spans two of them.
    turns = [b"EHLO a\r\n" + GROUP, *(body + GROUP for body in whole[:-1]), whole[-1] + b"QUIT\r\n"]

    tally, said = _feed(turns, cuts)

    assert tally.mails == len(bodies)
    assert tally.bytes == sum(map(len, whole))
    assert said.count(b"354 ") == len(bodies)
    assert said.count(b"250 2.0.0") == 3 * len(bodies)
    assert said.endswith(b"221 2.0.0 Bye\r\n")


class _Wire(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.said = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.said += data

    def close(self) -> None:
        self.said += b""


def _feed(turns: Sequence[bytes], cuts: Sequence[int]) -> tuple[SinkCounts, bytes]:
    tally, buffer, wire = SinkCounts(), bytearray(BUFFER), _Wire()
    taker = SinkConnection(tally, buffer, hold=0)
    taker.connection_made(wire)
    lengths = iter([*cuts, *[BUFFER] * 1000])
    for turn in turns:
        rest = turn
        while rest:
            length = next(lengths)
            part, rest = rest[:length], rest[length:]
            taker.get_buffer(-1)[: len(part)] = part
            taker.buffer_updated(len(part))
    return tally, wire.said
