"""A frozen edition's audience becomes delivery rows, once."""

import contextlib
from datetime import timedelta

from sqlalchemy import text

from service.delivery.enrol import enrol, masks_to_render
from service.editions import build
from service.kit.db import Begin
from tests.builders import a_reader
from tests.conftest import FakeClock
from tests.fakes.relay import Relay
from tests.rooms.delivery.sending import Issue, a_crew, an_issue, batches, books, rows, send


class Crash(Exception):  # noqa: N818  It is the end, not an error.
    """The worker is gone before its transaction has committed."""


def frozen(begin: Begin, clock: FakeClock, *masks: int | None) -> Issue:
    issue = an_issue(begin, clock, masks=masks, produced=False)
    with begin() as session:
        build.choose(session, issue.edition_id, now=clock.now)
        build.freeze(session, issue.edition_id, now=clock.now)
    return issue


def crash_while_enrolling(begin: Begin, clock: FakeClock, issue: Issue) -> None:
    with contextlib.suppress(Crash), begin() as session:
        enrol(session, issue.edition_id, now=clock.now, at_once=3)
        raise Crash


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
        complete = enrol(session, issue.edition_id, now=clock.now)
        masks = masks_to_render(session, issue.edition_id)

    assert complete
    assert [row.mask for row in rows(begin, issue)] == [0b111, 0b001, 0b001]
    assert masks == [0b001, 0b111]


def test_enrolling_again_adds_nobody(begin: Begin, clock: FakeClock) -> None:
    issue = frozen(begin, clock, None, None)
    with begin() as session:
        enrol(session, issue.edition_id, now=clock.now)
    join(begin, issue, clock)

    with begin() as session:
        again = enrol(session, issue.edition_id, now=clock.advance(minutes=1))

    assert again
    assert books(begin, issue).candidates == 2


def test_who_confirmed_after_the_freeze_or_never_waits_for_the_next_edition(
    begin: Begin, clock: FakeClock
) -> None:
    issue = frozen(begin, clock, None)
    join(begin, issue, clock, state="pending")
    join(begin, issue, clock, state="ended")
    clock.advance(seconds=1)
    join(begin, issue, clock)

    with begin() as session:
        enrol(session, issue.edition_id, now=clock.now + timedelta(minutes=1))

    assert books(begin, issue).candidates == 1


def test_an_edition_that_is_not_frozen_has_no_audience(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, produced=False)

    with begin() as session:
        enrol(session, issue.edition_id, now=clock.now)

    assert books(begin, issue).enrolled_at is None
    assert books(begin, issue).candidates == 0


def test_an_enrolment_that_is_cut_off_anywhere_goes_on_without_doubles(
    begin: Begin, clock: FakeClock
) -> None:
    issue = frozen(begin, clock, *[None] * 7)
    seen = []

    complete = False
    while not complete:
        crash_while_enrolling(begin, clock, issue)
        with begin() as session:
            complete = enrol(session, issue.edition_id, now=clock.now, at_once=3)
        seen.append(books(begin, issue).candidates)

    assert seen == [3, 6, 7]
    assert len({row.subscriber_id for row in rows(begin, issue)}) == 7
    assert books(begin, issue).enrolled_at == clock.now


def test_a_batch_has_its_stretch_of_readers_within_one_wave(begin: Begin, clock: FakeClock) -> None:
    issue = frozen(begin, clock, *[None] * 6)
    east, west, *_ = issue.readers.values()
    with begin() as session:
        session.execute(text("UPDATE newsletter SET at_readers_time = true"))
        session.execute(text("UPDATE edition SET origin = 'schedule'"))
        for reader, zone in ((east, "Asia/Tokyo"), (west, "America/New_York")):
            session.execute(
                text("UPDATE subscriber SET time_zone = :zone WHERE id = :reader"),
                {"zone": zone, "reader": reader},
            )
        enrol(session, issue.edition_id, now=clock.now)

    found = {row.subscriber_id: row for row in rows(begin, issue)}
    home, later = sorted(batches(begin, issue), key=lambda batch: batch.due_at)
    assert found[west].wave == 5 * 60
    assert {row.wave for reader, row in found.items() if reader != west} == {0}
    assert (later.first_id, later.last_id) == (west, west)
    assert (home.first_id, home.last_id) == (min(found), max(found))
    assert found[west].batch_id == later.id
    assert {row.batch_id for reader, row in found.items() if reader != west} == {home.id}
    assert later.due_at - home.due_at == timedelta(hours=5)


def test_a_wave_is_sent_when_its_time_has_come(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * 2)
    west = list(issue.readers.values())[1]
    with begin() as session:
        session.execute(
            text(
                "INSERT INTO batch (edition_id, first_id, last_id, due_at) "
                "VALUES (:edition, :west, :west, :due)"
            ),
            {"edition": issue.edition_id, "west": west, "due": clock.now + timedelta(hours=30)},
        )
        session.execute(
            text(
                "UPDATE delivery SET wave = 1800, batch_id = (SELECT max(id) FROM batch) "
                "WHERE subscriber_id = :west"
            ),
            {"west": west},
        )

    with Relay() as relay:
        crew = a_crew(begin, clock, relay.url)
        send(issue, crew)
        first = [kept.recipient for kept in relay.accepted]
        clock.advance(hours=30)
        send(issue, crew)

    # By then the edition is older than its news is valid elsewhere, and fresh for them.
    assert first == [next(iter(issue.readers))]
    assert [row.state for row in rows(begin, issue)] == ["accepted", "accepted"]
    assert books(begin, issue).state == "finished"
