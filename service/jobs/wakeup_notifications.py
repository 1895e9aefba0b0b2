"""Wakes workers by PostgreSQL's NOTIFY, with the commit that gives them something to do.

A job message reaches one process, and an idle consumer polls up to a second late. A wake-up
reaches every worker process at the moment of the commit. One that is lost with a connection costs
a few seconds: consumers poll, and the sweep enqueues a message for the same work.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from service.jobs.catalogue import Job
from service.kit import notify
from service.kit.db import Engine, Session
from service.kit.notify import Listener

DISPATCHED = "crieur_job_dispatched"
"""Redis has a new message; the payload is the name of its queue."""

EDITION = "crieur_edition_wakeup"
"""An edition has more to send than one process can; the payload is the edition's id."""


def announce_dispatched(session: Session, job: Job) -> None:
    """Wake the consumers of the job's queue after the caller's commit."""
    notify.notify(session, DISPATCHED, job.queue)


def wake_for_edition(session: Session, edition_id: int) -> None:
    """Let every worker process that has room help to send an edition, after the caller's commit."""
    notify.notify(session, EDITION, str(edition_id))


@contextmanager
def listening(engine: Engine) -> Iterator[Listener]:
    """Listen for both kinds of wake-up on a connection of its own."""
    with notify.listening(engine, DISPATCHED, EDITION) as listener:
        yield listener
