"""Pure: what editors change in the proposal of the rule: drop, pin, order, move, rewrite.

The rule proposes articles as they come, until the edition is frozen. An editor's changes are kept
apart from the proposal and applied to it each time, so that they hold while it grows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from service.editions.select import ArticleCandidate, SelectedArticle, TargetSection, select


@dataclass(frozen=True, slots=True, kw_only=True)
class CuratedArticle:
    """What editors have changed about one article of an edition; the rest is as the rule has it."""

    article_id: int
    is_dropped: bool = False
    # A pinned article is in the edition, whatever the limits say.
    is_pinned: bool = False
    # Where in its section; articles without a place follow, the newest first.
    position: int | None = None
    section_id: int | None = None
    # For the message only: the article itself stays as the publisher has it.
    title: str | None = None
    summary: str | None = None

    @property
    def is_kept(self) -> bool:
        """Whether an editor has chosen the article or its place."""
        return self.is_pinned or self.position is not None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is changed."""
        return self == CuratedArticle(article_id=self.article_id)


def arrange(
    candidates: Iterable[ArticleCandidate],
    sections: Sequence[TargetSection],
    curation: Mapping[int, CuratedArticle],
    *,
    most_per_section: int,
) -> list[SelectedArticle]:
    """Return the articles of an edition in the order of the page: the rule's, as curated.

    Pinned articles and those with a place count towards a section's limit, and are never cut by it.
    """
    moved = [
        _in_its_section(each, sections, curation.get(each.article_id))
        for each in candidates
        if not _is_dropped(curation.get(each.article_id))
    ]
    kept = [each for each in moved if _is_kept(curation.get(each.article_id))]
    kept_ids = {each.article_id for each in kept}
    rest = [each for each in moved if each.article_id not in kept_ids]
    chosen = [
        *select(kept, sections, most_per_section=len(kept)),
        *select(rest, sections, most_per_section=most_per_section),
    ]
    return [
        replace(each, position=position)
        for section in sections
        for position, each in enumerate(
            _ordered(
                [each for each in chosen if each.section_id == section.section_id],
                curation,
                most=most_per_section,
            )
        )
    ]


def _ordered(
    found: Sequence[SelectedArticle], curation: Mapping[int, CuratedArticle], *, most: int
) -> list[SelectedArticle]:
    """Articles with a place first, then pinned ones, then the others as far as there is room."""
    kept = [each for each in found if _is_kept(curation.get(each.article_id))]
    kept_ids = {each.article_id for each in kept}
    placed = sorted(kept, key=lambda each: _place_of(curation[each.article_id]))
    rest = [each for each in found if each.article_id not in kept_ids]
    return [*placed, *rest[: max(most - len(placed), 0)]]


def _place_of(curated: CuratedArticle) -> tuple[bool, int]:
    return (curated.position is None, curated.position or 0)


def _is_dropped(curated: CuratedArticle | None) -> bool:
    return curated is not None and curated.is_dropped


def _is_kept(curated: CuratedArticle | None) -> bool:
    return curated is not None and curated.is_kept


def _in_its_section(
    candidate: ArticleCandidate, sections: Sequence[TargetSection], curated: CuratedArticle | None
) -> ArticleCandidate:
    if curated is None or curated.section_id is None:
        return candidate
    for section in sections:
        if section.section_id == curated.section_id:
            return replace(candidate, section_key=min(section.keys))
    return candidate
