"""The message of a rehearsed edition, measured as it would be sent."""

from datetime import timedelta

from sqlalchemy import select

from service.articles.tables import Article
from service.editions import build, plan
from service.kit.db import Begin
from service.rendering.checks import MAX_HTML_BYTES
from service.rendering.preview import preview_edition
from tests.builders import a_reader
from tests.rooms.rehearsal.one_week import NOW, URL, a_paper, first_edition, news_of_a_week, said

WEEK = timedelta(weeks=1)


def test_it_has_the_size_of_the_real_message(begin: Begin) -> None:
    """To the byte: token and key are as long as the real ones."""
    a_paper(begin)
    news_of_a_week(begin)
    size = first_edition(begin).size

    at = NOW + timedelta(hours=19)
    with begin() as session:
        for each in session.scalars(select(Article)).all():
            each.first_seen_at += WEEK
            each.published_at = each.published_at and each.published_at + WEEK
        session.flush()
        [edition_id] = plan.plan_due(session, now=at)
        build.select_articles(session, edition_id, now=at)
        build.freeze(session, edition_id, now=at)
        sent = preview_edition(session, edition_id, public_url=URL, now=at).rendered

    assert size is not None
    assert (size.subject, size.html_bytes) == (sent.subject, len(sent.html.encode()))


def test_a_message_that_is_too_large_says_what_is_reduced(begin: Begin) -> None:
    paper = a_paper(begin, *(f"Rubrique {number}" for number in range(40)))
    news_of_a_week(
        begin,
        *(f"Rubrique {number}" for number in range(40)),
        summary="Un long résumé de ce qui s’est passé. " * 12,
        image_url="https://courrier.example/i.jpg",
    )
    with begin() as session:
        a_reader(session, paper, now=NOW)

    edition = first_edition(begin)

    assert edition.size is not None
    assert edition.size.reductions
    assert edition.size.html_bytes <= MAX_HTML_BYTES
    assert said(edition)[0] == "!rehearsal.reduced"


def test_what_is_wrong_with_the_message_is_a_warning(begin: Begin) -> None:
    a_paper(begin, postal_address="")
    news_of_a_week(begin)

    assert "!rendering.no_postal_address" in said(first_edition(begin))
