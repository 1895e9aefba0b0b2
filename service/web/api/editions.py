"""The coming edition for publishers' systems: read it, change what is in it, let it go out.

An API key is no operator: a change names no editor, and the audit trail names the key.
"""

from collections.abc import Callable
from typing import Literal

from fastapi import APIRouter, Response

from service.articles.section_rules import section_by_name
from service.delivery.guard import sending_guard
from service.delivery.workflow import resume
from service.editions import control, curate, edition_json, plan
from service.editions.curate import ArticleDecision, Editor
from service.editions.find import coming_editions, get_edition
from service.editions.key_approval import require_other_editor
from service.editions.lifecycle import EditionState
from service.editions.proposal import propose
from service.kit.errors import Invalid
from service.kit.translatable import translatable
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.web.api.api_key_auth import BEARER, ApiCall
from service.web.api.edition_calls import (
    CHANGED,
    DECIDED,
    READ,
    ArticlePath,
    EditionNumber,
    Reading,
    Writing,
    require_seen,
    with_example,
)
from service.web.api.edition_content import show_content
from service.web.api.edition_models import (
    ArticleCuration,
    ComingEditions,
    EditionContent,
    EditionTexts,
    SectionOrder,
)
from service.web.api.preconditions import IfMatch, check_version

router = APIRouter(prefix="/api/v1", tags=["editions"])


@router.get(
    "/newsletters/{slug}/editions/coming",
    summary="List a newsletter's coming editions",
    responses=READ,
    openapi_extra=BEARER,
)
def list_coming_editions(call: Reading, slug: str) -> ComingEditions:
    """Scope `editions:read`. The one that is due next comes first."""
    newsletter = catalogue.get(call.session, slug)
    return ComingEditions.model_validate(
        {
            "editions": [
                {
                    **edition_json.edition_to_json(draft, newsletter),
                    "article_count": len(propose(call.session, draft.id, now=call.now).articles),
                }
                for draft in coming_editions(call.session, newsletter.id)
            ]
        }
    )


@router.get(
    "/editions/{edition}",
    summary="Show an edition and what is in it",
    responses=READ,
    openapi_extra=BEARER,
)
def show_edition(call: Reading, edition: EditionNumber, response: Response) -> EditionContent:
    """Scope `editions:read`. The ETag is what `If-Match` of a change takes.

    Before the freeze these are the articles that it would have now.
    """
    return show_content(call, edition, response)


@router.patch(
    "/editions/{edition}",
    summary="Write around an edition's articles",
    responses=CHANGED,
    openapi_extra=with_example({"subject": "Ce matin", "introduction": "Bonjour."}),
)
def write_edition_texts(
    call: Writing,
    edition: EditionNumber,
    texts: EditionTexts,
    response: Response,
    if_match: IfMatch = None,
) -> EditionContent:
    """Scope `editions:write`. What is not named stays; null or "" is the articles' own.

    Introduction, sign-off and sponsor's text are plain text with `[words](https://…)` as links.
    """
    require_seen(call, edition, if_match)
    named = texts.model_dump(exclude_unset=True)
    if not named:
        raise Invalid(translatable("edition.api.no_text"))
    curate.write_text(call.session, edition, named, Editor(), now=call.now)
    call.record("edition.text_written", edition_id=edition)
    return show_content(call, edition, response)


@router.put(
    "/editions/{edition}/articles/{article}",
    summary="Pin, drop, move or rewrite an article of an edition",
    responses=CHANGED,
    openapi_extra=with_example({"pinned": True, "section": "Culture", "title": "Un autre titre"}),
)
def replace_edition_article(
    call: Writing,
    edition: EditionNumber,
    article: ArticlePath,
    wanted: ArticleCuration,
    response: Response,
    if_match: IfMatch = None,
) -> EditionContent:
    """Scope `editions:write`. All that editors want of an article; the rest is the rule's.

    Its place in the order stays unless it changes its section.
    """
    require_seen(call, edition, if_match)
    section = wanted.section and section_by_name(_newsletter(call, edition), wanted.section)
    curate.replace_article(
        call.session,
        edition,
        article,
        Editor(),
        decision=_decision(wanted),
        section_id=section.id if section else None,
        texts={"title": wanted.title, "summary": wanted.summary},
        now=call.now,
    )
    for event in _events(wanted):
        call.record(event, edition_id=edition, article_id=article)
    return show_content(call, edition, response)


@router.delete(
    "/editions/{edition}/articles/{article}",
    summary="Undo all changes to an article of an edition",
    responses=CHANGED,
    openapi_extra=BEARER,
)
def restore_edition_article(
    call: Writing,
    edition: EditionNumber,
    article: ArticlePath,
    response: Response,
    if_match: IfMatch = None,
) -> EditionContent:
    """Scope `editions:write`. The rule decides again; `dropped` of a PUT leaves an article out."""
    require_seen(call, edition, if_match)
    curate.restore(call.session, edition, article, Editor(), now=call.now)
    call.record("edition.article_restored", edition_id=edition, article_id=article)
    return show_content(call, edition, response)


