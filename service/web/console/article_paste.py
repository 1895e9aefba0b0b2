"""Pasting a clipping: what was understood of it is shown before it is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from service.accounts.roles import Permission
from service.articles import ingest
from service.articles.ingest import IngestState
from service.articles.input_format import InputFormat
from service.articles.manual_input import ManualInput, ManualOverrides, ParsedInput, parse_input
from service.articles.parsed_article import ParsedArticle
from service.articles.plain_text.clipping import UncertainHeadline
from service.articles.sections import section_key
from service.boot import Runtime
from service.editions import revise
from service.kit.errors import OperationRefused
from service.kit.translatable import TranslatableMessage
from service.newsletters import catalogue
from service.web.console.auth import EditPermission, require_operator, require_permission
from service.web.console.form_values import FormValues, PostedForm
from service.web.console.page import ConsoleRequest
from service.web.deps import Admitted, CurrentRuntime, Now

router = APIRouter()
_MAX_CANDIDATES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ClippingAttempt:
    """What became of a pasted clipping: parsed, or refused with the likely headlines, if any."""

    parsed: ParsedInput | None = None
    problem: TranslatableMessage | None = None
    candidates: Sequence[str] = ()

    @property
    def article(self) -> ParsedArticle | None:
        """The article, if it was understood."""
        return self.parsed.articles[0] if self.parsed else None


@router.get("/articles/paste")
def show_paste(console: EditPermission) -> Response:
    """Show the form."""
    return _page(console, FormValues(()), ClippingAttempt())


@router.post("/articles/paste")
def paste_clipping(
    request: Request, typed: PostedForm, running: CurrentRuntime, now: Now, _place: Admitted
) -> Response:
    """Show what was understood, or store it; the clipping is parsed between two transactions."""
    check = require_permission(Permission.EDIT)
    with running.begin() as session:
        console = check(require_operator(request, running, session, now))
        if typed.text("speak"):
            return _page(console.in_chosen_language(typed), typed, ClippingAttempt())
    attempt = _parse(running, typed)
    with running.begin() as session:
        console = check(require_operator(request, running, session, now))
        if typed.text("act") == "store" and attempt.parsed is not None:
            return _store(console, attempt.parsed)
        return _page(console, typed, attempt)


def _parse(running: Runtime, typed: FormValues) -> ClippingAttempt:
    overrides = ManualOverrides(
        zone=ZoneInfo(running.settings.publication_time_zone),
        section=typed.text("section") or None,
        title=typed.text("title") or None,
        url=typed.text("url") or None,
    )
    data = typed.raw("text").encode("utf-8", "replace")
    try:
        source = ManualInput(data=data, input_format=InputFormat.CLIPPING)
        return ClippingAttempt(parsed=parse_input(source, overrides))
    except UncertainHeadline as uncertain:
        candidates = uncertain.candidates[:_MAX_CANDIDATES]
        return ClippingAttempt(problem=uncertain.message, candidates=candidates)
    except OperationRefused as refused:
        return ClippingAttempt(problem=refused.message)


def _store(console: ConsoleRequest, parsed: ParsedInput) -> Response:
    result = ingest.upsert(console.session, parsed.articles[0], kind=parsed.kind, now=console.now)
    article_id = result.article.id
    if result.state is IngestState.REVISED:
        revise.enqueue_revisions(console.session, [article_id], now=console.now)
    console.record("article.added", article_id=article_id)
    return console.redirect(
        f"/console/articles/{article_id}", f"console.paste.done.{result.state.value}"
    )


def _page(console: ConsoleRequest, typed: FormValues, attempt: ClippingAttempt) -> Response:
    sections = catalogue.section_names(console.session)
    article = attempt.article
    return console.page(
        "article_paste",
        status=422 if attempt.problem else 200,
        typed=typed,
        attempt=attempt,
        article=article,
        sections=sorted({name for names in sections.values() for name in names}),
        is_homeless=article is not None and section_key(article.section) not in sections,
        zone=console.running.settings.publication_time_zone,
    )
