"""The coming days of a newsletter for publishers' systems, played through before they come."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from service.accounts.api_keys import ApiKeyScope
from service.newsletters.frequency import Frequency
from service.rehearsal.rehearsal_json import rehearsal_to_json
from service.rehearsal.rehearse import DEFAULT_DAYS, MOST_DAYS, rehearse
from service.rehearsal.rehearsed import SlotStatus
from service.web.api.api_key_auth import BEARER, require_scope
from service.web.api.openapi import PROBLEM
from service.web.deps import Admitted, CurrentRuntime, Now

router = APIRouter(prefix="/api/v1", tags=["editions"])

MOST_RENDERED = 12
"""Messages that are rendered for one call; the others have no size."""

_authorise = require_scope(ApiKeyScope.READ_EDITIONS, ApiKeyScope.WRITE_EDITIONS)


class RehearsalNoteEntry(BaseModel):
    """A sentence about an edition; one that warns asks for a person."""

    warns: bool
    note: str
    note_key: str
    note_params: dict[str, object]


class RehearsedArticleEntry(BaseModel):
    """An article of a rehearsed edition; it may stand for one that will come."""

    id: int
    section: str
    title: str
    url: str | None
    image_url: str | None
    first_seen: datetime
    stands_for_one_to_come: bool


class RehearsedEditionEntry(BaseModel):
    """What would become of a slot."""

    frequency: Frequency | None
    edition: int | None = Field(description="The number of its draft.")
    slot: str = Field(description="In the newsletter's own time.")
    at: datetime
    utc_offset_minutes: int
    begins_at: datetime = Field(description="Later than `at` because of quiet hours.")
    status: SlotStatus
    verdict: Literal["fine", "look"]
    window_from: datetime | None
    window_to: datetime | None
    readers: int
    readers_without_sections: int
    sections: dict[str, int]
    articles: list[RehearsedArticleEntry]
    without_picture: int
    left_out: dict[str, int]
    subject: str | None = Field(description="Null if the message was not rendered.")
    html_bytes: int | None
    reductions: list[str]
    notes: list[RehearsalNoteEntry]


class NewsHistoryEntry(BaseModel):
    """Which past stands for the days to come."""

    from_: str = Field(alias="from")
    to: str
    weeks_back: int
    articles: int
    begins_at: datetime | None


class NewsletterRehearsal(BaseModel):
    """The coming days of a newsletter."""

    from_: datetime = Field(alias="from")
    to: datetime
    is_fine: bool
    notes: list[RehearsalNoteEntry]
    time_zone: str
    history: NewsHistoryEntry | None
    editions: list[RehearsedEditionEntry]


@router.get(
    "/newsletters/{slug}/rehearsal",
    summary="Play the coming days of a newsletter through",
    responses=dict.fromkeys((400, 401, 403, 404, 422, 503), PROBLEM),
    openapi_extra=BEARER,
)
def rehearse_newsletter_days(
    request: Request,
    running: CurrentRuntime,
    now: Now,
    _place: Admitted,
    slug: str,
    days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = DEFAULT_DAYS,
) -> NewsletterRehearsal:
    """Scope `editions:read`. The news are those of the past weeks; nothing is stored or sent.

    The messages of the next twelve editions are rendered and have a size.
    """
    with running.begin() as session:
        _authorise(request, session, now, running)
    # Messages are rendered while no transaction is open.
    found = rehearsal_to_json(
        rehearse(
            running.begin,
            public_url=running.settings.public_url,
            now=now,
            days=days,
            slug=slug,
            most_rendered=MOST_RENDERED,
        )
    )
    [part] = found["newsletters"]
    return NewsletterRehearsal.model_validate(
        {**found, **part, "notes": [*found["notes"], *part["notes"]]}
    )
