"""What an operator should know after sections were removed: whose choice has become empty."""

from service.audience import count_subscribers
from service.cli.output import plural
from service.kit.db import Session
from service.newsletters.details import NewsletterDetails


def describe_emptied_choices(
    session: Session, before: NewsletterDetails, after: NewsletterDetails
) -> str | None:
    """Return a sentence about active readers who chose removed sections only; None without any."""
    left = {section.bit for section in after.current_sections}
    gone = [section for section in before.current_sections if section.bit not in left]
    if not gone:
        return None
    bits = [section.bit for section in before.current_sections]
    count = count_subscribers.count_emptied_choices(session, after.id, before=bits, after=left)
    if not count:
        return None
    names = ", ".join(section.name for section in gone)
    return (
        f"{plural(count, 'reader', 'readers')} had chosen only sections that are gone now "
        f"({names}), and will receive no editions: a section with a new name is a new section. Add "
        "the former sections again to restore these choices. 'crieur subscriber add ADDRESS -n "
        f"{after.slug}' sends a reader the link to choose again."
    )
