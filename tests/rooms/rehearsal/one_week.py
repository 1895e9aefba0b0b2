"""A newsletter of every morning with a past week, and its rehearsal."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from service.kit.db import Begin
from service.newsletters.details import NewsletterDetails
from service.rehearsal.rehearse import rehearse
from service.rehearsal.rehearsed import Rehearsal, RehearsedEdition
from tests.builders import a_newsletter, an_article

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
URL = "https://lettres.example"


def a_paper(begin: Begin, *sections: str, **changes: Any) -> NewsletterDetails:
    """A newsletter of 07:00 UTC, that has its schedule since eight this morning."""
    given = {"days": EVERY_DAY, "times": (time(7),), "time_zone": "UTC", **changes}
    with begin() as session:
        return a_newsletter(
            session, *(sections or ("Sport",)), now=NOW - timedelta(hours=4), **given
        )


def news_of_a_week(begin: Begin, *sections: str, **changes: Any) -> list[int]:
    """An article in each section on each of the last seven days, at 13:00."""
    with begin() as session:
        return [
            an_article(
                session,
                section,
                seen=NOW + timedelta(hours=1) - days * DAY,
                title=f"{section} {days}",
                **changes,
            ).id
            for days in range(7, 0, -1)
            for section in sections or ("Sport",)
        ]


def rehearsed(begin: Begin, **changes: Any) -> Rehearsal:
    return rehearse(begin, **{"public_url": URL, "now": NOW, **changes})


def first_edition(begin: Begin, **changes: Any) -> RehearsedEdition:
    return rehearsed(begin, **changes).editions[0]


def said(edition: RehearsedEdition) -> Sequence[str]:
    """The keys of what is said of an edition, with an exclamation mark if it warns."""
    return [f"{'!' * each.warns}{each.message.key}" for each in edition.notes]
