"""Work other than an edition's that fails again and again is set aside, with a note that says why.

Whatever makes it fail stays in PostgreSQL, and every sweep would ring for it for days. A process
tries a piece of work three times; then a returned mail or a refusal is kept as it is, unread, and a
feed is asked later and later, as one that cannot be read.
"""

import threading
from collections import Counter
from collections.abc import Callable

from service.articles import poll
from service.boot import Runtime
from service.delivery import setbacks
from service.kit.log import get_logger
from service.outcomes import record, refusals
from workers import poll_feed, record_outcome, record_refusals

log = get_logger(__name__)

MOST = setbacks.MOST

_times: Counter[tuple[str, int]] = Counter()
_lock = threading.Lock()


def feed(runtime: Runtime, error: Exception, *, feed_id: int) -> None:
    """Let a feed on which reading fails rest for longer each time."""
    poll.stumble(runtime.begin, feed_id, setbacks.describe(error), now=runtime.clock())


def report(runtime: Runtime, error: Exception, *, report_id: int) -> None:
    """Close a returned mail that cannot be understood; it is kept for as long as others are."""
    if _is_one_too_many("report", report_id):
        with runtime.begin() as session:
            record.set_aside(session, report_id, setbacks.describe(error), now=runtime.clock())


def refused(runtime: Runtime, error: Exception, *, edition_id: int) -> None:
    """Read the refusals of an edition one by one, and leave out which cannot be judged."""
    del error
    if not _is_one_too_many("refusals", edition_id):
        return
    more = True
    while more:
        try:
            record_refusals.run(runtime, edition_id=edition_id, at_once=1)
            more = False
        except Exception as one:
            if setbacks.passes_by_itself(one):
                raise
            why = setbacks.describe(one)
            with runtime.begin() as session:
                more = refusals.set_aside(session, edition_id, why, now=runtime.clock())


MEET: dict[Callable[..., None], Callable[..., None]] = {
    poll_feed.run: feed,
    record_outcome.run: report,
    record_refusals.run: refused,
}


def _is_one_too_many(kind: str, number: int) -> bool:
    """Count a failure in this process; after the last one counting begins anew."""
    with _lock:
        _times[kind, number] += 1
        if _times[kind, number] < MOST:
            return False
        del _times[kind, number]
        return True
