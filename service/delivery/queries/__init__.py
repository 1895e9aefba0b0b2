"""SQL about relays."""
