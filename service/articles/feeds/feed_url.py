"""Pure: the URL under which a feed may be stored, and what kind of feed it is."""

from typing import NamedTuple

from service.articles.feed_kind import FeedKind
from service.articles.urls import clean_url
from service.articles.wordpress.address import find_api
from service.kit.errors import OperationRefused
from service.kit.translatable import translatable


class FeedAddress(NamedTuple):
    """A feed's URL as it is stored and compared, and how it is read."""

    url: str
    kind: FeedKind


def parse_feed_address(url: str) -> FeedAddress:
    """Return a feed's URL without tracking parameters and fragment, and its kind.

    An address in WordPress's REST API is read as such. Whether its host may be asked is for
    `service.kit.fetch` to say.

    Raises:
        OperationRefused: it is no web address, or holds credentials.
    """
    clean = clean_url(url, keep_origin=True)
    if clean is None:
        raise OperationRefused(translatable("fetch.not_a_web_address", url=repr(url[:200])))
    if "@" in url.partition("//")[2].partition("/")[0]:
        raise OperationRefused(translatable("fetch.credentials"))
    api = find_api(clean)
    if api is not None:
        return FeedAddress(url=api.posts_url, kind=FeedKind.WORDPRESS)
    return FeedAddress(url=clean, kind=FeedKind.FEED)
