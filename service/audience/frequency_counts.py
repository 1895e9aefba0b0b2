"""How many active readers get a newsletter how often, counted now."""

from collections.abc import Collection, Mapping

from service.audience.queries import frequency as queries
from service.kit.db import Session
from service.newsletters.frequency import Frequency


def stranded_readers(
    session: Session, newsletter_id: int, offered: Collection[Frequency]
) -> Mapping[Frequency, int]:
    """Return how many active readers have a frequency that is not offered, where there are any."""
    counted = queries.count_by_frequency(session, newsletter_id)
    return {
        frequency: counted[frequency]
        for frequency in Frequency
        if frequency not in offered and counted.get(frequency)
    }
