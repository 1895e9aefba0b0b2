"""What a correction is about, and when there is none to write."""

import pytest
from sqlalchemy import text

from service.editions import control, corrections, curate, manual, plan
from service.editions.corrections import RevisedHeadline
from service.editions.curate import Editor
from service.editions.find import get_edition
from service.editions.frozen import FrozenText
from service.editions.kind import EditionKind
from service.editions.read_models import EditionDetails
from service.kit.db import Begin
from service.kit.errors import Conflict, Invalid
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import Issue, an_issue
from tests.rooms.delivery.sending.test_revision import (
    articles,
    carry_on,
    rename,
    take_back,
    title_of,
)


def begin_for(begin: Begin, clock: FakeClock, issue: Issue, number: int | None = None) -> int:
    with begin() as session:
        return corrections.begin_correction(
            session, issue.edition_id, a_text, number=number, now=clock.now
        )


def a_text(_: EditionDetails, revised: object) -> FrozenText:
    return FrozenText(subject="Rectificatif", introduction="Une erreur.")


def test_a_draft_is_begun_once_for_a_revision(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    take_back(begin, clock, issue, 0)

    first, again = begin_for(begin, clock, issue), begin_for(begin, clock, issue, 2)
    with begin() as session:
        control.cancel(session, first, now=clock.now)
    other = begin_for(begin, clock, issue)

    assert first == again
    assert other != first
    with begin() as session:
        edition = get_edition(session, other)
        assert (edition.kind, edition.frequency) == (EditionKind.CORRECTION, None)
        assert edition.held_at == clock.now
        assert [each.id for each in corrections.list_corrections(session, issue.edition_id)] == [
            other
        ]


def test_its_writer_is_given_each_headline_as_it_was_and_as_it_is(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    first, second, _ = articles(begin, issue)
    was, gone = title_of(begin, issue, 0), title_of(begin, issue, 1)
    rename(begin, clock, issue, 0, "Le titre exact")
    take_back(begin, clock, issue, 1)
    given: list[RevisedHeadline] = []

    def write(_: EditionDetails, revised: object) -> FrozenText:
        given.extend(revised)  # type: ignore[arg-type]
        return FrozenText(subject="Rectificatif", introduction="Une erreur.")

    with begin() as session:
        corrections.begin_correction(session, issue.edition_id, write, now=clock.now)

    assert given == [
        RevisedHeadline(
            article_id=first, old_title=was, title="Le titre exact", is_withdrawn=False
        ),
        RevisedHeadline(article_id=second, old_title=gone, title=gone, is_withdrawn=True),
    ]


def test_it_is_about_every_later_revision_of_the_same_article(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    rename(begin, clock, issue, 0, "Un titre")
    carry_on(begin, clock, issue)
    take_back(begin, clock, issue, 1)
    take_back(begin, clock, issue, 0)

    made = begin_for(begin, clock, issue, 2)

    with begin() as session:
        rows = session.execute(
            text("SELECT edition_id, number, section_mask FROM corrected_revision ORDER BY number")
        ).all()
        about = corrections.corrected_editions(session, made)
        none = corrections.corrected_editions(session, issue.edition_id)
    assert [tuple(row) for row in rows] == [
        (issue.edition_id, 2, 0b001),
        (issue.edition_id, 4, 0b001),
    ]
    assert [each.as_dict() for each in about] == [{"edition": issue.edition_id, "revision": 4}]
    assert none == []


def test_without_a_revision_there_is_nothing_to_correct(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    with pytest.raises(Conflict):
        begin_for(begin, clock, issue)
    take_back(begin, clock, issue, 0)

    with pytest.raises(Invalid):
        begin_for(begin, clock, issue, 3)
    with begin() as session:
        session.execute(text("DELETE FROM revised_article"))
    with pytest.raises(Conflict):
        begin_for(begin, clock, issue)


def test_a_letter_takes_no_articles_and_does_not_go_out_without_words(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    take_back(begin, clock, issue, 0)
    made = begin_for(begin, clock, issue)
    article = articles(begin, issue)[1]

    with begin() as session, pytest.raises(Conflict):
        curate.pin(session, made, article, Editor(), now=clock.now)
    with begin() as session, pytest.raises(Conflict):
        curate.order(session, made, [article], Editor(), now=clock.now)
    with begin() as session:
        curate.write_text(session, made, {"introduction": " "}, Editor(), now=clock.now)
    with begin() as session, pytest.raises(Conflict):
        plan.send_draft(session, made, now=clock.now)


def test_a_correction_is_not_begun_without_its_revision(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    with begin() as session, pytest.raises(Invalid):
        manual.create_manually(session, issue.newsletter_id, EditionKind.CORRECTION, now=clock.now)
