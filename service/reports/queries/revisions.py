"""How many messages of which revision were handed over, from sums that senders have kept."""

from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.kit.db import typed_rows

# Sums from before revisions were counted: until the first one was made, all had what was frozen.
_HANDED_OVER = text("""
    SELECT coalesce(tally.revision,
                    CASE WHEN edition.revision = 1 OR tally.at < second.made_at THEN 1 END)
               AS number,
           sum(tally.accepted)::bigint AS accepted, sum(tally.uncertain)::bigint AS uncertain
    FROM edition
    JOIN tally ON tally.edition_id = edition.id
    LEFT JOIN edition_revision AS second
      ON second.edition_id = edition.id AND second.number = 2
    WHERE edition.id = :edition_id
    GROUP BY 1
    """)


class RevisionTotalsRow(NamedTuple):
    """A revision, None if unknown, and how many messages of it were accepted or are uncertain."""

    number: int | None
    accepted: int
    uncertain: int


def handed_over(session: Session, edition_id: int) -> list[RevisionTotalsRow]:
    """Add up an edition's messages by revision."""
    return typed_rows(session.execute(_HANDED_OVER, {"edition_id": edition_id}), RevisionTotalsRow)
