"""The one door for HTTP out: addresses come from strangers, and so do the answers.

An address may lead inside our own network, so every name is resolved here, all its addresses
are judged, and the connection goes to a judged address (a second, different DNS answer cannot
change that); redirects pass the same door. Only the web's own ports are asked, so that nobody
makes us talk to somebody's mail server or database. An answer may be endless, slow or a compression
bomb, so one deadline covers everything from the question to the name server and one limit holds
before and after decompression. It may come in a million pieces, too: what taking it in costs of the
processor, which readers' mails need, has a limit of its own.
"""

import queue
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpcore2
import httpx2

from service.kit.errors import Refused, Unavailable
from service.kit.internet import is_public as is_public  # noqa: PLC0414  Its door is here.

LIMIT_BYTES = 5_000_000
TIMEOUT = timedelta(seconds=20)
CPU_SECONDS = 2.0
"""Five megabytes from an honest server take a tenth of a second."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_MOST_REDIRECTS = 5
_AGENT = "Crieur (newsletter delivery; reads feeds and articles)"
PORTS = frozenset({80, 443, 8080, 8443})
"""What is asked of public addresses unless a setting says otherwise."""

# Compressed in ways that were not asked for; any other strange value is a site's mistake.
_OTHER_CODINGS = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz", "lzma", "xz"})
_ZIPPED = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP = b"\x1f\x8b"
_LOOKUPS = threading.BoundedSemaphore(32)
"""A name server that does not answer holds a thread for a while, not one for each question."""


class FetchFailed(Unavailable):
    """The address could not be read now; the sentence says why."""


class FetchRefused(Refused):
    """The address is one that Crieur will not ask, whatever it would answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer of any status; `url` is where it was found in the end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    # The new address to remember, if every redirect on the way was a permanent one.
    moved_to: str | None = None
    # The answer was longer than it may be; this is how it begins.
    cut: bool = False

    @property
    def content_type(self) -> str:
        """The media type, without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def fetch(  # noqa: PLR0913  A door with many locks.
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    limit_bytes: int = LIMIT_BYTES,
    timeout: timedelta = TIMEOUT,
    allow_private: bool = False,
    ports: Collection[int] = PORTS,
    cut: bool = False,
) -> Fetched:
    """GET `url`; never returns more than `limit_bytes` nor takes longer than `timeout`.

    `allow_private` lets it ask private addresses, on any port; of public ones only `ports` are
    asked. With `cut`, what is too long is returned as far as it may go.

    Raises:
        FetchRefused: not http(s), or the name leads to a private address or another port.
        FetchFailed: no answer, too slow, too large, broken, in too many pieces, or too many
            redirects.
    """
    allowance = _Allowance(timeout.total_seconds())
    asked = _parse(url)
    permanent = True
    for _ in range(_MOST_REDIRECTS + 1):
        backend = _GuardedBackend(allowance, allow_private=allow_private, ports=ports)
        status, answered, body = _ask(asked, headers or {}, backend, limit_bytes)
        if len(body) > limit_bytes and not cut:
            raise FetchFailed(
                f"{asked.host} sent more than {limit_bytes // 1000:,} kB, which is too much."
            )
        if status not in _REDIRECTS or "location" not in answered:
            return Fetched(
                status=status,
                headers=answered,
                body=body[:limit_bytes],
                cut=len(body) > limit_bytes,
                url=str(asked),
                moved_to=str(asked) if permanent and str(asked) != str(_parse(url)) else None,
            )
        permanent = permanent and status in _PERMANENT
        asked = _follow(asked, answered["location"])
    raise FetchFailed(f"{asked.host} redirects in circles or more than {_MOST_REDIRECTS} times.")


def _parse(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url.strip())
    except (httpx2.InvalidURL, UnicodeError) as error:
        raise FetchRefused(f"{url[:200]!r} is not a web address.") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise FetchRefused(f"{url[:200]!r} is not a web address; it must start with https://.")
    if parsed.userinfo:
        raise FetchRefused("Web addresses with a user name or password in them are not read.")
    return parsed.copy_with(fragment=None)


def _follow(asked: httpx2.URL, location: str) -> httpx2.URL:
    try:
        joined = asked.join(location)
    except (httpx2.InvalidURL, UnicodeError, ValueError) as error:
        raise FetchFailed(f"{asked.host} redirects to something that is no address.") from error
    return _parse(str(joined))


def _ask(
    url: httpx2.URL, headers: Mapping[str, str], backend: "_GuardedBackend", limit: int
) -> tuple[int, dict[str, str], bytes]:
    wanted = {
        "Host": url.netloc.decode("ascii"),
        "User-Agent": _AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "gzip, deflate",
        "Connection": "close",
        **headers,
    }
    target = httpcore2.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )
    try:
        with (
            httpcore2.ConnectionPool(network_backend=backend) as pool,
            pool.stream("GET", target, headers=list(wanted.items())) as answer,
        ):
            answered = _plain_headers(answer.headers)
            if answer.status in _REDIRECTS and "location" in answered:
                return answer.status, answered, b""
            coding = answered.get("content-encoding", "").strip().lower()
            body = _read(answer.iter_stream(), coding=coding, limit=limit, host=url.host)
            return answer.status, answered, body
    except httpcore2.TimeoutException as error:
        raise FetchFailed(f"{url.host} did not answer in time.") from error
    except httpcore2.ConnectError as error:
        raise FetchFailed(_unreached(url.host, error)) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
        raise FetchFailed(f"{url.host} broke off in the middle of its answer.") from error


def _unreached(host: str, error: httpcore2.ConnectError) -> str:
    """Say whether the connection failed, or TLS on it, which only the site can mend."""
    told: BaseException | None = error
    while told is not None and not isinstance(told, ssl.SSLError):
        told = told.__cause__ or told.__context__
    if isinstance(told, ssl.SSLCertVerificationError):
        return f"The certificate of {host} is not valid for it ({told.verify_message})."
    if told is not None:
        return f"{host} does not speak TLS that we understand: is it http:// instead of https://?"
    return f"{host} could not be reached."


def _plain_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    plain: dict[str, str] = {}
    for name, value in headers:
        plain.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return plain


def _read(chunks: Iterable[bytes], *, coding: str, limit: int, host: str) -> bytes:
    """Return the body; of one that is longer than the limit, a little more than that."""
    inflate, is_first = _inflater(coding, host=host), True
    body = bytearray()
    received = 0
    for chunk in chunks:
        if is_first and inflate is None and chunk.startswith(_GZIP):
            # A file that was packed once and is served as it lies there.
            inflate = _unzipper()
        is_first = False
        received += len(chunk)
        try:
            body += inflate.decompress(chunk, limit + 1 - len(body)) if inflate else chunk
        except zlib.error as error:
            raise FetchFailed(f"{host} sent something that cannot be unpacked.") from error
        if len(body) > limit or received > limit:
            return bytes(body).ljust(limit + 1)
    if inflate is not None and received and not inflate.eof:
        raise FetchFailed(f"{host} broke off in the middle of its answer.")
    return bytes(body)


def _inflater(coding: str, *, host: str) -> Any:
    codings = {each.strip() for each in coding.split(",")}
    if codings & _OTHER_CODINGS:
        raise FetchFailed(f"{host} answers in an encoding that was not asked for ({coding[:20]}).")
    return _unzipper() if codings & _ZIPPED else None


def _unzipper() -> Any:
    # 32: a gzip or a zlib head, whichever comes.
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)


class _Allowance:
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
            raise FetchFailed(
                f"{host} answers in so many pieces that putting them together takes longer than "
                "anything honest does."
            )
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the deadline has passed")
        return left


class _GuardedBackend(httpcore2.NetworkBackend):
    """Connects to judged addresses only, and gives every wait what is left of the deadline."""

    def __init__(
        self, allowance: _Allowance, *, allow_private: bool, ports: Collection[int]
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
        for address in self._judged(host, port):
            try:
                stream = self._inner.connect_tcp(
                    address, port, self._allowance.left(host), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                last = error
            else:
                return _TimedStream(stream, self._allowance, host=host)
        raise last or httpcore2.ConnectError("no address")

    def _judged(self, host: str, port: int) -> list[str]:
        addresses = _addresses(host, port, self._allowance)
        public = [is_public(address) for address in addresses]
        if not self._allow_private and not all(public):
            raise FetchRefused(
                f"{host} leads to a private network, which Crieur does not read from; "
                "use an address that is public."
            )
        if port not in self._ports and any(public):
            raise FetchRefused(
                f"Port {port} is not one that Crieur reads from; use an address without a port, "
                "or allow it with CRIEUR_FETCH_PORTS."
            )
        return addresses


def _addresses(host: str, port: int, allowance: _Allowance) -> list[str]:
    """Ask the name server, which knows no deadline, in a thread that may be left behind."""
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except Exception as error:  # noqa: BLE001  Told where somebody waits.
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
        raise FetchFailed(f"There is no server named {host}.") from answer
    if isinstance(answer, Exception):
        raise answer
    return answer


class _TimedStream(httpcore2.NetworkStream):
    """A stream on which every read and write ends by the deadline, however slowly bytes drip."""

    def __init__(self, inner: httpcore2.NetworkStream, allowance: _Allowance, *, host: str) -> None:
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
