"""Articles come in once, and the figures say where the time went."""

from datetime import UTC, datetime
from pathlib import Path

from service.articles.feeds.parse import parse_feed
from service.devkit.bench.ingest import ITEMS_PER_FEED, make_feeds, measure_ingest

NOW = datetime(2023, 2, 8, 6, tzinfo=UTC)


def test_every_article_is_new_once(data_dir: Path) -> None:
    """A rate of articles that were not stored would be a fine one."""
    figures = measure_ingest(data_dir, items=12, commands=lambda *_: [])

    assert (figures["faults"], figures["sound"], figures["feeds"]) == ([], True, 1)
    assert figures["seconds"].keys() == {"fetch", "parse", "store"}
    assert figures["rate"] > 0
    assert figures["again_rate"] > 0


def test_the_feeds_hold_all_articles_with_their_texts() -> None:
    """What is measured is what newsrooms publish: texts of two kilobytes, categories, authors."""
    feeds = make_feeds(ITEMS_PER_FEED + 1, now=NOW)
    parsed = [parse_feed(body, url="https://x.example/", zone=UTC) for body in feeds.values()]

    assert [len(each.articles) for each in parsed] == [ITEMS_PER_FEED, 1]
    (article,) = parsed[1].articles
    assert sum(map(len, article.body)) > 2_000
    assert (article.authors, article.published) == (("Awa Koné",), NOW)
