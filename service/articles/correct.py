"""What an operator does with a stored article: correct it, or file it in another section."""

from dataclasses import replace
from datetime import datetime

from service.articles import placement_queries, queries, section_rules
from service.articles.corrections import ArticleCorrection, apply_correction
from service.articles.ingest import IngestState, store_version
from service.articles.merge import as_parsed
from service.articles.parsing.typography import tidy
from service.articles.read_models import ArticleDetails
from service.articles.size_limits import enforce_limits
from service.articles.tables import Article
from service.articles.urls import clean_url
from service.kit.db import Session
from service.kit.errors import Conflict, Invalid, NotFound
from service.kit.log import get_logger
from service.kit.translatable import translatable
from service.newsletters.details import NewsletterDetails

log = get_logger(__name__)


def correction_of(article: ArticleDetails) -> ArticleCorrection:
    """Return what an article says now, to be changed."""
    return ArticleCorrection(
        title=article.title,
        summary=article.summary,
        section=article.section,
        authors=tuple(article.authors),
        image_url=article.image_url,
        image_alt=article.image_alt,
    )


def correct(
    session: Session, article_id: int, correction: ArticleCorrection, *, now: datetime
) -> bool:
    """Correct an article; return False if that changes nothing that readers see.

    Later editions have the correction, frozen ones by a revision: `editions.revise` is for the
    caller to enqueue. It holds until the article's source changes what was corrected.

    Raises:
        NotFound: there is no such article.
        Conflict: it is withdrawn.
        Invalid: the headline is empty, or the picture's address is none.
    """
    article = _require(session, article_id)
    image_url = clean_url(correction.image_url) if correction.image_url else None
    if correction.image_url and image_url is None:
        raise Invalid(translatable("article.picture_address"))
    if not tidy(correction.title):
        raise Invalid(translatable("article.no_headline"))
    cleaned = replace(
        correction,
        title=tidy(correction.title),
        summary=tidy(correction.summary),
        section=tidy(correction.section or "") or None,
        authors=tuple(name for each in correction.authors if (name := tidy(each))),
        image_url=image_url,
        image_alt=(tidy(correction.image_alt or "") or None) if image_url else None,
    )
    corrected, kept = apply_correction(as_parsed(article), cleaned, article.corrections)
    article.corrections = kept
    state = store_version(article, enforce_limits(corrected), now=now)
    if state is IngestState.REVISED:
        log.info("article.corrected", article=article_id)
    return state is IngestState.REVISED


def refile(
    session: Session, article_id: int, newsletter: NewsletterDetails, *, section: str
) -> str:
    """File an article in a section of a newsletter, whatever rules and feeds say; return its slug.

    `section` is a section's slug, name or alias. The newsletter may take the article from then on,
    even if it came by another one's feed.

    Raises:
        NotFound: there is no such article.
        Conflict: it is withdrawn.
        Invalid: the newsletter has no such section.
    """
    _require(session, article_id)
    slug = section_rules.section_by_name(newsletter, section).slug
    placement_queries.refile(session, article_id, newsletter_id=newsletter.id, section_key=slug)
    log.info("article.refiled", article=article_id, newsletter=newsletter.id)
    return slug


def _require(session: Session, article_id: int) -> Article:
    article = queries.article_by_id(session, article_id, lock=True)
    if article is None:
        raise NotFound(f"There is no article {article_id}: see 'crieur article list'.")
    if article.withdrawn_at is not None:
        raise Conflict(translatable("article.withdrawn"))
    return article
