"""Alerts of what feeds have brought, where a newsletter's rules call it breaking."""

from collections.abc import Sequence

from service.articles.feeds.store_items import NewsHandler
from service.boot import Runtime
from service.editions.breaking import alert_breaking
from service.kit.db import Session


def alert_of_news(runtime: Runtime) -> NewsHandler:
    """Return what makes alerts in the transaction that stores news: neither is there alone."""

    def handle(session: Session, article_ids: Sequence[int]) -> None:
        alert_breaking(session, new=article_ids, now=runtime.clock())

    return handle
