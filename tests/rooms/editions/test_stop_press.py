"""Stop press changes what is out at once, by the words that an operator has corrected."""

import pytest
from sqlalchemy import select

from service.editions import curate, plan, stop_press
from service.editions.curate import Editor
from service.editions.find import edition_articles, get_edition
from service.editions.tables import EditionArticle, RevisedArticle
from service.jobs import outbox
from service.kit.db import Begin
from service.kit.errors import Conflict
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import Issue, an_issue, web_version_of
from tests.rooms.delivery.sending.test_revision import articles, carry_on, rename, title_of


def revisions_made(begin: Begin, issue: Issue) -> int:
    with begin() as session:
        return get_edition(session, issue.edition_id).revision


def test_a_corrected_summary_makes_a_revision_and_rings_for_the_edition(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    article = articles(begin, issue)[0]
    with begin() as session:
        outbox.dequeue_due(session, now=clock.now)
        done = stop_press.correct_article(session, article, summary="Sans chiffres", now=clock.now)
        rung = [(bell.job, bell.args) for bell in outbox.dequeue_due(session, now=clock.now)]
    carry_on(begin, clock, issue)

    assert done
    assert ("build_edition", {"edition_id": issue.edition_id}) in rung
    assert revisions_made(begin, issue) == 2
    assert "Sans chiffres" in web_version_of(begin, issue)
    carry_on(begin, clock, issue)
    assert revisions_made(begin, issue) == 2


def test_it_does_not_wait_for_the_pause_between_corrected_headlines(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    rename(begin, clock, issue, 1, "Un autre titre")
    carry_on(begin, clock, issue)
    clock.advance(seconds=5)
    with begin() as session:
        article = articles(begin, issue)[0]
        stop_press.correct_article(session, article, title="Le titre exact", now=clock.now)
    carry_on(begin, clock, issue)

    assert "Le titre exact" in web_version_of(begin, issue)


def test_what_an_editor_wrote_in_place_of_the_corrected_words_is_dropped(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, produced=False)
    with begin() as session:
        from service.editions import build

        build.select_articles(session, issue.edition_id, now=clock.now)
        article = edition_articles(session, issue.edition_id)[0].article.id
        texts = {"title": "Le titre de l'éditeur", "summary": "Le chapeau de l'éditeur"}
        curate.rewrite(session, issue.edition_id, article, texts, Editor(), now=clock.now)
    carry_on(begin, clock, issue)
    assert "Le titre de l&#39;éditeur" in web_version_of(begin, issue).replace("'", "&#39;")

    with begin() as session:
        stop_press.correct_article(session, article, title="Le titre exact", now=clock.now)
    carry_on(begin, clock, issue)

    page = web_version_of(begin, issue)
    assert "Le titre exact" in page
    assert "Le titre de l" not in page
    assert "Le chapeau de l" in page


def test_a_revision_keeps_which_article_it_changed_from_which_headline(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    first, second, _ = articles(begin, issue)
    was = title_of(begin, issue, 0)
    with begin() as session:
        stop_press.correct_article(session, first, title="Le titre exact", now=clock.now)
    carry_on(begin, clock, issue)
    gone = title_of(begin, issue, 1)
    with begin() as session:
        assert stop_press.withdraw_article(session, first, now=clock.now)
        assert stop_press.withdraw_article(session, second, now=clock.now)
        assert not stop_press.withdraw_article(session, second, now=clock.now)
    carry_on(begin, clock, issue)

    with begin() as session:
        kept = [
            (each.number, each.article_id, each.is_withdrawn, each.title)
            for each in session.scalars(
                select(RevisedArticle).order_by(RevisedArticle.number, RevisedArticle.article_id)
            )
        ]
    assert kept == [
        (2, first, False, was),
        (3, first, True, "Le titre exact"),
        (3, second, True, gone),
    ]


def test_the_same_words_change_nothing(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        article = articles(begin, issue)[0]
        title = title_of(begin, issue, 0)
        assert not stop_press.correct_article(session, article, title=title, now=clock.now)
        assert not session.scalar(select(EditionArticle.revise_now).limit(1))


def test_a_withdrawn_article_cannot_be_corrected(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        article = articles(begin, issue)[0]
        stop_press.withdraw_article(session, article, now=clock.now)
        with pytest.raises(Conflict):
            stop_press.correct_article(session, article, title="Trop tard", now=clock.now)


def test_an_edition_that_is_not_frozen_is_left_to_its_freeze(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        article = articles(begin, issue)[0]
        plan.plan_now(session, issue.newsletter_id, now=clock.now.replace(hour=23), held=True)
        stop_press.correct_article(session, article, title="Le titre exact", now=clock.now)
        marked = session.scalars(
            select(EditionArticle.edition_id).where(EditionArticle.revise_now)
        ).all()

    assert marked == [issue.edition_id]
