"""When the article on a page was published, of all the dates that stand there.

What the page tells machines comes first, then the line under its headline, then marks inside its
text. Where none of these says anything htmldate looks over what is the article's own, and at last
over the whole page.
"""

import re
from copy import deepcopy
from datetime import datetime, timedelta, tzinfo
from typing import Any

import htmldate
from lxml.etree import tostring

from service.articles.html_page.jsonld import text_of
from service.articles.html_page.metadata import ArticlePage
from service.articles.html_page.visible_metadata import marked_dates, visible_date
from service.articles.parsing.timestamps import parse_timestamp

_PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "date",
    "dc.date",
    "dc.date.issued",
    "dcterms.created",
    "publishdate",
    "publish-date",
    "pubdate",
    "sailthru.date",
    "parsely-pub-date",
)
_UPDATED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified")
_DAY_IN_ADDRESS = re.compile(
    r"/((?:19|20)\d\d)[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?=[/-]|$)"
)
_SAME_DAY = timedelta(hours=36)
_MOST_MARKUP = 400_000


def page_published(
    page: ArticlePage, *, title: str, shown: datetime | None, zone: tzinfo
) -> datetime | None:
    """Return when a page says that it was published; `shown` is the date under its headline."""
    told = _described(page, "datePublished", _PUBLISHED, zone=zone)
    told = told or _read(visible_date(page.own, "published", title=title), zone) or shown
    day = _day_in_address(page.url, zone=zone)
    # Sites that move or touch up their archive date it anew; its addresses stay what they were.
    if day is not None and (told is None or told - day > _SAME_DAY):
        return day
    if told is not None:
        return told
    marked = [at for text in marked_dates(page.own) if (at := _read(text, zone))]
    found = _found(page, zone=zone) or next(iter(marked), None)
    # htmldate tells the day; a mark of that day tells the time, too.
    return next((at for at in marked if found and at.date() == found.date()), found)


def page_updated(
    page: ArticlePage, *, title: str, shown: datetime | None, zone: tzinfo
) -> datetime | None:
    """Return when a page says that it was last changed."""
    told = _described(page, "dateModified", _UPDATED, zone=zone)
    return told or _read(visible_date(page.own, "updated", title=title), zone) or shown


def _described(
    page: ArticlePage, key: str, names: tuple[str, ...], *, zone: tzinfo
) -> datetime | None:
    told = _read(text_of(page.described.get(key)), zone)
    return told or _read(page.first(*names), zone)


def _read(told: str, zone: tzinfo) -> datetime | None:
    return parse_timestamp(told[:200], zone=zone) if told else None


def _day_in_address(url: str, *, zone: tzinfo) -> datetime | None:
    found = _DAY_IN_ADDRESS.search(url)
    if found is None:
        return None
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=zone)
    except ValueError:
        return None


def _found(page: ArticlePage, *, zone: tzinfo) -> datetime | None:
    """Return the date that htmldate finds: an exact one, or else the likeliest of the page."""
    looks = [(page.own, False), (page.tree, True)]
    # It reads the whole markup some twenty times over; no article needs so much.
    for tree, anywhere in looks if len(tostring(page.tree)) <= _MOST_MARKUP else looks[:1]:
        found = _search(tree, anywhere=anywhere, url=page.url)
        # Where it finds nothing but a year it says the first of January.
        if found is not None and not found.endswith("-01-01"):
            return _read(found, zone)
    return None


def _search(tree: Any, *, anywhere: bool, url: str) -> str | None:
    return htmldate.find_date(
        deepcopy(tree),
        original_date=True,
        extensive_search=anywhere,
        url=url or None,
    )
