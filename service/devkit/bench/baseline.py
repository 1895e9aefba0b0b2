"""What a sender costs that calls `aiosmtplib.sendmail` for each reader on connections that last.

It writes no rows, makes no tokens and signs nothing: every reader gets the same ready bytes. That
is less than any newsletter service does, and so a bound on what one built that way can reach.
"""

import argparse
import asyncio
import json
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import aiosmtplib

from service.devkit.bench.sink import HOST


async def send_all(port: int, message: bytes, *, connections: int, mails: int) -> None:
    """Send the message to `mails` readers over `connections` connections."""
    numbers = iter(range(mails))
    async with asyncio.TaskGroup() as senders:
        for _ in range(connections):
            senders.create_task(_send(port, message, numbers))


async def _send(port: int, message: bytes, numbers: Iterator[int]) -> None:
    client = aiosmtplib.SMTP(hostname=HOST, port=port, start_tls=False, use_tls=False)
    async with client:
        for number in numbers:
            sender = f"b-{number}@bounces.bench.example.org"
            await client.sendmail(sender, [f"r{number}@example.org"], message)


def main() -> None:
    """Send, and print the seconds it took and the CPU it cost as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("port", "connections", "mails"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--message", type=Path, required=True)
    asked = parser.parse_args()
    message = asked.message.read_bytes()
    before, began = _cpu(), time.monotonic()
    sending = send_all(asked.port, message, connections=asked.connections, mails=asked.mails)
    asyncio.run(sending)
    seconds = time.monotonic() - began
    print(json.dumps({"seconds": seconds, "cpu": _cpu() - before}), flush=True)  # noqa: T201  The parent reads it.


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
