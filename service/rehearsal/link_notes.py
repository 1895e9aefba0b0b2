"""Pure: what the check of links has found, as notes beside the others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from service.kit.translatable import TranslatableMessage, translatable
from service.rehearsal.edition_notes import note, warning
from service.rehearsal.rehearsed import (
    CheckedLink,
    LinkStatus,
    Rehearsal,
    RehearsalNote,
    RehearsedArticle,
    RehearsedEdition,
)

_NAMED = 3
"""Headlines in a note; the number says how many there are."""


def with_links(rehearsal: Rehearsal, links: Mapping[str, CheckedLink]) -> Rehearsal:
    """Return the rehearsal with the links that were checked, and what is to be said of them."""
    return replace(
        rehearsal,
        links=links,
        newsletters=[
            replace(
                part,
                editions=[
                    replace(each, notes=(*_notes(each, links), *each.notes))
                    for each in part.editions
                ],
            )
            for part in rehearsal.newsletters
        ],
    )


def _notes(edition: RehearsedEdition, links: Mapping[str, CheckedLink]) -> Iterator[RehearsalNote]:
    pages = [(each, links.get(each.frozen.url or "")) for each in edition.articles]
    pictures = [(each, links.get(each.frozen.image_url or "")) for each in edition.articles]
    if dead := _with_status(pages, LinkStatus.DEAD):
        yield warning(translatable("rehearsal.link.dead", count=len(dead), articles=_titles(dead)))
    if silent := _with_status(pages, LinkStatus.UNREACHABLE):
        yield warning(
            translatable("rehearsal.link.unreachable", count=len(silent), articles=_titles(silent))
        )
    broken = [
        each
        for each, link in pictures
        if link is not None
        and (link.status in {LinkStatus.DEAD, LinkStatus.UNREACHABLE} or link.is_page)
    ]
    if broken:
        yield warning(
            translatable("rehearsal.link.picture", count=len(broken), articles=_titles(broken))
        )
    unchecked = sum(
        1
        for _, link in (*pages, *pictures)
        if link is not None and link.status is LinkStatus.NOT_CHECKED
    )
    if unchecked:
        yield note(translatable("rehearsal.link.not_checked", count=unchecked))


def _with_status(
    links: Sequence[tuple[RehearsedArticle, CheckedLink | None]], status: LinkStatus
) -> list[RehearsedArticle]:
    return [each for each, link in links if link is not None and link.status is status]


def _titles(articles: Sequence[RehearsedArticle]) -> list[TranslatableMessage]:
    return [
        translatable("rehearsal.link.title", title=each.frozen.title) for each in articles[:_NAMED]
    ]
