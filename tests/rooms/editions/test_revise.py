"""When a frozen edition gets a revision, what changes in it, and what is told."""

import pytest
from sqlalchemy import text

from service.editions import control, revise
from service.editions.find import get_edition
from service.editions.locking import lock_edition
from service.kit.db import Begin
from service.kit.errors import NotFound
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import (
    an_issue,
    web_version_of,
)
from tests.rooms.delivery.sending.test_revision import carry_on, rename, take_back, title_of


def test_the_web_version_and_the_edition_tell_when_and_why(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    gone = title_of(begin, issue, 0)
    assert gone in web_version_of(begin, issue)
    was = web_version_of(begin, issue)

    take_back(begin, clock, issue, 0)

    page = web_version_of(begin, issue)
    assert gone not in page
    assert "Version 2, mercredi 8 février 2023" in page
    assert "un article a été retiré par la rédaction" in page
    assert "Version" not in was
    with begin() as session:
        edition = get_edition(session, issue.edition_id)
        (made,) = revise.list_revisions(session, issue.edition_id)
        assert (edition.revision, edition.rendered_revision, edition.section_mask) == (2, 2, 0b110)
        assert edition.subject == title_of(begin, issue, 1)
        assert (made.number, made.made_at, made.withdrawn, made.corrected) == (2, clock.now, 1, 0)


def test_a_headline_that_is_corrected_just_after_a_withdrawal_does_not_wait(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    take_back(begin, clock, issue, 1)
    carry_on(begin, clock, issue)
    clock.advance(seconds=5)
    rename(begin, clock, issue, 0, "Le titre corrigé")
    carry_on(begin, clock, issue)

    assert "Le titre corrigé" in web_version_of(begin, issue)


def test_a_headline_that_changes_all_the_time_is_corrected_once_a_minute(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    for number in range(3):
        rename(begin, clock, issue, 0, f"Titre {number}")
        clock.advance(seconds=5)
        carry_on(begin, clock, issue)
    with begin() as session:
        assert get_edition(session, issue.edition_id).revision == 2
        assert revise.due_revisions(session, now=clock.now) == []

    clock.advance(minutes=1)
    carry_on(begin, clock, issue)

    assert "Titre 2" in web_version_of(begin, issue)


def test_after_twenty_revisions_only_a_withdrawal_makes_one(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        session.execute(
            text(
                "INSERT INTO edition_revision (edition_id, number, made_at, withdrawn, corrected) "
                "VALUES (:id, 20, :now, 0, 1)"
            ),
            {"id": issue.edition_id, "now": clock.now},
        )
        lock_edition(session, issue.edition_id).revision = 20
        lock_edition(session, issue.edition_id).rendered_revision = 20
    clock.advance(minutes=5)
    rename(begin, clock, issue, 1, "Encore un titre")
    carry_on(begin, clock, issue)
    with begin() as session:
        assert revise.due_revisions(session, now=clock.now) == []

    take_back(begin, clock, issue, 0)

    with begin() as session:
        assert get_edition(session, issue.edition_id).revision == 21


def test_an_edition_that_was_cancelled_before_it_appeared_gets_no_page(
    begin: Begin, clock: FakeClock
) -> None:
    from service.editions import build

    issue = an_issue(begin, clock, produced=False)
    with begin() as session:
        build.select_articles(session, issue.edition_id, now=clock.now)
        build.freeze(session, issue.edition_id, now=clock.now)
        control.cancel(session, issue.edition_id, now=clock.now)

    take_back(begin, clock, issue, 0)

    with pytest.raises(NotFound):
        web_version_of(begin, issue)
    with begin() as session:
        assert revise.due_revisions(session, now=clock.now) == []
