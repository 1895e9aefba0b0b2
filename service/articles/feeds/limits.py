"""Parse an untrusted feed within limits of time and memory, or its newest part."""

from datetime import tzinfo

from service.articles.feeds.parse import parse_feed
from service.articles.parsed_article import ParsedFeed
from service.kit.errors import OperationRefused
from service.kit.sandbox import SandboxLimitError, sandboxed
from service.kit.translatable import translatable

FULL_PARSE_SECONDS, FALLBACK_SECONDS = 1.5, 0.5
"""CPU seconds for the whole feed, and then for its newest items only."""

FALLBACK_ITEMS, FALLBACK_BYTES = 50, 250_000
"""The part of a feed that is parsed if the whole takes too much."""


def parse_within_limits(data: bytes, *, url: str, zone: tzinfo, cut: bool = False) -> ParsedFeed:
    """Parse a feed in a child process; if it exceeds the limits, only its newest small items.

    `cut` says that the feed was too long and ends in the middle.

    Raises:
        OperationRefused: the bytes are no feed, or even its newest items exceed the limits.
    """
    try:
        return sandboxed(parse_feed, cpu=FULL_PARSE_SECONDS)(data, url=url, zone=zone, cut=cut)
    except SandboxLimitError:
        newest = _parse_newest(data, url=url, zone=zone, cut=cut)
    if newest is None:
        raise OperationRefused(translatable("feed.too_slow"))
    return newest


def _parse_newest(data: bytes, *, url: str, zone: tzinfo, cut: bool) -> ParsedFeed | None:
    try:
        newest = sandboxed(parse_feed, cpu=FALLBACK_SECONDS)(
            data, url=url, zone=zone, cut=cut, most=FALLBACK_ITEMS, room=FALLBACK_BYTES
        )
    except OperationRefused:
        return None
    return newest if newest.articles else None
