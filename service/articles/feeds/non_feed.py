"""Pure: describe bytes that are no feed, with the address of the feed if they name it."""

import re

from service.articles.urls import absolute_url
from service.kit.translatable import TranslatableMessage, translatable

_PAGE = re.compile(rb"<(?:!doctype\s{1,9}html|html|head|body)[\s>]", re.IGNORECASE)
_WALL = re.compile(
    rb"cf-chl|challenge-platform|just a moment\.\.\.|checking your browser|captcha|ddos-guard"
    rb"|attention required|are you a robot|incapsula|datadome|enable javascript and cookies",
    re.IGNORECASE,
)
_LINK = re.compile(rb"<link\b([^<>]{0,2000})>", re.IGNORECASE)
_FEED_TYPE = re.compile(rb"application/(?:rss|atom|feed)\+(?:xml|json)", re.IGNORECASE)
_HREF = re.compile(rb"href\s*=\s*[\"']?([^\"'\s<>]{1,2000})", re.IGNORECASE)


def describe_non_feed(data: bytes, *, url: str) -> TranslatableMessage:
    """Return a message about bytes that are no feed, with the feed's address if they name it."""
    start = data[:200_000]
    if not _PAGE.search(start):
        return translatable("feed.unknown")
    for found in _LINK.finditer(start):
        href = _HREF.search(found[1])
        if href and _FEED_TYPE.search(found[1]):
            link = href[1].decode("latin-1").replace("&amp;", "&")
            there = absolute_url(url, link, keep_origin=True)
            if there and there != url:
                return translatable("feed.web_page_with_feed", url=there)
    if _WALL.search(start):
        return translatable("feed.robot_check")
    return translatable("feed.web_page")
