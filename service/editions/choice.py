"""Choose an edition's articles: what is new for its readers, by the rule and as curated."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from service.articles import section_rules
from service.articles.placement import ArticleFacts
from service.audience.section_selection import bit_mask
from service.editions import candidate_queries, catch_up, queries, series_queries
from service.editions.article_choice import (
    ArticleChoice,
    CandidateSet,
    choose_articles,
    close_selected,
)
from service.editions.curated import curation_of
from service.editions.curation import CuratedArticle
from service.editions.kind import GOES_TO_ALL
from service.editions.select import ArticleCandidate, SelectionProgress, TargetSection
from service.editions.tables import Edition
from service.editions.window import OVERLAP
from service.kit.db import Session
from service.kit.languages import language_of
from service.newsletters.details import NewsletterDetails
from service.newsletters.limits import ArticleLimits

CANDIDATES_PER_PAGE = 2_000
"""Articles that are read together; an edition reads on while they may change its selection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundNews:
    """What came in a time and is news for a newsletter, whichever edition has carried it.

    `unplaced` are the articles that belong in none of its sections. `old_at` is when articles were
    first seen that were too old to be news, `begins_at` when the very first one was.
    """

    candidates: list[ArticleCandidate]
    unplaced: list[ArticleCandidate]
    old_at: list[datetime]
    begins_at: datetime | None


def place_articles(
    session: Session, edition: Edition, newsletter: NewsletterDetails, choice: ArticleChoice
) -> set[int]:
    """Store the articles of a locked edition; return them, without any that another one has taken.

    Stored are, too, those that wait, and what the selection left out of the window's last minutes:
    the next one looks back there.
    """
    placed = set(
        queries.insert_articles(
            session,
            [
                {
                    "edition_id": edition.id,
                    "newsletter_id": newsletter.id,
                    "article_id": pick.article_id,
                    "series": edition.frequency if edition.previous_edition_id is None else None,
                    "section_id": pick.section_id,
                    "position": pick.position,
                }
                for pick in choice.chosen
            ],
        )
    )
    edition.section_mask = bit_mask(pick.bit for pick in choice.chosen if pick.article_id in placed)
    closed = close_selected(choice, placed, window_to=edition.window_to)
    edition.waiting, edition.passed_over = closed.waiting, closed.passed_over
    return placed


def choose(
    session: Session,
    edition: Edition,
    newsletter: NewsletterDetails,
    *,
    window: tuple[datetime | None, datetime] | None = None,
) -> ArticleChoice:
    """Return what an edition would have now; `window` is that of a draft, which has none yet."""
    return choose_articles(
        find_candidates(session, edition, newsletter, window=window),
        target_sections(newsletter),
        _limits(session, edition, newsletter),
    )


def find_candidates(
    session: Session,
    edition: Edition,
    newsletter: NewsletterDetails,
    *,
    window: tuple[datetime | None, datetime] | None = None,
) -> CandidateSet:
    """Return what the articles of an edition are chosen from, and what editors have changed."""
    curation = curation_of(session, edition)
    start, end = window or (edition.window_from, edition.window_to)
    found = replace(
        _window_of(session, edition, start, end, curation),
        waiting=_waited_for(session, edition, start or end),
    )
    # What editors chose needs a place on the page, also if no rule has one for it.
    is_for_all = edition.kind in GOES_TO_ALL
    otherwise = newsletter.current_sections[0].slug if is_for_all else None
    return CandidateSet(
        candidates=_candidates(session, newsletter, curation, found, otherwise=otherwise),
        waited=list(found.waiting),
        curation=curation,
    )


def find_news(
    session: Session,
    newsletter: NewsletterDetails,
    *,
    seen_from: datetime,
    seen_to: datetime,
    limit: int,
) -> FoundNews:
    """Return the news first seen in [seen_from, seen_to), placed by the current rules.

    The newest come first, `limit` at most.
    """
    window = candidate_queries.in_time(seen_from, seen_to)
    placed = _placed(session, newsletter, {}, window, limit=limit)
    return FoundNews(
        candidates=[_candidate(row, section) for row, section in placed if section is not None],
        unplaced=[_candidate(row, "") for row, section in placed if section is None],
        old_at=candidate_queries.old_articles(
            session, window, newsletter_id=newsletter.id, horizon=newsletter.horizon
        ),
        begins_at=candidate_queries.first_article_at(
            session, newsletter_id=newsletter.id, language=language_of(newsletter.locale)
        ),
    )


def section_of(
    session: Session,
    newsletter: NewsletterDetails,
    article_id: int,
    curation: Mapping[int, CuratedArticle],
    *,
    now: datetime,
) -> str | None:
    """Return the slug of the section that a pinned article stands in; None without one."""
    window = candidate_queries.only([article_id], seen_to=now)
    placed = _placed(session, newsletter, curation, window, limit=1)
    targets = {key for each in target_sections(newsletter) for key in each.keys}
    return next((section for _, section in placed if section in targets), None)


def _limits(session: Session, edition: Edition, newsletter: NewsletterDetails) -> ArticleLimits:
    """Return a newsletter's limits; nothing waits once the next edition has been planned.

    That one would not find it. Nor does anything of an edition that editors made of their choice.
    """
    if edition.frequency is None or series_queries.has_later_edition(session, edition):
        return replace(newsletter.limits, least_per_section=1)
    return newsletter.limits


