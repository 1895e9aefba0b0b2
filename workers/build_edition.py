"""Carry an edition on as far as it goes: select, freeze, enrol, render, start sending."""

from service.boot import Runtime
from service.delivery import produce


def run(runtime: Runtime, *, edition_id: int) -> None:
    """Do nothing if it is already on its way."""
    produce.carry_on(
        runtime.begin,
        edition_id,
        clock=runtime.clock,
        public_url=runtime.settings.public_url,
    )
