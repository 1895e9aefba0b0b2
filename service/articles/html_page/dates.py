"""Choose, of all dates on a page, when its article was published and updated.

The metadata comes first, then the line under the headline, then marked dates inside the text. If
none of these has a date, htmldate searches the article's own part of the page, then the whole page.
"""

import re
from copy import deepcopy
from datetime import datetime, timedelta, tzinfo
from functools import cache
from typing import Any

import htmldate
from htmldate.extractors import get_external_parser
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
# Those of `service.articles.parsing.timestamps`.
_LANGUAGES = ("fr", "en", "pt", "es", "de", "it", "nl", "ar")


def page_published(
    page: ArticlePage, *, title: str, shown: datetime | None, zone: tzinfo
) -> datetime | None:
    """Return when a page was published; `shown` is the date under its headline."""
    stated = _metadata_date(page, "datePublished", _PUBLISHED, zone=zone)
    stated = stated or _parse(visible_date(page.own_tree, "published", title=title), zone) or shown
    day = _day_in_address(page.url, zone=zone)
    # Sites that migrate or edit their archive give it new dates; its URLs stay the same.
    if day is not None and (stated is None or stated - day > _SAME_DAY):
        return day
    if stated is not None:
        return stated
    marked = [at for text in marked_dates(page.own_tree) if (at := _parse(text, zone))]
    found = _searched_date(page, zone=zone) or next(iter(marked), None)
    # htmldate finds the day; a marked date of that day has the time, too.
    return next((at for at in marked if found and at.date() == found.date()), found)


def page_updated(
    page: ArticlePage, *, title: str, shown: datetime | None, zone: tzinfo
) -> datetime | None:
    """Return when a page was last changed."""
    stated = _metadata_date(page, "dateModified", _UPDATED, zone=zone)
    return stated or _parse(visible_date(page.own_tree, "updated", title=title), zone) or shown


def _metadata_date(
    page: ArticlePage, key: str, names: tuple[str, ...], *, zone: tzinfo
) -> datetime | None:
    stated = _parse(text_of(page.described.get(key)), zone)
    return stated or _parse(page.first_meta(*names), zone)


def _parse(stated: str, zone: tzinfo) -> datetime | None:
    return parse_timestamp(stated[:200], zone=zone) if stated else None


def _day_in_address(url: str, *, zone: tzinfo) -> datetime | None:
    found = _DAY_IN_ADDRESS.search(url)
    if found is None:
        return None
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=zone)
    except ValueError:
        return None


def _searched_date(page: ArticlePage, *, zone: tzinfo) -> datetime | None:
    """Return the date that htmldate finds: an exact one, or else the likeliest one of the page."""
    searches = [(page.own_tree, False), (page.tree, True)]
    # htmldate scans the whole markup about twenty times; no article needs so much.
    for tree, anywhere in searches if len(tostring(page.tree)) <= _MOST_MARKUP else searches[:1]:
        found = _search(tree, anywhere=anywhere, url=page.url)
        # If it finds only a year it returns the first of January.
        if found is not None and not found.endswith("-01-01"):
            return _parse(found, zone)
    return None


def _search(tree: Any, *, anywhere: bool, url: str) -> str | None:
    _limit_languages()
    return htmldate.find_date(
        deepcopy(tree),
        original_date=True,
        extensive_search=anywhere,
        url=url or None,
    )


@cache
def _limit_languages() -> None:
    """Let htmldate read month names in the languages that we read, and in no other.

    Its parser loads two hundred languages for the first date that it does not understand: two
    seconds of processor time, more than the parser of a page may take in all.
    """
    get_external_parser().languages = list(_LANGUAGES)
