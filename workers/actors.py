"""One actor per job, declared with a broker.

An actor file holds a plain function `run(runtime, *, …ids)`, so that tests call it without a
broker. Here each gets its job's name and queue. dramatiq never retries for us: a failed step is
found again by the scheduler's sweep, and PostgreSQL counts attempts. What dramatiq does not hear of
at all is answered all the same (`unrung.py`), and calls for help are followed (`called.py`).
"""

import math
from collections.abc import Callable
from functools import partial

import dramatiq

from service import jobs
from service.boot import Runtime
from service.kit.broker import Job
from workers import (
    build_edition,
    poll_feed,
    record_outcome,
    record_refusals,
    send_edition,
    send_notice,
)
from workers.aside import Aside, CloseAside
from workers.beside import AllBeside, Beside
from workers.bind import bind
from workers.called import LISTEN_SECONDS, Called
from workers.places import places
from workers.process import draining
from workers.unrung import Unrung

Actor = Callable[..., None]

ACTORS: dict[Job, Actor] = {
    jobs.POLL_FEED: poll_feed.run,
    jobs.BUILD_EDITION: build_edition.run,
    jobs.SEND_EDITION: send_edition.run,
    jobs.SEND_NOTICE: send_notice.run,
    jobs.RECORD_OUTCOME: record_outcome.run,
    jobs.RECORD_REFUSALS: record_refusals.run,
}

HOUR = 3_600_000.0

WITHOUT_LIMIT = (jobs.SEND_EDITION, jobs.BUILD_EDITION)
"""Jobs that last as long as an audience is large.

dramatiq ends what takes too long by an exception that it throws into the thread, wherever that is:
in the middle of mails whose outcomes nobody would know then.
"""


def register(wired: Runtime) -> None:
    """Declare every actor with the runtime's broker."""
    said: set[str] = set()
    bound = {job: bind(run, wired, said=said) for job, run in ACTORS.items()}
    for job, act in bound.items():
        declare = dramatiq.actor(
            actor_name=job.name,
            queue_name=job.queue,
            broker=wired.broker,
            max_retries=0,
            time_limit=math.inf if job in WITHOUT_LIMIT else HOUR,
        )
        declare(act)
    aside = Aside(bound, threads=wired.settings.worker_threads)
    unrung, called = Unrung(wired, aside), Called(wired, aside, places)
    # A worker that ends asks the last one first: what is closed here is begun in by the others.
    wired.broker.add_middleware(CloseAside(aside))
    wired.broker.add_middleware(
        AllBeside(
            Beside(unrung.look, name="unrung", every=wired.settings.tick_seconds, stop=draining),
            Beside(
                partial(called.listen, draining), name="called", every=LISTEN_SECONDS, stop=draining
            ),
        )
    )
