"""SQL about readers who seem to be unknown, and the reviews that an operator decides."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text

from service.kit.db import Session, typed_rows

_LOCK_REVIEWS = text("""
    SELECT pg_advisory_xact_lock(
        hashtextextended('crieur.suppression_review:' || CAST(:edition_id AS text), 0))
    """)
_SHARE_REVIEWS = text("""
    SELECT pg_advisory_xact_lock_shared(
        hashtextextended('crieur.suppression_review:' || CAST(:edition_id AS text), 0))
    """)


def lock_reviews(session: Session, edition_id: int) -> None:
    """Wait until no transaction counts unknown readers of an edition, and let none begin to."""
    session.execute(_LOCK_REVIEWS, {"edition_id": edition_id})


def share_reviews(session: Session, edition_id: int) -> None:
    """Take the right to count unknown readers of an edition; an operator's decision waits.

    It comes before every lock on an edition's attempts and deliveries. A decision locks the
    counts first and these rows after, a classification the other way round: without it the two
    could wait for each other.
    """
    session.execute(_SHARE_REVIEWS, {"edition_id": edition_id})


class UnknownCount(NamedTuple):
    """How many readers of a provider seem to be unknown in an edition, and what was decided."""

    provider: str
    unknown: int
    # How many there were when they were last compared with all answers.
    weighed: int
    is_held: bool
    decision: str | None

    @property
    def forbids_suppression(self) -> bool:
        """Whether none of these readers may be suppressed."""
        return self.is_held and self.decision != "gone"


_ADD_UNKNOWN = text("""
    INSERT INTO bounce_hold (edition_id, provider, unknown)
    SELECT :edition_id, news.provider, news.unknown
    FROM unnest(CAST(:providers AS text[]), CAST(:counts AS int[])) AS news (provider, unknown)
    ORDER BY news.provider <> '*', news.provider COLLATE "C"
    ON CONFLICT (edition_id, provider)
        DO UPDATE SET unknown = bounce_hold.unknown + excluded.unknown
    RETURNING provider, unknown, weighed, held_at IS NOT NULL AS is_held, decision
    """)


def add_unknown(session: Session, edition_id: int, counts: Mapping[str, int]) -> list[UnknownCount]:
    """Add readers who seem unknown to an edition's counts, and return the new counts."""
    rows = session.execute(
        _ADD_UNKNOWN,
        {
            "edition_id": edition_id,
            "providers": list(counts),
            "counts": list(counts.values()),
        },
    )
    return typed_rows(rows, UnknownCount)


_DOMAINS = text("""
    SELECT id, split_part(address_key, '@', 2) AS domain FROM subscriber
    WHERE id = ANY (CAST(:ids AS bigint[])) AND address_key IS NOT NULL
    """)


def domains_of(session: Session, subscriber_ids: Collection[int]) -> dict[int, str]:
    """Return the domains of some readers' addresses; the erased have none."""
    rows = session.execute(_DOMAINS, {"ids": list(subscriber_ids)})
    return {row.id: row.domain for row in rows}


_COUNT_ANSWERED = text("""
    SELECT split_part(coalesce(subscriber.address_key, ''), '@', 2) AS domain, count(*) AS readers
    FROM delivery LEFT JOIN subscriber ON subscriber.id = delivery.subscriber_id
    WHERE delivery.edition_id = :edition_id AND delivery.state IN ('accepted', 'refused')
    GROUP BY domain
    """)


def count_answered(session: Session, edition_id: int) -> dict[str, int]:
    """Count the deliveries of an edition that were accepted or refused, by domain."""
    rows = session.execute(_COUNT_ANSWERED, {"edition_id": edition_id})
    return {row.domain: row.readers for row in rows}


_SAVE_COMPARISON = text("""
    UPDATE bounce_hold SET weighed = unknown, answered = :answered, held_at = :held_at
    WHERE edition_id = :edition_id AND provider = :provider
    """)


def save_comparison(
    session: Session, edition_id: int, provider: str, *, answered: int, held_at: datetime | None
) -> None:
    """Store a comparison, and since when the readers are under review, if they are."""
    session.execute(
        _SAVE_COMPARISON,
        {
            "edition_id": edition_id,
            "provider": provider,
            "answered": answered,
            "held_at": held_at,
        },
    )


_UNDER_REVIEW = text("""
    SELECT provider, unknown FROM bounce_hold
    WHERE edition_id = :edition_id AND held_at IS NOT NULL AND provider <> '*'
    """)


def providers_under_review(session: Session, edition_id: int) -> dict[str, int]:
    """Return the providers under review in an edition, with their unknown readers."""
    rows = session.execute(_UNDER_REVIEW, {"edition_id": edition_id})
    return {row.provider: row.unknown for row in rows}


