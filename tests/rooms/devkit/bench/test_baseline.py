"""The baseline sends the same ready bytes to every reader, once."""

import json
import subprocess
import sys
from email import message_from_bytes
from pathlib import Path

import pytest

from service.devkit.bench.baseline import send_all
from tests.fakes.sink import Sink

MESSAGE = b"Subject: L'essentiel\r\n\r\n.a line with a dot\r\nBonjour\r\n"


@pytest.mark.parametrize(("connections", "mails"), [(1, 5), (3, 10), (4, 2)])
async def test_every_reader_gets_the_message_once(sink: Sink, connections: int, mails: int) -> None:
    """Connections share one count: a reader served twice, or none, would change the rate."""
    await send_all(sink.port, MESSAGE, connections=connections, mails=mails)

    readers = sorted(taken.recipient for taken in sink.messages)
    assert readers == sorted(f"r{number}@example.org" for number in range(mails))
    assert {taken.raw for taken in sink.messages} == {MESSAGE}


def test_its_time_and_processor_time_are_one_line_of_json(sink: Sink, tmp_path: Path) -> None:
    """It runs in a process of its own, so that its cost is not mixed with the bench's."""
    message = tmp_path / "message.eml"
    message.write_bytes(MESSAGE)

    ended = subprocess.run(
        [
            *(sys.executable, "-m", "service.devkit.bench.baseline"),
            *("--port", str(sink.port), "--connections", "2", "--mails", "6"),
            *("--message", str(message)),
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    said = json.loads(ended.stdout)
    assert set(said) == {"seconds", "cpu"}
    assert said["cpu"] > 0
    assert len(sink.messages) == 6
    assert message_from_bytes(sink.messages[0].raw)["Subject"] == "L'essentiel"
