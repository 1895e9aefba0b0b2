"""Trial messages: an edition as it is now, sent to addresses that an editor names."""