_DECIDED_PROVIDERS = text("""
    SELECT provider FROM bounce_hold
    WHERE edition_id = :edition_id AND decided_at IS NOT NULL AND provider <> '*'
    """)


def decided_providers(session: Session, edition_id: int) -> set[str]:
    """Return the providers whose review in an edition an operator has decided."""
    return set(session.scalars(_DECIDED_PROVIDERS, {"edition_id": edition_id}))


_FROZEN_AT = text("SELECT coalesce(frozen_at, planned_at) FROM edition WHERE id = :edition_id")


def edition_frozen_at(session: Session, edition_id: int) -> datetime:
    """Return when an edition was frozen: no refusal of it is older."""
    found: datetime = session.execute(_FROZEN_AT, {"edition_id": edition_id}).scalar_one()
    return found


# Refused in the SMTP session, or reported by a bounce.
_UNKNOWN = text("""
    SELECT split_part(coalesce(subscriber.address_key, ''), '@', 2) AS domain, unknown.subscriber_id
    FROM (
        SELECT subscriber_id FROM attempt
        WHERE edition_id = :edition_id AND result = 'refused' AND fault = 'reader' AND hard
        UNION
        SELECT subscriber_id FROM delivery
        WHERE edition_id = :edition_id AND outcome = 'bounced'
    ) AS unknown JOIN subscriber ON subscriber.id = unknown.subscriber_id
    """)


def unknown_readers(session: Session, edition_id: int) -> dict[str, list[int]]:
    """Return the readers who seemed to be unknown in an edition, by domain."""
    found = defaultdict(list)
    for row in session.execute(_UNKNOWN, {"edition_id": edition_id}):
        found[row.domain].append(row.subscriber_id)
    return dict(found)


_LOCK = text("""
    SELECT provider, unknown, weighed, held_at IS NOT NULL AS is_held, decision
    FROM bounce_hold WHERE edition_id = :edition_id AND provider = :provider
    FOR UPDATE
    """)


def lock_unknown_count(session: Session, edition_id: int, provider: str) -> UnknownCount | None:
    """Return the count of a provider, locked; None where nothing was counted."""
    values = {"edition_id": edition_id, "provider": provider}
    row = session.execute(_LOCK, values).mappings().one_or_none()
    return None if row is None else UnknownCount(**row)


_SAVE_DECISION = text("""
    UPDATE bounce_hold SET decision = :decision, decided_at = :now
    WHERE edition_id = :edition_id AND decided_at IS NULL AND held_at IS NOT NULL
      AND provider = coalesce(CAST(:provider AS text), provider)
    """)


def save_decision(
    session: Session, edition_id: int, provider: str | None, *, decision: str, now: datetime
) -> None:
    """Store an operator's decision on a provider, or (None) on all that are under review."""
    session.execute(
        _SAVE_DECISION,
        {"edition_id": edition_id, "provider": provider, "decision": decision, "now": now},
    )


_SUBTRACT_UNKNOWN = text("""
    UPDATE bounce_hold SET unknown = greatest(unknown - dismissed.readers, 0),
                           weighed = greatest(weighed - dismissed.readers, 0)
    FROM unnest(CAST(:providers AS text[]), CAST(:counts AS int[])) AS dismissed (provider, readers)
    WHERE bounce_hold.edition_id = :edition_id AND bounce_hold.provider = dismissed.provider
    """)


def subtract_unknown(session: Session, edition_id: int, counts: Mapping[str, int]) -> None:
    """Take readers out of the counts: if they are unknown again, they count once."""
    values = {"providers": list(counts), "counts": list(counts.values())}
    session.execute(_SUBTRACT_UNKNOWN, {"edition_id": edition_id, **values})


_PENDING_REVIEWS = text("""
    SELECT edition_id, provider, unknown, answered, held_at FROM bounce_hold
    WHERE held_at IS NOT NULL AND decided_at IS NULL
      AND edition_id = coalesce(CAST(:edition_id AS bigint), edition_id)
    ORDER BY edition_id DESC, unknown DESC, provider
    """)


class PendingReviewRow(NamedTuple):
    """A review that no operator has decided yet."""

    edition_id: int
    provider: str
    unknown: int
    answered: int
    held_at: datetime


def pending_reviews(session: Session, edition_id: int | None) -> list[PendingReviewRow]:
    """Return the undecided reviews of one edition, or of all, the latest edition first."""
    rows = session.execute(_PENDING_REVIEWS, {"edition_id": edition_id})
    return typed_rows(rows, PendingReviewRow)
