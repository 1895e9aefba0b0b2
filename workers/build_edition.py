"""Advance an edition as far as possible: select, freeze, enrol, render, start sending."""

from service.boot import Runtime
from service.delivery.workflow import advance
from service.editions import find
from workers.concurrency import editions_underway, max_editions


def run(runtime: Runtime, *, edition_id: int) -> None:
    """Do nothing if this process builds it already, or has no capacity for another edition.

    The sweep enqueues such an edition again, and a process that sends gives way to it.
    """
    with runtime.begin() as session:
        is_alert = find.is_alert(session, edition_id)
    limit = max_editions(runtime.settings.worker_threads, is_alert=is_alert)
    with editions_underway.acquire(("build", edition_id), limit=limit) as is_acquired:
        if is_acquired:
            advance.advance_edition(
                runtime.begin,
                edition_id,
                clock=runtime.clock,
                public_url=runtime.settings.public_url,
            )
