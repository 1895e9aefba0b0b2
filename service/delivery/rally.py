"""Calls other worker processes to an edition that is too large for one of them.

A doorbell reaches any one process, and most often the busy one, because it asks for the next as
soon as it has taken one. A call is heard by every process at once, with the caller's commit. One
that is lost with a connection costs a few seconds: the sweep's doorbells bring others, too.
"""

from datetime import datetime

from service.delivery.queries import batches
from service.kit import notify
from service.kit.db import Session

CHANNEL = "crieur_rally"
"""Where calls are heard (`service.kit.notify`); what is heard is an edition's id."""

LARGE = 4
"""Batches that are in nobody's hands: more than one process can do in half a second."""


def call(session: Session, edition_id: int, *, now: datetime) -> bool:
    """Call others, after the caller's commit, if there is enough to do; tell whether there was."""
    if batches.count_free(session, edition_id=edition_id, now=now, most=LARGE) < LARGE:
        return False
    notify.notify(session, CHANNEL, str(edition_id))
    return True
