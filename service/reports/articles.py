"""Articles as newsletters see them: by section and alias, and the editions that carry them."""

from collections.abc import Sequence

from service.articles.read_models import ArticleDetails, article_details
from service.editions.read_models import EditionDetails, edition_details
from service.kit.db import Session
from service.kit.languages import language_of
from service.kit.paging import KeysetPage, make_page
from service.newsletters.details import NewsletterDetails
from service.reports.queries import editions as queries
from service.reports.queries.editions import EligibleArticles


def list_articles(
    session: Session,
    *,
    newsletter: NewsletterDetails | None = None,
    section: str | None = None,
    words: str = "",
    before_id: int | None = None,
    limit: int = 50,
) -> KeysetPage[ArticleDetails]:
    """List articles, newest first; of a newsletter, those that its editions could take."""
    rows = queries.articles_page(
        session,
        taker=_taker(newsletter, section) if newsletter else None,
        words=words,
        before_id=before_id,
        limit=limit + 1,
    )
    return make_page([article_details(row) for row in rows], [row.id for row in rows], size=limit)


def editions_of_article(session: Session, article_id: int) -> list[tuple[EditionDetails, str]]:
    """List the editions that carry an article, with the newsletter's name."""
    found = queries.editions_of_article(session, article_id)
    return [(edition_details(edition), name) for edition, name in found]


def _taker(newsletter: NewsletterDetails, section: str | None) -> EligibleArticles:
    return EligibleArticles(
        newsletter_id=newsletter.id,
        section_keys=_keys(newsletter, section),
        language=language_of(newsletter.locale),
    )


def _keys(newsletter: NewsletterDetails, section: str | None) -> Sequence[str]:
    return [
        key
        for each in newsletter.current_sections
        if section is None or each.slug == section
        for key in (each.slug, *each.aliases)
    ]
