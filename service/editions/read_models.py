"""Editions and their articles as other rooms and entry points receive them: plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from typing import Any, NamedTuple

from service.articles.read_models import ArticleDetails
from service.editions.kind import EditionKind
from service.editions.lifecycle import EditionState
from service.editions.tables import Edition
from service.kit.translatable import TranslatableMessage
from service.newsletters.details import SectionDetails
from service.newsletters.frequency import Frequency


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionDetails:
    """An edition at one moment; the columns of `edition`, which `editions.tables` explains."""

    id: int
    key: str
    newsletter_id: int
    kind: EditionKind
    frequency: Frequency | None
    previous_edition_id: int | None
    slot_date: date
    slot_time: time
    origin: str
    state: EditionState
    window_from: datetime | None
    window_to: datetime
    section_mask: int
    subject: str | None
    frozen: Mapping[str, Any]
    content_hash: str | None
    note: TranslatableMessage | None
    planned_at: datetime
    curation_version: int
    curated_by: int | None
    curated_at: datetime | None
    approved_by: int | None
    approved_at: datetime | None
    held_at: datetime | None
    frozen_at: datetime | None
    enrolled_to: int
    enrolled_at: datetime | None
    readers: int | None
    waves: Mapping[str, int]
    masks: Mapping[str, int]
    ignores_quiet_hours: bool
    paused_at: datetime | None
    resumed_at: datetime | None
    own_pauses: int
    setbacks: int
    expires_at: datetime | None
    finished_at: datetime | None
    revision: int
    rendered_revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUpSummary:
    """The catch-up editions of an edition's slot, oldest first, and their readers so far."""

    edition_ids: tuple[int, ...]
    readers: int


class EditionArticleDetails(NamedTuple):
    """An article in an edition: what was frozen of it (empty before), itself, and its section."""

    frozen: Mapping[str, Any]
    article: ArticleDetails
    section: SectionDetails


def edition_details(row: Edition) -> EditionDetails:
    """Return a row's values."""
    return EditionDetails(**{each.name: getattr(row, each.name) for each in fields(EditionDetails)})
