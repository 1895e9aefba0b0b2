"""What an edition would have if it went out now: for the page on which editors change that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.articles.read_models import ArticleDetails, article_details
from service.audience.section_selection import bit_mask
from service.editions import choice, plan, queries
from service.editions import curation_queries as statements
from service.editions.curated import curation_of, text_of
from service.editions.curation import CuratedArticle
from service.editions.find import unknown_edition
from service.editions.frozen import FrozenText
from service.editions.lifecycle import EditionState
from service.kit.db import Session
from service.newsletters import catalogue
from service.newsletters.catalogue import section_details
from service.newsletters.details import SectionDetails

LEFT_OVER_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedArticle:
    """An article in the section where it is shown, and what editors have changed about it."""

    article: ArticleDetails
    section: SectionDetails
    curated: CuratedArticle

    @property
    def title(self) -> str:
        """The headline that the message has."""
        return self.curated.title or self.article.title

    @property
    def summary(self) -> str:
        """The summary that the message has."""
        return self.article.summary if self.curated.summary is None else self.curated.summary


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionProposal:
    """An edition before its freeze: its articles in the order of the page, and what is left out.

    `dropped` are those that an editor dropped, `left_over` those for which there is no room, the
    latest `LEFT_OVER_SHOWN` of them.
    """

    articles: Sequence[ProposedArticle]
    dropped: Sequence[ProposedArticle]
    left_over: Sequence[ProposedArticle]
    text: FrozenText
    # First-seen times, half-open; the end is now.
    window_from: datetime | None
    window_to: datetime

    @property
    def section_mask(self) -> int:
        """Bits of the sections that have articles."""
        return bit_mask(each.section.bit for each in self.articles)


def propose(session: Session, edition_id: int, *, now: datetime) -> EditionProposal:
    """Return what an edition that is not frozen would have now.

    A draft is chosen for anew; a selected edition has its articles.

    Raises:
        NotFound: there is no such edition.
    """
    edition = queries.by_id(session, edition_id)
    if edition is None:
        raise unknown_edition(edition_id)
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    window = edition.window_from, edition.window_to
    if edition.state is EditionState.DRAFT and edition.frequency is not None:
        window = plan.next_window_start(session, newsletter, edition.frequency, now=now), now
    curation = curation_of(session, edition)
    found = choice.choose(session, edition, newsletter, window=window)
    sections = {each.id: each for each in newsletter.current_sections}
    section_of_key = {
        key: sections[target.section_id]
        for target in reversed(choice.target_sections(newsletter))
        for key in target.keys
    }
    if edition.state is EditionState.DRAFT:
        places = {each.article_id: sections[each.section_id] for each in found.chosen}
    else:
        # Articles withdrawn since the selection are left out at the freeze.
        places = {
            article.id: section_details(section)
            for _, article, section in queries.articles_of(session, edition_id)
            if article.withdrawn_at is None
        }
    rest = {
        each.article_id: section_of_key[each.section_key]
        for each in found.candidates
        if each.article_id not in places and each.section_key in section_of_key
    }
    rest = _shown(rest, curation)
    articles = statements.articles_by_id(session, [*places, *rest])
    proposed = {
        article_id: ProposedArticle(
            article=article_details(articles[article_id]),
            section=section,
            curated=curation.get(article_id, CuratedArticle(article_id=article_id)),
        )
        for article_id, section in {**places, **rest}.items()
        if article_id in articles
    }
    others = [proposed[each] for each in rest if each in proposed]
    return EditionProposal(
        articles=[proposed[each] for each in places],
        dropped=[each for each in others if each.curated.is_dropped],
        left_over=[each for each in others if not each.curated.is_dropped],
        text=text_of(session, edition),
        window_from=window[0],
        window_to=window[1],
    )


def _shown(
    rest: Mapping[int, SectionDetails], curation: Mapping[int, CuratedArticle]
) -> dict[int, SectionDetails]:
    """Return what is left out without what is older: the page would have megabytes.

    What editors have changed stays, so that they can undo it.
    """
    untouched = [each for each in rest if each not in curation]
    hidden = set(untouched[LEFT_OVER_SHOWN:])
    return {each: section for each, section in rest.items() if each not in hidden}
