"""Classify what relays refused while an edition, or a notice, was being sent."""

from service.boot import Runtime
from service.outcomes import classify_refusals
from workers.process import draining


def run(
    runtime: Runtime, *, edition_id: int, chunk_size: int = classify_refusals.CHUNK_SIZE
) -> None:
    """Do nothing if all are classified; the sweep finds what is left when the process drains."""
    more = True
    while more and not draining.is_set():
        with runtime.begin() as session:
            more = classify_refusals.classify_refusals(
                session,
                edition_id,
                keyring=runtime.keyring,
                provider_of=runtime.pacing_rules.provider_of,
                now=runtime.clock(),
                chunk_size=chunk_size,
            )
