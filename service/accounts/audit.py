"""The audit trail: which operator did what and when; ids only, never readers' addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.accounts import queries
from service.kit.db import Session
from service.kit.log import get_logger

log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One entry of the trail; `operator` is a name, None for commands and anonymous events."""

    id: int
    at: datetime
    operator: str | None
    event: str
    facts: Mapping[str, Any]


def record(
    session: Session,
    operator_id: int | None,
    event: str,
    facts: Mapping[str, Any],
    *,
    now: datetime,
) -> None:
    """Record what an operator did, in the transaction that does it."""
    queries.add_audit_entry(session, operator_id=operator_id, event=event, facts=facts, at=now)
    log.info("operator.acted", act=event, operator_id=operator_id)


def latest_entry(session: Session, event: str, facts: Mapping[str, Any]) -> AuditRecord | None:
    """Return the newest entry of an event whose facts contain these, None without one."""
    found = queries.latest_audit_entry(session, event=event, facts=facts)
    if found is None:
        return None
    row, name = found
    return AuditRecord(id=row.id, at=row.at, operator=name, event=row.event, facts=row.facts)


COUNT_WINDOW = timedelta(hours=1)
"""Events that anybody can cause are counted in one entry per operator for this time."""


def count_event(
    session: Session,
    operator_id: int | None,
    event: str,
    facts: Mapping[str, Any],
    *,
    now: datetime,
    key: Mapping[str, Any] | None = None,
) -> None:
    """Count an event in one entry an hour for each operator and each `key`.

    A million wrong passwords add one entry an hour, with their number and the facts of the last.
    """
    own = dict(key or {})
    queries.lock_event_count(session, f"{event} {operator_id} {sorted(own.items())}")
    found = queries.open_count_entry(
        session, operator_id=operator_id, event=event, key=own, since=now - COUNT_WINDOW
    )
    if found is None:
        queries.add_audit_entry(
            session,
            operator_id=operator_id,
            event=event,
            facts={**own, **facts, "times": 1},
            at=now,
        )
    else:
        found.facts = {**found.facts, **facts, "times": int(found.facts["times"]) + 1}


def recent_entries(
    session: Session, *, before_id: int | None = None, limit: int = 50
) -> Sequence[AuditRecord]:
    """List the newest entries; `before_id` continues an earlier list."""
    return [
        AuditRecord(id=row.id, at=row.at, operator=name, event=row.event, facts=row.facts)
        for row, name in queries.audit_page(session, before_id=before_id, limit=limit)
    ]
