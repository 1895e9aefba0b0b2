"""One actor for each job, declared with a broker.

An actor file holds a plain function `run(runtime, *, …ids)`, so that tests call it without a
broker. Here each is registered under its job's name and queue. dramatiq never retries: a failed
step is found again by the scheduler's sweep, and PostgreSQL counts attempts. A message that never
reaches Redis is run from the outbox (`outbox_fallback.py`), and a wake-up for a large edition is
followed (`wakeup_listener.py`).
"""

import math
from collections.abc import Callable
from functools import partial

import dramatiq

from service.boot import Runtime
from service.jobs.catalogue import (
    ASK_HUB,
    BUILD_EDITION,
    DECIDE_SUBJECT,
    FETCH_FULL_TEXT,
    MOVE_READERS,
    POLL_FEED,
    RECORD_OUTCOME,
    RECORD_REFUSALS,
    SEND_EDITION,
    SEND_NOTICE,
    SEND_TRIAL,
    TAKE_PUSH,
    Job,
)
from workers import (
    ask_hub,
    build_edition,
    decide_subject,
    fetch_full_text,
    move_readers,
    poll_feed,
    record_outcome,
    record_refusals,
    send_edition,
    send_notice,
    send_trial,
    take_push,
)
from workers.actor_adapter import adapt_actor
from workers.concurrency import editions_underway
from workers.local_executor import CloseLocalExecutor, LocalExecutor
from workers.outbox_fallback import OutboxFallback
from workers.periodic_thread import PeriodicThread, PeriodicThreads
from workers.process import draining
from workers.wakeup_listener import LISTEN_SECONDS, WakeupListener

Actor = Callable[..., None]

ACTORS: dict[Job, Actor] = {
    POLL_FEED: poll_feed.run,
    FETCH_FULL_TEXT: fetch_full_text.run,
    ASK_HUB: ask_hub.run,
    TAKE_PUSH: take_push.run,
    BUILD_EDITION: build_edition.run,
    MOVE_READERS: move_readers.run,
    SEND_EDITION: send_edition.run,
    DECIDE_SUBJECT: decide_subject.run,
    SEND_NOTICE: send_notice.run,
    SEND_TRIAL: send_trial.run,
    RECORD_OUTCOME: record_outcome.run,
    RECORD_REFUSALS: record_refusals.run,
}

HOUR_MS = 3_600_000.0

WITHOUT_TIME_LIMIT = (SEND_EDITION, BUILD_EDITION, MOVE_READERS)
"""Jobs that take as long as the audience is large.

dramatiq ends a job that exceeds its limit by raising an exception in the job's thread, wherever
that is: possibly between handing over a message and recording its outcome.
"""


AWAITED = (SEND_NOTICE, BUILD_EDITION, SEND_EDITION)
"""Jobs that go before others which this process has fetched already: feeds wait, readers do not."""
FIRST, LATER = 0, 10


def register_actors(runtime: Runtime) -> None:
    """Declare every actor with the runtime's broker, and start what runs beside them."""
    reported: set[str] = set()
    adapted = {job: adapt_actor(run, runtime, reported=reported) for job, run in ACTORS.items()}
    for job, act in adapted.items():
        declare = dramatiq.actor(
            actor_name=job.name,
            queue_name=job.queue,
            broker=runtime.broker,
            max_retries=0,
            time_limit=math.inf if job in WITHOUT_TIME_LIMIT else HOUR_MS,
            priority=FIRST if job in AWAITED else LATER,
        )
        declare(act)
    executor = LocalExecutor(adapted, threads=runtime.settings.worker_threads)
    fallback = OutboxFallback(runtime, executor)
    listener = WakeupListener(runtime, executor, editions_underway)
    # At shutdown dramatiq calls middleware in reverse: the threads below submit to the executor,
    # and end before it closes.
    runtime.broker.add_middleware(CloseLocalExecutor(executor))
    runtime.broker.add_middleware(
        PeriodicThreads(
            PeriodicThread(
                fallback.run_overdue_if_available,
                name="outbox_fallback",
                every=runtime.settings.tick_seconds,
                stop=draining,
            ),
            PeriodicThread(
                partial(listener.listen_until, draining),
                name="wakeups",
                every=LISTEN_SECONDS,
                stop=draining,
            ),
        )
    )
