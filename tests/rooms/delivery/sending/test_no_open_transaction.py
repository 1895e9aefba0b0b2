"""No transaction is open while a relay or a site is silent.

A transaction that waits for the network keeps its locks and its snapshot for as long as a stranger
likes, and a pool of connections is used up by a few of them.
"""

import socket
from collections.abc import Iterator
from time import monotonic

import pytest
from sqlalchemy import Engine, create_engine, text

from service.articles.feeds import poll
from service.boot import Runtime
from service.delivery.notices.send_notice import send_notice
from service.kit.db import Begin
from tests.builders import a_goodbye, a_newsletter, a_reader
from tests.conftest import FakeClock
from tests.fakes.relay import Mood, Relay
from tests.fakes.site import Site, answer
from tests.rooms.delivery.harness import an_issue, books, send, send_deps
from workers import poll_feed

OPEN = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND xact_start IS NOT NULL
    """)
WITHIN = 5.0
"""Seconds: short transactions of the same process come and go; one that waits would stay."""


class Witness:
    """Looks at PostgreSQL's sessions at the moment at which the other side has to answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.saw_none: list[bool] = []

    def look(self) -> None:
        """Note whether there is a moment without an open transaction before it answers."""
        until = monotonic() + WITHIN
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while is_open := bool(connection.execute(OPEN).scalar_one()):
                if monotonic() > until:
                    break
        self.saw_none.append(not is_open)


@pytest.fixture
def witness(database_url: str) -> Iterator[Witness]:
    engine = create_engine(database_url)
    yield Witness(engine)
    engine.dispose()


def test_no_transaction_is_open_while_a_relay_has_not_answered_an_edition_s_message(
    begin: Begin, clock: FakeClock, witness: Witness
) -> None:
    issue = an_issue(begin, clock)

    def answer_late(_recipient: str, _attempt: int) -> Mood:
        witness.look()
        return Mood.ACCEPT

    with Relay(answer_late) as relay:
        send(issue, send_deps(begin, clock, relay.url))

    assert witness.saw_none == [True] * 3
    assert books(begin, issue).accepted == 3


def test_none_is_open_while_a_relay_has_not_answered_a_notice(
    begin: Begin, clock: FakeClock, witness: Witness
) -> None:
    with begin() as session:
        paper = a_newsletter(session, now=clock.now)
        reader = a_reader(session, paper, now=clock.now)
        notice_id = a_goodbye(session, paper.id, reader.subscriber_id, now=clock.now)

    def answer_late(_recipient: str, _attempt: int) -> Mood:
        witness.look()
        return Mood.ACCEPT

    with Relay(answer_late) as relay:
        result = send_notice(notice_id, send_deps(begin, clock, relay.url))

    assert (result, witness.saw_none) == ("accepted", [True])


def test_none_is_open_while_a_site_has_not_answered(runtime: Runtime, witness: Witness) -> None:
    with Site() as site:
        with runtime.begin() as session:
            paper = a_newsletter(session, now=runtime.clock())
            feed_id = poll.add_feed(
                session, f"{site.url}/feed", newsletter_id=paper.id, now=runtime.clock()
            )
        served = answer(b'<rss version="2.0"><channel><title>News</title></channel></rss>')

        def answer_late(connection: socket.socket, request: bytes) -> None:
            witness.look()
            served(connection, request)

        site.pages["/feed"] = answer_late
        poll_feed.run(runtime, feed_id=feed_id)

    assert witness.saw_none == [True]
