"""What waits in PostgreSQL, for gauges: how much of each, and for how long the oldest does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from service.delivery import relay_incidents
from service.kit.db import Session
from service.reports.queries import metrics as queries


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Counts and ages at one instant; ages in seconds, 0 where nothing waits."""

    outbox_messages: int
    outbox_oldest_due: float
    editions: Mapping[str, int]
    editions_paused: int
    deliveries_pending: int
    oldest_due_delivery: float
    leased_batches: int
    expired_leases: int
    oldest_expired_lease: float
    notices_waiting: int
    oldest_due_notice: float
    reports_waiting: int
    report_lag: float
    feeds: Mapping[str, int]
    unavailable_relays: frozenset[str]


def measure_workload(session: Session, *, now: datetime) -> Workload:
    """Return what waits now."""
    row = queries.workload(session, now=now)
    return Workload(
        outbox_messages=row.outbox_messages,
        outbox_oldest_due=_age(row.outbox_due_at, now),
        editions=queries.open_editions(session),
        editions_paused=row.editions_paused,
        deliveries_pending=queries.pending_deliveries(session),
        oldest_due_delivery=_age(row.batch_due_at, now),
        leased_batches=row.leased_batches,
        expired_leases=row.expired_leases,
        oldest_expired_lease=_age(row.lease_expired_at, now),
        notices_waiting=row.notices_waiting,
        oldest_due_notice=_age(row.notice_due_at, now),
        reports_waiting=row.reports_waiting,
        report_lag=_age(row.report_received_at, now),
        feeds=queries.feeds(session),
        unavailable_relays=frozenset(
            each.relay for each in relay_incidents.current_incidents(session, now=now)
        ),
    )


def _age(since: datetime | None, now: datetime) -> float:
    """Return the seconds since an instant; 0 for one to come, and for none."""
    return max((now - since).total_seconds(), 0.0) if since else 0.0
