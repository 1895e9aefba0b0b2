"""Pure: the addresses of ours that stand in a reader's mail."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Where readers and their mail systems find us."""

    public_url: str
    bounce_domain: str

    def unsubscribe_url(self, token: str) -> str:
        """Return the page, which also takes one-click requests (RFC 8058)."""
        return f"{self.public_url}/unsubscribe/{token}"

    def preferences_url(self, token: str) -> str:
        """Return the page of a reader's choices."""
        return f"{self.public_url}/preferences/{token}"

    def unsubscribe_address(self, token: str) -> str:
        """Return the address that ends a subscription by mail (RFC 2369)."""
        return f"u-{token}@{self.bounce_domain}"
