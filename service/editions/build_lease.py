"""One at a time carries an edition on: a lease that ends with its holder, and a fence.

A job that starts while another process builds the edition returns immediately. The lease runs by
the database's clock and is prolonged by every step, in the step's own transaction; a holder who
was killed, frozen or cut off lets it run out, and what they still write afterwards is refused.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from service.editions import build_lease_queries as queries
from service.kit.db import Begin, Session

LEASE_DURATION = timedelta(seconds=30)
"""Longer than anything between two steps: one level of a large edition is inlined within two
seconds on a slow machine. While a step's transaction is open nobody can take the lease over."""


class BuildLeaseLost(Exception):  # noqa: N818  No fault of whoever hears it: another one has taken over.
    """Somebody else carries the edition on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildLease:
    """The right to carry an edition on."""

    edition_id: int
    fence: int
    # Whether whoever had it before died with it, or was frozen or cut off.
    was_left: bool = False


def claim(
    session: Session, edition_id: int, *, lease_for: timedelta = LEASE_DURATION
) -> BuildLease | None:
    """Take the right to carry an edition on; None while somebody else has it."""
    claimed = queries.claim_build_lease(session, edition_id, lease_for=lease_for)
    if claimed is None:
        return None
    fence, was_left = claimed
    return BuildLease(edition_id=edition_id, fence=fence, was_left=was_left)


def renew(session: Session, lease: BuildLease, *, lease_for: timedelta = LEASE_DURATION) -> None:
    """Prolong a lease, and keep others from taking it until this transaction ends.

    Raises:
        Lost: it ran out and somebody has taken it.
    """
    if not queries.renew_build_lease(session, lease.edition_id, lease.fence, lease_for=lease_for):
        raise BuildLeaseLost(f"Edition {lease.edition_id} is carried on by somebody else.")


def release(session: Session, lease: BuildLease) -> None:
    """End a lease; harmless when it was lost."""
    queries.release_build_lease(session, lease.edition_id, lease.fence)


def begin_with_lease(begin: Begin, lease: BuildLease) -> Begin:
    """Return a `begin` whose every transaction proves the lease first and prolongs it."""

    @contextmanager
    def begin_step() -> Iterator[Session]:
        with begin() as session:
            renew(session, lease)
            yield session

    return begin_step
