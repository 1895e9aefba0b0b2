"""SQL about the deliveries of an edition as a whole: enrolling, ending, finding work again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from service.kit.db import Session

_OPEN = "('pending', 'leased', 'deferred')"

_ENROL = text("""
    INSERT INTO delivery (edition_id, subscriber_id, mask, state, next_at)
    SELECT edition.id, subscription.subscriber_id,
           coalesce(subscription.section_mask, edition.section_mask) & edition.section_mask,
           'pending', :now
    FROM edition
    JOIN subscription ON subscription.newsletter_id = edition.newsletter_id
    WHERE edition.id = :edition_id
      AND edition.state IN ('frozen', 'rendered') AND edition.enrolled_at IS NULL
      AND subscription.state = 'active'
      AND coalesce(subscription.confirmed_at, subscription.requested_at) <= edition.frozen_at
      AND coalesce(subscription.section_mask, edition.section_mask) & edition.section_mask <> 0
    ON CONFLICT (edition_id, subscriber_id) DO NOTHING
    """)


def enrol_audience(session: Session, *, edition_id: int, now: datetime) -> None:
    """Write one row per reader who was active at the freeze and chose something that is in it."""
    session.execute(_ENROL, _at(edition_id, now))


_MARK_ENROLLED = text("""
    UPDATE edition SET enrolled_at = :now
    WHERE id = :edition_id AND state IN ('frozen', 'rendered') AND enrolled_at IS NULL
    """)

_COUNT = text("SELECT count(*) FROM delivery WHERE edition_id = :edition_id")


def mark_enrolled(session: Session, *, edition_id: int, now: datetime) -> int:
    """Close the audience of an edition; return how many readers it has."""
    session.execute(_MARK_ENROLLED, _at(edition_id, now))
    readers: int = session.execute(_COUNT, {"edition_id": edition_id}).scalar_one()
    return readers


_WITHOUT_RENDITION = text("""
    SELECT DISTINCT delivery.mask FROM delivery
    WHERE delivery.edition_id = :edition_id AND NOT EXISTS (
        SELECT FROM rendition
        WHERE rendition.edition_id = delivery.edition_id AND rendition.mask = delivery.mask)
    ORDER BY delivery.mask
    """)


def masks_without_rendition(session: Session, *, edition_id: int) -> list[int]:
    """Return the choices of enrolled readers that nobody has rendered."""
    return list(session.scalars(_WITHOUT_RENDITION, {"edition_id": edition_id}))


_STANDING = text("""
    SELECT edition.state, edition.paused_at IS NOT NULL AS paused, edition.newsletter_id,
           edition.frozen_at + newsletter.valid_for AS expires_at
    FROM edition JOIN newsletter ON newsletter.id = edition.newsletter_id
    WHERE edition.id = :edition_id
    """)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether an edition may be sent now, and until when."""

    state: str
    paused: bool
    newsletter_id: int
    expires_at: datetime | None

    @property
    def goes_out(self) -> bool:
        """Whether readers should be getting it at this moment."""
        return self.state == "sending" and not self.paused


def standing(session: Session, *, edition_id: int) -> Standing | None:
    """Return how an edition stands; None if there is no such edition."""
    row = session.execute(_STANDING, {"edition_id": edition_id}).one_or_none()
    if row is None:
        return None
    return Standing(
        state=row.state,
        paused=row.paused,
        newsletter_id=row.newsletter_id,
        expires_at=row.expires_at,
    )


_EXPIRE_CANCELLED = text(f"""
    WITH dead AS (
        SELECT delivery.subscriber_id FROM delivery
        JOIN edition ON edition.id = delivery.edition_id AND edition.state = 'cancelled'
        WHERE delivery.edition_id = :edition_id AND delivery.state IN {_OPEN}
          AND (delivery.state <> 'leased' OR delivery.next_at <= :now)
        FOR UPDATE OF delivery SKIP LOCKED
    )
    UPDATE delivery SET state = 'expired', reason = 'cancelled', settled_at = :now,
                        fence = delivery.fence + 1
    FROM dead
    WHERE delivery.edition_id = :edition_id AND delivery.subscriber_id = dead.subscriber_id
    RETURNING delivery.subscriber_id
    """)  # noqa: S608  only a constant of this module is put in.


def expire_cancelled(session: Session, *, edition_id: int, now: datetime) -> int:
    """Expire what a cancelled edition has not handed over; live leases end by themselves."""
    return len(session.scalars(_EXPIRE_CANCELLED, _at(edition_id, now)).all())


_FINISH = text(f"""
    UPDATE edition SET state = 'finished', finished_at = :now
    WHERE id = :edition_id AND state = 'sending' AND enrolled_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM delivery
                      WHERE edition_id = :edition_id AND delivery.state IN {_OPEN})
    RETURNING id
    """)  # noqa: S608  only a constant of this module is put in.


def finish(session: Session, *, edition_id: int, now: datetime) -> bool:
    """Finish an edition unless a delivery is pending; False means nothing changed."""
    return session.scalar(_FINISH, _at(edition_id, now)) is not None


# An edition with a live lease is being worked on, and rings for itself when it has more to do.
# One without open rows was cut off just before its end. A cancelled one still has to close its
# books; older ones have done so.
_DUE = text(f"""
    SELECT edition.id FROM edition
    WHERE (
        edition.state = 'sending' AND edition.paused_at IS NULL AND NOT EXISTS (
            SELECT FROM delivery WHERE delivery.edition_id = edition.id
              AND delivery.state = 'leased' AND delivery.next_at > :now)
        AND (
            EXISTS (SELECT FROM delivery WHERE delivery.edition_id = edition.id
                    AND delivery.state IN {_OPEN} AND delivery.next_at <= :now)
            OR NOT EXISTS (SELECT FROM delivery WHERE delivery.edition_id = edition.id
                           AND delivery.state IN {_OPEN}))
    ) OR (
        edition.state = 'cancelled' AND edition.finished_at > :lately AND EXISTS (
            SELECT FROM delivery WHERE delivery.edition_id = edition.id
              AND delivery.state IN {_OPEN}
              AND (delivery.state <> 'leased' OR delivery.next_at <= :now))
    )
    ORDER BY edition.id
    """)  # noqa: S608  only a constant of this module is put in.


def due_editions(session: Session, *, now: datetime) -> list[int]:
    """Return editions that have something to do and nobody doing it."""
    return list(session.scalars(_DUE, {"now": now, "lately": now - timedelta(days=2)}))


_HAS_DUE = text(f"""
    SELECT EXISTS (
        SELECT FROM delivery JOIN edition ON edition.id = delivery.edition_id
        WHERE edition.id = :edition_id AND edition.state = 'sending' AND edition.paused_at IS NULL
          AND delivery.state IN {_OPEN} AND delivery.next_at <= :now)
    """)  # noqa: S608  only a constant of this module is put in.


def has_due(session: Session, *, edition_id: int, now: datetime) -> bool:
    """Tell whether a delivery of an edition that goes out could be leased now."""
    return bool(session.scalar(_HAS_DUE, _at(edition_id, now)))


def _at(edition_id: int, now: datetime) -> dict[str, object]:
    return {"edition_id": edition_id, "now": now}
