"""Results whose transaction is cut off are written once, counted once, and none seems lost."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from service.delivery.tables import Attempt
from service.kit.db import Begin, Session
from tests.conftest import FakeClock
from tests.fakes.relay import Mood, Relay
from tests.rooms.delivery.harness import Issue, an_issue, books, send, send_deps

_RESULTS = text("SELECT count(*) FROM delivery WHERE state IN ('accepted', 'refused')")


class CutConnection:
    """Begins transactions as usual; the first that writes results loses its connection."""

    def __init__(self, begin: Begin, *, after_commit: bool) -> None:
        self.cuts = 0
        self._begin = begin
        self._after_commit = after_commit

    @contextmanager
    def begin(self) -> Iterator[Session]:
        with self._begin() as session:
            yield session
            is_cut = not self.cuts and bool(session.scalar(_RESULTS))
            if is_cut:
                self.cuts += 1
                if not self._after_commit:
                    raise _connection_lost()
        if is_cut:
            raise _connection_lost()


def _connection_lost() -> OperationalError:
    return OperationalError("COMMIT", None, ConnectionResetError())


def _attempts(begin: Begin, issue: Issue) -> Counter[str]:
    with begin() as session:
        return Counter(
            session.scalars(select(Attempt.result).where(Attempt.edition_id == issue.edition_id))
        )


@pytest.mark.parametrize("after_commit", [False, True])
def test_a_group_whose_connection_is_lost_is_counted_once(
    begin: Begin, clock: FakeClock, after_commit: bool
) -> None:
    """Counted inside of the transaction, it counted twice; a commit without answer logged losses.

    Twice as many refusals as there were paused an edition that had no fault.
    """
    issue = an_issue(begin, clock, masks=[None] * 6)
    cut = CutConnection(begin, after_commit=after_commit)

    with Relay(_refuse_two) as relay, capture_logs() as logged:
        tally = send(issue, send_deps(cut.begin, clock, relay.url))

    ledger = books(begin, issue)
    assert cut.cuts == 1
    assert (tally["accepted"], tally["refused"]) == (4, 2)
    assert (ledger.accepted, ledger.refused, ledger.pending) == (4, 2, 0)
    assert _attempts(begin, issue) == {"refused": 2}
    assert [each for each in logged if each["event"] == "delivery.lease_lost"] == []


def test_an_edition_is_paused_although_the_transaction_that_pauses_it_is_cut_off(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 30)
    cut = CutConnection(begin, after_commit=False)

    with Relay(lambda _recipient, _attempt: Mood.REFUSE) as relay:
        send(issue, send_deps(cut.begin, clock, relay.url))

    with begin() as session:
        assert cut.cuts == 1
        assert session.scalar(text("SELECT paused_at IS NOT NULL FROM edition"))


def _refuse_two(recipient: str, attempt: int) -> Mood:
    del attempt
    return Mood.REFUSE if recipient.startswith(("r0.", "r1.")) else Mood.ACCEPT
