"""Each slot of a series with its readers, and with what editors have prepared for the first one."""

from datetime import UTC, datetime, time, timedelta

from service.audience import suppress
from service.editions import drafts
from service.kit.db import Begin
from service.kit.tokens import Keyring
from service.newsletters.frequency import Frequency
from service.rehearsal.rehearse import rehearse
from service.rehearsal.rehearsed import SlotStatus
from tests.builders import a_newsletter, a_reader, an_article
from tests.rooms.rehearsal.one_week import (
    NOW,
    a_paper,
    first_edition,
    news_of_a_week,
    rehearsed,
    said,
)


def test_readers_are_those_who_would_get_it(begin: Begin, keyring: Keyring) -> None:
    """Of its series, active, and with one of its sections; a suppressed reader gets nothing."""
    paper = a_paper(begin, "Sport", "Culture")
    news_of_a_week(begin, "Sport")
    with begin() as session:
        for mask in (None, 0b01, 0b11, 0b10):
            a_reader(session, paper, now=NOW, mask=mask)
        a_reader(session, paper, now=NOW, frequency=Frequency.WEEKLY)
        a_reader(session, paper, now=NOW, state="pending")
        gone = a_reader(session, paper, now=NOW)
        suppress.suppress(
            session,
            subscriber_id=gone.subscriber_id,
            reason="complaint",
            keyring=keyring,
            now=NOW,
        )

    edition = first_edition(begin)

    assert (edition.readers, edition.readers_without) == (3, 1)
    assert said(edition) == ["rehearsal.readers_without", "rehearsal.no_picture"]


def test_an_edition_that_no_reader_gets_asks_for_a_look(begin: Begin) -> None:
    a_paper(begin)
    news_of_a_week(begin)

    assert "!rehearsal.no_readers" in said(first_edition(begin))


def test_what_editors_prepared_is_for_the_next_edition_only(begin: Begin) -> None:
    """The one after it has another draft."""
    a_paper(begin, needs_approval=True)
    news_of_a_week(begin)
    with begin() as session:
        an_article(session, "Sport", seen=NOW - timedelta(minutes=1), title="Ce matin")
        [draft_id] = drafts.open_drafts(session, now=NOW)
        draft = drafts.find_draft(session, 1, Frequency.EACH)
        draft.approved_at = NOW

    first, second, *_ = rehearsed(begin).editions

    assert (first.edition_id, second.edition_id) == (draft_id, None)
    assert "!rehearsal.needs_approval" not in said(first)
    assert "!rehearsal.needs_approval" in said(second)


def test_two_slots_at_one_moment_make_one_edition(begin: Begin) -> None:
    """02:30 does not exist that night, and 03:30 has its own slot."""
    now = datetime(2026, 3, 28, 12, tzinfo=UTC)
    with begin() as session:
        a_newsletter(
            session,
            "Sport",
            now=now - timedelta(hours=4),
            time_zone="Europe/Paris",
            days=(1, 2, 3, 4, 5, 6, 7),
            times=(time(2, 30), time(3, 30)),
        )
        an_article(session, "Sport", seen=now - timedelta(hours=1))

    moved, doubled = rehearse(begin, public_url="https://l.example", now=now, days=1).editions

    assert (moved.status, doubled.status) == (SlotStatus.SENT, SlotStatus.SKIPPED)
    assert said(moved)[0] == "!rehearsal.clock.moved"
    assert said(doubled)[0] == "!rehearsal.same_series"
