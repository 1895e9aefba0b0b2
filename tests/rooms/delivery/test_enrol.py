"""A frozen edition's audience becomes delivery rows, once."""

from datetime import timedelta

from service.delivery.enrol import enrol, masks_to_render
from service.editions import build
from service.kit.db import Begin
from tests.builders import a_reader
from tests.conftest import FakeClock
from tests.rooms.delivery.sending import Issue, an_issue, books, rows


def frozen(begin: Begin, clock: FakeClock, *masks: int | None) -> Issue:
    issue = an_issue(begin, clock, masks=masks, produced=False)
    with begin() as session:
        build.choose(session, issue.edition_id, now=clock.now)
        build.freeze(session, issue.edition_id, now=clock.now)
    return issue


def join(begin: Begin, issue: Issue, clock: FakeClock, state: str = "active") -> None:
    with begin() as session:
        from service.newsletters import catalogue

        paper = catalogue.get_by_id(session, issue.newsletter_id)
        a_reader(session, paper, now=clock.now, state=state)


def test_each_active_reader_is_enrolled_with_their_own_choice(
    begin: Begin, clock: FakeClock
) -> None:
    issue = frozen(begin, clock, None, 0b001, 0b1001, 0b1000, 0)

    with begin() as session:
        readers = enrol(session, issue.edition_id, now=clock.now)
        masks = masks_to_render(session, issue.edition_id)

    assert readers == 3
    assert [row.mask for row in rows(begin, issue)] == [0b111, 0b001, 0b001]
    assert masks == [0b001, 0b111]


def test_enrolling_again_adds_nobody(begin: Begin, clock: FakeClock) -> None:
    issue = frozen(begin, clock, None, None)
    with begin() as session:
        enrol(session, issue.edition_id, now=clock.now)
    join(begin, issue, clock)

    with begin() as session:
        again = enrol(session, issue.edition_id, now=clock.advance(minutes=1))

    assert again == 2


def test_who_confirmed_after_the_freeze_or_never_waits_for_the_next_edition(
    begin: Begin, clock: FakeClock
) -> None:
    issue = frozen(begin, clock, None)
    join(begin, issue, clock, state="pending")
    join(begin, issue, clock, state="ended")
    clock.advance(seconds=1)
    join(begin, issue, clock)

    with begin() as session:
        readers = enrol(session, issue.edition_id, now=clock.now + timedelta(minutes=1))

    assert readers == 1


def test_an_edition_that_is_not_frozen_has_no_audience(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, produced=False)

    with begin() as session:
        readers = enrol(session, issue.edition_id, now=clock.now)

    assert readers == 0
    assert books(begin, issue).enrolled_at is None
