"""How many readers have chosen alerts, counted now."""

from service.audience.queries import alerts as queries
from service.kit.db import Session


def count_alert_readers(session: Session, newsletter_id: int, section_mask: int) -> int:
    """Return how many active readers get alerts of some sections, but for their daily limit."""
    return queries.count_readers(session, newsletter_id, section_mask)
