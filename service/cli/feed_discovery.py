"""What `crieur feed add` has found at a site's address, for people."""

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from service.cli.output import plural, print_line

if TYPE_CHECKING:
    from service.articles.discovery.feed_candidate import FeedCandidate, SiteOffer
    from service.boot import Runtime

FORMATS = {
    "rss": "RSS",
    "atom": "Atom",
    "json": "JSON Feed",
    "news_sitemap": "news sitemap",
    "wordpress": "WordPress's REST API",
}


def discover(runtime: "Runtime", url: str, *, kind: str | None = None) -> "SiteOffer":
    """Look what an address offers; no transaction is open meanwhile. Raises FetchRefused."""
    from service.articles.discovery.discover import discover_feeds
    from service.articles.feed_kind import FeedKind

    return discover_feeds(
        url,
        kind=FeedKind(kind) if kind else None,
        zone=ZoneInfo(runtime.settings.publication_time_zone),
        allow_private=runtime.settings.fetch_allow_private,
        ports=runtime.settings.fetch_ports,
    )


def print_offer(runtime: "Runtime", offer: "SiteOffer", *, feed_id: int | None) -> None:
    """Print what was found, and what became of it; `feed_id` is None if nothing was stored."""
    zone = ZoneInfo(runtime.settings.publication_time_zone)
    for each in offer.feeds:
        mark = "*" if each is offer.choice else " "
        print_line(f"{mark} {FORMATS[each.format]}: {each.url} {_describe(each, zone=zone)}")
    if offer.wordpress_api:
        print_line(f"The site is WordPress; its REST API is at {offer.wordpress_api}")
    if offer.hub_url:
        print_line(f"New articles are announced by the WebSub hub {offer.hub_url}")
    if offer.is_cut_short:
        print_line("The site answers slowly, so not every place was looked at.")
    if feed_id is not None and offer.choice is not None:
        print_line(f"Feed {feed_id} is polled from now on: {offer.choice.url}")
        if offer.choice.remark:
            print_line(str(offer.choice.remark))
    elif feed_id is not None:
        print_line(f"Feed {feed_id} is polled from now on. {_why_unread(runtime, feed_id)}")


def _describe(each: "FeedCandidate", *, zone: ZoneInfo) -> str:
    """Describe a feed: its title, how much it lists, how new, whole articles or teasers."""
    told = [f"“{each.title}”"] if each.title else []
    told.append(plural(each.items, "item", "items"))
    if each.items:
        at = each.newest_at
        told.append(
            f"the newest of {at.astimezone(zone):%Y-%m-%d %H:%M}" if at else "without dates"
        )
        told.append(_texts(each))
    told += ["comments"] * each.has_comments + ["hub"] * (each.hub_url is not None)
    return f"({', '.join(told)})"


def _texts(each: "FeedCandidate") -> str:
    if each.format == "news_sitemap":
        return "headlines only"
    return "full text" if each.has_full_text else "teasers"


def _why_unread(runtime: "Runtime", feed_id: int) -> str:
    """Report why a new feed cannot be read, and when it is polled again; it stays on the list."""
    from service.articles import find

    with runtime.begin() as session:
        feed = find.get_feed(session, feed_id)
    remove = f"Was the address wrong? crieur feed remove {feed_id}"
    if feed.paused_at:
        return f"But it cannot be read, and is not asked again: {feed.last_error} {remove}"
    again = feed.next_poll_at.astimezone(ZoneInfo(runtime.settings.publication_time_zone))
    return (
        f"But it cannot be read now: {feed.last_error} "
        f"It is asked again at {again:%Y-%m-%d %H:%M %Z}. {remove}"
    )
