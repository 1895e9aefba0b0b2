"""Outgoing HTTP, guarded: addresses come from strangers, and so do the answers.

An address may lead inside our own network, so every name is resolved here, all its addresses
are judged, and the connection goes to a judged address (a second, different DNS answer cannot
change that); redirects pass the same checks. Only the web's own ports are asked, so that a
stranger cannot make us talk to a mail server or database. An answer may be endless, slow or a
compression bomb, so one deadline covers everything from the question to the name server and one
limit holds before and after decompression. It may come in a million pieces, too: what taking it in
costs of the processor, which readers' messages need, has a limit of its own.
"""

import ssl
import zlib
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpcore2
import httpx2

from service.kit.fetch_guard import (
    ALLOWED_PORTS,
    FetchBudget,
    FetchFailed,
    FetchRefused,
    GuardedBackend,
)
from service.kit.translatable import TranslatableMessage, translatable

LIMIT_BYTES = 5_000_000
POST_LIMIT_BYTES = 100_000
TIMEOUT = timedelta(seconds=20)
_LOOKUP_TIMEOUT = timedelta(seconds=5)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_KEEPING_METHOD = frozenset({307, 308})
_MOST_REDIRECTS = 5
_DEFAULT_PORTS = {"http": 80, "https": 443}
_AGENT = "Crieur (newsletter delivery; reads feeds and articles)"

# Compressed in ways that were not asked for; any other strange value is a site's mistake.
_OTHER_CODINGS = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz", "lzma", "xz"})
_ZIPPED = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedResponse:
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