def _waited_for(session: Session, edition: Edition, window_from: datetime) -> list[int]:
    """Return the articles that the readers' previous edition left for this one."""
    if edition.previous_edition_id is None:
        return series_queries.waiting_in_series(
            session,
            edition.newsletter_id,
            edition.frequency,
            up_to=window_from,
            but=edition.id,
        )
    previous = series_queries.editions_by_id(session, [edition.previous_edition_id])
    return [article_id for each in previous for article_id in each.waiting]


def target_sections(newsletter: NewsletterDetails) -> list[TargetSection]:
    """Return the sections of an edition, in the order of the page."""
    return [
        TargetSection(
            section_id=section.id,
            bit=section.bit,
            keys=frozenset({section.slug, *section.aliases}),
        )
        for section in newsletter.current_sections
    ]


def _candidates(
    session: Session,
    newsletter: NewsletterDetails,
    curation: Mapping[int, CuratedArticle],
    window: candidate_queries.CandidateWindow,
    *,
    otherwise: str | None,
) -> list[ArticleCandidate]:
    """Read the latest news, page by page, until older ones cannot change the selection."""
    sections = target_sections(newsletter)
    progress = SelectionProgress(sections, most_per_section=newsletter.limits.most_per_section)
    found: list[ArticleCandidate] = []
    limit, after = CANDIDATES_PER_PAGE + len(window.also), None
    while True:
        placed = _placed(session, newsletter, curation, window, limit=limit, after=after)
        for row, section in placed:
            if (key := section or otherwise) is not None:
                candidate = _candidate(row, key)
                found.append(candidate)
                if row.id not in curation:
                    progress.add(candidate)
        if len(placed) < limit:
            return found
        limit, after = CANDIDATES_PER_PAGE, placed[-1][0]
        # What the next selection looks back to must be known to be left out.
        is_far_back = after.first_seen_at < window.seen_to - OVERLAP
        if is_far_back and progress.is_settled(seen_to=after.first_seen_at):
            return found


def _placed(
    session: Session,
    newsletter: NewsletterDetails,
    curation: Mapping[int, CuratedArticle],
    window: candidate_queries.CandidateWindow,
    *,
    limit: int,
    after: candidate_queries.CandidateRow | None = None,
) -> list[tuple[candidate_queries.CandidateRow, str | None]]:
    """Return the articles of a window, each with the slug of its section, None without one."""
    rows = candidate_queries.candidates(
        session,
        window,
        newsletter_id=newsletter.id,
        language=language_of(newsletter.locale),
        horizon=newsletter.horizon,
        limit=limit,
        after=after,
    )
    placer = section_rules.placer_for(session, newsletter)
    slugs = {section.id: section.slug for section in newsletter.current_sections}
    found = []
    for row in rows:
        curated = curation.get(row.id)
        # An editor's section is one for what no rule and no feed has placed, too.
        section = slugs.get(curated.section_id or 0) if curated else None
        found.append((row, section or placer.place(_facts(row)).section))
    return found


def _candidate(row: candidate_queries.CandidateRow, section: str) -> ArticleCandidate:
    return ArticleCandidate(
        article_id=row.id,
        section_key=section,
        published_at=row.published_at,
        first_seen_at=row.first_seen_at,
    )


def _window_of(
    session: Session,
    edition: Edition,
    window_from: datetime | None,
    window_to: datetime,
    curation: dict[int, CuratedArticle],
) -> candidate_queries.CandidateWindow:
    """Return an edition's window, and what its readers have had or been spared near its start."""
    pinned = [each for each, curated in curation.items() if curated.is_pinned]
    if edition.frequency is None:
        return candidate_queries.only(pinned, seen_to=window_to)
    start = window_from - OVERLAP if window_from else None
    to_all = candidate_queries.carried_to_all(edition.newsletter_id)
    if edition.previous_edition_id is None:
        carried = candidate_queries.carried_in_series(
            edition.newsletter_id, edition.frequency, but=edition.id
        )
        before = series_queries.editions_since(
            session,
            edition.newsletter_id,
            edition.frequency,
            after=start or window_to,
            up_to=window_to,
        )
    else:
        before = catch_up.received_editions(session, edition)
        # Its readers had another series: what an editor pins may not be new to them.
        had = candidate_queries.carried_by_then(edition.newsletter_id, by=window_from or window_to)
        carried = candidate_queries.carried_in(before) | (had & candidate_queries.is_one_of(pinned))
        before += series_queries.skipped_catch_ups(session, edition)
    return candidate_queries.CandidateWindow(
        seen_from=start,
        seen_to=window_to,
        # What went whole to every reader is repeated only if an editor pins it.
        carried=carried | (to_all & ~candidate_queries.is_one_of(pinned)),
        passed_over=series_queries.passed_over_by(
            session, [each for each in before if each != edition.id]
        ),
        pinned=pinned,
    )


def _facts(row: candidate_queries.CandidateRow) -> ArticleFacts:
    return section_rules.facts_of(
        row,
        placed_key=row.filing_key,
        feed_id=row.feed_id,
        feed_section=row.feed_section,
        refiled=bool(row.refiled),
    )
