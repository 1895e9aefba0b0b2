"""The SQL statements on the series that readers are in, and their places of their own in it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    exists,
    func,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Session

from service.audience.lifecycle import SubscriptionState
from service.audience.tables import Consent, Subscription
from service.newsletters.frequency import Frequency

_KEY = "hashtext('crieur.series'), CAST(:newsletter_id AS int)"
_SHARED = text(f"SELECT pg_advisory_xact_lock_shared({_KEY})")
_EXCLUSIVE = text(f"SELECT pg_advisory_xact_lock({_KEY})")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesReaders:
    """The readers of one series of a newsletter; with ids, only these."""

    newsletter_id: int
    frequency: Frequency
    subscriber_ids: Collection[int] | None = None

    @property
    def condition(self) -> ColumnElement[bool]:
        """Return which subscriptions these are."""
        only = self.subscriber_ids
        return (
            (Subscription.newsletter_id == self.newsletter_id)
            & (Subscription.frequency == self.frequency)
            & (true() if only is None else Subscription.subscriber_id.in_(only))
        )


def lock_series(session: Session, newsletter_id: int, *, exclusive: bool) -> None:
    """Keep readers in their series until the transaction ends, or wait until they may be moved.

    Enrolments of a newsletter share the lock. Only one transaction moves readers at a
    time, and takes it before any row's lock.
    """
    session.execute(_EXCLUSIVE if exclusive else _SHARED, {"newsletter_id": newsletter_id})


def move(
    session: Session,
    readers: SeriesReaders,
    frequency: Frequency,
    *,
    which: ColumnElement[bool] | None,
    previous: int | ColumnElement[int | None],
    limit: int,
) -> int:
    """Move up to `limit` readers to another series; return how many. `which` None means all.

    `previous` is the edition after which they have places of their own from now on; who has such a
    place already keeps it.
    """
    chosen = (
        select(Subscription.id)
        .where(readers.condition, true() if which is None else which)
        .order_by(Subscription.subscriber_id)
        .limit(limit)
        .with_for_update()
    )
    moved = session.scalars(
        update(Subscription)
        .where(Subscription.id.in_(chosen))
        .values(
            frequency=frequency,
            previous_edition_id=func.coalesce(Subscription.previous_edition_id, previous),
        )
        .returning(Subscription.id)
        .execution_options(synchronize_session=False)
    )
    return len(moved.all())


def had_place_in(*, frozen_at: datetime, enrolled_to: int | None) -> ColumnElement[bool]:
    """Return who was in the audience of an edition of their series, and is a reader still.

    `enrolled_to` is the last subscriber enrolled so far, None when all are.
    """
    known = (Subscription.state == SubscriptionState.ACTIVE) & (since() <= frozen_at)
    return known if enrolled_to is None else known & (Subscription.subscriber_id <= enrolled_to)


def since() -> ColumnElement[datetime]:
    """Return from when on a reader is owed what is published."""
    return func.coalesce(Subscription.confirmed_at, Subscription.requested_at)


def previous_editions(session: Session, readers: SeriesReaders) -> list[int]:
    """Return the distinct editions after which readers of a series have places of their own."""
    return list(
        session.scalars(
            select(Subscription.previous_edition_id)
            .where(
                readers.condition,
                Subscription.previous_edition_id.is_not(None),
                Subscription.state == SubscriptionState.ACTIVE,
            )
            .distinct()
            .order_by(Subscription.previous_edition_id)
        )
    )


def follow_series(session: Session, readers: SeriesReaders, edition_ids: list[int]) -> None:
    """Let readers whose previous edition is one of these follow their series again."""
    session.execute(
        update(Subscription)
        .where(readers.condition, Subscription.previous_edition_id.in_(edition_ids))
        .values(previous_edition_id=None)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledRange:
    """Subscriber ids (after, up_to] of a catch-up edition's audience, without end if it is None."""

    edition_id: int
    previous_edition_id: int
    frozen_at: datetime
    after: int
    up_to: int | None


def pass_on(session: Session, readers: SeriesReaders, enrolled: EnrolledRange) -> None:
    """Store that readers had a place in a catch-up edition, with or without their sections."""
    session.execute(
        update(Subscription)
        .where(
            readers.condition,
            Subscription.previous_edition_id == enrolled.previous_edition_id,
            had_place_in(frozen_at=enrolled.frozen_at, enrolled_to=enrolled.up_to),
            Subscription.subscriber_id > enrolled.after,
        )
        .values(previous_edition_id=enrolled.edition_id)
        .execution_options(synchronize_session=False)
    )


# The limit keeps it a look into an index for each series, however many readers there are.
_SERIES_WITH_READERS = text("""
    SELECT asked.newsletter_id, asked.frequency
    FROM unnest(CAST(:newsletter_ids AS bigint[]), CAST(:frequencies AS text[]))
        AS asked (newsletter_id, frequency)
    WHERE (SELECT subscription.id FROM subscription
           WHERE subscription.newsletter_id = asked.newsletter_id
             AND subscription.frequency = asked.frequency AND subscription.state = 'active'
           LIMIT 1) IS NOT NULL
    """)


def series_with_readers(
    session: Session, series: Collection[tuple[int, Frequency]]
) -> list[tuple[int, Frequency]]:
    """Return which of these (newsletter, frequency) have active readers, in one statement."""
    if not series:
        return []
    asked = {
        "newsletter_ids": [newsletter_id for newsletter_id, _ in series],
        "frequencies": [frequency.value for _, frequency in series],
    }
    rows = session.execute(_SERIES_WITH_READERS, asked)
    return [(row.newsletter_id, Frequency(row.frequency)) for row in rows]


def count_by_frequency(session: Session, newsletter_id: int) -> dict[Frequency, int]:
    """Count a newsletter's active readers by frequency; one index scan."""
    rows = session.execute(
        select(Subscription.frequency, func.count())
        .where(
            Subscription.newsletter_id == newsletter_id,
            Subscription.state == SubscriptionState.ACTIVE,
        )
        .group_by(Subscription.frequency)
    )
    return {Frequency(frequency): count for frequency, count in rows}


def lock_movable(
    session: Session, readers: SeriesReaders, *, since_before: datetime, after: int, limit: int
) -> list[int]:
    """Lock and return the next readers whom a publisher may move, by subscriber id.

    Active ones only, who were readers at `since_before` and have not chosen for themselves since.
    """
    chose = exists().where(
        Consent.subscription_id == Subscription.id,
        Consent.at >= since_before,
        Consent.facts.has_key("frequency"),
    )
    return list(
        session.scalars(
            select(Subscription.subscriber_id)
            .where(
                readers.condition,
                Subscription.state == SubscriptionState.ACTIVE,
                Subscription.subscriber_id > after,
                since() <= since_before,
                ~chose,
            )
            .order_by(Subscription.subscriber_id)
            .limit(limit)
            .with_for_update(of=Subscription)
        )
    )
