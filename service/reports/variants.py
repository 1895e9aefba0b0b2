"""How an edition looks to its readers: its variants, and each one as a safe page to look at."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.audience.section_selection import bit_mask
from service.editions.find import get_edition
from service.editions.lifecycle import FINAL
from service.editions.proposal import propose
from service.editions.read_models import EditionDetails
from service.editions.variant_mask import is_without_alerted, within
from service.kit.db import Session
from service.kit.errors import NotFound, OperationRefused
from service.kit.translatable import TranslatableMessage
from service.newsletters.tables import Section
from service.rendering.part_store import load_winning_parts
from service.rendering.parts import AssembledMessage, EditionParts, LevelNotRendered
from service.rendering.preview import preview_edition
from service.rendering.render import RenderedMessage
from service.rendering.render_edition import find_variant
from service.rendering.tables import WEB_MASK
from service.reports.queries import editions as queries

PREVIEW_MODES = ("desktop", "phone", "dark", "text")
MAX_VARIANTS = 12
"""Choices in a list: readers may have chosen in a thousand ways."""
_DARK = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantSummary:
    """What readers of one choice of sections get: how many they are, and what the checks said."""

    mask: int
    subject: str
    warnings: Sequence[TranslatableMessage]
    readers: int

    @property
    def is_web(self) -> bool:
        """Whether it is the web version, which is not sent."""
        return self.mask == WEB_MASK

    @property
    def is_without_alerted(self) -> bool:
        """Whether it is for readers who had some of it as alerts, and leaves that out."""
        return is_without_alerted(self.mask)

    def sections(self, all_of_them: Sequence[Section]) -> list[str]:
        """Name the sections that are in it."""
        return [each.name for each in all_of_them if self.mask & (1 << each.bit)]


def list_variants(
    session: Session, edition_id: int, *, public_url: str, now: datetime
) -> list[VariantSummary]:
    """List an edition's variants, those with most readers first and the web version last.

    Before readers are enrolled that is what the edition would be with every section; afterwards
    variants without readers are left out. Of many choices the `MAX_VARIANTS` most frequent are
    listed.
    """
    edition = get_edition(session, edition_id)
    if edition.frozen_at is None:
        return _preview(session, edition, public_url=public_url, now=now)
    found = {each.mask: each for each in queries.renditions_of(session, edition_id)}
    web = found.pop(WEB_MASK, None)
    readers = count_readers_by_choice(session, edition)
    shown = [
        _variant(mask, count, AssembledMessage.of(found[mask]))
        for mask, count in readers.most_common()
        if mask in found
    ][:MAX_VARIANTS] or _joined(session, edition, readers)
    if web is not None:
        shown.append(_variant(WEB_MASK, 0, AssembledMessage.of(web)))
    return shown


def count_readers_by_choice(session: Session, edition: EditionDetails) -> Counter[int]:
    """Count readers by what is left of the sections that they have chosen, the most first."""
    readers: Counter[int] = Counter()
    for mask, count in sorted(queries.choices_of(session, edition.id).items()):
        readers[within(mask, edition.section_mask or mask)] += count
    readers.pop(0, None)
    return readers or Counter({edition.section_mask: 0})


def _joined(
    session: Session, edition: EditionDetails, readers: Counter[int]
) -> list[VariantSummary]:
    parts = _last_parts(session, edition)
    if parts is None:
        return []
    try:
        return [
            _variant(mask, count, parts.assemble(mask))
            for mask, count in readers.most_common(MAX_VARIANTS)
        ]
    except LevelNotRendered:
        return []


def _last_parts(session: Session, edition: EditionDetails) -> EditionParts | None:
    """Return what was sent last: a revision of an edition that has ended is of its page only."""
    latest = edition.rendered_revision
    oldest = 1 if edition.state in FINAL else latest
    for revision in range(latest, oldest - 1, -1):
        if (parts := load_winning_parts(session, edition, revision)) is not None:
            return parts
    return None


def _variant(mask: int, readers: int, mail: AssembledMessage) -> VariantSummary:
    return VariantSummary(mask=mask, subject=mail.subject, warnings=mail.warnings, readers=readers)


def _preview(
    session: Session, edition: EditionDetails, *, public_url: str, now: datetime
) -> list[VariantSummary]:
    try:
        fitted = preview_edition(session, edition.id, public_url=public_url, now=now)
    except OperationRefused:
        return []
    return [
        VariantSummary(
            mask=edition.section_mask or propose(session, edition.id, now=now).section_mask,
            subject=fitted.rendered.subject,
            warnings=fitted.reductions,
            readers=0,
        )
    ]


def preview_variant(
    session: Session, edition_id: int, mask: int, *, public_url: str, now: datetime
) -> RenderedMessage | None:
    """Return one variant as it is, or as it would be if the edition went out now."""
    edition = get_edition(session, edition_id)
    try:
        if edition.frozen_at is None:
            return preview_edition(
                session, edition_id, public_url=public_url, mask=mask, now=now
            ).rendered
        return find_variant(session, edition_id, mask).rendered
    except NotFound:
        return _sent(session, edition, mask)
    except OperationRefused:
        return None


def _sent(session: Session, edition: EditionDetails, mask: int) -> RenderedMessage | None:
    parts = _last_parts(session, edition)
    if parts is None or mask < 0 or not mask & bit_mask(each.bit for each in parts.view.sections):
        return None
    try:
        return parts.assemble(mask).rendered
    except LevelNotRendered:
        return None


def with_colour_scheme(html: str, *, dark: bool) -> str:
    """Show a message as a reader's program would in light or in dark mode.

    A preview follows the tab that was chosen, not the operator's own screen.
    """
    return _DARK.sub("@media all" if dark else "@media not all", html)
