"""What operators have done, as tests compare it."""

from collections.abc import Mapping

from service.accounts import audit
from service.kit.db import Begin


def audited(begin: Begin) -> list[tuple[str, Mapping[str, object]]]:
    """Return the event and the facts of each entry of the audit trail, the oldest first."""
    with begin() as session:
        return [(entry.event, entry.facts) for entry in reversed(audit.recent_entries(session))]
