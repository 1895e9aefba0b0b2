"""Pure: how many articles an edition has, at least and at most, and how many alerts a day."""

from dataclasses import dataclass
from enum import StrEnum

MOST_PER_SECTION = 50
MOST_IN_ALL = 500
MOST_ALERTS = 50
MOST_MERGE_MINUTES = 120


class ThinEditions(StrEnum):
    """What a newsletter does with an edition that has too few articles."""

    MERGE = "merge"
    """Send nothing; its articles wait for the next edition."""
    SKIP = "skip"
    """Send nothing, as if nothing were new: its articles are not carried later either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleLimits:
    """The numbers of articles, least and most, in each section and in all.

    A section with fewer than its least is left out, and its articles wait. `most` None means that
    only the sections have a limit.
    """

    most_per_section: int
    least_per_section: int = 1
    most: int | None = None
    least: int = 1
