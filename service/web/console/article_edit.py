"""Correcting an article, and filing it in another section of a newsletter."""

from fastapi import APIRouter
from fastapi.responses import Response

from service.accounts import audit
from service.articles import correct as corrections
from service.articles import find
from service.articles.corrections import ArticleCorrection
from service.articles.read_models import ArticleDetails
from service.editions import revise
from service.kit.errors import Conflict, Invalid
from service.kit.translatable import TranslatableMessage
from service.newsletters import catalogue
from service.web.console.auth import EditPermission
from service.web.console.edit_form import EditAttempt, EditForm, compare_edit
from service.web.console.form_values import FormValues, PostedForm
from service.web.console.page import ConsoleRequest

router = APIRouter()


class ArticleEditForm(EditForm):
    """The fields of an article; an author a line."""

    title: str = ""
    summary: str = ""
    section: str = ""
    authors: str = ""
    image_url: str = ""
    image_alt: str = ""


@router.get("/articles/{article_id}/edit")
def show_edit_article(console: EditPermission, article_id: int) -> Response:
    """Show the form with what is stored."""
    article = find.get_article(console.session, article_id)
    stored = _stored(article)
    return _page(console, article, EditAttempt(fields=stored, opened=stored))


@router.post("/articles/{article_id}/edit")
def edit_article(console: EditPermission, article_id: int, typed: PostedForm) -> Response:
    """Save the correction, or show what is wrong, or what was saved meanwhile."""
    article = find.get_article_for_update(console.session, article_id)
    attempt = compare_edit(typed, _stored(article))
    if typed.text("speak") or attempt.merged is not None:
        return _page(console.in_chosen_language(typed), article, attempt)
    try:
        done = corrections.correct(
            console.session, article_id, _correction(attempt.fields), now=console.now
        )
    except (Invalid, Conflict) as wrong:
        return _page(console, article, attempt, problem=wrong.message)
    if done:
        revise.enqueue_revisions(console.session, [article_id], now=console.now)
        console.record("article.corrected", article_id=article_id)
    return console.redirect(f"/console/articles/{article_id}", "console.article.corrected")


@router.get("/articles/{article_id}/refile")
def show_refile_article(console: EditPermission, article_id: int) -> Response:
    """Ask in which section of which newsletter an article belongs."""
    return _refile_page(console, article_id, FormValues(()))


@router.post("/articles/{article_id}/refile")
def refile_article(console: EditPermission, article_id: int, typed: PostedForm) -> Response:
    """File an article in the chosen section."""
    if typed.text("speak"):
        return _refile_page(console.in_chosen_language(typed), article_id, typed)
    slug, _, section = typed.text("place").partition("/")
    if not section:
        return _refile_page(console, article_id, typed, problem="console.article.refile.choose")
    newsletter = catalogue.get(console.session, slug)
    corrections.refile(console.session, article_id, newsletter, section=section)
    console.record("article.refiled", article_id=article_id, newsletter_id=newsletter.id)
    return console.redirect(
        f"/console/articles/{article_id}", "console.article.refiled", name=newsletter.name
    )


def _stored(article: ArticleDetails) -> ArticleEditForm:
    return ArticleEditForm(
        title=article.title,
        summary=article.summary,
        section=article.section or "",
        authors="\n".join(article.authors),
        image_url=article.image_url or "",
        image_alt=article.image_alt or "",
    )


def _correction(fields: ArticleEditForm) -> ArticleCorrection:
    return ArticleCorrection(
        title=fields.title,
        summary=fields.summary,
        section=fields.section or None,
        authors=tuple(fields.authors.split("\n")),
        image_url=fields.image_url or None,
        image_alt=fields.image_alt or None,
    )


def _page(
    console: ConsoleRequest,
    article: ArticleDetails,
    attempt: EditAttempt[ArticleEditForm],
    *,
    problem: TranslatableMessage | None = None,
) -> Response:
    saved = None
    if attempt.merged is not None:
        facts = {"article_id": article.id}
        saved = audit.latest_entry(console.session, "article.corrected", facts)
    sections = catalogue.section_names(console.session)
    return console.page(
        "article_edit",
        status=422 if problem else 409 if attempt.merged else 200,
        article=article,
        attempt=attempt,
        saved=saved,
        problem=problem,
        sections=sorted({name for names in sections.values() for name in names}),
    )


def _refile_page(
    console: ConsoleRequest, article_id: int, typed: FormValues, *, problem: str | None = None
) -> Response:
    return console.page(
        "article_refile",
        status=422 if problem else 200,
        article=find.get_article(console.session, article_id),
        newsletters=catalogue.list_newsletters(console.session),
        typed=typed,
        problem=problem,
    )
