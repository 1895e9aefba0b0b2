"""Decide the subject test of an edition, so that the rest of its readers get the better subject."""

from service.boot import Runtime
from service.delivery.workflow import subject_tests


def run(runtime: Runtime, *, edition_id: int) -> None:
    """Do nothing if it is not due, or has been decided."""
    with runtime.begin() as session:
        subject_tests.decide_if_due(session, edition_id, now=runtime.clock())
