"""A newsletter's feeds as OPML: a file is uploaded, its feeds are checked or added; a download."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from service.accounts.roles import Permission
from service.articles import find
from service.articles.opml.import_feeds import (
    ImportedFeed,
    import_feeds,
    plan_import,
    read_feeds,
)
from service.articles.opml.parse_opml import MAX_BYTES, OpmlFeed
from service.articles.opml.write_opml import write_opml
from service.boot import Runtime
from service.kit.errors import OperationRefused
from service.kit.translatable import TranslatableMessage, translatable
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.web.console.auth import (
    EditPermission,
    ViewPermission,
    require_operator,
    require_permission,
)
from service.web.console.page import ConsoleRequest
from service.web.deps import Admitted, CurrentRuntime, Now

router = APIRouter()
_MAX_FIELDS = 20


async def parse_upload(request: Request) -> tuple[bytes, bool]:
    """Return the bytes of the uploaded file, and whether it is only to be checked."""
    async with request.form(max_files=1, max_fields=_MAX_FIELDS) as form:
        file = form.get("file")
        data = await file.read(MAX_BYTES + 1) if isinstance(file, UploadFile) else b""
        return data, form.get("act") != "import"


Upload = Annotated[tuple[bytes, bool], Depends(parse_upload)]


@router.get("/newsletters/{slug}/feeds/import")
def show_import(console: EditPermission, slug: str) -> Response:
    """Show the form."""
    return _page(console, catalogue.get(console.session, slug))


@router.post("/newsletters/{slug}/feeds/import")
def import_opml(
    request: Request,
    slug: str,
    upload: Upload,
    running: CurrentRuntime,
    now: Now,
    _place: Admitted,
) -> Response:
    """Show what an import would do with each feed, or do it.

    The file is parsed in a child process between two transactions.
    """
    check = require_permission(Permission.EDIT)
    with running.begin() as session:
        check(require_operator(request, running, session, now))
        catalogue.get(session, slug)
    data, is_check = upload
    feeds, problem = _read(running, data)
    with running.begin() as session:
        console = check(require_operator(request, running, session, now))
        newsletter = catalogue.get(session, slug)
        if problem is not None:
            return _page(console, newsletter, problem=problem)
        if is_check:
            return _page(console, newsletter, feeds=plan_import(session, newsletter, feeds))
        imported = import_feeds(session, newsletter, feeds, now=now)
        count = sum(each.feed_id is not None for each in imported)
        console.record("feed.imported", newsletter_id=newsletter.id, count=count)
        return _page(console, newsletter, feeds=imported, count=count)


def _read(
    running: Runtime, data: bytes
) -> tuple[Sequence[OpmlFeed | ImportedFeed], TranslatableMessage | None]:
    """Return the feeds of a file, or why there are none."""
    if not data:
        return [], translatable("opml.no_file")
    settings = running.settings
    try:
        return (
            read_feeds(
                data, allow_private=settings.fetch_allow_private, ports=settings.fetch_ports
            ),
            None,
        )
    except OperationRefused as refused:
        return [], refused.message


@router.get("/newsletters/{slug}/feeds/export")
def export_opml(console: ViewPermission, slug: str) -> Response:
    """Send the feeds as a file."""
    newsletter = catalogue.get(console.session, slug)
    written = write_opml(
        find.list_feeds(console.session, newsletter_id=newsletter.id),
        title=newsletter.name,
        section_names={each.slug: each.name for each in newsletter.current_sections},
        created_at=console.now,
    )
    disposition = f'attachment; filename="{newsletter.slug}.opml"'
    return Response(written, media_type="text/x-opml", headers={"Content-Disposition": disposition})


def _page(
    console: ConsoleRequest,
    newsletter: NewsletterDetails,
    *,
    feeds: list[ImportedFeed] | None = None,
    problem: TranslatableMessage | None = None,
    count: int | None = None,
) -> Response:
    return console.page(
        "feed_opml",
        status=422 if problem else 200,
        newsletter=newsletter,
        feeds=feeds or [],
        problem=problem,
        count=count,
    )
