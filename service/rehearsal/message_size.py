"""Render a rehearsed edition with all its sections, as it would be sent, and measure it."""

from collections.abc import Iterator
from dataclasses import replace

from service.editions.snapshot import snapshot_newsletter
from service.kit.errors import Invalid
from service.kit.translatable import translatable
from service.rehearsal import edition_notes
from service.rehearsal.rehearsed import MessageSize, RehearsalNote, RehearsedEdition
from service.rendering.branding import current_branding
from service.rendering.build_view import build_digest_view
from service.rendering.checks import MAX_HTML_BYTES, find_problems
from service.rendering.preview import PREVIEW_TOKEN
from service.rendering.render_edition import personalise
from service.rendering.size_budget import FittedDigest, render_within_budget

_KEY = "0" * 20
"""As long as an edition's key, which stands in links."""


def with_size(edition: RehearsedEdition, *, public_url: str) -> RehearsedEdition:
    """Return the edition with its message's size, and with what is wrong with the message."""
    newsletter = edition.newsletter
    view = build_digest_view(
        current_branding(newsletter, public_url=public_url),
        [each.frozen for each in edition.articles],
        edition_date=edition.slot.local_date,
        time_zone=newsletter.time_zone,
        web_url=f"{public_url}/e/{_KEY}",
        text=edition.text,
    )
    fitted = render_within_budget(personalise(view, PREVIEW_TOKEN, public_url=public_url))
    size = MessageSize(
        subject=fitted.rendered.subject,
        html_bytes=len(fitted.rendered.html.encode()),
        reductions=fitted.reductions,
    )
    return replace(edition, size=size, notes=(*_notes(edition, fitted), *edition.notes))


def _notes(edition: RehearsedEdition, fitted: FittedDigest) -> Iterator[RehearsalNote]:
    newsletter = edition.newsletter
    try:
        snapshot_newsletter(newsletter).with_plain_addresses()
    except Invalid as invalid:
        yield edition_notes.warning(invalid.message)
    if fitted.reductions:
        limit = MAX_HTML_BYTES // 1000
        reduced = translatable("rehearsal.reduced", limit=limit, what=list(fitted.reductions))
        yield edition_notes.warning(reduced)
    problems = find_problems(
        fitted.rendered, placeholder=PREVIEW_TOKEN, postal_address=newsletter.postal_address
    )
    for problem in problems:
        yield edition_notes.warning(problem.message)