@router.put(
    "/editions/{edition}/order",
    summary="Put the articles of a section in order",
    responses=CHANGED,
    openapi_extra=with_example({"section": "Culture", "articles": [346, 345]}),
)
def order_edition_section(
    call: Writing,
    edition: EditionNumber,
    order: SectionOrder,
    response: Response,
    if_match: IfMatch = None,
) -> EditionContent:
    """Scope `editions:write`. Articles of the section that are not named follow."""
    require_seen(call, edition, if_match)
    section = section_by_name(_newsletter(call, edition), order.section)
    shown = {
        each.article.id
        for each in propose(call.session, edition, now=call.now).articles
        if each.section.id == section.id
    }
    for article in order.articles:
        if article not in shown:
            raise Invalid(
                translatable(
                    "edition.api.not_in_section", article=str(article), section=section.name
                )
            )
    curate.order(call.session, edition, order.articles, Editor(), now=call.now)
    call.record("edition.article_moved", edition_id=edition)
    return show_content(call, edition, response)


@router.post(
    "/editions/{edition}/{act}",
    summary="Hold, approve, pause, resume, cancel or send an edition",
    responses=DECIDED,
    openapi_extra=BEARER,
)
def decide_about_edition(
    call: Writing,
    edition: EditionNumber,
    act: Literal["hold", "approve", "pause", "resume", "cancel", "send"],
    response: Response,
    if_match: IfMatch = None,
) -> EditionContent:
    """Scope `editions:write`. `send` sends a coming edition now instead of at its slot.

    With `If-Match` what is approved or sent is what was read. Where a newsletter needs a second
    editor, a key approves only what an operator other than its owner has changed last.
    """
    version = curate.lock_version(call.session, edition)
    check_version(edition, if_match, version=version)
    call.record(_ACTS[act](call, edition), edition_id=edition)
    return show_content(call, edition, response)


def _hold(call: ApiCall, edition_id: int) -> str:
    control.hold(call.session, edition_id, now=call.now)
    return "edition.hold"


def _approve(call: ApiCall, edition_id: int) -> str:
    require_other_editor(call.session, edition_id, owner_id=call.key.operator_id)
    resume.approve_edition(call.session, edition_id, now=call.now)
    return "edition.approve"


def _pause(call: ApiCall, edition_id: int) -> str:
    control.pause(call.session, edition_id, now=call.now)
    return "edition.pause"


def _resume(call: ApiCall, edition_id: int) -> str:
    resume.resume_edition(call.session, edition_id, now=call.now)
    return "edition.resume"


def _cancel(call: ApiCall, edition_id: int) -> str:
    control.cancel(call.session, edition_id, now=call.now)
    return "edition.cancel"


def _send(call: ApiCall, edition_id: int) -> str:
    sending_guard.require_sending_allowed(call.session)
    if get_edition(call.session, edition_id).state is not EditionState.DRAFT:
        return _approve(call, edition_id)
    require_other_editor(call.session, edition_id, owner_id=call.key.operator_id)
    plan.send_draft(call.session, edition_id, now=call.now)
    return "edition.sent_by_hand"


_ACTS: dict[str, Callable[[ApiCall, int], str]] = {
    "hold": _hold,
    "approve": _approve,
    "pause": _pause,
    "resume": _resume,
    "cancel": _cancel,
    "send": _send,
}
"""Each does it, and returns the event for the audit trail."""


def _newsletter(call: ApiCall, edition_id: int) -> NewsletterDetails:
    newsletter_id = get_edition(call.session, edition_id).newsletter_id
    return catalogue.get_by_id(call.session, newsletter_id)


def _decision(wanted: ArticleCuration) -> ArticleDecision:
    if wanted.pinned and wanted.dropped:
        raise Invalid(translatable("edition.api.pinned_and_dropped"))
    if wanted.dropped:
        return ArticleDecision.DROPPED
    return ArticleDecision.PINNED if wanted.pinned else ArticleDecision.RULE


def _events(wanted: ArticleCuration) -> list[str]:
    """Return what the audit trail says of it; the rule's own again is an article restored."""
    is_rewritten = bool(wanted.title or wanted.summary)
    events = {
        "edition.article_pinned": wanted.pinned,
        "edition.article_dropped": wanted.dropped,
        "edition.article_moved": bool(wanted.section),
        "edition.article_rewritten": is_rewritten,
    }
    return [event for event, is_so in events.items() if is_so] or ["edition.article_restored"]
