"""Pure: the kinds of feeds."""

from enum import StrEnum


class FeedKind(StrEnum):
    """What a feed's address is, and so how it is read."""

    FEED = "feed"
    """RSS, Atom, JSON Feed or a news sitemap; its bytes say which."""
    WORDPRESS = "wordpress"
    """The posts of WordPress's REST API."""
