"""Every SQL statement that reads across rooms, one module a subject; none of them writes."""
