"""`crieur edition correction`, as an operator types it."""

import pytest

from service.boot import Runtime
from service.cli import edition
from service.editions.find import get_edition
from service.editions.lifecycle import EditionState
from tests.audit_trail import audited
from tests.conftest import FakeClock
from tests.rooms.cli.conftest import Run, told
from tests.rooms.delivery.harness import Issue, an_issue
from tests.rooms.delivery.sending.test_revision import carry_on
from tests.rooms.delivery.workflow.test_correction import revised_after_the_first


@pytest.fixture
def issue(runtime: Runtime, clock: FakeClock) -> Issue:
    """An edition of which the first reader has what was frozen, and the others do not."""
    return revised_after_the_first(runtime.begin, clock)


def test_it_is_begun_read_changed_and_sent_by_command(
    run: Run, runtime: Runtime, clock: FakeClock, issue: Issue
) -> None:
    said = run(edition.app, "correction", issue.edition_id).stdout
    (made,) = told(
        run(edition.app, "correction", issue.edition_id, "--text", "Nous avions tort.", "--json")
    )
    (shown,) = told(run(edition.app, "show", made["edition"], "--json"))
    letter = run(edition.app, "preview", made["edition"], "--format", "text").stdout
    run(edition.app, "send", made["edition"], "--no-wait")
    carry_on(
        runtime.begin,
        clock,
        Issue(edition_id=made["edition"], newsletter_id=issue.newsletter_id, readers={}),
    )

    about = [{"edition": issue.edition_id, "revision": 2}]
    assert f"Correction {made['edition']} goes to 1 reader. Nothing is sent yet." in said
    assert made == {
        "edition": made["edition"],
        "corrects": about,
        "goes_to": 1,
        "waits_for": [],
    }
    assert (shown["kind"], shown["goes_to"], shown["corrects"]) == ("correction", 1, about)
    assert "Nous avions tort." in letter
    assert "RECTIFICATIF" in letter
    with runtime.begin() as session:
        sent = get_edition(session, made["edition"])
    assert (sent.state, sent.readers) == (EditionState.SENDING, 1)
    assert ("edition.correction_begun", {"edition_id": made["edition"]}) in audited(runtime.begin)


def test_an_edition_that_was_never_revised_has_no_correction(
    run: Run, runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock)

    result = run(edition.app, "correction", issue.edition_id)

    assert "was never revised" in str(result.exception)
