"""How fast articles come in from feeds, and where the time goes.

Each feed is fetched from a server on this machine, parsed in a child process and stored in
PostgreSQL, one after the other, as one worker's thread does it. The second round finds everything
unchanged, as nearly every poll does.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from service.articles import find
from service.articles.feeds import poll
from service.articles.feeds.limits import parse_within_limits
from service.articles.feeds.store_items import store_items
from service.devkit.bench.sample_edition import DRAFT
from service.devkit.bench.stack import BenchStack, Commands, StackOptions, open_stack
from service.kit.clock import system_clock
from service.kit.fetch import fetch
from service.newsletters import catalogue

ITEMS_PER_FEED = 100
_NO_PORT = 9
_SENTENCE = "Les travaux du port commencent en mars et dureront deux ans, selon le ministre. "
_PARAGRAPHS, _SENTENCES = 6, 5
_ITEM = (
    "<item><title>Le port numéro {n} agrandit ses quais</title>"
    "<link>https://courrier.example/economie/{n}</link>"
    '<guid isPermaLink="false">https://courrier.example/?p={n}</guid><pubDate>{date}</pubDate>'
    "<category>Économie</category><category>À la une</category><dc:creator>Awa Koné</dc:creator>"
    "<description>{sentence}</description><content:encoded><![CDATA[{text}]]></content:encoded></item>"
)
_FEED = (
    '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>F</title>'
    "<link>https://courrier.example/</link>{items}</channel></rss>"
)


def measure_ingest(folder: Path, *, items: int, commands: Commands) -> dict[str, Any]:
    """Take in that many articles, then poll them again; return what `--json` prints."""
    feeds = make_feeds(items, now=system_clock())
    wish = StackOptions(connections=1, processes=1)
    with open_stack(folder, wish, port=_NO_PORT, commands=commands) as stack, serve(feeds) as site:
        ids = _add_feeds(stack, site, feeds)
        new, first = _poll_all(stack, ids)
        again, second = _poll_all(stack, ids)
    faults = [f"{new} of {items} articles were new."] if new != items else []
    faults += [f"{again} articles were new again."] if again else []
    return {
        "items": items,
        "feeds": len(feeds),
        "kilobytes": round(sum(map(len, feeds.values())) / 1000),
        "rate": round(items / sum(first.values())),
        "again_rate": round(items / sum(second.values())),
        "seconds": {name: round(seconds, 2) for name, seconds in first.items()},
        "again_seconds": {name: round(seconds, 2) for name, seconds in second.items()},
        "faults": faults,
        "sound": not faults,
    }


def make_feeds(items: int, *, now: datetime) -> dict[str, bytes]:
    """Return RSS feeds with so many items in all, by their paths; each item has a text of 2 KB."""
    text = f"<p>{_SENTENCE * _SENTENCES}</p>" * _PARAGRAPHS
    feeds = {}
    for start in range(0, items, ITEMS_PER_FEED):
        listed = "".join(
            _ITEM.format(
                n=number,
                date=format_datetime(now - timedelta(minutes=number - start)),
                sentence=_SENTENCE,
                text=text,
            )
            for number in range(start, min(start + ITEMS_PER_FEED, items))
        )
        feeds[f"/{start}"] = _FEED.format(items=listed).encode()
    return feeds


@contextmanager
def serve(pages: Mapping[str, bytes]) -> Iterator[str]:
    """Serve pages on this machine; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _add_feeds(stack: BenchStack, site: str, feeds: Mapping[str, bytes]) -> list[int]:
    now = stack.runtime.clock()
    with stack.runtime.begin() as session:
        newsletter = catalogue.create(session, DRAFT, now=now)
        return [
            poll.add_feed(session, f"{site}{path}", newsletter_id=newsletter.id, now=now)
            for path in feeds
        ]


def _poll_all(stack: BenchStack, ids: list[int]) -> tuple[int, dict[str, float]]:
    """Poll each feed once; return how many articles were new, and the seconds of each part."""
    runtime, new = stack.runtime, 0
    spent = {"fetch": 0.0, "parse": 0.0, "store": 0.0}
    for feed_id in ids:
        began = time.monotonic()
        with runtime.begin() as session:
            feed = find.require_feed(session, feed_id)
        answer = fetch(feed.url, allow_private=True)
        fetched = time.monotonic()
        parsed = parse_within_limits(answer.body, url=answer.url, zone=UTC)
        read = time.monotonic()
        with runtime.begin() as session:
            new += store_items(session, feed, parsed, now=runtime.clock()).new
        spent["fetch"] += fetched - began
        spent["parse"] += read - fetched
        spent["store"] += time.monotonic() - read
    return new, spent
