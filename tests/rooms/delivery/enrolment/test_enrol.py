"""A frozen edition's audience becomes delivery rows, once."""

import contextlib
from collections import Counter
from datetime import timedelta

from sqlalchemy import text

from service.delivery.enrolment import queries
from service.delivery.enrolment.enrol import enrol_next_chunk
from service.delivery.enrolment.queries import EnrolmentChunk
from service.delivery.enrolment.quiet_waves import WaveSchedule
from service.delivery.workflow import advance
from service.editions import build, control
from service.editions.find import get_edition
from service.kit.db import Begin, Session
from service.reports.variants import list_variants
from tests.builders import a_reader
from tests.conftest import FakeClock
from tests.fakes.relay import Relay
from tests.rooms.delivery.harness import (
    POST,
    Issue,
    an_issue,
    batches,
    books,
    rows,
    send,
    send_deps,
)
from tests.subject_tests import a_tested_edition, add_readers, release, the_test


class Crash(Exception):  # noqa: N818  It is the end, not an error.
    """The worker is gone before its transaction has committed."""


def frozen(begin: Begin, clock: FakeClock, *masks: int | None) -> Issue:
    issue = an_issue(begin, clock, masks=masks, produced=False)
    with begin() as session:
        build.select_articles(session, issue.edition_id, now=clock.now)
        build.freeze(session, issue.edition_id, now=clock.now)
    return issue


def crash_while_enrolling(begin: Begin, clock: FakeClock, issue: Issue) -> None:
    with contextlib.suppress(Crash), begin() as session:
        enrol_next_chunk(session, issue.edition_id, now=clock.now, chunk_size=3)
        raise Crash


def live_in(session: Session, reader: int, zone: str | None) -> None:
    session.execute(
        text("UPDATE subscriber SET time_zone = :zone WHERE id = :reader"),
        {"zone": zone, "reader": reader},
    )


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
        complete = enrol_next_chunk(session, issue.edition_id, now=clock.now)
        masks = get_edition(session, issue.edition_id).masks

    assert complete
    assert [row.mask for row in rows(begin, issue)] == [0b111, 0b001, 0b001]
    assert masks == {"1": 2, "7": 1}


def test_enrolling_again_adds_nobody(begin: Begin, clock: FakeClock) -> None:
    issue = frozen(begin, clock, None, None)
    with begin() as session:
        enrol_next_chunk(session, issue.edition_id, now=clock.now)
    join(begin, issue, clock)

    with begin() as session:
        again = enrol_next_chunk(session, issue.edition_id, now=clock.advance(minutes=1))

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
        enrol_next_chunk(session, issue.edition_id, now=clock.now + timedelta(minutes=1))

    assert books(begin, issue).candidates == 1


def test_an_edition_that_is_not_frozen_has_no_audience(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, produced=False)

    with begin() as session:
        enrol_next_chunk(session, issue.edition_id, now=clock.now)

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
            complete = enrol_next_chunk(session, issue.edition_id, now=clock.now, chunk_size=3)
        seen.append(books(begin, issue).candidates)

    assert seen == [3, 6, 7]
    assert len({row.subscriber_id for row in rows(begin, issue)}) == 7
    assert books(begin, issue).enrolled_at == clock.now


def test_readers_are_counted_with_the_stretch_that_writes_them(
    begin: Begin, clock: FakeClock
) -> None:
    issue = frozen(begin, clock, None, 0b001, None, 0b1001, None)
    seen = []

    for _ in range(2):
        crash_while_enrolling(begin, clock, issue)
        with begin() as session:
            enrol_next_chunk(session, issue.edition_id, now=clock.now, chunk_size=3)
            found = get_edition(session, issue.edition_id)
            seen.append((found.readers, found.waves, found.masks))

    assert seen == [(None, {"0": 3}, {"7": 2, "1": 1}), (5, {"0": 5}, {"7": 3, "1": 2})]


