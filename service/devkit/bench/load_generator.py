"""How much the sink can take: ready bytes on plain sockets, no mail system in between.

Each connection writes MAIL, RCPT and DATA in one piece, and the next group behind each body, as
the quickest correct client would. Threads, because a blocking `sendall` costs the least.
"""

import argparse
import json
import socket
import threading
import time

from service.devkit.bench.sink import HOST

_GROUP = b"MAIL FROM:<b@bench.invalid>\r\nRCPT TO:<r@bench.invalid>\r\nDATA\r\n"


def send_load(port: int, *, connections: int, mails: int, size: int) -> float:
    """Send `mails` messages of `size` bytes; return how many seconds it took."""
    line = b"x" * 76 + b"\r\n"
    body = (line * (size // len(line) + 1))[: size - 5] + b"\r\n.\r\n"
    share = mails // connections
    threads = [threading.Thread(target=_run, args=(port, share, body)) for _ in range(connections)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def _run(port: int, mails: int, body: bytes) -> None:
    with socket.create_connection((HOST, port)) as channel:
        channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _read_until(channel, b"220 ")
        channel.sendall(b"EHLO bench.invalid\r\n")
        _read_until(channel, b"250 ")
        channel.sendall(_GROUP)
        _read_until(channel, b"354 ")
        more = body + _GROUP
        for _ in range(mails - 1):
            channel.sendall(more)
            _read_until(channel, b"354 ")
        channel.sendall(body)
        _read_until(channel, b"250 ")


def _read_until(channel: socket.socket, code: bytes) -> None:
    """Read until a line with this code is complete."""
    heard = b""
    while code not in heard or not heard.endswith(b"\n"):
        more = channel.recv(4096)
        if not more:
            raise ConnectionError("the sink hung up")
        heard += more


def main() -> None:
    """Run the generator and print the seconds as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("port", "connections", "mails", "size"):
        parser.add_argument(f"--{name}", type=int, required=True)
    asked = parser.parse_args()
    seconds = send_load(
        asked.port, connections=asked.connections, mails=asked.mails, size=asked.size
    )
    print(json.dumps({"seconds": seconds}), flush=True)  # noqa: T201  The parent reads it.


if __name__ == "__main__":
    main()
