"""A newsletter's own words, live or frozen with an edition, become the head and foot of a mail."""

from collections.abc import Mapping
from typing import Any

from service.newsletters.tables import Newsletter
from service.rendering.locale_format import typeset, typeset_lines
from service.rendering.views import Branding


def current_branding(newsletter: Newsletter, *, public_url: str) -> Branding:
    """Return the letterhead of a newsletter as it is now: for notices and previews."""
    return branding_from(
        {
            "newsletter": newsletter.name,
            "slug": newsletter.slug,
            "locale": newsletter.locale,
            "sender_name": newsletter.sender_name,
            "postal_address": newsletter.postal_address,
            "site_url": newsletter.site_url,
            "accent_colour": newsletter.accent_colour,
        },
        public_url=public_url,
    )


def branding_from(words: Mapping[str, Any], *, public_url: str) -> Branding:
    """Return the letterhead from the words that an edition froze (`edition.frozen`)."""
    locale = str(words["locale"])
    signup_url = f"{public_url}/n/{words['slug']}"
    return Branding(
        newsletter_name=typeset(words["newsletter"], locale),
        newsletter_slug=words["slug"],
        locale=locale,
        sender_name=typeset(words["sender_name"], locale),
        postal_address=typeset_lines(words.get("postal_address") or "", locale),
        site_url=words.get("site_url") or signup_url,
        signup_url=signup_url,
        accent_colour=words.get("accent_colour"),
    )
