"""Process a stored report: parse it and apply its effects."""

from service.boot import Runtime
from service.outcomes import process_reports


def run(runtime: Runtime, *, report_id: int) -> None:
    """Do nothing if it is processed, or another worker processes it."""
    processor = process_reports.ReportProcessor(
        keyring=runtime.keyring,
        bounce_domain=runtime.settings.bounce_domain,
        provider_of=runtime.pacing_rules.provider_of,
    )
    with runtime.begin() as session:
        process_reports.process_report(session, report_id, processor=processor, now=runtime.clock())
