"""A subject test while its edition is sent: who waits, what decides, and who gets what."""

import contextlib
import re
from collections import Counter
from datetime import time, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest
from sqlalchemy import text

from service.delivery.workflow import due_work, resume, subject_tests
from service.editions import control
from service.editions.find import get_edition
from service.editions.lifecycle import EditionState, SubjectTestState
from service.editions.subject_test_rules import FIRST, SECOND, SubjectTestOutcome
from service.kit.db import Begin
from service.kit.errors import Conflict
from service.reports.metrics import measure_workload
from tests.conftest import FakeClock
from tests.fakes.relay import Kept, Mood, Relay
from tests.rooms.delivery.harness import (
    Issue,
    abandon,
    books,
    rows,
    send,
    send_deps,
    web_version_of,
)
from tests.subject_tests import a_tested_edition, carry_on, the_test

OWN = "Titre Politique"
OTHER = "Le port reprend"


class Killed(Exception):  # noqa: N818  It is the end, not an error.
    """The worker is gone before its transaction has committed."""


def subject_of(kept: Kept) -> str:
    return str(make_header(decode_header(message_from_bytes(kept.raw)["Subject"])))


def clicks(begin: Begin, issue: Issue, *, first: int, second: int) -> None:
    with begin() as session:
        for subject, count in ((FIRST, first), (SECOND, second)):
            session.execute(
                text(
                    "INSERT INTO counted_visit (edition_id, subject, visitor) "
                    "SELECT :edition, :subject, number::text FROM generate_series(1, :n) AS number"
                ),
                {"edition": issue.edition_id, "subject": subject, "n": count},
            )


def decide_if_due(begin: Begin, clock: FakeClock, issue: Issue) -> bool:
    with begin() as session:
        return subject_tests.decide_if_due(session, issue.edition_id, now=clock.now)


def due(begin: Begin, clock: FakeClock) -> list[int]:
    with begin() as session:
        return due_work.due_editions(session, now=clock.now)


def sampled(begin: Begin, issue: Issue) -> Counter[int | None]:
    return Counter(row.sample for row in rows(begin, issue))


def test_the_sample_gets_both_subjects_and_the_others_wait(begin: Begin, clock: FakeClock) -> None:
    issue = a_tested_edition(begin, clock)
    sizes = sampled(begin, issue)

    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))

    subjects = Counter(map(subject_of, relay.accepted))
    assert subjects == {OWN: sizes[FIRST], OTHER: sizes[SECOND]}
    assert min(sizes.values()) >= 40
    assert books(begin, issue).pending == sizes[None]
    assert due(begin, clock) == []
    found = the_test(begin, issue)
    assert found.state is SubjectTestState.RUNNING
    assert found.decides_at == clock.now + timedelta(hours=1)


def test_the_better_subject_goes_to_the_others_and_to_the_web(
    begin: Begin, clock: FakeClock
) -> None:
    issue = a_tested_edition(begin, clock)
    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        clicks(begin, issue, first=3, second=20)
        sample = len(relay.accepted)

        clock.advance(minutes=59)
        assert not decide_if_due(begin, clock, issue)
        clock.advance(minutes=1)
        assert decide_if_due(begin, clock, issue)
        carry_on(begin, clock, issue)
        send(issue, deps)

    rest = Counter(map(subject_of, relay.accepted[sample:]))
    assert rest == {OTHER: sampled(begin, issue)[None]}
    assert Counter(kept.recipient for kept in relay.accepted).most_common(1)[0][1] == 1
    found = the_test(begin, issue)
    assert (found.winner, found.outcome) == (SECOND, SubjectTestOutcome.CLEAR)
    assert f"<title>{OTHER}</title>" in web_version_of(begin, issue)
    with begin() as session:
        edition = get_edition(session, issue.edition_id)
    assert (edition.subject, edition.state) == (OTHER, EditionState.FINISHED)
    ledger = books(begin, issue)
    assert (ledger.balanced, ledger.accepted) == (True, 400)


