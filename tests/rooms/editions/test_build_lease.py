"""One at a time carries an edition on; whoever dies at it is followed within a lease."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from service.editions import build_lease, control
from service.editions.build_lease import BuildLeaseLost
from service.editions.find import get_edition
from service.kit.db import Begin
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import abandon_build, an_issue


def test_whoever_comes_back_too_late_writes_nothing(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, produced=False)
    with begin() as session:
        old = build_lease.claim(session, issue.edition_id)
    abandon_build(begin)
    with begin() as session:
        new = build_lease.claim(session, issue.edition_id)
    assert old is not None
    assert new is not None

    with pytest.raises(BuildLeaseLost), build_lease.begin_with_lease(begin, old)() as session:
        control.hold(session, issue.edition_id, now=clock.now)
    with begin() as session:
        build_lease.release(session, old)
        build_lease.renew(session, new)
        assert get_edition(session, issue.edition_id).held_at is None


def test_a_step_prolongs_the_lease_and_keeps_others_out_without_a_wait(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, produced=False)
    with begin() as session:
        lease = build_lease.claim(session, issue.edition_id)
    assert lease is not None
    abandon_build(begin)

    with build_lease.begin_with_lease(begin, lease)(), begin() as other:
        other.execute(text("SET LOCAL lock_timeout = '1s'"))
        assert build_lease.claim(other, issue.edition_id) is None
    with begin() as session:
        assert build_lease.claim(session, issue.edition_id, lease_for=timedelta(seconds=1)) is None


def test_a_finished_piece_of_work_leaves_no_lease_behind(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)

    with begin() as session:
        assert build_lease.claim(session, issue.edition_id) is not None
