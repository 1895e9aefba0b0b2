"""An edition goes from frozen to rendered and on to sending, and back if its parts are lost."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from service.boot import Runtime
from service.editions import build, control, plan, transitions
from service.editions.find import get_edition
from service.editions.lifecycle import EditionState
from service.editions.locking import lock_edition
from service.editions.notes import WEB_VERSION_FAILED
from service.editions.queries import PROGRESS_CHANNEL
from service.jobs.catalogue import SEND_EDITION
from service.jobs.outbox import OutboxRow
from service.kit.db import Begin
from service.kit.errors import NotFound
from service.kit.notify import listening
from service.kit.translatable import translatable, verbatim
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock

PATIENCE = 30.0
"""Seconds; a notification that was sent arrives long before."""


@pytest.fixture
def frozen(begin: Begin, clock: FakeClock) -> int:
    """A frozen edition; the job messages of its building are gone."""
    with begin() as session:
        newsletter = a_newsletter(session, now=clock())
        an_article(session, "Culture", seen=clock() - timedelta(minutes=1))
        edition_id = plan.plan_now(session, newsletter.id, now=clock()).id
        build.select_articles(session, edition_id, now=clock())
        build.freeze(session, edition_id, now=clock())
        session.execute(delete(OutboxRow))
    return edition_id


def render(
    begin: Begin, clock: FakeClock, edition_id: int, *, revision: int = 1, subject: str = "Un"
) -> None:
    with begin() as session:
        transitions.mark_rendered(
            session, edition_id, revision=revision, subject=subject, now=clock()
        )


def send(begin: Begin, clock: FakeClock, edition_id: int, *, subject: str = "Un") -> bool:
    with begin() as session:
        return transitions.start_sending(session, edition_id, subject=subject, now=clock())


def take_jobs(begin: Begin) -> list[tuple[str, dict[str, int]]]:
    with begin() as session:
        rows = [(row.job, row.args) for row in session.scalars(select(OutboxRow))]
        session.execute(delete(OutboxRow))
    return rows


def test_a_rendered_edition_is_sent_under_its_subject_by_one_job(
    begin: Begin, clock: FakeClock, frozen: int
) -> None:
    render(begin, clock, frozen)
    assert take_jobs(begin) == []

    assert send(begin, clock, frozen, subject="Le budget")

    with begin() as session:
        edition = get_edition(session, frozen)
        assert (edition.state, edition.subject) == (EditionState.SENDING, "Le budget")
    assert take_jobs(begin) == [(SEND_EDITION.name, {"edition_id": frozen})]


def test_sending_starts_once(begin: Begin, clock: FakeClock, frozen: int) -> None:
    render(begin, clock, frozen)
    assert send(begin, clock, frozen)
    take_jobs(begin)

    assert not send(begin, clock, frozen, subject="Un autre")

    with begin() as session:
        assert get_edition(session, frozen).subject == "Un"
    assert take_jobs(begin) == []


def test_neither_a_frozen_nor_a_paused_edition_starts_to_be_sent(
    begin: Begin, clock: FakeClock, frozen: int
) -> None:
    assert not send(begin, clock, frozen)
    render(begin, clock, frozen)
    with begin() as session:
        control.pause(session, frozen, now=clock())
    take_jobs(begin)

    assert not send(begin, clock, frozen)

    with begin() as session:
        edition = get_edition(session, frozen)
        assert (edition.state, edition.subject) == (EditionState.RENDERED, None)
    assert take_jobs(begin) == []


def test_a_subject_is_stored_only_once_sending_has_started(
    begin: Begin, clock: FakeClock, frozen: int
) -> None:
    render(begin, clock, frozen, subject="Un")
    render(begin, clock, frozen, revision=2, subject="Deux")

    with begin() as session:
        edition = get_edition(session, frozen)
        assert (edition.state, edition.subject) == (EditionState.RENDERED, None)
        assert edition.rendered_revision == 2
    assert take_jobs(begin) == []


def test_a_revision_during_the_sending_changes_the_subject_and_enqueues_one_job(
    begin: Begin, clock: FakeClock, frozen: int
) -> None:
    render(begin, clock, frozen)
    send(begin, clock, frozen)
    take_jobs(begin)

    render(begin, clock, frozen, revision=2, subject="Deux")
    render(begin, clock, frozen, revision=2, subject="Deux")

    with begin() as session:
        edition = get_edition(session, frozen)
        assert (edition.state, edition.subject) == (EditionState.SENDING, "Deux")
    assert take_jobs(begin) == [(SEND_EDITION.name, {"edition_id": frozen})]


def test_a_cancelled_edition_stays_cancelled_when_its_rendering_ends(
    begin: Begin, clock: FakeClock, frozen: int
) -> None:
    with begin() as session:
        control.cancel(session, frozen, now=clock())

    render(begin, clock, frozen)

    assert not send(begin, clock, frozen)
    with begin() as session:
        assert get_edition(session, frozen).state == EditionState.CANCELLED


def test_a_new_revision_forgets_setbacks_and_the_failure_of_its_web_version(
    begin: Begin, clock: FakeClock, frozen: int
) -> None:
    render(begin, clock, frozen, revision=1)
    failure = translatable(WEB_VERSION_FAILED, reason=verbatim("out of memory"))
    with begin() as session:
        edition = lock_edition(session, frozen)
        transitions.record_setback(edition, setbacks=2, position="sending 1")
        transitions.add_note(edition, verbatim("Held by Awa."))
        transitions.add_note(edition, failure)

    render(begin, clock, frozen, revision=2)

    with begin() as session:
        edition = lock_edition(session, frozen)
        assert (edition.setbacks, edition.note) == (0, verbatim("Held by Awa."))
        transitions.record_setback(edition, setbacks=1, position="sending 2")
        transitions.add_note(edition, failure)
    render(begin, clock, frozen, revision=2)
    with begin() as session:
        edition = lock_edition(session, frozen)
        assert (edition.setbacks, edition.setback_at) == (1, "sending 2")
        assert edition.note == translatable(
            "edition.and_also", first=verbatim("Held by Awa."), second=failure
        )


def test_an_edition_whose_parts_are_lost_is_rendered_again_while_it_is_sent(
    begin: Begin, clock: FakeClock, frozen: int
) -> None:
    render(begin, clock, frozen)
    send(begin, clock, frozen)
    take_jobs(begin)

    with begin() as session:
        transitions.mark_unrendered(session, frozen)
    with begin() as session:
        edition = get_edition(session, frozen)
        assert (edition.state, edition.rendered_revision) == (EditionState.SENDING, 0)
    render(begin, clock, frozen)

    assert take_jobs(begin) == [(SEND_EDITION.name, {"edition_id": frozen})]


def test_an_unknown_edition_is_not_found(begin: Begin, clock: FakeClock) -> None:
    with pytest.raises(NotFound):
        send(begin, clock, 4711)
    with pytest.raises(NotFound):
        render(begin, clock, 4711)
    with begin() as session, pytest.raises(NotFound):
        transitions.mark_unrendered(session, 4711)


def test_both_transitions_notify_those_who_watch_the_progress(
    begin: Begin, clock: FakeClock, runtime: Runtime, frozen: int
) -> None:
    with listening(runtime.engine, PROGRESS_CHANNEL) as listener:
        render(begin, clock, frozen)
        rendered = listener.wait(PATIENCE)
        send(begin, clock, frozen)
        started = listener.wait(PATIENCE)

    assert (rendered, started) == ([str(frozen)], [str(frozen)])
