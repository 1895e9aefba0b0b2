"""Resuming an edition that is too old says who would get nothing; no copy expires unsaid."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from service.delivery.workflow import resume
from service.delivery.workflow.resume import EditionTooOld
from service.editions import control
from service.editions.find import get_edition
from service.editions.locking import lock_edition
from service.kit.db import Begin
from service.kit.errors import Invalid
from service.kit.translatable import translate
from service.replies.classification import SmtpStage
from tests.conftest import FakeClock
from tests.fakes.saying import Saying, always
from tests.rooms.delivery.harness import Issue, an_issue, books, send, send_deps

QUOTA = "550 5.4.5 Daily user sending limit exceeded"
READERS = 60


def a_paused_one(begin: Begin, clock: FakeClock) -> Issue:
    issue = an_issue(begin, clock, masks=[None] * READERS)
    with begin() as session:
        control.pause(session, issue.edition_id, now=clock.now)
    return issue


def go_on(
    begin: Begin, clock: FakeClock, issue: Issue, *, valid_for: timedelta | None = None
) -> None:
    with begin() as session:
        resume.resume_edition(session, issue.edition_id, now=clock.now, valid_for=valid_for)


def test_too_late_changes_nothing_and_says_how_many(begin: Begin, clock: FakeClock) -> None:
    issue = a_paused_one(begin, clock)
    clock.advance(days=9)

    with pytest.raises(EditionTooOld) as told:
        go_on(begin, clock, issue)
    with pytest.raises(EditionTooOld), begin() as session:
        resume.approve_edition(session, issue.edition_id, now=clock.now)

    assert told.value.late == READERS
    assert f"{READERS} readers would get nothing" in str(told.value)
    assert "--valid-hours" in str(told.value)
    french = translate(told.value.message, "fr")
    assert f"{READERS} lecteurs ne recevraient rien" in french
    read = books(begin, issue)
    assert (read.paused, read.pending, read.expired) == (True, READERS, 0)


@pytest.mark.parametrize("valid_for", [timedelta(hours=-1), timedelta(minutes=1), timedelta.max])
def test_it_is_news_for_no_longer_than_a_newsletter_may_say(
    begin: Begin, clock: FakeClock, valid_for: timedelta
) -> None:
    issue = a_paused_one(begin, clock)

    with pytest.raises(Invalid, match="between 5 minutes and 14 days"):
        go_on(begin, clock, issue, valid_for=valid_for)

    assert books(begin, issue).paused


def test_for_longer_everybody_gets_it_once(begin: Begin, clock: FakeClock) -> None:
    """The pause was by itself, as on a bad day, and it took days to repair the relay's account."""
    issue = an_issue(begin, clock, masks=[None] * READERS)
    with Saying(always(SmtpStage.MAIL, QUOTA)) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        lost = books(begin, issue).refused
        clock.advance(days=9)
        relay.says = lambda _stage, _recipient: None

        go_on(begin, clock, issue, valid_for=timedelta(hours=6))
        send(issue, deps)

    read = books(begin, issue)
    assert (read.accepted, read.expired, read.refused) == (READERS - lost, 0, lost)
    assert set(relay.copies.values()) == {1}


def test_no_hours_let_what_is_left_expire(begin: Begin, clock: FakeClock) -> None:
    issue = a_paused_one(begin, clock)
    clock.advance(days=9)

    with Saying(lambda _stage, _recipient: None) as relay:
        go_on(begin, clock, issue, valid_for=timedelta(0))
        send(issue, send_deps(begin, clock, relay.url))

    assert books(begin, issue).expired == READERS
    assert not relay.copies


def test_whose_own_time_is_later_are_not_too_late(begin: Begin, clock: FakeClock) -> None:
    issue = a_paused_one(begin, clock)
    with begin() as session:
        edition = lock_edition(session, issue.edition_id)
        edition.expires_at = clock.now + timedelta(hours=1)
        session.flush()
        session.execute(text("UPDATE delivery SET wave = 120 WHERE subscriber_id % 2 = 0"))
    clock.advance(hours=2)

    with pytest.raises(EditionTooOld) as told:
        go_on(begin, clock, issue)
    with begin() as session:
        session.execute(text("UPDATE delivery SET wave = 120"))
    go_on(begin, clock, issue)

    assert told.value.late == READERS // 2
    assert not books(begin, issue).paused


def test_an_edition_whose_readers_are_not_counted_yet_asks_too(
    begin: Begin, clock: FakeClock
) -> None:
    issue = a_paused_one(begin, clock)
    with begin() as session:
        lock_edition(session, issue.edition_id).readers = None
    clock.advance(days=9)

    with pytest.raises(EditionTooOld) as told:
        go_on(begin, clock, issue)

    assert told.value.late is None


def test_longer_is_never_shorter(begin: Begin, clock: FakeClock) -> None:
    issue = a_paused_one(begin, clock)
    with begin() as session:
        lock_edition(session, issue.edition_id).expires_at = clock.now + timedelta(hours=9)

    go_on(begin, clock, issue, valid_for=timedelta(hours=1))

    with begin() as session:
        expires_at = get_edition(session, issue.edition_id).expires_at
    assert expires_at == clock.now + timedelta(hours=9)
