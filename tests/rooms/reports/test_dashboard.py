"""The console's first page: each newsletter at a glance, and what an operator has to see to."""

from datetime import time, timedelta

import pytest
from sqlalchemy import update

from service.articles.feeds import poll
from service.articles.tables import Feed
from service.editions import manual, plan
from service.editions.kind import EditionKind
from service.kit.db import Begin
from service.kit.translatable import untranslated
from service.newsletters.frequency import Frequency
from service.newsletters.tables import Newsletter
from service.reports.dashboard import (
    DashboardOverview,
    EditionTotals,
    load_dashboard,
)
from service.reports.reader_counts import count_readers
from tests.builders import a_delivery, a_newsletter, a_reader, an_article, some_sums
from tests.conftest import FakeClock


def overview(begin: Begin, clock: FakeClock) -> DashboardOverview:
    with begin() as session:
        return load_dashboard(session, now=clock.now)


def an_edition(begin: Begin, clock: FakeClock, *states: str) -> int:
    """Store an edition with a delivery in each of these states."""
    with begin() as session:
        newsletter = a_newsletter(session, now=clock.now)
        edition_id = plan.plan_now(session, newsletter.id, now=clock.now).id
        for state in states:
            reader = a_reader(session, newsletter, now=clock.now)
            a_delivery(session, edition_id, reader.subscriber_id, state=state)
        some_sums(session, edition_id, at=clock.now)
    return edition_id


def test_a_new_installation_needs_no_attention(begin: Begin, clock: FakeClock) -> None:
    """A warning on the first day teaches operators to overlook warnings."""
    empty = overview(begin, clock)

    assert (empty.newsletters, empty.needs_attention) == ([], False)


def test_a_newsletter_shows_its_readers_and_its_last_edition(
    begin: Begin, clock: FakeClock
) -> None:
    """Readers who have not confirmed are not yet an audience."""
    edition_id = an_edition(begin, clock, "accepted", "accepted", "pending")
    with begin() as session:
        newsletter = overview(begin, clock).newsletters[0].newsletter
        a_reader(session, newsletter, now=clock.now, state="pending")
        a_newsletter(session, now=clock.now, slug="soir", name="Le Soir")

    morning, evening = overview(begin, clock).newsletters

    assert (morning.active, morning.pending) == (3, 1)
    assert morning.last is not None
    assert morning.last.id == edition_id
    assert (morning.books.of("accepted"), morning.books.candidates) == (2, 3)
    assert (evening.last, evening.books) == (None, EditionTotals())


def test_the_coming_edition_does_not_hide_how_the_last_one_went(
    begin: Begin, clock: FakeClock
) -> None:
    """A draft opens as soon as an edition is planned; refusals must still be seen."""
    edition_id = an_edition(begin, clock, "refused")
    with begin() as session:
        newsletter = overview(begin, clock).newsletters[0].newsletter
        manual.create_manually(session, newsletter.id, EditionKind.PIECE, now=clock.now)

    found = overview(begin, clock)

    [summary] = found.troubled
    assert summary.last is not None
    assert summary.last.id == edition_id


@pytest.mark.parametrize(
    ("state", "is_troubled"),
    [("accepted", False), ("pending", False), ("refused", True), ("uncertain", True)],
)
def test_what_readers_did_not_get_needs_attention(
    begin: Begin, clock: FakeClock, state: str, *, is_troubled: bool
) -> None:
    """What waits comes by itself; what was refused or is unknown does not."""
    an_edition(begin, clock, "accepted", state)

    found = overview(begin, clock)

    assert found.needs_attention is is_troubled
    assert bool(found.troubled) is is_troubled


def test_a_feed_that_fails_is_named_with_its_newsletter(begin: Begin, clock: FakeClock) -> None:
    """An operator repairs it there; one that was paused on purpose is left alone."""
    with begin() as session:
        newsletter = a_newsletter(session, now=clock.now, name="Le Matin")
        for name in ("gone", "paused", "well"):
            poll.add_feed(
                session,
                f"https://courrier.example/{name}",
                newsletter_id=newsletter.id,
                now=clock.now,
            )
        failed = {"failures": 2, "last_error": untranslated("Gone.")}
        session.execute(update(Feed).where(~Feed.url.endswith("well")).values(**failed))
        session.execute(update(Feed).where(Feed.url.endswith("paused")).values(paused_at=clock.now))

    (failing,) = overview(begin, clock).failing_feeds

    assert failing.feed.url.endswith("gone")
    assert (failing.newsletter_name, failing.newsletter_slug) == ("Le Matin", "le-matin")


def test_sections_that_no_newsletter_has_are_named_for_a_week(
    begin: Begin, clock: FakeClock
) -> None:
    """An editor has renamed a section on the site; last year's are nobody's concern."""
    with begin() as session:
        a_newsletter(session, "Politique", now=clock.now)
        for days, section in ((1, "Météo"), (2, "Météo"), (1, "Politique"), (8, "Jeux")):
            an_article(session, section, seen=clock.now - timedelta(days=days))

    found = overview(begin, clock)

    assert found.homeless == [("Météo", 2)]
    assert found.needs_attention


def test_a_newsletter_of_which_no_slot_runs_needs_attention(begin: Begin, clock: FakeClock) -> None:
    """Nothing else would show it: an edition that is never planned makes no noise."""
    with begin() as session:
        a_newsletter(session, now=clock.now, days=(1,), times=(time(7),))
        session.execute(update(Newsletter).values(time_zone="Pacific/Atlantis"))

    found = overview(begin, clock)

    assert [each.slug for each in found.zoneless] == ["le-matin"]
    assert found.needs_attention


def test_readers_of_every_section_are_counted_in_each(begin: Begin, clock: FakeClock) -> None:
    """Who made no choice receives sections that are added later, too."""
    with begin() as session:
        newsletter = a_newsletter(session, "Politique", "Sport", now=clock.now)
        for mask in (None, 0b01, 0b01):
            a_reader(session, newsletter, now=clock.now, mask=mask)
        a_reader(session, newsletter, now=clock.now, state="ended")
        counts = count_readers(session, newsletter)

    politics, sport = newsletter.sections
    assert counts.by_section == {politics.id: 3, sport.id: 1}
    assert (counts.every, counts.most) == (1, 3)
    assert counts.states["active"] == 3


def test_readers_are_counted_by_frequency_where_there_is_a_choice(
    begin: Begin, clock: FakeClock
) -> None:
    """A digest without readers is shown, too; a newsletter with one frequency shows none."""
    week = {"days": (1,), "times": (time(7),)}
    with begin() as session:
        both = a_newsletter(session, now=clock(), daily_at=time(18), weekly_at=time(9), **week)
        a_newsletter(session, now=clock(), slug="le-soir", name="Le Soir", **week)
        for frequency in (Frequency.EACH, Frequency.EACH, Frequency.WEEKLY):
            a_reader(session, both, now=clock(), frequency=frequency)

        overview = load_dashboard(session, now=clock())

    assert [each.by_frequency for each in overview.newsletters] == [
        {"each": 2, "daily": 0, "weekly": 1},
        {},
    ]
