"""Who wants it: subscribers, subscriptions, consent, suppressions."""
