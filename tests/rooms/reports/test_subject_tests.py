"""What entry points show of a subject test."""

from sqlalchemy import text

from service.audience.lifecycle import SubscriptionState
from service.delivery.workflow import subject_tests
from service.editions import control
from service.editions.curate import Editor, write_text
from service.editions.find import get_edition
from service.kit.db import Begin
from service.measurement.count_visit import purge_visits
from service.newsletters.frequency import Frequency
from service.reports.reader_counts import ReaderCounts
from service.reports.subject_tests import expected_sample, get_subject_test, subject_test_json
from tests.conftest import FakeClock
from tests.fakes.relay import Relay
from tests.rooms.delivery.harness import Issue, send, send_deps
from tests.subject_tests import a_tested_edition, release


def shown(begin: Begin, issue: Issue) -> dict[str, object]:
    with begin() as session:
        report = get_subject_test(session, get_edition(session, issue.edition_id))
        found = subject_test_json(report)
    assert found is not None
    return found


def test_a_running_test_has_its_figures_so_far_and_a_decided_one_those_of_then(
    begin: Begin, clock: FakeClock
) -> None:
    issue = a_tested_edition(begin, clock)
    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))

    before = shown(begin, issue)
    with begin() as session:
        subject_tests.decide(session, issue.edition_id, now=clock.now)
    after = shown(begin, issue)

    assert before["state"] == "running"
    assert before["decides_at"] == "2023-02-08T07:00:00+00:00"
    first, second = before["first"], before["second"]
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert first["accepted"] == first["readers"] > 50
    assert first["subject"] == "Titre Politique"
    assert second["subject"] == "Le port reprend"
    assert (after["winner"], after["outcome"]) == ("first", "nothing")
    assert after["first"] == first


def test_a_cancelled_test_has_no_winner_and_keeps_its_figures(
    begin: Begin, clock: FakeClock
) -> None:
    issue = a_tested_edition(begin, clock)
    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))
    with begin() as session:
        session.execute(
            text("INSERT INTO counted_visit VALUES (:edition, 1, 'a'), (:edition, 2, 'b')"),
            {"edition": issue.edition_id},
        )
    running = shown(begin, issue)

    with begin() as session:
        control.cancel(session, issue.edition_id, now=clock.now)
    cancelled = shown(begin, issue)
    with begin() as session:
        subject_tests.keep_cancelled_figures(session)
        purge_visits(session)
    later = shown(begin, issue)

    assert (cancelled["state"], cancelled["winner"]) == ("dropped", None)
    for name in ("first", "second"):
        assert running[name] == cancelled[name] == later[name]
    assert isinstance(later["second"], dict)
    assert (later["second"]["accepted"] > 50, later["second"]["events"]) == (True, 1)
    with begin() as session:
        assert session.scalar(text("SELECT count(*) FROM counted_visit")) == 0


def test_the_first_subject_is_the_editors_if_there_is_one(begin: Begin, clock: FakeClock) -> None:
    issue = a_tested_edition(begin, clock, is_sent=False)
    with begin() as session:
        write_text(session, issue.edition_id, {"subject": "Ce matin"}, Editor(), now=clock.now)

    before = shown(begin, issue)["first"]
    release(begin, clock, issue)
    after = shown(begin, issue)["first"]

    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert (before["subject"], after["subject"]) == ("Ce matin", "Ce matin")


def test_an_edition_without_a_test_has_none() -> None:
    assert subject_test_json(None) is None


def test_a_sample_is_expected_of_the_readers_of_the_series() -> None:
    counts = ReaderCounts(
        states={SubscriptionState.ACTIVE: 1_000},
        by_section={},
        every=0,
        by_frequency={Frequency.DAILY: 300},
        counted_at=None,
    )

    assert expected_sample(counts, None, 20) == 100
    assert expected_sample(counts, Frequency.DAILY, 20) == 30
    assert expected_sample(counts, Frequency.WEEKLY, 20) == 0
