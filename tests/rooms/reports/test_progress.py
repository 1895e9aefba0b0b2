"""How far an edition is, from sums that must say what the rows say."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, text, update

from service.boot import Runtime
from service.delivery.progress.queries import counters as sums
from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.editions import control
from service.editions.tables import Edition
from service.kit import notify
from service.kit.db import Begin
from service.kit.errors import NotFound
from service.kit.translatable import verbatim
from service.reports import dashboard, progress
from service.reports.progress import EditionProgress
from tests.conftest import FakeClock
from tests.fakes.relay import Mood, Relay
from tests.rooms.delivery.harness import Issue, an_issue, books, leave, send, send_deps
from tests.subject_tests import a_tested_edition, the_test

LINES = ("accepted", "refused", "suppressed", "expired", "cancelled", "uncertain", "pending")
ENDS = (Mood.ACCEPT, Mood.REFUSE, Mood.DEFER, Mood.DROP_AFTER_DOT, Mood.REFUSE_DOT)


def far(begin: Begin, issue: Issue, clock: FakeClock) -> EditionProgress:
    with begin() as session:
        return progress.get_progress(session, issue.edition_id, now=clock.now)


def as_the_ledger_says(read: EditionProgress) -> dict[str, int]:
    return {**read.counts, "pending": read.pending}


def test_a_running_test_of_two_subjects_is_said_and_no_time_is_guessed(
    begin: Begin, clock: FakeClock
) -> None:
    issue = a_tested_edition(begin, clock)
    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))
    clock.advance(seconds=1)

    running = far(begin, issue, clock)
    clock.advance(hours=1)
    over = far(begin, issue, clock)

    assert (running.tests_until, running.left) == (the_test(begin, issue).decides_at, None)
    assert running.rate > 0
    assert over.tests_until is None


def test_people_are_not_shown_a_cancelled_reader_twice(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * 5)
    with begin() as session:
        control.cancel(session, issue.edition_id, now=clock.now)
    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))

    lines = dict(far(begin, issue, clock).as_lines())

    assert (lines["expired"], lines["cancelled"], lines["pending"]) == (0, 5, 0)
    assert "note" in lines
    assert not {name for name in lines if name.startswith("note_")}


def test_sums_and_ledger_agree_in_the_middle_and_at_the_end_of_a_moody_send(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 40)
    for subscriber_id in list(issue.readers.values())[:3]:
        leave(begin, issue, subscriber_id)

    def moods(recipient: str, attempt: int) -> Mood:
        return ENDS[int(recipient[1:].partition(".")[0]) % 5] if attempt < 3 else Mood.ACCEPT

    with Relay(moods) as relay:
        # Nobody here is silent; a slow machine must not look like it.
        deps = send_deps(begin, clock, relay.url, timeouts=SmtpTimeouts())
        send(issue, deps)
        middle, middle_books = far(begin, issue, clock), books(begin, issue)
        for _ in range(6):
            clock.advance(hours=1)
            send(issue, deps)
        end, end_books = far(begin, issue, clock), books(begin, issue)

    # A reader whose mail is in doubt waits for the second attempt, in a state that may be final.
    assert middle.waiting == middle_books.deferred + middle_books.uncertain
    assert middle.pending == middle_books.pending + middle_books.uncertain
    assert middle.counts["accepted"] == middle_books.accepted
    assert end_books.state == "finished"
    assert as_the_ledger_says(end) == {line: getattr(end_books, line) for line in LINES}
    assert end.readers == end_books.candidates == 40
    assert min(end.counts[line] for line in ("accepted", "refused", "suppressed")) > 0
    assert end.is_final
    assert (end.rate, end.left, end.waiting) == (0, None, 0)


def test_a_cancelled_edition_is_final_when_its_books_are_closed(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        control.cancel(session, issue.edition_id, now=clock.now)
    before = far(begin, issue, clock)
    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))

    after = far(begin, issue, clock)
    assert (before.pending, before.is_final) == (3, False)
    assert (after.counts["cancelled"], after.pending, after.is_final) == (3, 0, True)


@pytest.mark.parametrize(
    ("due", "rate", "per_minute", "left"),
    [
        (700, 100.0, None, 7.0),
        # A throttle let a minute's mails go at once, and the rest waits for the next minutes.
        (700, 100.0, 1000, 42.0),
        (700, 10.0, 1000, 70.0),
        (0, 10.0, 1000, None),
        (700, 0.0, 1000, None),
    ],
)
def test_time_left_is_no_shorter_than_a_throttle_allows(
    due: int, rate: float, per_minute: int | None, left: float | None
) -> None:
    found = progress._left(due, rate, per_minute)

    assert (found and found.total_seconds()) == left


def test_rate_and_time_left_are_those_of_the_last_ten_seconds(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        session.execute(update(Edition).values(readers=1000))
        sums.add_counts(session, issue.edition_id, {"accepted": 100}, now=clock.now)
        clock.advance(seconds=60)
        sums.add_counts(session, issue.edition_id, {"accepted": 80, "deferred": 10}, now=clock.now)
        clock.advance(seconds=5)
        sums.add_counts(session, issue.edition_id, {"refused": 10, "suppressed": 10}, now=clock.now)

    read = far(begin, issue, clock)

    assert read.rate == 10  # 80 accepted, 10 refused and 10 put off, but nobody suppressed.
    assert read.pending == 800
    assert read.left == timedelta(seconds=80)  # 100 deliveries came to their end in ten seconds.
    clock.advance(seconds=11)
    assert (far(begin, issue, clock).rate, far(begin, issue, clock).left) == (0, None)


def test_what_began_two_seconds_ago_is_as_fast_as_these_two(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        sums.add_counts(session, issue.edition_id, {"accepted": 50}, now=clock.now)
        clock.advance(seconds=2)
        sums.add_counts(session, issue.edition_id, {"accepted": 50}, now=clock.now)

    assert far(begin, issue, clock).rate == 50


def test_a_paused_edition_has_no_rate(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        sums.add_counts(session, issue.edition_id, {"accepted": 2}, now=clock.now)
        control.pause(session, issue.edition_id, now=clock.now, note=verbatim("Too hot."))

    read = far(begin, issue, clock)

    assert (read.paused, read.note, read.rate, read.left) == (True, verbatim("Too hot."), 0, None)


def test_the_series_has_ten_seconds_a_point_without_the_one_that_is_not_over(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        for count in (30, 0, 50):
            sums.add_counts(session, issue.edition_id, {"accepted": count}, now=clock.now)
            clock.advance(seconds=10)
        sums.add_counts(session, issue.edition_id, {"accepted": 1}, now=clock.now)
        clock.advance(seconds=1)

    series = far(begin, issue, clock).series

    assert series is not None
    assert list(series.messages) == [30, 0, 50]
    assert series.per_second == [3, 0, 5]


def test_a_long_series_has_longer_steps_and_loses_nothing(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        for _ in range(700):
            sums.add_counts(session, issue.edition_id, {"accepted": 1}, now=clock.now)
            clock.advance(seconds=13)
        session.execute(update(Edition).values(state="finished", finished_at=clock.now))

    series = far(begin, issue, clock).series

    assert series is not None
    assert len(series.messages) <= progress.MAX_POINTS
    assert sum(series.messages) == 700
    assert series.step.total_seconds() % 10 == 0


def test_folded_sums_say_the_same_and_are_few(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        for number in range(100):
            counts = {"accepted": number, "refused": 1, "faults": 1}
            sums.add_counts(session, issue.edition_id, counts, now=clock.now)
            clock.advance(seconds=1)
            if number == 54:
                session.execute(update(Edition).values(resumed_at=clock.now))
    before = far(begin, issue, clock)
    with begin() as session:
        course = sums.failure_rates(session, issue.edition_id)

    with begin() as session:
        for _ in range(2):
            sums.compact(session, issue.edition_id, before=clock.now)

    after = far(begin, issue, clock)
    assert after.counts == before.counts == {**before.counts, "accepted": 4950, "refused": 100}
    with begin() as session:
        assert sums.failure_rates(session, issue.edition_id) == course
        rows = session.execute(text("SELECT count(*) FROM tally")).scalar_one()
    assert course.faults == 45
    assert rows == 11  # Ten of ten seconds, one of them parted where it was let go on.


def test_two_who_fold_at_once_lose_nothing_and_do_not_wait(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        for _ in range(50):
            sums.add_counts(session, issue.edition_id, {"accepted": 1}, now=clock.now)
    later = clock.advance(minutes=1)

    with begin() as one, begin() as other:
        sums.compact(one, issue.edition_id, before=later)
        other.execute(text("SET LOCAL lock_timeout = '2s'"))
        sums.compact(other, issue.edition_id, before=later)

    assert far(begin, issue, clock).counts["accepted"] == 50


def test_a_run_folds_what_the_runs_before_it_left(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        for _ in range(50):
            sums.add_counts(session, issue.edition_id, {"deferred": 1}, now=clock.now)
    clock.advance(minutes=1)
    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))

    with begin() as session:
        rows = session.execute(text("SELECT count(*) FROM tally")).scalar_one()
    assert rows <= 4
    assert far(begin, issue, clock).counts["accepted"] == 3


def test_waves_are_listed_with_their_readers(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        session.execute(
            update(Edition).values(
                waves={"0": 2, "60": 7, "300": 1},
                enrolled_at=clock.now - timedelta(hours=2),
            )
        )

    waves = far(begin, issue, clock).waves

    assert [(wave.readers, wave.has_begun) for wave in waves] == [
        (2, True),
        (7, True),
        (1, False),
    ]
    assert waves[-1].at == clock.now + timedelta(hours=3)


def test_an_edition_for_everybody_at_once_has_no_waves(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)

    read = far(begin, issue, clock)

    assert (read.readers, read.pending, list(read.waves)) == (3, 3, [])


def test_nobody_counts_rows_to_show_a_bar(runtime: Runtime, clock: FakeClock) -> None:
    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        session.execute(text("UPDATE delivery SET state = 'accepted'"))

    with asked(runtime) as statements, runtime.begin() as session:
        read = progress.get_progress(session, issue.edition_id, now=clock.now)
        bars = dashboard.edition_totals(session, [issue.edition_id])[issue.edition_id]

    assert (read.counts["accepted"], bars.of("accepted")) == (0, 0)
    assert len(statements) <= 4


def test_an_edition_that_does_not_exist_is_told(begin: Begin, clock: FakeClock) -> None:
    with begin() as session, pytest.raises(NotFound, match="There is no edition 99"):
        progress.get_progress(session, 99, now=clock.now)


@pytest.mark.parametrize("act", ["pause", "resume", "cancel"])
def test_what_an_operator_decides_is_heard_at_once(
    runtime: Runtime, clock: FakeClock, act: str
) -> None:
    issue = an_issue(runtime.begin, clock)
    if act == "resume":
        with runtime.begin() as session:
            control.pause(session, issue.edition_id, now=clock.now)
    heard: list[str] = []
    with notify.listening(runtime.engine, progress.CHANNEL) as listener:
        thread = threading.Thread(target=lambda: heard.extend(listener.wait(20)))
        thread.start()
        with runtime.begin() as session:
            getattr(control, act)(session, issue.edition_id, now=clock.now)
        thread.join()

    assert heard == [str(issue.edition_id)]


def test_a_decision_that_was_rolled_back_is_not_heard(runtime: Runtime, clock: FakeClock) -> None:
    issue = an_issue(runtime.begin, clock)
    with notify.listening(runtime.engine, progress.CHANNEL) as listener:
        with runtime.begin() as session:
            control.pause(session, issue.edition_id, now=clock.now)
            session.rollback()

        assert listener.wait(0.2) == []


@contextmanager
def asked(runtime: Runtime) -> Iterator[list[str]]:
    """Note the statements that are asked meanwhile."""
    statements: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(runtime.engine, "before_cursor_execute", note)
    yield statements
    event.remove(runtime.engine, "before_cursor_execute", note)
