"""Carry an edition on as far as it goes: select, freeze, enrol, render, start sending."""

from service.boot import Runtime
from service.delivery.workflow import advance
from workers.concurrency import editions_underway, max_editions


def run(runtime: Runtime, *, edition_id: int) -> None:
    """Do nothing if it is already on its way, or if editions have all their places here.

    The sweep rings again for an edition that found no place; whoever sends makes room for it.
    """
    limit = max_editions(runtime.settings.worker_threads)
    with editions_underway.acquire(("build", edition_id), limit=limit) as is_acquired:
        if is_acquired:
            advance.advance_edition(
                runtime.begin,
                edition_id,
                clock=runtime.clock,
                public_url=runtime.settings.public_url,
            )
