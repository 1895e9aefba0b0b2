"""Refuse to pin an article that the choice would leave out all the same, and say why.

A pin overrules the limits and an article's age. It brings back nothing that was withdrawn, that the
series has carried, or that has no section to stand in (`editions.choice`).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from service.editions import choice, curation_queries, series_queries
from service.editions.curated import curation_of
from service.editions.curation import CuratedArticle
from service.editions.kind import GOES_TO_ALL
from service.editions.tables import Edition
from service.kit.db import Session
from service.kit.errors import Invalid
from service.kit.translatable import translatable
from service.newsletters import catalogue


def check_pin(
    session: Session,
    edition: Edition,
    article_id: int,
    values: Mapping[str, Any],
) -> None:
    """Check that an edition has a stored article once it is changed to `values`, if that pins it.

    Raises:
        Invalid: it is withdrawn, was in this series already, or stands in no section.
    """
    if not values.get("is_pinned"):
        return
    number = str(article_id)
    [article] = curation_queries.articles_by_id(session, [article_id]).values()
    if article.withdrawn_at is not None:
        raise Invalid(translatable("edition.curate.withdrawn", article=number))
    carried_by = series_queries.carried_in_series_by(session, edition, article_id)
    if carried_by is not None:
        raise Invalid(
            translatable("edition.curate.carried", article=number, edition=str(carried_by))
        )
    if edition.kind in GOES_TO_ALL:
        return
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    before = curation_of(session, edition).get(article_id, CuratedArticle(article_id=article_id))
    section_id = values.get("section_id", before.section_id)
    curation = {article_id: replace(before, is_pinned=True, section_id=section_id)}
    if choice.section_of(session, newsletter, article_id, curation, now=edition.window_to) is None:
        raise Invalid(
            translatable("edition.curate.unplaced", article=number, newsletter=newsletter.name)
        )
