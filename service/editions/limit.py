"""Pure: leave out of an arranged edition what is too little for a section, or too much in all.

First a section with too few articles is left out: they wait for the next edition. Then, if there
are more articles than the edition may have, sections share the places fairly: each in its order
gets one, then a second, and so on; a section with fewer articles leaves its places to the others.
In its places a section has its first articles, which are the newest. What an editor has chosen
stays, whatever the limits say, and counts.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from service.editions.select import SelectedArticle, TargetSection
from service.newsletters.limits import ArticleLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitedArticles:
    """The articles of an edition in the order of the page, and those that wait for the next one."""

    chosen: list[SelectedArticle]
    waiting: list[int]


def limit_articles(
    arranged: Sequence[SelectedArticle],
    sections: Sequence[TargetSection],
    limits: ArticleLimits,
    *,
    kept: Collection[int] = (),
) -> LimitedArticles:
    """Return which arranged articles are in the edition, and which wait.

    `kept` are the articles that an editor has chosen: they come first in their section.
    """
    counts = Counter(each.section_id for each in arranged)
    kept_counts = Counter(each.section_id for each in arranged if each.article_id in kept)
    waits = {
        section_id
        for section_id, count in counts.items()
        if count < limits.least_per_section and not kept_counts[section_id]
    }
    counts = Counter({each: count for each, count in counts.items() if each not in waits})
    order = [section.section_id for section in sections]
    places = share_places(counts, order, limits.most, kept=kept_counts)
    return LimitedArticles(
        chosen=[each for each in arranged if each.position < places.get(each.section_id, 0)],
        waiting=[each.article_id for each in arranged if each.section_id in waits],
    )


def share_places(
    counts: Mapping[int, int],
    order: Sequence[int],
    most: int | None,
    *,
    kept: Mapping[int, int],
) -> dict[int, int]:
    """Return how many articles each section has, at most `most` in all where it is given.

    `counts` are the articles of each section, `kept` those that stay in any case.
    """
    if most is None or sum(counts.values()) <= most:
        return dict(counts)
    places = {each: kept.get(each, 0) for each in order}
    left = most - sum(places.values())
    for place in range(1, max(counts.values(), default=0) + 1):
        for each in order:
            if left > 0 and places[each] < place <= counts.get(each, 0):
                places[each] += 1
                left -= 1
    return places
