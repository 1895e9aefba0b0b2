"""What tests of console pages start from, and what the audit trail says afterwards."""

from collections.abc import Mapping

from service.accounts import audit
from service.boot import Runtime


def find_newsletter(runtime: Runtime) -> int:
    from service.newsletters import catalogue

    with runtime.begin() as session:
        return catalogue.list_newsletters(session)[0].id


def acts(runtime: Runtime) -> list[tuple[str, Mapping[str, object]]]:
    """What the audit trail holds, the oldest first."""
    with runtime.begin() as session:
        return [(entry.event, entry.facts) for entry in reversed(audit.recent_entries(session))]
