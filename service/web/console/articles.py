"""Articles: the list by newsletter and section, one article, withdrawing it."""

from collections.abc import Sequence

from fastapi import APIRouter
from fastapi.responses import Response

from service.articles import find, withdraw
from service.editions import revise
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.reports.articles import editions_of_article, list_articles
from service.web.console.auth import EditPermission, ViewPermission

router = APIRouter()
_PAGE = 40


@router.get("/articles")
def show_articles(
    console: ViewPermission,
    newsletter: str = "",
    section: str = "",
    q: str = "",
    before: int | None = None,
) -> Response:
    """List articles, newest first."""
    newsletters = catalogue.list_newsletters(console.session)
    chosen = next((each for each in newsletters if each.slug == newsletter), None)
    return console.page(
        "articles",
        newsletters=newsletters,
        chosen=chosen,
        section=section if chosen else "",
        q=q.strip(),
        known=_known_keys(newsletters),
        zone=console.running.settings.publication_time_zone,
        page=list_articles(
            console.session,
            newsletter=chosen,
            section=section or None,
            words=q.strip(),
            before_id=before,
            limit=_PAGE,
        ),
    )


@router.get("/articles/{article_id}")
def show_article(console: ViewPermission, article_id: int) -> Response:
    """Show one article as stored, and the editions that carry it."""
    return console.page(
        "article",
        article=find.get_article(console.session, article_id),
        carried_by=editions_of_article(console.session, article_id),
        zone=console.running.settings.publication_time_zone,
    )


@router.get("/articles/{article_id}/withdraw")
def show_withdraw_article(console: EditPermission, article_id: int) -> Response:
    """Ask before an article is withdrawn, which cannot be undone."""
    return console.page("article_withdraw", article=find.get_article(console.session, article_id))


@router.post("/articles/{article_id}/withdraw")
def withdraw_article(console: EditPermission, article_id: int) -> Response:
    """Withdraw an article: it comes into no edition from now on, and leaves those on their way."""
    here = f"/console/articles/{article_id}"
    if not withdraw.withdraw(console.session, article_id, now=console.now):
        return console.redirect(here, "console.article.withdrawn_before", tone="bad")
    revise.enqueue_revisions(console.session, [article_id], now=console.now)
    console.record("article.withdrawn", article_id=article_id)
    return console.redirect(here, "console.article.withdrawn")


def _known_keys(newsletters: Sequence[NewsletterDetails]) -> set[str]:
    """Keys under which some newsletter takes articles; others are in no newsletter."""
    return {
        key
        for newsletter in newsletters
        for section in newsletter.current_sections
        for key in (section.slug, *section.aliases)
    }
