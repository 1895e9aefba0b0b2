"""A newsletter's name, sender and colours, live or frozen, for the head and foot of a message."""

from service.editions.frozen import FrozenNewsletter
from service.editions.snapshot import snapshot_newsletter
from service.newsletters.details import NewsletterDetails
from service.rendering.locale_format import typeset, typeset_lines
from service.rendering.views import Branding


def current_branding(newsletter: NewsletterDetails, *, public_url: str) -> Branding:
    """Return the branding of a newsletter as it is now: for notices and previews."""
    return branding_from(snapshot_newsletter(newsletter), public_url=public_url)


def branding_from(newsletter: FrozenNewsletter, *, public_url: str) -> Branding:
    """Return the branding that an edition froze."""
    signup_url = f"{public_url}/n/{newsletter.slug}"
    return Branding(
        newsletter_name=typeset(newsletter.name, newsletter.locale),
        locale=newsletter.locale,
        sender_name=typeset(newsletter.sender_name, newsletter.locale),
        postal_address=typeset_lines(newsletter.postal_address, newsletter.locale),
        site_url=newsletter.site_url or signup_url,
        signup_url=signup_url,
        accent_colour=newsletter.accent_colour,
    )
