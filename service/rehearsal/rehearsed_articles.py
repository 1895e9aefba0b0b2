"""Load the articles that were chosen for rehearsed editions, as their messages would show them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from service.articles.read_models import ArticleDetails, article_details
from service.editions import curation_queries
from service.editions.curation import CuratedArticle
from service.editions.select import SelectedArticle
from service.editions.snapshot import snapshot_article
from service.kit.db import Session
from service.newsletters.details import NewsletterDetails, SectionDetails
from service.rehearsal.rehearsed import RehearsedArticle
from service.rehearsal.shifted_news import is_copy, move_by_weeks, original


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticles:
    """Articles and sections by their numbers, to describe editions with."""

    articles: Mapping[int, ArticleDetails]
    sections: Mapping[int, SectionDetails]
    zone: ZoneInfo
    weeks: int

    def of(
        self, chosen: Sequence[SelectedArticle], curation: Mapping[int, CuratedArticle]
    ) -> tuple[RehearsedArticle, ...]:
        """Return the chosen articles in the order of the page, with what editors have rewritten."""
        return tuple(self._article(each, curation.get(each.article_id)) for each in chosen)

    def _article(self, pick: SelectedArticle, curated: CuratedArticle | None) -> RehearsedArticle:
        article = self.articles[original(pick.article_id)]
        section = self.sections[pick.section_id]
        frozen = snapshot_article(article, section, curated)
        if is_copy(pick.article_id):
            frozen = replace(
                frozen, published=self._later(frozen.published), updated=self._later(frozen.updated)
            )
        return RehearsedArticle(
            article_id=article.id,
            section=section.name,
            is_copy=is_copy(pick.article_id),
            came_at=article.first_seen_at,
            frozen=frozen,
        )

    def _later(self, instant: datetime | None) -> datetime | None:
        return instant and move_by_weeks(instant, self.weeks, self.zone)


def load_chosen(
    session: Session,
    newsletter: NewsletterDetails,
    choices: Iterable[Sequence[SelectedArticle]],
    *,
    zone: ZoneInfo,
    weeks: int,
) -> StoredArticles:
    """Load all articles that were chosen, by one statement."""
    wanted = {original(pick.article_id) for chosen in choices for pick in chosen}
    rows = curation_queries.articles_by_id(session, wanted)
    return StoredArticles(
        articles={number: article_details(row) for number, row in rows.items()},
        sections={each.id: each for each in newsletter.current_sections},
        zone=zone,
        weeks=weeks,
    )
