"""The one door for HTTP out: addresses come from strangers, and so do the answers.

An address may lead inside our own network, so every name is resolved here, all its addresses
are judged, and the connection goes to a judged address (a second, different DNS answer cannot
change that); redirects pass the same door. An answer may be endless, slow or a compression
bomb, so one deadline covers everything from the first packet and one limit holds before and
after decompression.
"""

import ipaddress
import socket
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpcore2
import httpx2

from service.kit.errors import Refused, Unavailable

LIMIT_BYTES = 5_000_000
TIMEOUT = timedelta(seconds=20)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_MOST_REDIRECTS = 5
_AGENT = "Crieur (newsletter delivery; reads feeds and articles)"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


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

    @property
    def content_type(self) -> str:
        """The media type, without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def fetch(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    limit_bytes: int = LIMIT_BYTES,
    timeout: timedelta = TIMEOUT,
    allow_private: bool = False,
) -> Fetched:
    """GET `url`; never returns more than `limit_bytes` nor takes longer than `timeout`.

    Raises:
        FetchRefused: not http(s), or the name leads to a private address.
        FetchFailed: no answer, too slow, too large, broken, or too many redirects.
    """
    deadline = time.monotonic() + timeout.total_seconds()
    asked = _parse(url)
    permanent = True
    for _ in range(_MOST_REDIRECTS + 1):
        backend = _GuardedBackend(deadline=deadline, allow_private=allow_private)
        status, answered, body = _ask(asked, headers or {}, backend, limit_bytes)
        if status not in _REDIRECTS or "location" not in answered:
            return Fetched(
                status=status,
                headers=answered,
                body=body,
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
        raise FetchFailed(f"{url.host} could not be reached.") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
        raise FetchFailed(f"{url.host} broke off in the middle of its answer.") from error


def _plain_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    plain: dict[str, str] = {}
    for name, value in headers:
        plain.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return plain


def _read(chunks: Iterable[bytes], *, coding: str, limit: int, host: str) -> bytes:
    inflate = _inflater(coding, host=host)
    body = bytearray()
    received = 0
    for chunk in chunks:
        received += len(chunk)
        try:
            body += inflate.decompress(chunk, limit + 1 - len(body)) if inflate else chunk
        except zlib.error as error:
            raise FetchFailed(f"{host} sent something that cannot be unpacked.") from error
        if len(body) > limit or received > limit:
            raise FetchFailed(f"{host} sent more than {limit // 1000:,} kB, which is too much.")
    if inflate is not None and received and not inflate.eof:
        raise FetchFailed(f"{host} broke off in the middle of its answer.")
    return bytes(body)


def _inflater(coding: str, *, host: str) -> Any:
    if coding in {"", "identity"}:
        return None
    if coding not in {"gzip", "x-gzip", "deflate"}:
        raise FetchFailed(f"{host} answers in an encoding that was not asked for ({coding[:20]}).")
    # 32: a gzip or a zlib head, whichever comes.
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)


class _GuardedBackend(httpcore2.NetworkBackend):
    """Connects to judged addresses only, and gives every wait what is left of the deadline."""

    def __init__(self, *, deadline: float, allow_private: bool) -> None:
        self._deadline = deadline
        self._allow_private = allow_private
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
                    address, port, _left(self._deadline), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                last = error
            else:
                return _TimedStream(stream, deadline=self._deadline)
        raise last or httpcore2.ConnectError("no address")

    def _judged(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise FetchFailed(f"There is no server named {host}.") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise FetchRefused(
                f"{host} leads to a private network, which Crieur does not read from; "
                "use an address that is public."
            )
        return addresses


class _TimedStream(httpcore2.NetworkStream):
    """A stream on which every read and write ends by the deadline, however slowly bytes drip."""

    def __init__(self, inner: httpcore2.NetworkStream, *, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  As above.
        return self._inner.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  As above.
        self._inner.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: Any,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002  As above.
    ) -> httpcore2.NetworkStream:
        secured = self._inner.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _TimedStream(secured, deadline=self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def is_public(address: str) -> bool:
    """Tell whether an IP address is on the open internet, also when wrapped in IPv6."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("the deadline has passed")
    return left
