"""Pure: what of ours stands in a reader's message: addresses, and signatures."""

from dataclasses import dataclass, field

from service.delivery.messages.dkim import DkimKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class MailIdentity:
    """Where readers and their mail systems find us, and by what they know us."""

    public_url: str
    bounce_domain: str
    dkim: DkimKeys = field(default_factory=DkimKeys)

    def unsubscribe_url(self, token: str) -> str:
        """Return the page, which also takes one-click requests (RFC 8058)."""
        return f"{self.public_url}/unsubscribe/{token}"

    def preferences_url(self, token: str) -> str:
        """Return the page of a reader's choices."""
        return f"{self.public_url}/preferences/{token}"

    def keep_url(self, token: str, frequency: str) -> str:
        """Return the page that brings back a frequency from which the publisher moved a reader."""
        return f"{self.public_url}/keep/{frequency}/{token}"

    def unsubscribe_address(self, token: str) -> str:
        """Return the address that ends a subscription by mail (RFC 2369)."""
        return f"u-{token}@{self.bounce_domain}"
