"""Checks the frequency that an operator names."""

from service.kit.errors import Invalid
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency, offered_frequencies


def require_offered(frequency: Frequency | None, newsletter: NewsletterDetails) -> None:
    """Raise Invalid for a frequency that a newsletter does not offer; None is what it proposes."""
    offered = offered_frequencies(newsletter)
    if frequency is not None and frequency not in offered:
        raise Invalid(
            f"{newsletter.name} does not offer “{frequency}”; it offers: {', '.join(offered)}."
        )
