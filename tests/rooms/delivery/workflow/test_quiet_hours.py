"""Nothing of an edition begins in quiet hours, unless an operator says so."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from service.delivery.workflow import quiet_hours, resume
from service.editions import control
from service.editions.find import get_edition
from service.kit.db import Begin
from service.kit.errors import Conflict
from service.newsletters import catalogue
from service.replies.classification import SmtpStage
from tests.conftest import FakeClock
from tests.fakes.relay import Relay
from tests.fakes.saying import Saying, always
from tests.rooms.delivery.harness import Issue, an_issue, batches, books, send, send_deps

NIGHT: dict[str, Any] = {"quiet_from": time(22), "quiet_to": time(7)}
# The clock of tests begins at six in the morning.
SEVEN = datetime(2023, 2, 8, 7, tzinfo=UTC)


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as found:
        yield found


def a_quiet_one(begin: Begin, clock: FakeClock) -> Issue:
    return an_issue(begin, clock, time_zone="Africa/Abidjan", **NIGHT)


def test_an_edition_that_is_built_in_quiet_hours_waits_for_their_end(
    begin: Begin, clock: FakeClock, relay: Relay
) -> None:
    """A telephone that rings at six for a newsletter costs a reader."""
    issue = a_quiet_one(begin, clock)

    assert send(issue, send_deps(begin, clock, relay.url)) == {}
    with begin() as session:
        paper = catalogue.get_by_id(session, issue.newsletter_id)
        edition = get_edition(session, issue.edition_id)
        assert quiet_hours.quiet_until(edition, paper, now=clock.now) == SEVEN

    clock.advance(hours=1)
    assert send(issue, send_deps(begin, clock, relay.url)) == {"accepted": 3}


def test_news_is_valid_as_long_after_the_moved_time(
    begin: Begin, clock: FakeClock, relay: Relay
) -> None:
    """Else an edition that is valid for half an hour would expire in its readers' sleep."""
    issue = an_issue(
        begin, clock, time_zone="Africa/Abidjan", valid_for=timedelta(minutes=30), **NIGHT
    )
    clock.advance(hours=1, minutes=20)

    assert send(issue, send_deps(begin, clock, relay.url)) == {"accepted": 3}


def test_what_is_resumed_in_quiet_hours_waits_too(
    begin: Begin, clock: FakeClock, relay: Relay
) -> None:
    """An operator who repairs a relay at night does not wake the readers by it."""
    clock.advance(hours=14)
    issue = a_quiet_one(begin, clock)
    with begin() as session:
        control.pause(session, issue.edition_id, now=clock.now)
        resume.resume_edition(session, issue.edition_id, now=clock.advance(hours=3))

    assert send(issue, send_deps(begin, clock, relay.url)) == {}
    assert {each.due_at for each in batches(begin, issue)} == {SEVEN + timedelta(days=1)}
    with begin() as session:
        expires_at = get_edition(session, issue.edition_id).expires_at
        assert expires_at == SEVEN + timedelta(days=1, hours=21)
    clock.advance(hours=8)
    assert send(issue, send_deps(begin, clock, relay.url)) == {"accepted": 3}


def test_an_operator_can_begin_in_quiet_hours(begin: Begin, clock: FakeClock, relay: Relay) -> None:
    """There is news for which readers want to be woken."""
    issue = a_quiet_one(begin, clock)

    with begin() as session:
        quiet_hours.begin_now(session, issue.edition_id, now=clock.now)

    assert send(issue, send_deps(begin, clock, relay.url)) == {"accepted": 3}
    with begin() as session:
        paper = catalogue.get_by_id(session, issue.newsletter_id)
        edition = get_edition(session, issue.edition_id)
        assert quiet_hours.quiet_until(edition, paper, now=clock.now) is None


def test_an_edition_that_has_ended_cannot_begin(
    begin: Begin, clock: FakeClock, relay: Relay
) -> None:
    issue = a_quiet_one(begin, clock)
    with begin() as session:
        control.cancel(session, issue.edition_id, now=clock.now)

    with begin() as session, pytest.raises(Conflict, match="nothing left"):
        quiet_hours.begin_now(session, issue.edition_id, now=clock.now)
    assert books(begin, issue).accepted == 0


def test_retries_go_on_in_quiet_hours(begin: Begin, clock: FakeClock) -> None:
    """What was tried in the evening is a promise half kept."""
    clock.advance(hours=14)
    issue = a_quiet_one(begin, clock)
    with Saying(always(SmtpStage.RCPT, "450 4.2.1 try again")) as busy:
        send(issue, send_deps(begin, clock, busy.url))
        with begin() as session:
            control.pause(session, issue.edition_id, now=clock.now)
            resume.resume_edition(session, issue.edition_id, now=clock.advance(hours=3))
        busy.says = lambda _stage, _recipient: None

        assert send(issue, send_deps(begin, clock, busy.url)) == {"accepted": 3}
