"""Every SQL statement of the room: `editions` as a whole, `deliveries` one by one, `notices`."""