def test_what_enrolled_readers_chose_is_rendered_and_nothing_else(
    begin: Begin, clock: FakeClock
) -> None:
    issue = frozen(begin, clock, None, 0b001)
    with begin() as session:
        enrol_next_chunk(session, issue.edition_id, now=clock.now)
        session.execute(text("UPDATE subscription SET section_mask = 2"))

    advance.advance_edition(begin, issue.edition_id, clock=clock, public_url=POST.public_url)

    with begin() as session:
        variants = list_variants(session, issue.edition_id, public_url=POST.public_url, now=clock())
    assert {each.mask: each.readers for each in variants if not each.is_web} == {0b111: 1, 0b001: 1}


def test_batches_hold_so_many_readers_and_end_with_their_stretch(
    begin: Begin, clock: FakeClock
) -> None:
    issue = frozen(begin, clock, *[None] * 7)

    _enrol_in_batches_of_two(begin, clock, issue, waves={})

    assert _readers_by_batch(begin, issue) == [[0, 1], [2, 3], [4], [5, 6]]


def test_batches_of_different_waves_never_share_a_number(begin: Begin, clock: FakeClock) -> None:
    issue = frozen(begin, clock, *[None] * 7)
    zones = ["Asia/Tokyo", "America/New_York", "America/Lima", None, "America/New_York"]
    with begin() as session:
        for reader, zone in zip(issue.readers.values(), zones, strict=False):
            live_in(session, reader, zone)

    # Two zones whose readers wait equally long are one wave.
    waves = {"America/New_York": 300, "America/Lima": 300, "Atlantic/Azores": 60}
    _enrol_in_batches_of_two(begin, clock, issue, waves=waves)

    assert _readers_by_batch(begin, issue) == [[0, 3], [1, 2], [4], [5, 6]]
    assert [row.wave for row in rows(begin, issue)] == [0, 300, 300, 0, 300, 0, 0]


def test_a_wave_whose_readers_lie_far_apart_names_them(begin: Begin, clock: FakeClock) -> None:
    """Or each look at one of its batches would pass all the readers in between."""
    issue = frozen(begin, clock, *[None] * 12)
    readers = list(issue.readers.values())
    with begin() as session:
        for reader in (readers[1], readers[2], readers[3], readers[11]):
            live_in(session, reader, "America/Lima")
        found = queries.lock_open_enrolment(session, edition_id=issue.edition_id)
        assert found is not None
        chunk = EnrolmentChunk(
            limit=20, batch_size=2, offsets=WaveSchedule(by_zone={"America/Lima": 300})
        )
        queries.enrol_chunk(session, found, chunk, now=clock.now)

    named = {(batch.first_id, batch.last_id): batch.members for batch in batches(begin, issue)}
    assert named[readers[1], readers[2]] is None
    assert named[readers[3], readers[11]] == [readers[3], readers[11]]
    assert [members for members in named.values() if members] == [[readers[3], readers[11]]]


def test_only_the_zones_of_the_next_readers_are_looked_up(begin: Begin, clock: FakeClock) -> None:
    issue = frozen(begin, clock, *[None] * 3)
    east, _, west = issue.readers.values()
    with begin() as session:
        for reader, zone in ((east, "Asia/Tokyo"), (west, "America/New_York")):
            live_in(session, reader, zone)

    with begin() as session:
        found = queries.lock_open_enrolment(session, edition_id=issue.edition_id)
        assert found is not None
        near, all_of_them = (
            queries.reader_time_zones(session, found, limit=limit) for limit in (2, 3)
        )

    assert near == ["Asia/Tokyo"]
    assert sorted(all_of_them) == ["America/New_York", "Asia/Tokyo"]


def _enrol_in_batches_of_two(
    begin: Begin, clock: FakeClock, issue: Issue, *, waves: dict[str, int]
) -> None:
    complete = False
    while not complete:
        with begin() as session:
            found = queries.lock_open_enrolment(session, edition_id=issue.edition_id)
            assert found is not None
            chunk = EnrolmentChunk(limit=5, batch_size=2, offsets=WaveSchedule(by_zone=waves))
            enrolled = queries.enrol_chunk(session, found, chunk, now=clock.now)
            complete = enrolled.walked < 5
            queries.save_enrolment_progress(
                session, found, enrolled, complete=complete, now=clock.now
            )


