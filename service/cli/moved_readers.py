"""What an operator should know after a digest was ended: who is moved to which other one."""

from service.audience import frequency_counts
from service.cli.output import plural
from service.kit.db import Session
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency, offered_frequencies, replacement_for

NAMES = {
    Frequency.EACH: "every edition",
    Frequency.DAILY: "the daily digest",
    Frequency.WEEKLY: "the weekly digest",
}


def describe_moved_readers(session: Session, newsletter: NewsletterDetails) -> str | None:
    """Return a sentence about readers of what is offered no more; None without any."""
    offered = offered_frequencies(newsletter)
    found = frequency_counts.stranded_readers(session, newsletter.id, offered)
    if not found:
        return None
    moves = [
        f"{plural(count, 'reader', 'readers')} of {NAMES[ended]} will get "
        f"{NAMES[replacement_for(newsletter, ended)]}"
        for ended, count in found.items()
    ]
    return (
        f"{', and '.join(moves)} from now on, because the newsletter no longer offers what they "
        "chose. The scheduler moves them within seconds; nothing is sent to them twice, and "
        "nothing is lost."
    )
