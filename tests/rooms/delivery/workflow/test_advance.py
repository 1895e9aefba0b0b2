"""From the slot to the sending: one process at a time, and each step once."""

from contextlib import AbstractContextManager
from itertools import count

import pytest
from sqlalchemy.exc import OperationalError

from service.boot import Runtime
from service.delivery.workflow import advance
from service.editions import build_lease, control
from service.editions.find import editions_under_construction, get_edition
from service.editions.read_models import EditionDetails
from service.kit.db import Begin, DatabaseUnavailable, Session
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import (
    POST,
    Issue,
    abandon_build,
    an_issue,
    states,
)


def get(begin: Begin, issue: Issue) -> EditionDetails:
    with begin() as session:
        return get_edition(session, issue.edition_id)


def test_a_second_time_changes_nothing(begin: Begin, clock: FakeClock) -> None:
    """Any number of messages may ask for the same edition; no reader is enrolled twice."""
    issue = an_issue(begin, clock)
    before = get(begin, issue)

    clock.advance(minutes=1)
    assert advance.advance_edition(begin, issue.edition_id, clock=clock, public_url=POST.public_url)

    assert get(begin, issue) == before
    assert states(begin, issue) == ["pending"] * 3


def test_an_edition_on_hold_stops_with_its_articles_selected(
    begin: Begin, clock: FakeClock
) -> None:
    """An operator asked to see it first; frozen, nothing could be changed any more."""
    issue = an_issue(begin, clock, produced=False)
    with begin() as session:
        control.hold(session, issue.edition_id, now=clock.now)

    advance.advance_edition(begin, issue.edition_id, clock=clock, public_url=POST.public_url)

    assert get(begin, issue).state == "selected"
    assert states(begin, issue) == []


def test_a_paused_edition_is_not_advanced(begin: Begin, clock: FakeClock) -> None:
    """Whoever paused it wants nothing of it to happen by itself."""
    issue = an_issue(begin, clock, produced=False)
    with begin() as session:
        control.pause(session, issue.edition_id, now=clock.now)

    advance.advance_edition(begin, issue.edition_id, clock=clock, public_url=POST.public_url)

    assert get(begin, issue).state == "planned"


def test_nobody_else_carries_an_edition_on_meanwhile(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, produced=False)
    with begin() as session:
        lease = build_lease.claim(session, issue.edition_id)
    assert lease is not None

    advance.advance_edition(begin, issue.edition_id, clock=clock, public_url=POST.public_url)

    with begin() as session:
        assert get_edition(session, issue.edition_id).state == "planned"
        assert editions_under_construction(session) == []
        build_lease.release(session, lease)
    advance.advance_edition(begin, issue.edition_id, clock=clock, public_url=POST.public_url)
    assert states(begin, issue) == ["pending"] * 3


def test_what_a_dead_holder_left_is_taken_over(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, produced=False)
    with begin() as session:
        build_lease.claim(session, issue.edition_id)
    abandon_build(begin)

    with begin() as session:
        assert editions_under_construction(session) == [issue.edition_id]
    advance.advance_edition(begin, issue.edition_id, clock=clock, public_url=POST.public_url)

    assert states(begin, issue) == ["pending"] * 3


def test_a_database_that_goes_while_an_edition_is_built_is_no_death(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock, produced=False)
    begun = count(1)

    def flapping() -> AbstractContextManager[Session]:
        # The claim and two steps; then it is away for two tries, of which one is to let go.
        if next(begun) in {4, 5}:
            raise OperationalError("SELECT 1", None, ConnectionResetError())
        return runtime.begin()

    with pytest.raises(DatabaseUnavailable):
        advance.advance_edition(
            flapping, issue.edition_id, clock=clock, public_url="https://crieur.test"
        )
    with runtime.begin() as session:
        lease = build_lease.claim(session, issue.edition_id)

    assert lease is not None
    assert not lease.was_left
