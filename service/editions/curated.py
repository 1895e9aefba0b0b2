"""What editors have changed about an edition's articles, and written around them."""

from service.editions import curation_queries as queries
from service.editions.curation import CuratedArticle
from service.editions.frozen import FrozenText
from service.editions.tables import Edition
from service.kit.db import Session

TEXT_LENGTHS = {
    "subject": 200,
    "preheader": 200,
    "introduction": 5_000,
    "sign_off": 5_000,
    "sponsor_label": 80,
    "sponsor_text": 1_000,
    "sponsor_url": 2_000,
}
"""The longest that each text of an edition may be, in characters."""


def curation_of(session: Session, edition: Edition) -> dict[int, CuratedArticle]:
    """Return what editors have changed about articles, by their ids."""
    main_id = queries.main_edition_id(session, edition)
    return {
        row.article_id: CuratedArticle(
            article_id=row.article_id,
            is_dropped=row.is_dropped,
            is_pinned=row.is_pinned,
            position=row.position,
            section_id=row.section_id,
            title=row.title,
            summary=row.summary,
        )
        for row in queries.curated_articles(session, main_id)
    }


def edition_text(session: Session, edition_id: int) -> FrozenText:
    """Return what editors have written around an edition's articles; nothing if there is none."""
    edition = session.get(Edition, edition_id)
    return FrozenText() if edition is None else text_of(session, edition)


def text_of(session: Session, edition: Edition) -> FrozenText:
    """Return what editors have written around the articles."""
    row = queries.text_of(session, queries.main_edition_id(session, edition))
    if row is None:
        return FrozenText()
    return FrozenText.from_json({name: getattr(row, name) for name in TEXT_LENGTHS})
