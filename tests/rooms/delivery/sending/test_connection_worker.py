"""One connection's work: what it begins, and what it does not begin."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from service.delivery.sending.result_writer import MAX_UNWRITTEN
from service.kit.db import Begin
from tests.conftest import FakeClock
from tests.fakes.relay import Kept, Relay
from tests.rooms.delivery.harness import (
    an_issue,
    books,
    rows,
    send,
    send_deps,
    states,
)


def test_nobody_begins_a_mail_while_too_many_outcomes_wait_for_their_commit(
    begin: Begin, clock: FakeClock
) -> None:
    """What a kill repeats is bounded, however slow the database is."""
    issue = an_issue(begin, clock, masks=[None] * (MAX_UNWRITTEN + 60))
    locked, release = threading.Event(), threading.Event()
    unwritten: list[int] = []

    def keep_outcomes_from_being_written() -> None:
        with begin() as session:
            session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            session.execute(text("LOCK TABLE tally IN EXCLUSIVE MODE"))
            locked.set()
            release.wait(50)
            unwritten.append(len(relay.accepted))

    def when_kept(_kept: Kept) -> None:
        if len(relay.accepted) >= MAX_UNWRITTEN:
            threading.Timer(1, release.set).start()

    with Relay(on_kept=when_kept) as relay, ThreadPoolExecutor(1) as pool:
        blocking = pool.submit(keep_outcomes_from_being_written)
        locked.wait(10)
        send(issue, send_deps(begin, clock, relay.url, connections=4))
        blocking.result()

    assert MAX_UNWRITTEN <= unwritten[0] <= MAX_UNWRITTEN + 4
    assert states(begin, issue).count("pending") == 0, Counter(states(begin, issue))
    assert books(begin, issue).accepted == MAX_UNWRITTEN + 60


def test_a_message_too_odd_for_the_relay_is_refused_and_the_rest_goes_out(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None, None])
    with begin() as session:
        session.connection().exec_driver_sql(
            "UPDATE subscriber SET address = 'élodie@example.org' WHERE id = %s",
            (next(iter(issue.readers.values())),),
        )

    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))

    assert states(begin, issue) == ["refused", "accepted"]
    assert rows(begin, issue)[0].reason == "unsendable"
