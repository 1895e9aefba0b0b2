"""A held edition that nobody approves gives its articles to the next one, and says so."""

from datetime import UTC, datetime, time, timedelta

import pytest

from service.editions import build, control, lapse, plan
from service.editions.find import edition_articles, get_edition
from service.editions.lifecycle import EditionState
from service.editions.locking import lock_edition
from service.kit.db import Begin
from service.kit.errors import Conflict
from service.kit.translatable import translatable
from service.newsletters import catalogue
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def a_slot(begin: Begin, clock: FakeClock) -> int:
    """Let a slot come, in the order of a tick; return its edition, chosen."""
    with begin() as session:
        lapse.lapse_due(session, now=clock())
    with begin() as session:
        (edition_id,) = plan.plan_due(session, now=clock())
    with begin() as session:
        build.select_articles(session, edition_id, now=clock())
    return edition_id


def titles(begin: Begin, edition_id: int) -> set[str]:
    with begin() as session:
        return {article.title for _, article, _ in edition_articles(session, edition_id)}


def state(begin: Begin, edition_id: int) -> str:
    with begin() as session:
        return get_edition(session, edition_id).state


@pytest.fixture
def morning(begin: Begin, clock: FakeClock) -> datetime:
    """A daily newsletter at 07:00 with one article, three seconds after its slot."""
    with begin() as session:
        a_newsletter(session, now=clock(), days=EVERY_DAY, times=(time(7),))
        an_article(session, "Politique", seen=clock(), title="Le premier")
    return clock.advance(hours=1, seconds=3)


@pytest.mark.usefixtures("morning")
def test_the_next_days_edition_takes_the_articles_of_one_that_nobody_approved(
    begin: Begin, clock: FakeClock
) -> None:
    held = a_slot(begin, clock)
    with begin() as session:
        control.hold(session, held, now=clock())
    assert titles(begin, held) == {"Le premier"}

    clock.advance(days=1, seconds=-2)
    following = a_slot(begin, clock)

    with begin() as session:
        lapsed = get_edition(session, held)
        assert lapsed.state == EditionState.LAPSED
        assert lapsed.note == translatable("edition.lapsed")
        assert lapsed.finished_at == clock()
        with pytest.raises(Conflict):
            control.approve(session, held, now=clock())
    assert titles(begin, held) == set()
    assert titles(begin, following) == {"Le premier"}


@pytest.mark.usefixtures("morning")
def test_editions_that_found_nothing_meanwhile_do_not_hide_them(
    begin: Begin, clock: FakeClock
) -> None:
    with begin() as session:
        slow = a_newsletter(
            session,
            now=clock(),
            slug="lent",
            days=EVERY_DAY,
            times=(time(7), time(12)),
            valid_for=timedelta(hours=24),
        )
        newsletter_id = slow.id
    clock.now = datetime(2023, 2, 8, 12, 0, 1, tzinfo=UTC)
    with begin() as session:
        an_article(session, "Politique", seen=clock() - timedelta(minutes=20), title="Midi")
        ours = plan.plan_due(session, now=clock())
        held = next(e for e in ours if get_edition(session, e).newsletter_id == newsletter_id)
        control.hold(session, held, now=clock())
        build.select_articles(session, held, now=clock())
    clock.now = datetime(2023, 2, 9, 7, 0, 1, tzinfo=UTC)
    with begin() as session:
        skipped = [
            each
            for each in plan.plan_due(session, now=clock())
            if get_edition(session, each).newsletter_id == newsletter_id
        ]
        assert build.select_articles(session, skipped[0], now=clock()) == EditionState.SKIPPED

    clock.now = datetime(2023, 2, 9, 12, 0, 1, tzinfo=UTC)
    with begin() as session:
        assert held in lapse.lapse_due(session, now=clock())
        (noon,) = [
            each
            for each in plan.plan_due(session, now=clock())
            if get_edition(session, each).newsletter_id == newsletter_id
        ]
        build.select_articles(session, noon, now=clock())

    assert "Midi" in titles(begin, noon)


@pytest.mark.usefixtures("morning")
def test_an_edition_that_goes_on_in_time_keeps_its_articles(begin: Begin, clock: FakeClock) -> None:
    edition = a_slot(begin, clock)
    with begin() as session:
        control.hold(session, edition, now=clock())
    clock.advance(hours=23)

    with begin() as session:
        assert lapse.lapse_due(session, now=clock()) == []
        control.approve(session, edition, now=clock())
        build.freeze(session, edition, now=clock())
    clock.advance(days=3)

    with begin() as session:
        assert lapse.lapse_due(session, now=clock()) == []
    assert state(begin, edition) == EditionState.FROZEN


@pytest.mark.usefixtures("morning")
def test_one_that_is_paused_before_its_freeze_lapses_too(begin: Begin, clock: FakeClock) -> None:
    edition = a_slot(begin, clock)
    with begin() as session:
        control.pause(session, edition, now=clock())
    clock.advance(days=1)

    with begin() as session:
        assert lapse.lapse_due(session, now=clock()) == [edition]


@pytest.mark.usefixtures("morning")
def test_one_made_by_hand_for_an_old_slot_may_wait_from_its_making_on(
    begin: Begin, clock: FakeClock
) -> None:
    clock.advance(days=20)
    with begin() as session:
        paper = get_edition(session, a_slot(begin, clock)).newsletter_id
        by_hand = plan.plan_now(session, paper, now=clock(), held=True).id
    clock.advance(hours=23)

    with begin() as session:
        assert lapse.lapse_due(session, now=clock()) == []
    clock.advance(hours=1)

    with begin() as session:
        assert lapse.lapse_due(session, now=clock()) == [by_hand]
    assert state(begin, by_hand) == EditionState.LAPSED


@pytest.mark.usefixtures("morning")
def test_only_one_that_waits_before_its_freeze_says_until_when(
    begin: Begin, clock: FakeClock
) -> None:
    slot = clock().replace(second=0)
    held = a_slot(begin, clock)
    with begin() as session:
        edition = lock_edition(session, held)
        newsletter = catalogue.get_by_id(session, edition.newsletter_id)
        assert lapse.waits_until(edition, newsletter) is None

        control.hold(session, held, now=clock())
        assert lapse.waits_until(edition, newsletter) == slot + timedelta(days=1)

        control.approve(session, held, now=clock())
        assert lapse.waits_until(edition, newsletter) is None
        control.pause(session, held, now=clock())
        assert lapse.waits_until(edition, newsletter) == slot + timedelta(days=1)
        edition.state = EditionState.FROZEN
        assert lapse.waits_until(edition, newsletter) is None
