"""The audience: subscribers, subscriptions, consent, suppressions."""
