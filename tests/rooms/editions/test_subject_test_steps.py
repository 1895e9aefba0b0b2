"""What becomes of a subject test from the freeze to its end."""

from sqlalchemy import text

from service.editions.find import get_edition
from service.editions.frozen import FrozenNewsletter
from service.editions.lifecycle import EditionState, SubjectTestState
from service.editions.subject_test_rules import FIRST, Measure, SubjectTestOutcome
from service.kit.db import Begin
from tests.conftest import FakeClock
from tests.fakes.relay import Relay
from tests.rooms.delivery.harness import books, rows, send, send_deps
from tests.subject_tests import a_tested_edition, release, the_test


def test_the_freeze_fixes_the_second_subject_in_the_hash(begin: Begin, clock: FakeClock) -> None:
    issue = a_tested_edition(begin, clock)

    with begin() as session:
        edition = get_edition(session, issue.edition_id)
    frozen = FrozenNewsletter.from_json(edition.frozen)
    assert frozen.second_subject == "Le port reprend"
    assert frozen.with_second_subject().text.subject == "Le port reprend"
    assert frozen.to_json() == edition.frozen


def test_a_sample_that_is_too_small_makes_no_test_and_sends_the_first_subject(
    begin: Begin, clock: FakeClock
) -> None:
    issue = a_tested_edition(begin, clock, readers=80)

    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))

    found = the_test(begin, issue)
    assert (found.state, found.outcome, found.winner) == (
        SubjectTestState.DROPPED,
        SubjectTestOutcome.TOO_SMALL,
        FIRST,
    )
    assert {row.sample for row in rows(begin, issue)} == {None}
    assert (len(relay.accepted), books(begin, issue).state) == (80, EditionState.FINISHED)
    assert all(b"Subject: Titre Politique" in kept.raw for kept in relay.accepted)


def test_clicks_decide_if_opens_may_not_be_measured_any_more(
    begin: Begin, clock: FakeClock
) -> None:
    issue = a_tested_edition(
        begin,
        clock,
        is_sent=False,
        newsletter={"measures_opens": True},
        measure=Measure.OPENS,
    )
    with begin() as session:
        session.execute(text("UPDATE newsletter SET measures_opens = false"))

    release(begin, clock, issue)

    assert the_test(begin, issue).plan.measure is Measure.CLICKS
