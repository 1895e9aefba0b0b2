"""An edition whose subject is tested, with enough readers to tell."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from service.delivery.workflow import advance
from service.editions import build, control, plan
from service.editions.curate import Editor
from service.editions.subject_test import SubjectTestDetails, find_subject_test, set_subject_test
from service.editions.subject_test_rules import Measure, SubjectTestPlan
from service.kit.db import Begin, Session
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import POST, Issue

PLAN = SubjectTestPlan(
    second_subject="Le port reprend",
    sample_percent=50,
    wait=timedelta(hours=1),
    measure=Measure.CLICKS,
)
READERS = """
    WITH made AS (
        INSERT INTO subscriber (address, address_key, created_at, time_zone)
        SELECT address, address, :now, :zone
        FROM (SELECT :name || number || '@example.org' AS address
              FROM generate_series(1, :count) AS number) AS addresses
        RETURNING id
    )
    INSERT INTO subscription (newsletter_id, subscriber_id, state, requested_at, confirmed_at,
                              section_mask)
    SELECT :newsletter_id, id, 'active', :now, :now, :mask FROM made
    """


def add_readers(
    session: Session,
    newsletter_id: int,
    count: int,
    *,
    clock: FakeClock,
    name: str = "r",
    zone: str | None = None,
    mask: int | None = None,
) -> None:
    """Store readers of a newsletter, in one statement."""
    values = {
        "newsletter_id": newsletter_id,
        "count": count,
        "now": clock.now,
        "name": name,
        "zone": zone,
        "mask": mask,
    }
    session.execute(text(READERS), values)


def a_tested_edition(
    begin: Begin,
    clock: FakeClock,
    *,
    readers: int = 400,
    is_sent: bool = True,
    newsletter: dict[str, Any] | None = None,
    **changes: Any,
) -> Issue:
    """Store an edition with a test, and carry it on until it is sending, or only planned."""
    with begin() as session:
        paper = a_newsletter(
            session, "Politique", "Culture", now=clock.now, slug="le-matin", **(newsletter or {})
        )
        for section in ("Politique", "Culture"):
            an_article(
                session,
                section,
                seen=clock.now - timedelta(minutes=30),
                title=f"Titre {section}",
                url=f"https://journal.example.org/{section.lower()}",
            )
        add_readers(session, paper.id, readers, clock=clock)
        edition_id = plan.plan_now(session, paper.id, now=clock.now, held=True).id
        build.select_articles(session, edition_id, now=clock.now)
        set_subject_test(session, edition_id, replace(PLAN, **changes), Editor(), now=clock.now)
    issue = Issue(edition_id=edition_id, newsletter_id=paper.id, readers={})
    if is_sent:
        release(begin, clock, issue)
    return issue


def release(begin: Begin, clock: FakeClock, issue: Issue) -> None:
    """Approve an edition and carry it on until it is sending."""
    with begin() as session:
        control.approve(session, issue.edition_id, now=clock.now)
    carry_on(begin, clock, issue)


def carry_on(begin: Begin, clock: FakeClock, issue: Issue) -> None:
    """Do what the builder does."""
    advance.advance_edition(begin, issue.edition_id, clock=clock, public_url=POST.public_url)


def the_test(begin: Begin, issue: Issue) -> SubjectTestDetails:
    """Return the test of an edition."""
    with begin() as session:
        found = find_subject_test(session, issue.edition_id)
    assert found is not None
    return found
