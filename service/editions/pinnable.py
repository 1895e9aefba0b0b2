"""Refuse to pin an article that the choice would leave out all the same, and say why.

A pin overrules the limits and an article's age. It brings back nothing that was withdrawn, that the
series has carried, or that has no section to stand in (`editions.choice`).
"""

from collections.abc import Mapping

from service.articles.tables import Article
from service.editions import choice, series_queries
from service.editions.curation import CuratedArticle
from service.editions.kind import GOES_TO_ALL
from service.editions.tables import Edition
from service.kit.db import Session
from service.kit.errors import Invalid
from service.kit.translatable import translatable
from service.newsletters import catalogue


def require_pinnable(
    session: Session,
    edition: Edition,
    article: Article,
    curation: Mapping[int, CuratedArticle],
) -> None:
    """Check that an edition has an article once it is pinned; `curation` is what it would have.

    Raises:
        Invalid: it is withdrawn, was in this series already, or stands in no section.
    """
    number = str(article.id)
    if article.withdrawn_at is not None:
        raise Invalid(translatable("edition.curate.withdrawn", article=number))
    carried_by = series_queries.carried_in_series_by(session, edition, article.id)
    if carried_by is not None:
        raise Invalid(
            translatable("edition.curate.carried", article=number, edition=str(carried_by))
        )
    if edition.kind in GOES_TO_ALL:
        return
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    if choice.section_of(session, newsletter, article.id, curation, now=edition.window_to) is None:
        raise Invalid(
            translatable("edition.curate.unplaced", article=number, newsletter=newsletter.name)
        )
