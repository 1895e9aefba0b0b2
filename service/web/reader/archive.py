"""Past editions: their list, their feed, and each one as a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from service.editions.find import series_editions
from service.editions.lifecycle import EditionState
from service.editions.read_models import EditionDetails
from service.kit.db import Session
from service.kit.time_zones import display_zone
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.rendering.hosted_article import find_hosted_article
from service.rendering.render_edition import find_web_version
from service.web import pages
from service.web.deps import CurrentRuntime, Transaction
from service.web.link_tokens import clean_token
from service.web.security import content_security_policy

router = APIRouter()

PUBLIC_STATES = (EditionState.SENDING, EditionState.FINISHED)
PER_PAGE = 30
IN_FEED = 20
MAX_ID = 2**63 - 1
# The web version is the message itself, whose style is inline; it runs no script and no form.
WEB_VERSION_POLICY = content_security_policy(
    {
        "script-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data: https: http:",
        "form-action": "'none'",
    }
)
CACHED = {"cache-control": "public, max-age=300"}
# What was withdrawn is to be gone from caches soon, too.
CACHED_BRIEFLY = {"cache-control": "public, max-age=60"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedEdition:
    """One past edition in a list."""

    id: int
    key: str
    subject: str
    slot_date: object
    appeared_at: datetime


@router.get("/n/{slug}/archive")
def show_archive(
    request: Request, slug: str, session: Transaction, before: int | None = None
) -> Response:
    """List the editions that have appeared, the latest first."""
    newsletter = catalogue.get(session, slug)
    issues = _issues(session, newsletter, before=before, limit=PER_PAGE + 1)
    return pages.render(
        request,
        "reader/archive.html.j2",
        locale=newsletter.locale,
        newsletter=newsletter,
        issues=issues[:PER_PAGE],
        older=issues[PER_PAGE - 1].id if len(issues) > PER_PAGE else None,
    )


@router.get("/n/{slug}/feed.xml")
def show_feed(
    request: Request, slug: str, session: Transaction, running: CurrentRuntime
) -> Response:
    """Return the latest editions as an Atom feed."""
    newsletter = catalogue.get(session, slug)
    issues = _issues(session, newsletter, before=None, limit=IN_FEED)
    updated = issues[0].appeared_at if issues else newsletter.created_at
    response = pages.render(
        request,
        "reader/feed.xml.j2",
        locale=newsletter.locale,
        headers=CACHED,
        newsletter=newsletter,
        issues=issues,
        updated=updated.astimezone(UTC),
        public_url=running.settings.public_url,
    )
    response.headers["content-type"] = "application/atom+xml; charset=utf-8"
    return response


@router.get("/e/{key}/a/{article_id}")
def show_article(
    request: Request,
    key: str,
    article_id: Annotated[int, Path(ge=1, le=MAX_ID)],
    session: Transaction,
) -> Response:
    """Show the whole text of an article that has no address of its own."""
    edition, frozen = find_hosted_article(session, key, article_id)
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    published = frozen.published
    return pages.render(
        request,
        "reader/article.html.j2",
        locale=newsletter.locale,
        headers=CACHED_BRIEFLY,
        newsletter=newsletter,
        article=frozen,
        published=local_day(published, newsletter.time_zone) if published else None,
        edition_path=f"/e/{key}",
    )


@router.get("/e/{key:path}")
def show_edition(key: str, session: Transaction) -> Response:
    """Show the web version of an edition.

    Behind the pages of its articles, because whatever follows the key is forgiven.
    """
    return Response(
        find_web_version(session, clean_token(key)).html,
        media_type="text/html",
        headers={"content-security-policy": WEB_VERSION_POLICY, **CACHED_BRIEFLY},
    )


def _issues(
    session: Session, newsletter: NewsletterDetails, *, before: int | None, limit: int
) -> Sequence[ArchivedEdition]:
    """Return what has appeared, in the series that new readers get: each article once."""
    editions = series_editions(
        session,
        newsletter.id,
        newsletter.default_frequency,
        states=PUBLIC_STATES,
        before_id=before,
        limit=limit,
    )
    return [_issue(edition) for edition in editions]


def _issue(edition: EditionDetails) -> ArchivedEdition:
    return ArchivedEdition(
        id=edition.id,
        key=edition.key,
        subject=edition.subject or "",
        slot_date=edition.slot_date,
        appeared_at=edition.frozen_at or edition.planned_at,
    )


def local_day(instant: datetime, zone: str) -> date:
    """Return the day of an instant where the newsletter appears."""
    return instant.astimezone(display_zone(zone)).date()