def test_without_a_click_the_first_subject_goes_to_the_others(
    begin: Begin, clock: FakeClock
) -> None:
    issue = a_tested_edition(begin, clock)
    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        sample = len(relay.accepted)
        clock.advance(hours=1)

        decide_if_due(begin, clock, issue)
        send(issue, deps)

    assert set(map(subject_of, relay.accepted[sample:])) == {OWN}
    found = the_test(begin, issue)
    assert (found.winner, found.outcome) == (FIRST, SubjectTestOutcome.NOTHING)


def test_a_decision_is_made_once(begin: Begin, clock: FakeClock) -> None:
    issue = a_tested_edition(begin, clock)
    with begin() as session:
        subject_tests.decide(session, issue.edition_id, now=clock.now, winner=SECOND)
    clock.advance(hours=2)

    assert not decide_if_due(begin, clock, issue)
    with pytest.raises(Conflict, match="tests no subjects"), begin() as session:
        subject_tests.decide(session, issue.edition_id, now=clock.now, winner=FIRST)
    found = the_test(begin, issue)
    assert (found.winner, found.outcome) == (SECOND, SubjectTestOutcome.CHOSEN)


def test_a_worker_that_dies_in_the_decision_has_decided_nothing(
    begin: Begin, clock: FakeClock
) -> None:
    issue = a_tested_edition(begin, clock)
    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        sample = len(relay.accepted)
        clock.advance(hours=1)
        with contextlib.suppress(Killed), begin() as session:
            subject_tests.decide(session, issue.edition_id, now=clock.now)
            raise Killed

        send(issue, deps)
        assert len(relay.accepted) == sample

        with begin() as session:
            assert subject_tests.due_subject_tests(session, now=clock.now) == [issue.edition_id]
        decide_if_due(begin, clock, issue)
        send(issue, deps)

    assert len(relay.accepted) == 400


def test_a_retry_of_a_reader_in_the_sample_has_the_same_bytes(
    begin: Begin, clock: FakeClock
) -> None:
    issue = a_tested_edition(begin, clock)

    def moods(_recipient: str, attempt: int) -> Mood:
        return Mood.DROP_AFTER_DOT if attempt == 1 else Mood.ACCEPT

    with Relay(moods) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        clicks(begin, issue, first=0, second=5)
        clock.advance(hours=1)
        decide_if_due(begin, clock, issue)
        carry_on(begin, clock, issue)
        clock.advance(hours=1)
        send(issue, deps)

    by_reader: dict[str, set[bytes]] = {}
    for kept in relay.accepted:
        by_reader.setdefault(kept.recipient, set()).add(kept.raw)
    assert {len(copies) for copies in by_reader.values()} == {1}


def test_a_worker_that_died_with_the_sample_leaves_it_its_subjects(
    begin: Begin, clock: FakeClock, keyring: object
) -> None:
    issue = a_tested_edition(begin, clock)
    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps, stop=lambda: len(relay.accepted) > 10)
        clicks(begin, issue, first=0, second=5)
        clock.advance(hours=1)
        decide_if_due(begin, clock, issue)
        carry_on(begin, clock, issue)
        abandon(begin)
        send(issue, deps)
        send(issue, deps)

    sizes = sampled(begin, issue)
    subjects = Counter(map(subject_of, relay.accepted))
    assert subjects == {OWN: sizes[FIRST], OTHER: sizes[SECOND] + sizes[None]}


def test_a_pause_stops_the_clock_of_the_test(begin: Begin, clock: FakeClock) -> None:
    issue = a_tested_edition(begin, clock)
    clock.advance(minutes=20)
    with begin() as session:
        control.pause(session, issue.edition_id, now=clock.now)
    clock.advance(hours=2)

    assert not decide_if_due(begin, clock, issue)
    with begin() as session:
        resume.resume_edition(session, issue.edition_id, now=clock.now)

    assert the_test(begin, issue).decides_at == clock.now + timedelta(minutes=40)


def test_a_cancelled_edition_has_no_winner_and_closes_its_books(
    begin: Begin, clock: FakeClock
) -> None:
    issue = a_tested_edition(begin, clock)
    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        with begin() as session:
            control.cancel(session, issue.edition_id, now=clock.now)
        send(issue, deps)

    found = the_test(begin, issue)
    assert (found.state, found.outcome) == (SubjectTestState.DROPPED, SubjectTestOutcome.CANCELLED)
    ledger = books(begin, issue)
    assert (ledger.pending, ledger.balanced) == (0, True)


