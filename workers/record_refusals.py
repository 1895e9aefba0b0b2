"""Judge what relays refused at once while an edition, or a notice, was being sent."""

from service.boot import Runtime
from service.outcomes import refusals
from workers.process import draining


def run(runtime: Runtime, *, edition_id: int, at_once: int = refusals.AT_ONCE) -> None:
    """Do nothing if all has been read; what is left when the process drains is found again."""
    more = True
    while more and not draining.is_set():
        with runtime.begin() as session:
            more = refusals.read_some(
                session,
                edition_id,
                keyring=runtime.keyring,
                provider_of=runtime.pacing_rules.provider_of,
                now=runtime.clock(),
                at_once=at_once,
            )
