"""What the console says of a database that no mail may leave."""

import pytest
from sqlalchemy import text

from service.accounts import audit
from service.boot import Runtime
from service.delivery.guard import sending_guard
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import an_issue
from tests.rooms.web.signed_in import an_operator

RELEASE = "crieur sending enable"


@pytest.mark.parametrize("address", ["/console", "/console/editions", "/console/journal"])
def test_every_page_of_a_restored_copy_says_that_no_mail_leaves(
    runtime: Runtime, clock: FakeClock, address: str
) -> None:
    an_issue(runtime.begin, clock)
    browser = an_operator(runtime, locale="en")
    before = browser.get(address).text
    with runtime.begin() as session:
        session.execute(text("UPDATE home SET database = '5/16385'"))
    after = browser.get(address).text

    assert RELEASE not in before
    assert "This database is a copy, or was restored, so it sends nothing." in after
    assert RELEASE in after


def test_a_new_installation_says_nothing_of_copies(runtime: Runtime) -> None:
    page = an_operator(runtime).get("/console")

    assert page.status_code == 200
    assert RELEASE not in page.text


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_holds_and_releases_stand_in_the_journal(
    runtime: Runtime, clock: FakeClock, locale: str
) -> None:
    browser = an_operator(runtime, locale=locale)
    with runtime.begin() as session:
        sending_guard.disable_sending(session, now=clock())
        audit.record(session, None, "database.held", {}, now=clock())
        audit.record(session, None, "database.released", {"waiting": 2}, now=clock())

    page = browser.get("/console/journal")

    assert page.status_code == 200
    assert {"fr": "en route\u00a0: 2", "en": "on their way: 2"}[locale] in page.text