def _readers_by_batch(begin: Begin, issue: Issue) -> list[list[int]]:
    """Return the places of each batch's readers; each batch spans just its own."""
    places = {reader: place for place, reader in enumerate(issue.readers.values())}
    members: dict[int, list[int]] = {}
    for row in rows(begin, issue):
        members.setdefault(row.batch_id, []).append(row.subscriber_id)
    spans = {batch.id: (batch.first_id, batch.last_id) for batch in batches(begin, issue)}
    assert spans == {number: (found[0], found[-1]) for number, found in members.items()}
    return sorted([places[reader] for reader in found] for found in members.values())


def test_a_batch_has_its_stretch_of_readers_within_one_wave(begin: Begin, clock: FakeClock) -> None:
    issue = frozen(begin, clock, *[None] * 6)
    east, west, *_ = issue.readers.values()
    with begin() as session:
        session.execute(text("UPDATE newsletter SET at_readers_time = true"))
        session.execute(text("UPDATE edition SET origin = 'schedule'"))
        for reader, zone in ((east, "Asia/Tokyo"), (west, "America/New_York")):
            live_in(session, reader, zone)
        enrol_next_chunk(session, issue.edition_id, now=clock.now)

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
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        first = [kept.recipient for kept in relay.accepted]
        clock.advance(hours=30)
        send(issue, deps)

    # By then the edition is older than its news is valid elsewhere, and fresh for them.
    assert first == [next(iter(issue.readers))]
    assert [row.state for row in rows(begin, issue)] == ["accepted", "accepted"]
    assert books(begin, issue).state == "finished"


def sample_of(begin: Begin, issue: Issue) -> dict[int, int | None]:
    return {row.subscriber_id: row.sample for row in rows(begin, issue)}


def test_a_sample_has_its_share_of_the_readers_half_for_each_subject(
    begin: Begin, clock: FakeClock
) -> None:
    issue = a_tested_edition(begin, clock, readers=4_000, sample_percent=20)

    sizes = Counter(sample_of(begin, issue).values())

    # Five standard deviations.
    assert all(abs(sizes[subject] - 400) < 95 for subject in (1, 2))
    assert sizes.total() == 4_000
    found = the_test(begin, issue)
    assert found.readers == (sizes[1], sizes[2])
    waiting = {each.id for each in batches(begin, issue) if each.awaits_test}
    assert all((row.batch_id in waiting) is (row.sample is None) for row in rows(begin, issue))


def test_a_sample_is_the_same_when_a_chunk_is_repeated_and_another_in_another_edition(
    begin: Begin, clock: FakeClock
) -> None:
    issue = a_tested_edition(begin, clock, is_sent=False)
    with begin() as session:
        control.approve(session, issue.edition_id, now=clock.now)
        build.freeze(session, issue.edition_id, now=clock.now)
    with contextlib.suppress(Crash), begin() as session:
        enrol_next_chunk(session, issue.edition_id, now=clock.now, chunk_size=150)
        before = {row.subscriber_id: row.sample for row in session.execute(_SAMPLES)}
        raise Crash

    complete = False
    while not complete:
        with begin() as session:
            complete = enrol_next_chunk(session, issue.edition_id, now=clock.now, chunk_size=150)

    after = sample_of(begin, issue)
    assert before == {reader: after[reader] for reader in before}
    assert len(before) == 150
    # It does not follow the order of ids.
    ids = sorted(after)
    assert {after[reader] for reader in ids[:40]} == {1, 2, None}


_SAMPLES = text("SELECT subscriber_id, sample FROM delivery")


def test_readers_of_a_later_wave_are_in_no_sample(begin: Begin, clock: FakeClock) -> None:
    issue = a_tested_edition(
        begin, clock, is_sent=False, newsletter={"at_readers_time": True, "time_zone": "UTC"}
    )
    with begin() as session:
        session.execute(text("UPDATE edition SET origin = 'schedule'"))
        add_readers(
            session, issue.newsletter_id, 200, clock=clock, name="far", zone="America/New_York"
        )
    release(begin, clock, issue)

    later = [row for row in rows(begin, issue) if row.wave]
    assert len(later) == 200
    assert {row.sample for row in later} == {None}
    assert {row.sample for row in rows(begin, issue) if not row.wave} == {1, 2, None}
