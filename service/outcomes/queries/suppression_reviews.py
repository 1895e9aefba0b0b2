"""SQL about readers who seem to be unknown, and those who wait for an operator's word."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Row, text

from service.kit.db import Session


class UnknownCount(NamedTuple):
    """How many readers of a provider seem to be unknown in an edition, and what follows."""

    provider: str
    unknown: int
    # How many there were when they were last compared with all answers.
    weighed: int
    is_held: bool
    decision: str | None

    @property
    def forbids(self) -> bool:
        """Whether nobody may be suppressed for it."""
        return self.is_held and self.decision != "gone"


_COUNT = text("""
    INSERT INTO bounce_hold (edition_id, provider, unknown)
    SELECT :edition_id, news.provider, news.unknown
    FROM unnest(CAST(:providers AS text[]), CAST(:counts AS int[])) AS news (provider, unknown)
    ORDER BY news.provider
    ON CONFLICT (edition_id, provider)
        DO UPDATE SET unknown = bounce_hold.unknown + excluded.unknown
    RETURNING provider, unknown, weighed, held_at IS NOT NULL AS is_held, decision
    """)


def add_unknown(session: Session, edition_id: int, counts: Mapping[str, int]) -> list[UnknownCount]:
    """Add to what is known of an edition, and return what it has come to."""
    rows = session.execute(
        _COUNT,
        {
            "edition_id": edition_id,
            "providers": list(counts),
            "counts": list(counts.values()),
        },
    )
    return [UnknownCount(*row) for row in rows]


_DOMAINS = text("""
    SELECT id, split_part(address_key, '@', 2) AS domain FROM subscriber
    WHERE id = ANY (CAST(:ids AS bigint[])) AND address_key IS NOT NULL
    """)


def domains_of(session: Session, subscriber_ids: Collection[int]) -> dict[int, str]:
    """Return the domains of some readers' addresses; the erased have none."""
    rows = session.execute(_DOMAINS, {"ids": list(subscriber_ids)})
    return {row.id: row.domain for row in rows}


_ANSWERED = text("""
    SELECT split_part(coalesce(subscriber.address_key, ''), '@', 2) AS domain, count(*) AS readers
    FROM delivery LEFT JOIN subscriber ON subscriber.id = delivery.subscriber_id
    WHERE delivery.edition_id = :edition_id AND delivery.state IN ('accepted', 'refused')
    GROUP BY domain
    """)


def count_answered(session: Session, edition_id: int) -> dict[str, int]:
    """Count the mails of an edition that have an answer, by their readers' domains."""
    rows = session.execute(_ANSWERED, {"edition_id": edition_id})
    return {row.domain: row.readers for row in rows}


_WEIGHED = text("""
    UPDATE bounce_hold SET weighed = unknown, answered = :answered, held_at = :held_at
    WHERE edition_id = :edition_id AND provider = :provider
    """)


def save_comparison(
    session: Session, edition_id: int, provider: str, *, answered: int, held_at: datetime | None
) -> None:
    """Remember a comparison, and since when they are held, if they are."""
    session.execute(
        _WEIGHED,
        {
            "edition_id": edition_id,
            "provider": provider,
            "answered": answered,
            "held_at": held_at,
        },
    )


_HELD = text("""
    SELECT provider, unknown FROM bounce_hold
    WHERE edition_id = :edition_id AND held_at IS NOT NULL AND provider <> '*'
    """)


def providers_under_review(session: Session, edition_id: int) -> dict[str, int]:
    """Return the providers that were held in an edition, and how many each seems not to know."""
    rows = session.execute(_HELD, {"edition_id": edition_id})
    return {row.provider: row.unknown for row in rows}


_DECIDED = text("""
    SELECT provider FROM bounce_hold
    WHERE edition_id = :edition_id AND decided_at IS NOT NULL AND provider <> '*'
    """)


def decided_providers(session: Session, edition_id: int) -> set[str]:
    """Return the providers about which an operator has decided in an edition."""
    return set(session.scalars(_DECIDED, {"edition_id": edition_id}))


_FROZEN_AT = text("SELECT coalesce(frozen_at, planned_at) FROM edition WHERE id = :edition_id")


def edition_frozen_at(session: Session, edition_id: int) -> datetime:
    """Return since when anything can have been said of an edition."""
    found: datetime = session.execute(_FROZEN_AT, {"edition_id": edition_id}).scalar_one()
    return found


