"""Tools that know no newsletter noun: the database, tokens, time, fetching, the log."""
