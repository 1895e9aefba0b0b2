"""Feeds and pages in any state of damage: no crash, none over two seconds, others on time.

Each input goes the whole way, from a site's socket into PostgreSQL: what a parser returns may be
what a database refuses. `make faults N=10000 ONLY=mutated_feeds` is the long form; a failure names
the number of its input, which `tests.fakes.mutants.mutate` makes again.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC

import pytest

from service.articles import queries
from service.articles.feeds import poll
from service.articles.feeds.store_items import PollResult
from service.articles.html_page.extract import extract_article
from service.articles.ingest import ArticleKind, upsert
from service.boot import Runtime
from service.kit.clock import system_clock
from service.kit.errors import CrieurError, OperationRefused
from service.kit.sandbox import sandboxed
from tests.builders import a_newsletter
from tests.fakes import mutants
from tests.fakes.site import Site, answer

N = int(os.environ.get("FAULTS_N", "300"))  # noqa: TID251  The size of the run, as of all faults.
MAX_SECONDS = 2.0
"""Of processor time: of ours, and of a child's, which is stopped when it has used them up."""
PATIENCE = 20.0
"""By the clock, on a machine that does other things, and with new children for those stopped."""
TRIES = 3
"""What is slow by chance is quick the next time."""

STOPPED = {"feed.too_slow", "sandbox.time", "sandbox.memory"}

CRASHED = {"sandbox.crashed", "sandbox.failed", "feed.failed"}
ITEM = "<item><title>Titre {n}</title><link>https://sain.example/{n}</link></item>"


@dataclass
class Newsroom:
    """A healthy feed beside hostile ones, in one database."""

    runtime: Runtime
    site: Site
    feeds: dict[str, int] = field(default_factory=dict)

    def add(self, path: str) -> None:
        with self.runtime.begin() as session:
            self.feeds[path] = poll.add_feed(
                session, f"{self.site.url}{path}", newsletter_id=1, now=system_clock()
            )

    def poll(self, path: str, body: bytes) -> PollResult | None:
        """Serve a body and poll it, whatever the delay after earlier failures."""
        self.site.pages[path] = answer(body)
        with self.runtime.begin() as session:
            queries.update_feed(
                session,
                self.feeds[path],
                next_poll_at=system_clock(),
                paused_at=None,
                failures=0,
                etag=None,
                url=f"{self.site.url}{path}",
                newest_at=None,
            )
        return poll.poll_feed(
            self.runtime.begin, self.feeds[path], clock=system_clock, zone=UTC, allow_private=True
        )


POSTS = "/wp-json/wp/v2/posts"


@pytest.fixture
def newsroom(runtime: Runtime) -> Iterator[Newsroom]:
    with runtime.begin() as session:
        a_newsletter(session, "Continent", now=system_clock())
    with Site() as site:
        running = Newsroom(runtime, site)
        for path in ("/bad", "/good", POSTS):
            running.add(path)
        yield running


def measure(act: Callable[[], object]) -> tuple[float, float]:
    """Return the least processor time and time by the clock of an act, repeated while it is slow.

    The processor time is that of our own process, which sends messages meanwhile.
    """
    costs = []
    for _ in range(TRIES):
        began, worked = time.monotonic(), time.thread_time()
        act()
        costs.append((time.thread_time() - worked, time.monotonic() - began))
        if costs[-1][0] < MAX_SECONDS and costs[-1][1] < PATIENCE:
            break
    return min(cpu for cpu, _ in costs), min(clock for _, clock in costs)


