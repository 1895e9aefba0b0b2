"""One at a time carries an edition on: a lease that ends with its holder, and a fence.

A job that starts while another process builds the edition returns immediately. The lease runs by
the database's clock and is prolonged by every step, in the step's own transaction; a holder who
was killed, frozen or cut off lets it run out, and what they still write afterwards is refused.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from service.editions import revision_queries as queries
from service.kit.db import Begin, Session

LEASE = timedelta(seconds=30)
"""Longer than anything between two steps: one level of a large edition is inlined within two
seconds on a slow machine. While a step's transaction is open nobody can take the lease over."""


class Lost(Exception):  # noqa: N818  No fault of whoever hears it: another one has taken over.
    """Somebody else carries the edition on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to carry an edition on."""

    edition_id: int
    fence: int
    # Whether whoever had it before died with it, or was frozen or cut off.
    was_left: bool = False


def claim(session: Session, edition_id: int, *, lease_for: timedelta = LEASE) -> Lease | None:
    """Take the right to carry an edition on; None while somebody else has it."""
    claimed = queries.claim_building(session, edition_id, lease_for=lease_for)
    if claimed is None:
        return None
    fence, was_left = claimed
    return Lease(edition_id=edition_id, fence=fence, was_left=was_left)


def keep(session: Session, lease: Lease, *, lease_for: timedelta = LEASE) -> None:
    """Prolong a lease, and keep others from taking it until this transaction ends.

    Raises:
        Lost: it ran out and somebody has taken it.
    """
    if not queries.keep_building(session, lease.edition_id, lease.fence, lease_for=lease_for):
        raise Lost(f"Edition {lease.edition_id} is carried on by somebody else.")


def let_go(session: Session, lease: Lease) -> None:
    """End a lease; harmless when it was lost."""
    queries.let_go_building(session, lease.edition_id, lease.fence)


def steps(begin: Begin, lease: Lease) -> Begin:
    """Return a `begin` whose every transaction proves the lease first and prolongs it."""

    @contextmanager
    def begin_step() -> Iterator[Session]:
        with begin() as session:
            keep(session, lease)
            yield session

    return begin_step
