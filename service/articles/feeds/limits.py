"""Read a stranger's feed within limits of time and memory, or as much of it as these allow."""

from datetime import tzinfo

from service.articles.feeds.parse import parse_feed
from service.articles.parsed_article import ParsedFeed
from service.kit.errors import OperationRefused
from service.kit.sandbox import SandboxLimitError, sandboxed

WHOLE_SECONDS, REST_SECONDS = 1.5, 0.5
"""Of the processor's time, for all of a feed and then for its newest items: 2 s together."""

FEW_ITEMS, FEW_BYTES = 50, 250_000
"""What is read of a feed that cannot be read whole."""


def parse_within_limits(data: bytes, *, url: str, zone: tzinfo, cut: bool = False) -> ParsedFeed:
    """Read a feed in a child with little time; of what takes too much, the newest small items.

    Raises:
        Refused: the bytes are no feed, or even so they need more than anything honest does.
    """
    try:
        return sandboxed(parse_feed, cpu=WHOLE_SECONDS)(data, url=url, zone=zone, cut=cut)
    except SandboxLimitError:
        few = _read_few(data, url=url, zone=zone, cut=cut)
    if few is None:
        raise OperationRefused(
            "The feed needs more time to be read than anything honest does: ask the site for a "
            "shorter one, and check it with a validator."
        )
    return few


def _read_few(data: bytes, *, url: str, zone: tzinfo, cut: bool) -> ParsedFeed | None:
    try:
        few = sandboxed(parse_feed, cpu=REST_SECONDS)(
            data, url=url, zone=zone, cut=cut, most=FEW_ITEMS, room=FEW_BYTES
        )
    except OperationRefused:
        return None
    return few if few.stories else None
