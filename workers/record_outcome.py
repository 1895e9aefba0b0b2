"""Understand a returned mail that was kept, and give it its effects."""

from service.boot import Runtime
from service.outcomes import record


def run(runtime: Runtime, *, report_id: int) -> None:
    """Do nothing if somebody has done it or is doing it."""
    taker = record.Taker(
        keyring=runtime.keyring,
        bounce_domain=runtime.settings.bounce_domain,
        provider_of=runtime.pacing_rules.provider_of,
    )
    with runtime.begin() as session:
        record.take(session, report_id, taker=taker, now=runtime.clock())
