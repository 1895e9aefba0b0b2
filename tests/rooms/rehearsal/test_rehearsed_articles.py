"""The articles of a rehearsed edition as its message would show them."""

from datetime import date, timedelta

from service.editions import curate, drafts
from service.editions.curate import Editor
from service.kit.db import Begin
from tests.builders import an_article
from tests.rooms.rehearsal.one_week import NOW, a_paper, first_edition, news_of_a_week


def test_a_copy_is_dated_like_an_article_that_comes(begin: Begin) -> None:
    """Under an edition of December no reader sees a date of November."""
    a_paper(begin)
    [first, *_] = news_of_a_week(begin)

    [copy] = first_edition(begin).articles

    assert (copy.article_id, copy.section, copy.is_copy) == (first, "Sport", True)
    assert copy.came_at == NOW + timedelta(hours=1) - timedelta(days=7)
    assert copy.frozen.published is not None
    assert copy.frozen.published.date() == date(2026, 11, 30)


def test_what_editors_have_rewritten_is_shown(begin: Begin) -> None:
    a_paper(begin)
    with begin() as session:
        article = an_article(session, "Sport", seen=NOW - timedelta(hours=1))
        [draft_id] = drafts.open_drafts(session, now=NOW)
        words = {"title": "Autrement"}
        curate.rewrite(session, draft_id, article.id, words, Editor(), now=NOW)

    [shown] = first_edition(begin).articles

    assert (shown.frozen.title, shown.frozen.publishers_title) == ("Autrement", article.title)
    assert shown.frozen.published == article.published_at
