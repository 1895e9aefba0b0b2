"""Find where some articles stand in a newsletter, and which of them its rules call breaking."""

from collections.abc import Collection
from dataclasses import dataclass

from service.articles import placement_queries, section_rules
from service.articles.read_models import ArticleDetails, article_details
from service.kit.db import Session
from service.kit.languages import language_of
from service.newsletters.details import NewsletterDetails, SectionDetails


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedArticle:
    """An article in its section of a newsletter, and whether a rule calls it breaking."""

    article: ArticleDetails
    section: SectionDetails
    is_breaking: bool


def find_placed(
    session: Session, newsletter: NewsletterDetails, article_ids: Collection[int]
) -> list[PlacedArticle]:
    """Return those of some articles that a newsletter takes, each with its section."""
    placer = section_rules.placer_for(session, newsletter)
    sections = {each.slug: each for each in newsletter.current_sections}
    rows = placement_queries.list_for_placement(
        session,
        newsletter_id=newsletter.id,
        language=language_of(newsletter.locale),
        since=None,
        limit=None,
        only=article_ids,
    )
    found = []
    for article, placed_key, feed_id, feed_section, refiled in rows:
        facts = section_rules.facts_of(
            article,
            placed_key=placed_key,
            feed_id=feed_id,
            feed_section=feed_section,
            refiled=bool(refiled),
        )
        slug = placer.place(facts).section
        if slug is not None:
            found.append(
                PlacedArticle(
                    article=article_details(article),
                    section=sections[slug],
                    is_breaking=placer.is_breaking(facts),
                )
            )
    return found
