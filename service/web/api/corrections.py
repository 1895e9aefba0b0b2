"""Corrections for publishers' systems: begin one, and see whom it goes to."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from service.editions import curate
from service.editions.curate import Editor
from service.editions.curated import TEXT_LENGTHS
from service.rendering.correction_text import begin_correction
from service.web.api.edition_calls import DECIDED, EditionNumber, Writing, with_example
from service.web.api.edition_content import show_content
from service.web.api.edition_models import EditionContent

router = APIRouter(prefix="/api/v1", tags=["editions"])


class CorrectionDraft(BaseModel):
    """Which revision is corrected, and the letter's own words; null is what is proposed."""

    model_config = ConfigDict(extra="forbid")

    revision: Annotated[int, Field(ge=2, le=9_999)] | None = Field(
        default=None, description="Readers of older ones get it; null is the latest."
    )
    subject: Annotated[str, Field(max_length=TEXT_LENGTHS["subject"])] | None = None
    introduction: Annotated[str, Field(max_length=TEXT_LENGTHS["introduction"])] | None = None


@router.post(
    "/editions/{edition}/corrections",
    summary="Begin a correction to those who got an older revision",
    status_code=201,
    responses=DECIDED,
    openapi_extra=with_example({"revision": 2, "introduction": "Nous avons fait une erreur."}),
)
def create_correction(
    call: Writing, edition: EditionNumber, wanted: CorrectionDraft, response: Response
) -> EditionContent:
    """Scope `editions:write`. Returns the draft of the correction, an edition of its own.

    `goes_to` counts its readers. `send` sends it; one that was begun before is continued.
    """
    correction_id = begin_correction(call.session, edition, number=wanted.revision, now=call.now)
    texts = {
        name: text
        for name, text in wanted.model_dump(include={"subject", "introduction"}).items()
        if text is not None
    }
    if texts:
        curate.write_text(call.session, correction_id, texts, Editor(), now=call.now)
    call.record("edition.correction_begun", edition_id=correction_id)
    return show_content(call, correction_id, response)
