"""One process at a time builds an edition: it holds a lease with a fence.

A job that starts while another process builds the edition returns immediately. The lease runs by
the database's clock, and every step renews it in its own transaction. It expires if its holder was
killed, suspended or cut off; later writes of that holder are refused by the fence.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from service.editions import build_lease_queries as queries
from service.kit.db import Begin, Session

LEASE_DURATION = timedelta(seconds=30)
"""Longer than any work between two steps: one level of a large edition is inlined within two
seconds on a slow machine. While a step's transaction is open the lease cannot be taken over."""


class BuildLeaseLost(Exception):  # noqa: N818  Not an error: another process has taken over.
    """Another process builds the edition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildLease:
    """The right to build an edition."""

    edition_id: int
    fence: int
    # Whether the previous holder let it expire: it was killed, suspended or cut off.
    was_left: bool = False


def claim(
    session: Session, edition_id: int, *, lease_for: timedelta = LEASE_DURATION
) -> BuildLease | None:
    """Return the lease of an edition; None while another process holds it."""
    claimed = queries.claim_build_lease(session, edition_id, lease_for=lease_for)
    if claimed is None:
        return None
    fence, was_left = claimed
    return BuildLease(edition_id=edition_id, fence=fence, was_left=was_left)


def renew(session: Session, lease: BuildLease, *, lease_for: timedelta = LEASE_DURATION) -> None:
    """Renew a lease, and lock it until this transaction ends.

    Raises:
        BuildLeaseLost: it expired and another process has claimed it.
    """
    if not queries.renew_build_lease(session, lease.edition_id, lease.fence, lease_for=lease_for):
        raise BuildLeaseLost(f"Edition {lease.edition_id} is built by another process.")


def release(session: Session, lease: BuildLease) -> None:
    """End a lease; does nothing if it was lost."""
    queries.release_build_lease(session, lease.edition_id, lease.fence)


def begin_with_lease(begin: Begin, lease: BuildLease) -> Begin:
    """Return a `begin` that renews the lease at the start of every transaction."""

    @contextmanager
    def begin_step() -> Iterator[Session]:
        with begin() as session:
            renew(session, lease)
            yield session

    return begin_step
