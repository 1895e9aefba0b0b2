"""The test of two subjects for publishers' systems: set it, remove it, decide it."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from service.delivery.workflow import subject_tests
from service.editions.curate import Editor
from service.editions.subject_test import clear_subject_test, set_subject_test
from service.editions.subject_test_rules import (
    LEAST_PERCENT,
    LONGEST_WAIT,
    MOST_PERCENT,
    SHORTEST_WAIT,
    SUBJECT_LENGTH,
    SUBJECTS_BY_NAME,
    Measure,
    SubjectTestPlan,
)
from service.web.api.api_key_auth import BEARER
from service.web.api.edition_calls import (
    CHANGED,
    DECIDED,
    EditionNumber,
    Writing,
    require_seen,
    with_example,
)
from service.web.api.edition_content import show_content
from service.web.api.edition_models import EditionContent
from service.web.api.preconditions import IfMatch

router = APIRouter(prefix="/api/v1", tags=["editions"])

_MINUTE = timedelta(minutes=1)


def _storable(given: str) -> str:
    if "\0" in given:
        raise PydanticCustomError("unstorable", "a character that cannot be stored")
    return given


class SubjectTestBody(BaseModel):
    """A second subject, and how it is tested against the edition's own."""

    model_config = ConfigDict(extra="forbid")

    second_subject: Annotated[
        str, Field(min_length=1, max_length=SUBJECT_LENGTH), AfterValidator(_storable)
    ]
    sample_percent: int = Field(
        default=20, ge=LEAST_PERCENT, le=MOST_PERCENT, description="Half of it for each subject."
    )
    wait_minutes: int = Field(
        default=60,
        ge=SHORTEST_WAIT // _MINUTE,
        le=LONGEST_WAIT // _MINUTE,
        description="At most half of the time that the newsletter's news is valid.",
    )
    measure: Measure = Field(
        default=Measure.CLICKS, description="Opens only where the newsletter allows it."
    )


class SubjectDecision(BaseModel):
    """Which subject goes to the other readers: one of the two, or the better one."""

    model_config = ConfigDict(extra="forbid")

    winner: Literal["better", "first", "second"] = "better"


@router.put(
    "/editions/{edition}/subject-test",
    summary="Test a second subject with a sample of the readers",
    responses=CHANGED,
    openapi_extra=with_example({"second_subject": "Le port reprend", "sample_percent": 20}),
)
def replace_subject_test(
    call: Writing,
    edition: EditionNumber,
    wanted: SubjectTestBody,
    response: Response,
    if_match: IfMatch = None,
) -> EditionContent:
    """Scope `editions:write`. The better subject goes to the others; no reader gets it twice."""
    require_seen(call, edition, if_match)
    plan = SubjectTestPlan(
        second_subject=wanted.second_subject,
        sample_percent=wanted.sample_percent,
        wait=wanted.wait_minutes * _MINUTE,
        measure=wanted.measure,
    )
    set_subject_test(call.session, edition, plan, Editor(), now=call.now)
    call.record("edition.subject_test_set", edition_id=edition)
    return show_content(call, edition, response)


@router.delete(
    "/editions/{edition}/subject-test",
    summary="Send an edition with its one subject",
    responses=CHANGED,
    openapi_extra=BEARER,
)
def remove_subject_test(
    call: Writing, edition: EditionNumber, response: Response, if_match: IfMatch = None
) -> EditionContent:
    """Scope `editions:write`. Before the edition's slot, or while it is held."""
    require_seen(call, edition, if_match)
    clear_subject_test(call.session, edition, Editor(), now=call.now)
    call.record("edition.subject_test_cleared", edition_id=edition)
    return show_content(call, edition, response)


@router.post(
    "/editions/{edition}/subject-test/decide",
    summary="Decide a running subject test before its time",
    responses=DECIDED,
    openapi_extra=with_example({"winner": "better"}),
)
def decide_subject_test(
    call: Writing, edition: EditionNumber, decision: SubjectDecision, response: Response
) -> EditionContent:
    """Scope `editions:write`. The other readers get the winner now."""
    subject_tests.decide(
        call.session, edition, winner=SUBJECTS_BY_NAME.get(decision.winner), now=call.now
    )
    call.record("edition.subject_decided", edition_id=edition)
    return show_content(call, edition, response)
