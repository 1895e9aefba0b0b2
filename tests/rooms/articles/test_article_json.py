"""An article as a command or the API writes it: plain values, times in one zone."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from service.articles.article_json import article_to_json
from service.articles.read_models import ArticleDetails, article_details
from service.kit.db import Begin
from tests.builders import an_article
from tests.conftest import FakeClock

PARIS = ZoneInfo("Europe/Paris")


def a_stored_article(begin: Begin, clock: FakeClock, **changes: object) -> ArticleDetails:
    with begin() as session:
        return article_details(an_article(session, "Politique", seen=clock(), **changes))


def test_every_value_can_be_written_as_json(begin: Begin, clock: FakeClock) -> None:
    article = a_stored_article(
        begin,
        clock,
        title="Le budget",
        summary="Un résumé.",
        url="https://courrier.example/budget",
        body=["Un.", "Deux."],
        authors=["Awa Koné"],
        related=["Les communes"],
        image_url="https://courrier.example/budget.jpg",
        image_alt="L’hémicycle",
        published_at=datetime(2023, 7, 6, 22, 30, tzinfo=UTC),
        first_seen_at=datetime(2023, 1, 6, 23, 30, tzinfo=UTC),
    )

    values = article_to_json(article, zone=PARIS)

    assert json.loads(json.dumps(values)) == {
        "id": article.id,
        "state": "known",
        "kind": "event",
        "section": "Politique",
        "section_key": "politique",
        "title": "Le budget",
        "summary": "Un résumé.",
        "body": ["Un.", "Deux."],
        "authors": ["Awa Koné"],
        "published": "2023-07-07T00:30:00+02:00",
        "updated": None,
        "url": "https://courrier.example/budget",
        "language": "fr",
        "related": ["Les communes"],
        "image_url": "https://courrier.example/budget.jpg",
        "image_alt": "L’hémicycle",
        "first_seen": "2023-01-07T00:30:00+01:00",
    }


@pytest.mark.parametrize(
    ("marks", "state"),
    [
        ((), "known"),
        (("revised_at",), "revised"),
        (("withdrawn_at",), "withdrawn"),
        (("revised_at", "withdrawn_at"), "withdrawn"),
    ],
)
def test_an_article_is_known_revised_or_withdrawn(
    begin: Begin, clock: FakeClock, marks: tuple[str, ...], state: str
) -> None:
    article = a_stored_article(begin, clock, **dict.fromkeys(marks, clock() + timedelta(hours=1)))

    assert article_to_json(article, zone=UTC)["state"] == state


def test_what_has_just_happened_goes_before_what_the_article_is(
    begin: Begin, clock: FakeClock
) -> None:
    article = a_stored_article(begin, clock, withdrawn_at=clock())

    assert article_to_json(article, zone=UTC, state="new")["state"] == "new"


@pytest.mark.parametrize(
    ("published", "zone"),
    [
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), ZoneInfo("Asia/Tokyo")),
        (datetime(1, 1, 1, tzinfo=UTC), ZoneInfo("America/New_York")),
    ],
)
def test_a_time_that_the_zone_would_carry_out_of_the_calendar_keeps_its_own(
    begin: Begin, clock: FakeClock, published: datetime, zone: ZoneInfo
) -> None:
    article = a_stored_article(begin, clock, published_at=published)

    assert article_to_json(article, zone=zone)["published"] == published.isoformat()
