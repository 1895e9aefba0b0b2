"""Read the sitemaps that a sitemap index lists, one level deep, as one feed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from http import HTTPStatus

from service.articles.feeds.limits import parse_within_limits
from service.articles.feeds.parse import MAX_ITEMS
from service.articles.parsed_article import ParsedFeed
from service.kit.errors import CrieurError, OperationRefused
from service.kit.fetch import FetchedResponse
from service.kit.fetch_guard import FetchFailed, FetchRefused
from service.kit.translatable import TranslatableMessage, translatable

_LATEST = datetime.max.replace(tzinfo=UTC)


def follow_index(
    feed: ParsedFeed, *, zone: tzinfo, get: Callable[[str], FetchedResponse]
) -> ParsedFeed:
    """Return the articles of the sitemaps that an index lists; any other feed unchanged.

    `get` asks for a URL. A sitemap that fails is left out, unless all do. An index inside an index
    is not followed.

    Raises:
        FetchFailed, FetchRefused, OperationRefused: why none of the sitemaps could be read.
    """
    if not feed.parts:
        return feed
    read, error = [], None
    for url in feed.parts:
        try:
            read.append(_read_part(get(url), zone=zone))
        except (FetchFailed, FetchRefused, OperationRefused) as failed:
            error = failed
    if error is not None and not read:
        raise error
    articles = [article for part in read for article in part.articles]
    articles.sort(key=lambda each: each.published or _LATEST, reverse=True)
    return replace(
        feed,
        title=next((part.title for part in read if part.title), None),
        language=next((part.language for part in read if part.language), None),
        articles=articles[:MAX_ITEMS],
        remark=_remark(read, error),
    )


def _read_part(answer: FetchedResponse, *, zone: tzinfo) -> ParsedFeed:
    if answer.status != HTTPStatus.OK:
        raise FetchFailed(translatable("feed.status", status=str(answer.status)))
    part = parse_within_limits(answer.body, url=answer.url, zone=zone, cut=answer.cut)
    if part.parts:
        raise OperationRefused(translatable("feed.nested_index"))
    return part


def _remark(read: list[ParsedFeed], error: CrieurError | None) -> TranslatableMessage | None:
    if error is not None:
        return translatable("feed.part_failed", why=error.message)
    return next((part.remark for part in read if part.remark), None)