def test_the_others_wait_for_the_end_of_quiet_hours(begin: Begin, clock: FakeClock) -> None:
    quiet = {"quiet_from": time(6, 30), "quiet_to": time(9), "time_zone": "UTC"}
    issue = a_tested_edition(begin, clock, newsletter=quiet)
    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        sample = len(relay.accepted)
        clock.advance(hours=1)

        decide_if_due(begin, clock, issue)
        send(issue, deps)
        assert len(relay.accepted) == sample

        clock.advance(hours=2)
        send(issue, deps)

    assert len(relay.accepted) == 400


def test_the_others_expire_if_their_news_is_too_old(begin: Begin, clock: FakeClock) -> None:
    valid = {"valid_for": timedelta(hours=2)}
    issue = a_tested_edition(begin, clock, newsletter=valid)
    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        clock.advance(hours=3)
        decide_if_due(begin, clock, issue)
        send(issue, deps)

    ledger = books(begin, issue)
    assert (ledger.expired, ledger.balanced) == (sampled(begin, issue)[None], True)


def test_links_of_the_sample_lead_through_our_address_and_others_do_not(
    begin: Begin, clock: FakeClock
) -> None:
    issue = a_tested_edition(begin, clock)
    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        sample = list(relay.accepted)
        clock.advance(hours=1)
        decide_if_due(begin, clock, issue)
        send(issue, deps)

    def links(kept: Kept) -> set[str]:
        [_, page] = message_from_bytes(kept.raw, policy=policy.default).iter_parts()
        return {
            re.sub(r"(/l/|/unsubscribe/|/preferences/|/e/).*", r"\1", each)
            for each in re.findall(r'href="([^"]*)"', page.get_content())
        }

    own = {
        "https://crieur.test/unsubscribe/",
        "https://crieur.test/preferences/",
        "https://crieur.test/e/",
    }
    assert links(sample[0]) == {*own, "https://crieur.test/l/"}
    assert links(relay.accepted[-1]) == {
        *own,
        "https://journal.example.org/politique",
        "https://journal.example.org/culture",
    }


def test_a_waiting_edition_does_not_look_late(begin: Begin, clock: FakeClock) -> None:
    issue = a_tested_edition(begin, clock)
    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))
    clock.advance(minutes=50)

    with begin() as session:
        assert measure_workload(session, now=clock.now).oldest_due_delivery == 0


def test_a_corrected_headline_reaches_the_others_as_the_first_subject(
    begin: Begin, clock: FakeClock
) -> None:
    issue = a_tested_edition(begin, clock)
    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        sample = len(relay.accepted)
        clock.advance(minutes=30)
        with begin() as session:
            session.execute(
                text(
                    "UPDATE article SET title = 'Titre exact', revised_at = :now "
                    "WHERE title = 'Titre Politique'"
                ),
                {"now": clock.now},
            )
        carry_on(begin, clock, issue)
        clock.advance(minutes=30)
        decide_if_due(begin, clock, issue)
        send(issue, deps)

    assert set(map(subject_of, relay.accepted[sample:])) == {"Titre exact"}
    assert "<title>Titre exact</title>" in web_version_of(begin, issue)


def test_a_headline_that_is_corrected_after_the_decision_leaves_the_second_subject(
    begin: Begin, clock: FakeClock
) -> None:
    issue = a_tested_edition(begin, clock)
    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        sample = len(relay.accepted)
        with begin() as session:
            subject_tests.decide(session, issue.edition_id, now=clock.now, winner=SECOND)
        clock.advance(minutes=2)
        with begin() as session:
            session.execute(
                text(
                    "UPDATE article SET title = 'Titre exact', revised_at = :now "
                    "WHERE title = 'Titre Politique'"
                ),
                {"now": clock.now},
            )
        carry_on(begin, clock, issue)
        send(issue, deps)

    assert set(map(subject_of, relay.accepted[sample:])) == {OTHER}
    page = web_version_of(begin, issue)
    assert f"<title>{OTHER}</title>" in page
    assert "Titre exact" in page
