"""Two subjects on the pages of an edition: set, followed, decided."""

import re

from sqlalchemy import text
from starlette.testclient import TestClient

from service.accounts.roles import Role
from service.boot import Runtime
from service.editions.find import get_edition
from service.editions.subject_test import SubjectTestDetails, find_subject_test
from service.editions.subject_test_rules import FIRST, SECOND, SubjectTestOutcome
from tests.audit_trail import audited
from tests.conftest import FakeClock
from tests.fakes.relay import Relay
from tests.rooms.delivery.harness import send, send_deps
from tests.rooms.web.console.test_prepare import furnish
from tests.rooms.web.signed_in import an_operator
from tests.subject_tests import a_tested_edition

FORM = {"version": 0, "second_subject": "Le port reprend", "sample": 20, "wait": 60}


def save(browser: TestClient, edition_id: int, **changes: object) -> str:
    path = f"/console/editions/{edition_id}/prepare/subject-test"
    with browser as signed_in:
        answer = signed_in.post(path, data={k: str(v) for k, v in (FORM | changes).items()})
        assert answer.status_code == 303, answer.text
        return signed_in.get(answer.headers["location"]).text


def refused(browser: TestClient, edition_id: int, *, status: int = 422, **changes: object) -> str:
    path = f"/console/editions/{edition_id}/prepare/subject-test"
    with browser as signed_in:
        answer = signed_in.post(path, data={k: str(v) for k, v in (FORM | changes).items()})
    assert answer.status_code == status, answer.text
    return answer.text


def stored(runtime: Runtime, edition_id: int) -> SubjectTestDetails | None:
    with runtime.begin() as session:
        return find_subject_test(session, edition_id)


def visits(runtime: Runtime, edition_id: int, *, subject: int, count: int) -> None:
    with runtime.begin() as session:
        session.execute(
            text(
                "INSERT INTO counted_visit (edition_id, subject, visitor) "
                "SELECT :edition, :subject, number::text FROM generate_series(1, :n) AS number"
            ),
            {"edition": edition_id, "subject": subject, "n": count},
        )


def test_an_editor_sets_a_test_and_removes_it(runtime: Runtime) -> None:
    draft_id = furnish(runtime)
    browser = an_operator(runtime, Role.EDITOR)

    assert (
        "trop peu de lecteurs pour un test"
        in browser.get(f"/console/editions/{draft_id}/prepare").text
    )
    page = save(browser, draft_id)
    found = stored(runtime, draft_id)
    save(browser, draft_id, version=1, second_subject="")

    assert 'value="Le port reprend"' in page
    assert found is not None
    assert found.plan.sample_percent == 20
    assert stored(runtime, draft_id) is None
    assert [event for event, _ in audited(runtime.begin)] == [
        "edition.subject_test_set",
        "edition.subject_test_cleared",
    ]


def test_a_limit_and_another_editors_change_are_said(runtime: Runtime) -> None:
    draft_id = furnish(runtime)
    browser = an_operator(runtime)

    assert "de 2 à 50" in refused(browser, draft_id, sample=90)
    assert "Le test dure de 15 à 720" in refused(browser, draft_id, wait="soon")
    assert "ne mesure pas les ouvertures" in refused(browser, draft_id, measure="opens")
    save(browser, draft_id)
    assert "entre-temps" in refused(browser, draft_id, version=0, status=409)


def test_what_was_typed_stays_where_it_is_refused(runtime: Runtime) -> None:
    """And is stored when it is sent again: the page has the version that is there now."""
    draft_id = furnish(runtime)
    browser = an_operator(runtime)
    save(browser, draft_id)

    page = refused(
        browser, draft_id, version=0, second_subject="Un autre", sample=30, wait=45, status=409
    )

    for name, value in (("second_subject", "Un autre"), ("sample", "30"), ("wait", "45")):
        assert re.search(rf'name="{name}"[^>]* value="{value}"', page), name
    assert 'name="version" value="1"' in page
    kept = stored(runtime, draft_id)
    assert kept is not None
    assert kept.plan.second_subject == "Le port reprend"
    with runtime.begin() as session:
        assert get_edition(session, draft_id).curation_version == 1


def test_opens_are_offered_where_the_newsletter_allows_them(runtime: Runtime) -> None:
    draft_id = furnish(runtime, measures_opens=True)
    browser = an_operator(runtime)

    assert 'value="opens"' in browser.get(f"/console/editions/{draft_id}/prepare").text


def test_a_running_test_is_shown_and_decided(runtime: Runtime, clock: FakeClock) -> None:
    issue = a_tested_edition(runtime.begin, clock)
    with Relay() as relay:
        send(issue, send_deps(runtime.begin, clock, relay.url))
    browser = an_operator(runtime, locale="en")
    here = f"/console/editions/{issue.edition_id}"

    page = browser.get(here).text
    answer = browser.post(f"{here}/subject-test", data={"winner": "second"})
    after = browser.get(here).text

    assert "testing two subjects, to be decided on" in page
    assert "Le port reprend" in page
    assert answer.headers["location"] == here
    found = stored(runtime, issue.edition_id)
    assert found is not None
    assert found.winner == SECOND
    assert "An operator chose the subject." in after
    assert "sent to the others" in after
    assert audited(runtime.begin)[-1][0] == "edition.subject_decided"
    again = browser.post(f"{here}/subject-test", data={"winner": "first"})
    assert "tests no subjects now" in browser.get(again.headers["location"]).text


def test_more_visitors_than_messages_are_doubted(runtime: Runtime, clock: FakeClock) -> None:
    issue = a_tested_edition(runtime.begin, clock)
    visits(runtime, issue.edition_id, subject=SECOND, count=300)
    browser = an_operator(runtime, locale="en")
    here = f"/console/editions/{issue.edition_id}"

    running = browser.get(here).text
    browser.post(f"{here}/subject-test", data={"winner": "better"})
    decided = browser.get(here).text

    assert "so the count is not believed" in running
    assert "the count is not believed, so the first subject was sent" in decided
    found = stored(runtime, issue.edition_id)
    assert found is not None
    assert (found.winner, found.outcome) == (FIRST, SubjectTestOutcome.DOUBTFUL)


def test_a_viewer_does_not_decide(runtime: Runtime, clock: FakeClock) -> None:
    issue = a_tested_edition(runtime.begin, clock)
    browser = an_operator(runtime, Role.VIEWER)
    here = f"/console/editions/{issue.edition_id}"

    assert browser.post(f"{here}/subject-test", data={"winner": "first"}).status_code == 403
    assert 'value="better"' not in browser.get(here).text
