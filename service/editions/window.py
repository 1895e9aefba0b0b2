"""Pure: how far a selection looks back before its window."""

from datetime import timedelta

OVERLAP = timedelta(minutes=15)
"""How long before its window a selection starts: an article's transaction may have committed after
the previous selection, with an earlier first-seen time. What its readers have had is left out, so
the overlap is harmless."""
