"""What is pinned is in the edition, or the editor reads at once why it cannot be."""

from datetime import time, timedelta

import pytest

from service.editions import build, curate, drafts, plan
from service.editions.curate import Editor
from service.editions.proposal import propose
from service.kit.db import Begin
from service.kit.errors import Invalid
from service.newsletters import catalogue
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock

COMMAND = Editor()
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def draft_id(begin: Begin, clock: FakeClock) -> int:
    """The next edition of a newsletter with two sections."""
    with begin() as session:
        a_newsletter(session, "Politique", "Sport", now=clock(), days=EVERY_DAY, times=(time(7),))
        [found] = drafts.open_drafts(session, now=clock())
    return found


def pinned(begin: Begin, edition_id: int, article_id: int, clock: FakeClock) -> list[int]:
    with begin() as session:
        curate.pin(session, edition_id, article_id, COMMAND, now=clock())
        return [each.article.id for each in propose(session, edition_id, now=clock()).articles]


def test_what_the_series_has_carried_is_not_pinned_again(
    begin: Begin, clock: FakeClock, draft_id: int
) -> None:
    with begin() as session:
        article = an_article(session, "Sport", seen=clock() - MINUTE).id
        plan.send_draft(session, draft_id, now=clock())
        build.select_articles(session, draft_id, now=clock())
        [next_id] = drafts.open_drafts(session, now=clock())

    # In its own edition it stays pinned; the next one cannot have it.
    assert pinned(begin, draft_id, article, clock) == [article]
    with pytest.raises(Invalid, match=f"Article {article} is in edition {draft_id} of this series"):
        pinned(begin, next_id, article, clock)


def test_an_article_of_no_section_is_pinned_with_a_section_only(
    begin: Begin, clock: FakeClock, draft_id: int
) -> None:
    with begin() as session:
        article = an_article(session, "Mode", seen=clock() - 90 * timedelta(days=1)).id
        sport = catalogue.get(session, "le-matin").current_sections[1]

    with pytest.raises(Invalid, match=f"Article {article} belongs in none of the sections"):
        pinned(begin, draft_id, article, clock)
    with begin() as session:
        curate.move_to_section(session, draft_id, article, sport.id, COMMAND, now=clock())

    assert pinned(begin, draft_id, article, clock) == [article]


def test_a_withdrawn_article_is_not_pinned(begin: Begin, clock: FakeClock, draft_id: int) -> None:
    with begin() as session:
        article = an_article(session, "Sport", seen=clock() - MINUTE, withdrawn_at=clock()).id

    with pytest.raises(Invalid, match=f"Article {article} is withdrawn"):
        pinned(begin, draft_id, article, clock)
