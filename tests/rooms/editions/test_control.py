"""What an operator may do to an edition, and what is refused."""

from datetime import timedelta

import pytest

from service.editions import build, control, plan
from service.editions.find import edition_articles, get_edition
from service.editions.lifecycle import EditionState
from service.kit.db import Begin, Session
from service.kit.errors import Conflict
from service.kit.translatable import verbatim
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock


def a_planned_edition(session: Session, clock: FakeClock) -> int:
    newsletter = a_newsletter(session, now=clock())
    an_article(session, "Culture", seen=clock() - timedelta(minutes=1))
    return plan.plan_now(session, newsletter.id, now=clock()).id


def test_cancelling_before_the_freeze_releases_the_articles(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        edition_id = a_planned_edition(session, clock)
        build.select_articles(session, edition_id, now=clock())

        control.cancel(session, edition_id, now=clock())

        edition = get_edition(session, edition_id)
        assert edition.state == EditionState.CANCELLED
        assert edition.finished_at == clock()
        assert edition_articles(session, edition_id) == []


def test_cancelling_after_the_freeze_keeps_the_articles(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        edition_id = a_planned_edition(session, clock)
        build.select_articles(session, edition_id, now=clock())
        build.freeze(session, edition_id, now=clock())

        control.cancel(session, edition_id, now=clock())

        assert len(edition_articles(session, edition_id)) == 1


def test_an_edition_that_has_ended_cannot_be_controlled(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        edition_id = a_planned_edition(session, clock)
        control.cancel(session, edition_id, now=clock())

        for act in (control.cancel, control.pause, control.resume, control.approve, control.hold):
            with pytest.raises(Conflict):
                act(session, edition_id, now=clock())


def test_a_held_edition_is_approved_and_not_resumed(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        edition_id = a_planned_edition(session, clock)
        control.hold(session, edition_id, now=clock())

        with pytest.raises(Conflict, match="approve"):
            control.resume(session, edition_id, now=clock())
        control.approve(session, edition_id, now=clock())
        assert get_edition(session, edition_id).held_at is None


def test_only_a_paused_edition_is_resumed(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        edition_id = a_planned_edition(session, clock)
        before = get_edition(session, edition_id)

        with pytest.raises(Conflict, match="is planned, not paused"):
            control.resume(session, edition_id, now=clock())

        assert get_edition(session, edition_id) == before


def test_a_second_pause_is_refused_and_keeps_the_first(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        edition_id = a_planned_edition(session, clock)
        first = clock()
        control.pause(session, edition_id, now=first, note=verbatim("A wrong headline."))

        with pytest.raises(Conflict, match="is paused already"):
            control.pause(session, edition_id, now=clock.advance(hours=1), note=verbatim("Again."))

        edition = get_edition(session, edition_id)
        assert (edition.paused_at, edition.note) == (first, verbatim("A wrong headline."))


def test_an_edition_that_is_held_and_paused_is_resumed_before_it_is_approved(
    begin: Begin, clock: FakeClock
) -> None:
    """`crieur edition send` lifted both, though the pause had said that only `resume` ends it."""
    with begin() as session:
        edition_id = a_planned_edition(session, clock)
        control.hold(session, edition_id, now=clock())
        control.pause(session, edition_id, now=clock())

        with pytest.raises(Conflict, match="is held and paused: resume it first"):
            control.approve(session, edition_id, now=clock())
        both = get_edition(session, edition_id)
        control.resume(session, edition_id, now=clock())
        held = get_edition(session, edition_id)
        control.approve(session, edition_id, now=clock())

        assert (both.held_at, both.paused_at) == (clock(), clock())
        assert (held.held_at, held.paused_at) == (clock(), None)
        assert get_edition(session, edition_id).held_at is None


def test_pausing_itself_counts_once_until_it_is_resumed(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        edition_id = a_planned_edition(session, clock)
        control.pause_automatically(
            session, edition_id, now=clock(), reason=verbatim("Too many refusals.")
        )
        control.pause_automatically(
            session, edition_id, now=clock(), reason=verbatim("Too many refusals.")
        )

        control.resume(session, edition_id, now=clock())

        edition = get_edition(session, edition_id)
        assert (edition.own_pauses, edition.paused_at, edition.note) == (1, None, None)
        assert edition.resumed_at == clock()


def test_an_edition_that_was_never_sent_is_not_reopened(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        edition_id = a_planned_edition(session, clock)

        with pytest.raises(Conflict, match="cannot be sent again"):
            control.reopen(session, edition_id, now=clock())
