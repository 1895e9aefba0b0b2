"""Read models across rooms, for entry points only."""