# Refused at once, or told by a returned mail.
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
    """Return who seemed to be unknown in an edition, by domain."""
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
    """Find what was counted of a provider, locked."""
    row = session.execute(_LOCK, {"edition_id": edition_id, "provider": provider}).one_or_none()
    return None if row is None else UnknownCount(*row)


_DECIDE = text("""
    UPDATE bounce_hold SET decision = :decision, decided_at = :now
    WHERE edition_id = :edition_id AND decided_at IS NULL AND held_at IS NOT NULL
      AND provider = coalesce(CAST(:provider AS text), provider)
    """)


def save_decision(
    session: Session, edition_id: int, provider: str | None, *, decision: str, now: datetime
) -> None:
    """Write down what an operator says of a provider, or of all that are held."""
    session.execute(
        _DECIDE,
        {"edition_id": edition_id, "provider": provider, "decision": decision, "now": now},
    )


_UNCOUNT = text("""
    UPDATE bounce_hold SET unknown = greatest(unknown - dismissed.readers, 0),
                           weighed = greatest(weighed - dismissed.readers, 0)
    FROM unnest(CAST(:providers AS text[]), CAST(:counts AS int[])) AS dismissed (provider, readers)
    WHERE bounce_hold.edition_id = :edition_id AND bounce_hold.provider = dismissed.provider
    """)


def subtract_unknown(session: Session, edition_id: int, counts: Mapping[str, int]) -> None:
    """Forget readers who were counted as unknown: if they are again, they count once."""
    values = {"providers": list(counts), "counts": list(counts.values())}
    session.execute(_UNCOUNT, {"edition_id": edition_id, **values})


_BLAME_SENDER = text("""
    UPDATE attempt SET fault = 'sender', hard = false
    WHERE edition_id = :edition_id AND subscriber_id = ANY (CAST(:ids AS bigint[]))
      AND result = 'refused' AND fault = 'reader' AND hard
    """)

# A mail that came back was refused after all, and by whom its attempt tells. Nobody has a copy.
_REFUSE_RETURNED = text("""
    WITH returned AS (
        UPDATE delivery SET state = 'refused', outcome = NULL, outcome_at = NULL
        WHERE edition_id = :edition_id AND subscriber_id = ANY (CAST(:ids AS bigint[]))
          AND state = 'accepted' AND outcome = 'bounced'
        RETURNING subscriber_id
    ), told AS (
        INSERT INTO attempt (edition_id, subscriber_id, at, result, reply, fault, reason, hard,
                             read_at)
        SELECT :edition_id, returned.subscriber_id, :now, 'refused', coalesce(said.diagnostic, ''),
               'sender', coalesce(said.reason, 'userunknown'), false, :now
        FROM returned LEFT JOIN LATERAL (
            SELECT diagnostic, reason FROM outcome
            WHERE outcome.subscriber_id = returned.subscriber_id
              AND outcome.edition_id = :edition_id AND outcome.kind = 'failed' AND outcome.hard
            ORDER BY outcome.id DESC LIMIT 1
        ) AS said ON true
    )
    SELECT count(*) FROM returned
    """)


def attribute_to_sender(
    session: Session, edition_id: int, subscriber_ids: Sequence[int], *, now: datetime
) -> int:
    """Let refusals that seemed to be of unknown readers be the sender's fault.

    Also those that came back by mail; the answer is how many of these there are, which were
    accepted until now.
    """
    values = {"edition_id": edition_id, "ids": list(subscriber_ids)}
    session.execute(_BLAME_SENDER, values)
    return int(session.execute(_REFUSE_RETURNED, {**values, "now": now}).scalar_one())


_WAITING = text("""
    SELECT edition_id, provider, unknown, answered, held_at FROM bounce_hold
    WHERE held_at IS NOT NULL AND decided_at IS NULL
      AND edition_id = coalesce(CAST(:edition_id AS bigint), edition_id)
    ORDER BY edition_id DESC, unknown DESC, provider
    """)


def pending_reviews(session: Session, edition_id: int | None) -> Sequence[Row[tuple[object, ...]]]:
    """Return what waits for an operator's word, in one edition or in all."""
    return session.execute(_WAITING, {"edition_id": edition_id}).all()