@dataclass
class Tally:
    """What became of the inputs, by their numbers."""

    slow: dict[int, tuple[float, float]] = field(default_factory=dict)
    crashed: dict[int, str] = field(default_factory=dict)
    stopped: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    # Processor time of ours and time by the clock.
    costs: dict[int, tuple[float, float]] = field(default_factory=dict)

    def judge(self, number: int, error: CrieurError | None) -> None:
        key = error.message.key if error else None
        if key in CRASHED:
            self.crashed[number] = str(error)
        if key in STOPPED:
            self.stopped.add(number)
        if error is not None:
            self.refused.add(number)

    def time(self, number: int, act: Callable[[], object]) -> None:
        cpu, clock = self.costs[number] = measure(act)
        if cpu >= MAX_SECONDS or clock >= PATIENCE:
            self.slow[number] = (cpu, clock)

    def show(self, what: str) -> None:
        """Print what was measured, for those who run the long form with `-s`."""
        ours, clocks = (
            dict(zip(self.costs, each, strict=True))
            for each in zip(*self.costs.values(), strict=True)
        )
        print(  # noqa: T201  pytest shows it when the test has failed.
            f"{what}: {len(self.costs)} inputs, {len(self.refused)} refused, "
            f"stopped {sorted(self.stopped)}, crashed {self.crashed}; "
            f"slowest by our processor time {_largest(ours)}, by the clock {_largest(clocks)}"
        )


def _largest(seconds: dict[int, float]) -> dict[int, float]:
    numbers = sorted(seconds, key=seconds.__getitem__, reverse=True)[:10]
    return {number: round(seconds[number], 2) for number in numbers}


@pytest.mark.fault
@pytest.mark.timeout(0)
def test_no_feed_crashes_or_delays_anything(newsroom: Newsroom) -> None:
    """One publisher's broken plug-in, or a stranger's idea, must not stop the others' news."""
    seeds, posts = mutants.feeds(), mutants.posts()
    tally = Tally()
    with healthy_feed(newsroom) as delays:
        for number in range(N * 3 // 4):
            is_feed = number % 5 > 0
            body = mutants.mutate(number, seeds if is_feed else posts)
            path = "/bad" if is_feed else POSTS

            def act(path: str = path, body: bytes = body, number: int = number) -> None:
                polled = newsroom.poll(path, body)
                assert polled is not None, number
                tally.judge(number, OperationRefused(polled.error) if polled.error else None)
                if polled.remark is not None and polled.remark.key == "feed.cut":
                    # The whole was stopped, and its newest items were parsed.
                    tally.stopped.add(number)

            tally.time(number, act)

    tally.show("feeds")
    assert (tally.slow, tally.crashed) == ({}, {})
    assert 0 < len(tally.refused) < N
    assert len(tally.stopped) < N // 4
    assert len(delays) > N // 30
    assert max(delays) < PATIENCE


@pytest.mark.fault
@pytest.mark.timeout(0)
def test_no_page_crashes_or_takes_long(newsroom: Newsroom) -> None:
    """What it yields is an article that the database takes, or one sentence."""
    seeds, tally = mutants.pages(), Tally()
    for number in range(N // 4):
        page = mutants.mutate(number, seeds)

        def act(page: bytes = page, number: int = number) -> None:
            try:
                found = sandboxed(extract_article, cpu=MAX_SECONDS)(
                    page, url="https://courrier.example/a", zone=UTC
                )
            except CrieurError as error:
                tally.judge(number, error)
                return
            with newsroom.runtime.begin() as session:
                upsert(session, found, kind=ArticleKind.PAGE, now=system_clock())

        tally.time(number, act)

    tally.show("pages")
    assert (tally.slow, tally.crashed) == ({}, {})
    assert 0 < len(tally.refused) < N // 4


class healthy_feed:  # noqa: N801  Reads as the context that it is.
    """Polls a healthy feed all the while; returns how many seconds each poll took."""

    def __init__(self, newsroom: Newsroom) -> None:
        self._newsroom = newsroom
        self._stopped = threading.Event()
        self._delays: list[float] = []
        self._failed: list[object] = []
        self._thread = threading.Thread(target=self._poll)

    def __enter__(self) -> list[float]:
        self._thread.start()
        return self._delays

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        assert self._failed == []

    def _poll(self) -> None:
        number = 0
        while not self._stopped.wait(0.1):
            number += 1
            items = "".join(ITEM.format(n=n) for n in range(number, max(number - 10, 0), -1))
            feed = f'<rss version="2.0"><channel><title>S</title>{items}</channel></rss>'
            began = time.monotonic()
            polled = self._newsroom.poll("/good", feed.encode())
            self._delays.append(time.monotonic() - began)
            if polled is None or polled.error or polled.new != 1:
                self._failed.append(polled)
