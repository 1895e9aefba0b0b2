"""Sets work aside that fails every time, with a note of the reason.

This is for work other than an edition's. What makes it fail stays in PostgreSQL, and every sweep
would enqueue it again for days. A process tries a piece of work three times; then a report or a
refusal is kept without effects, and a feed is polled at growing intervals, as one that cannot be
read.
"""

import threading
from collections import Counter
from collections.abc import Callable

from service.articles.feeds import poll, take_push
from service.articles.full_text import fetch_full_text
from service.boot import Runtime
from service.delivery.workflow import failures
from service.kit.log import get_logger
from service.outcomes import classify_refusals, process_reports
from workers import fetch_full_text as fetch_full_text_job
from workers import poll_feed, record_outcome, record_refusals
from workers import take_push as take_push_job

log = get_logger(__name__)

MAX_FAILURES = failures.MAX_FAILURES

_failures: Counter[tuple[str, int]] = Counter()
_lock = threading.Lock()


def back_off_feed(runtime: Runtime, error: Exception, *, feed_id: int) -> None:
    """Poll a feed that fails at growing intervals."""
    poll.record_internal_error(
        runtime.begin, feed_id, failures.describe_error(error), now=runtime.clock()
    )


def give_up_full_text(runtime: Runtime, error: Exception, *, article_id: int) -> None:
    """Leave an article as its feed has it."""
    if _has_failed_too_often("full_text", article_id):
        with runtime.begin() as session:
            fetch_full_text.give_up(session, article_id, why=failures.describe_error(error))


def drop_push(runtime: Runtime, error: Exception, *, push_id: int) -> None:
    """Forget what a hub has sent; a poll finds the same articles."""
    del error
    if _has_failed_too_often("push", push_id):
        with runtime.begin() as session:
            take_push.drop_push(session, push_id, now=runtime.clock())


def set_aside_report(runtime: Runtime, error: Exception, *, report_id: int) -> None:
    """Close a report that cannot be processed; it is kept for as long as others are."""
    if _has_failed_too_often("report", report_id):
        with runtime.begin() as session:
            process_reports.set_report_aside(
                session, report_id, failures.describe_error(error), now=runtime.clock()
            )


def set_aside_refusals(runtime: Runtime, error: Exception, *, edition_id: int) -> None:
    """Classify an edition's refusals one by one, and set aside those that cannot be classified."""
    del error
    if not _has_failed_too_often("refusals", edition_id):
        return
    more = True
    while more:
        try:
            record_refusals.run(runtime, edition_id=edition_id, chunk_size=1)
            more = False
        except Exception as one:
            if failures.is_transient(one):
                raise
            why = failures.describe_error(one)
            with runtime.begin() as session:
                more = classify_refusals.set_refusal_aside(
                    session, edition_id, why, now=runtime.clock()
                )


FAILURE_HANDLERS: dict[Callable[..., None], Callable[..., None]] = {
    poll_feed.run: back_off_feed,
    fetch_full_text_job.run: give_up_full_text,
    take_push_job.run: drop_push,
    record_outcome.run: set_aside_report,
    record_refusals.run: set_aside_refusals,
}


def _has_failed_too_often(kind: str, number: int) -> bool:
    """Count a failure in this process; after the last one counting starts anew."""
    with _lock:
        _failures[kind, number] += 1
        if _failures[kind, number] < MAX_FAILURES:
            return False
        del _failures[kind, number]
        return True
