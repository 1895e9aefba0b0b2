"""Connections that a fetch may make: to judged addresses only, within an allowance.

A name's addresses are judged, and the connection goes to one of these, so that a second, different
DNS answer changes nothing. Every wait has what is left of one deadline.
"""

import queue
import socket
import threading
import time
from collections.abc import Collection, Iterable
from typing import Any

import httpcore2

from service.kit.errors import OperationRefused, Unavailable
from service.kit.public_ip import is_public_ip
from service.kit.translatable import translatable

CPU_SECONDS = 2.0
"""Five megabytes from an honest server take a tenth of a second."""

ALLOWED_PORTS = frozenset({80, 443, 8080, 8443})
"""What is asked of public addresses unless a setting says otherwise."""

_LOOKUPS = threading.BoundedSemaphore(32)
"""A name server that does not answer holds a thread for a while, not one for each question."""


class FetchFailed(Unavailable):
    """The address could not be read now; the sentence says why."""


class FetchRefused(OperationRefused):
    """The address is one that Crieur will not ask, whatever it would answer."""


class FetchBudget:
    """What one fetch may cost: seconds by the clock, and of the processor in its own thread."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._cpu_until = time.thread_time() + CPU_SECONDS

    def left(self, host: str) -> float:
        """Return the seconds that are left.

        Raises:
            httpcore2.ReadTimeout: none are.
            FetchFailed: the processor has worked too long.
        """
        if time.thread_time() > self._cpu_until:
            raise FetchFailed(translatable("fetch.too_many_pieces", host=host))
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the deadline has passed")
        return left


class GuardedBackend(httpcore2.NetworkBackend):
    """Connects to judged addresses only, and gives every wait what is left of the deadline."""

    def __init__(
        self, allowance: FetchBudget, *, allow_private: bool, ports: Collection[int]
    ) -> None:
        self._allowance = allowance
        self._allow_private = allow_private
        self._ports = ports
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  The deadline is stricter.
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Resolve, judge and connect; the addresses are tried in the resolver's order."""
        last: Exception | None = None
        for address in self.judge(host, port):
            try:
                stream = self._inner.connect_tcp(
                    address, port, self._allowance.left(host), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                last = error
            else:
                return _TimedStream(stream, self._allowance, host=host)
        raise last or httpcore2.ConnectError("no address")

    def judge(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host, all of which may be asked.

        Raises:
            FetchRefused: one of them is private, or the port is not allowed.
            FetchFailed: there is no server of that name.
            httpcore2.ConnectTimeout: the name servers do not answer in time.
        """
        addresses = _addresses(host, port, self._allowance)
        public = [is_public_ip(address) for address in addresses]
        if not self._allow_private and not all(public):
            raise FetchRefused(translatable("fetch.private_network", host=host))
        if port not in self._ports and any(public):
            raise FetchRefused(translatable("fetch.port", port=str(port)))
        return addresses


def _addresses(host: str, port: int, allowance: FetchBudget) -> list[str]:
    """Ask the name server, which knows no deadline, in a thread that may be left behind."""
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except Exception as error:  # noqa: BLE001  Raised again where the result is awaited.
            answers.put(error)
        finally:
            _LOOKUPS.release()

    if not _LOOKUPS.acquire(timeout=allowance.left(host)):
        raise httpcore2.ConnectTimeout("the name servers do not answer")
    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=allowance.left(host))
    except queue.Empty:
        raise httpcore2.ConnectTimeout("the name server does not answer") from None
    if isinstance(answer, (OSError, UnicodeError)):
        raise FetchFailed(translatable("fetch.no_server", host=host)) from answer
    if isinstance(answer, Exception):
        raise answer
    return answer


class _TimedStream(httpcore2.NetworkStream):
    """A stream on which every read and write ends by the deadline, however slowly bytes drip."""

    def __init__(
        self, inner: httpcore2.NetworkStream, allowance: FetchBudget, *, host: str
    ) -> None:
        self._inner = inner
        self._allowance = allowance
        self._host = host

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  As above.
        return self._inner.read(max_bytes, self._allowance.left(self._host))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  As above.
        self._inner.write(buffer, self._allowance.left(self._host))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: Any,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002  As above.
    ) -> httpcore2.NetworkStream:
        secured = self._inner.start_tls(
            ssl_context, server_hostname, self._allowance.left(self._host)
        )
        return _TimedStream(secured, self._allowance, host=self._host)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