def fetch(  # noqa: PLR0913  Each limit is named by its caller.
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    limit_bytes: int = LIMIT_BYTES,
    timeout: timedelta = TIMEOUT,
    allow_private: bool = False,
    ports: Collection[int] = ALLOWED_PORTS,
    cut: bool = False,
    head: bool = False,
) -> FetchedResponse:
    """GET `url`, or HEAD; never returns more than `limit_bytes` nor takes longer than `timeout`.

    `allow_private` lets it ask private addresses, on any port; of public ones only `ports` are
    asked. With `cut`, what is too long is returned as far as it may go.

    Raises:
        FetchRefused: not http(s), or the name leads to a private address or another port.
        FetchFailed: no answer, too slow, too large, broken, in too many pieces, or too many
            redirects.
    """
    allowance = FetchBudget(timeout.total_seconds())
    asked = _parse(url)
    permanent = True
    for _ in range(_MOST_REDIRECTS + 1):
        backend = GuardedBackend(allowance, allow_private=allow_private, ports=ports)
        status, answered, body = _ask(asked, headers or {}, backend, limit_bytes, head=head)
        if len(body) > limit_bytes and not cut:
            raise FetchFailed(
                translatable("fetch.too_large", host=asked.host, limit=limit_bytes // 1000)
            )
        if status not in _REDIRECTS or "location" not in answered:
            return FetchedResponse(
                status=status,
                headers=answered,
                body=body[:limit_bytes],
                cut=len(body) > limit_bytes,
                url=str(asked),
                moved_to=str(asked) if permanent and str(asked) != str(_parse(url)) else None,
            )
        permanent = permanent and status in _PERMANENT
        asked = _follow(asked, answered["location"])
    raise FetchFailed(
        translatable("fetch.too_many_redirects", host=asked.host, limit=_MOST_REDIRECTS)
    )


def post_form(
    url: str,
    fields: Mapping[str, str],
    *,
    limit_bytes: int = POST_LIMIT_BYTES,
    timeout: timedelta = TIMEOUT,
    allow_private: bool = False,
    ports: Collection[int] = ALLOWED_PORTS,
) -> FetchedResponse:
    """POST a form to `url`, and again where a 307 or 308 leads, within the limits of `fetch`.

    Any other redirect is returned as it is: after it a browser would forget the form.

    Raises:
        FetchRefused: not http(s), or the name leads to a private address or another port.
        FetchFailed: no answer, too slow, broken, in too many pieces, or too many redirects.
    """
    allowance = FetchBudget(timeout.total_seconds())
    asked = _parse(url)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    form = urlencode(fields).encode("ascii")
    for _ in range(_MOST_REDIRECTS + 1):
        backend = GuardedBackend(allowance, allow_private=allow_private, ports=ports)
        status, answered, body = _ask(asked, headers, backend, limit_bytes, form=form)
        if status not in _KEEPING_METHOD or "location" not in answered:
            return FetchedResponse(
                status=status, headers=answered, body=body[:limit_bytes], url=str(asked)
            )
        asked = _follow(asked, answered["location"])
    raise FetchFailed(
        translatable("fetch.too_many_redirects", host=asked.host, limit=_MOST_REDIRECTS)
    )


def check_destination(
    url: str, *, allow_private: bool = False, ports: Collection[int] = ALLOWED_PORTS
) -> None:
    """Refuse a URL that `fetch` would never ask; nothing is asked but the name server.

    A name that cannot be resolved now is accepted: each fetch judges it again.

    Raises:
        FetchRefused: not http(s), or the name leads to a private address or another port.
    """
    asked = _parse(url)
    allowance = FetchBudget(_LOOKUP_TIMEOUT.total_seconds())
    backend = GuardedBackend(allowance, allow_private=allow_private, ports=ports)
    with suppress(FetchFailed, httpcore2.TimeoutException):
        backend.judge(asked.host, asked.port or _DEFAULT_PORTS[asked.scheme])


def _parse(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url.strip())
    except (httpx2.InvalidURL, UnicodeError) as error:
        raise FetchRefused(translatable("fetch.not_an_address", url=repr(url[:200]))) from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise FetchRefused(translatable("fetch.not_a_web_address", url=repr(url[:200])))
    if parsed.userinfo:
        raise FetchRefused(translatable("fetch.credentials"))
    return parsed.copy_with(fragment=None)


def _follow(asked: httpx2.URL, location: str) -> httpx2.URL:
    try:
        joined = asked.join(location)
    except (httpx2.InvalidURL, UnicodeError, ValueError) as error:
        raise FetchFailed(translatable("fetch.redirects_nowhere", host=asked.host)) from error
    return _parse(str(joined))


def _ask(
    url: httpx2.URL,
    headers: Mapping[str, str],
    backend: GuardedBackend,
    limit: int,
    *,
    form: bytes | None = None,
    head: bool = False,
) -> tuple[int, dict[str, str], bytes]:
    wanted = {
        "Host": url.netloc.decode("ascii"),
        "User-Agent": _AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "gzip, deflate",
        "Connection": "close",
        **headers,
        **({"Content-Length": str(len(form))} if form is not None else {}),
    }
    method = "HEAD" if head else "GET" if form is None else "POST"
    target = httpcore2.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )
    try:
        with (
            httpcore2.ConnectionPool(network_backend=backend) as pool,
            pool.stream(method, target, headers=list(wanted.items()), content=form) as answer,
        ):
            answered = _plain_headers(answer.headers)
            if answer.status in _REDIRECTS and "location" in answered:
                return answer.status, answered, b""
            coding = answered.get("content-encoding", "").strip().lower()
            body = _read(answer.iter_stream(), coding=coding, limit=limit, host=url.host)
            return answer.status, answered, body
    except httpcore2.TimeoutException as error:
        raise FetchFailed(translatable("fetch.no_answer", host=url.host)) from error
    except httpcore2.ConnectError as error:
        raise FetchFailed(_unreached(url.host, error)) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
        raise FetchFailed(translatable("fetch.broke_off", host=url.host)) from error


def _unreached(host: str, error: httpcore2.ConnectError) -> TranslatableMessage:
    """Say whether the connection failed, or TLS on it, which only the site can mend."""
    told: BaseException | None = error
    while told is not None and not isinstance(told, ssl.SSLError):
        told = told.__cause__ or told.__context__
    if isinstance(told, ssl.SSLCertVerificationError):
        return translatable("fetch.certificate", host=host, reason=told.verify_message)
    if told is not None:
        return translatable("fetch.no_tls", host=host)
    return translatable("fetch.unreachable", host=host)


def _plain_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    plain: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        if key == "link" and key in plain:
            # A list, whose parts may come in several lines (RFC 9110, 5.3); sites send it so.
            plain[key] = f"{plain[key]}, {text}"
        plain.setdefault(key, text)
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
            raise FetchFailed(translatable("fetch.damaged", host=host)) from error
        if len(body) > limit or received > limit:
            return bytes(body).ljust(limit + 1)
    if inflate is not None and received and not inflate.eof:
        raise FetchFailed(translatable("fetch.broke_off", host=host))
    return bytes(body)


def _inflater(coding: str, *, host: str) -> Any:
    codings = {each.strip() for each in coding.split(",")}
    if codings & _OTHER_CODINGS:
        raise FetchFailed(translatable("fetch.encoding", host=host, encoding=coding[:20]))
    return _unzipper() if codings & _ZIPPED else None


def _unzipper() -> Any:
    # 32: a gzip or a zlib head, whichever comes.
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
