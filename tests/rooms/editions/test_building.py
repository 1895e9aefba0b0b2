"""One at a time carries an edition on; whoever dies at it is followed within a lease."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from service.delivery.workflow import advance
from service.editions import building, desk
from service.editions.building import Lost
from service.kit.db import Begin
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import POST, an_issue, states


def let_it_run_out(begin: Begin) -> None:
    """Let a holder's lease end, as if it had been killed or frozen a while ago."""
    with begin() as session:
        session.execute(
            text("UPDATE building SET leased_until = clock_timestamp() - interval '1 second'")
        )


def test_nobody_else_carries_an_edition_on_meanwhile(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, produced=False)
    with begin() as session:
        lease = building.claim(session, issue.edition_id)
    assert lease is not None

    advance.advance_edition(begin, issue.edition_id, clock=clock, public_url=POST.public_url)

    with begin() as session:
        assert desk.get(session, issue.edition_id).state == "planned"
        assert desk.under_construction(session) == []
        building.let_go(session, lease)
    advance.advance_edition(begin, issue.edition_id, clock=clock, public_url=POST.public_url)
    assert states(begin, issue) == ["pending"] * 3


def test_what_a_dead_holder_left_is_taken_over(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, produced=False)
    with begin() as session:
        building.claim(session, issue.edition_id)
    let_it_run_out(begin)

    with begin() as session:
        assert desk.under_construction(session) == [issue.edition_id]
    advance.advance_edition(begin, issue.edition_id, clock=clock, public_url=POST.public_url)

    assert states(begin, issue) == ["pending"] * 3


def test_whoever_comes_back_too_late_writes_nothing(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, produced=False)
    with begin() as session:
        old = building.claim(session, issue.edition_id)
    let_it_run_out(begin)
    with begin() as session:
        new = building.claim(session, issue.edition_id)
    assert old is not None
    assert new is not None

    with pytest.raises(Lost), building.steps(begin, old)() as session:
        desk.hold(session, issue.edition_id, now=clock.now)
    with begin() as session:
        building.let_go(session, old)
        building.keep(session, new)
        assert desk.get(session, issue.edition_id).held_at is None


def test_a_step_prolongs_the_lease_and_keeps_others_out_without_a_wait(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, produced=False)
    with begin() as session:
        lease = building.claim(session, issue.edition_id)
    assert lease is not None
    let_it_run_out(begin)

    with building.steps(begin, lease)(), begin() as other:
        other.execute(text("SET LOCAL lock_timeout = '1s'"))
        assert building.claim(other, issue.edition_id) is None
    with begin() as session:
        assert building.claim(session, issue.edition_id, lease_for=timedelta(seconds=1)) is None


def test_a_finished_piece_of_work_leaves_no_lease_behind(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)

    with begin() as session:
        assert building.claim(session, issue.edition_id) is not None
