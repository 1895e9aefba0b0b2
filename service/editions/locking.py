"""The row of an edition, locked for a change; for reading there is `service.editions.find`."""

from service.editions import queries
from service.editions.find import unknown_edition
from service.editions.tables import Edition
from service.kit.db import Session


def lock_edition(session: Session, edition_id: int) -> Edition:
    """Return an edition's row as it is now, locked until the transaction ends; raise NotFound."""
    edition = queries.by_id(session, edition_id, lock=True)
    if edition is None:
        raise unknown_edition(edition_id)
    return edition
