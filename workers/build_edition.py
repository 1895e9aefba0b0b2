"""Carry an edition on as far as it goes: select, freeze, enrol, render, start sending."""

from service.boot import Runtime
from service.delivery import produce
from workers.places import places, places_for


def run(runtime: Runtime, *, edition_id: int) -> None:
    """Do nothing if it is already on its way, or if editions have all their places here.

    The sweep rings again for an edition that found no place; whoever sends makes room for it.
    """
    most = places_for(runtime.settings.worker_threads)
    with places.take(("build", edition_id), most=most) as is_free:
        if is_free:
            produce.carry_on(
                runtime.begin,
                edition_id,
                clock=runtime.clock,
                public_url=runtime.settings.public_url,
            )
