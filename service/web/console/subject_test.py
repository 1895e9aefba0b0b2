"""The test of two subjects: set on the page where an edition is prepared, decided on its own."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BeforeValidator, Field

from service.delivery.workflow import subject_tests
from service.editions.curate import EditedMeanwhile, Editor
from service.editions.find import get_edition
from service.editions.subject_test import clear_subject_test, set_subject_test
from service.editions.subject_test_rules import (
    SUBJECT_LENGTH,
    SUBJECTS_BY_NAME,
    Measure,
    SubjectTestPlan,
)
from service.kit.errors import Conflict, Invalid
from service.web.console.auth import EditPermission, SendPermission
from service.web.console.form_model import FormModel, RowNumber
from service.web.console.form_values import PostedForm
from service.web.console.prepare import RefusedTest, prepare_page

router = APIRouter()
HOME = "/console/editions"


class SubjectTestForm(FormModel):
    """The fields of a test, and which version of the edition the page has shown."""

    version: RowNumber
    second_subject: Annotated[str, Field(max_length=SUBJECT_LENGTH)] = ""
    sample: RowNumber = 0
    wait: RowNumber = 0
    # Empty where the page offers no choice.
    measure: Annotated[Measure, BeforeValidator(lambda text: text or Measure.CLICKS)]


class DecisionForm(FormModel):
    """Which subject goes to the others: one of the two, or the better one."""

    winner: Literal["first", "second", "better"]


@router.post("/editions/{edition_id}/prepare/subject-test")
def save_subject_test(console: EditPermission, edition_id: int, typed: PostedForm) -> Response:
    """Store the test, or remove it if the second subject is empty."""
    here = f"{HOME}/{edition_id}/prepare"
    form = SubjectTestForm.parse(typed)
    editor = Editor(operator_id=console.me.operator_id, seen=form.version)
    is_set = bool(form.second_subject.strip())
    try:
        with console.session.begin_nested():
            if is_set:
                set_subject_test(console.session, edition_id, _plan(form), editor, now=console.now)
            else:
                clear_subject_test(console.session, edition_id, editor, now=console.now)
    except (EditedMeanwhile, Invalid) as refused:
        # What was typed stays, and is stored when it is sent again.
        return prepare_page(
            console,
            get_edition(console.session, edition_id),
            refused_test=RefusedTest(typed=typed, error=refused),
            status=refused.status,
        )
    except Conflict as refused:
        return console.redirect_refused(f"{here}#subject-test", refused)
    event = "edition.subject_test_set" if is_set else "edition.subject_test_cleared"
    console.record(event, edition_id=edition_id)
    done = "set" if is_set else "cleared"
    return console.redirect(f"{here}#subject-test", f"console.subject_test.done.{done}")


@router.post("/editions/{edition_id}/subject-test")
def decide_subject_test(console: SendPermission, edition_id: int, typed: PostedForm) -> Response:
    """Decide a running test before its time."""
    here = f"{HOME}/{edition_id}"
    form = DecisionForm.parse(typed)
    try:
        with console.session.begin_nested():
            subject_tests.decide(
                console.session,
                edition_id,
                winner=SUBJECTS_BY_NAME.get(form.winner),
                now=console.now,
            )
    except Conflict as refused:
        return console.redirect_refused(here, refused)
    console.record("edition.subject_decided", edition_id=edition_id)
    return console.redirect(here, "console.subject_test.done.decided")


def _plan(form: SubjectTestForm) -> SubjectTestPlan:
    return SubjectTestPlan(
        second_subject=form.second_subject,
        sample_percent=form.sample,
        wait=timedelta(minutes=min(form.wait, 10_000)),
        measure=form.measure,
    )
