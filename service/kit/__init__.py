"""Tools that know no newsletter noun: the database, tokens, time, the doorbell, the log."""
