"""Where some articles stand in a newsletter."""

from service.articles import section_rules
from service.articles.placed_articles import find_placed
from service.articles.placement import RuleField
from service.kit.db import Begin
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock


def test_articles_are_found_in_their_sections_and_others_are_left_out(
    begin: Begin, clock: FakeClock
) -> None:
    with begin() as session:
        paper = a_newsletter(session, "Politique", "Sport", now=clock())
        section_rules.add_rule(
            session, paper, field=RuleField.TAG, pattern="urgent", section=None, is_breaking=True
        )
        match = an_article(session, "Sport", seen=clock()).id
        urgent = an_article(session, "Politique", seen=clock(), tags=["urgent"]).id
        strange = an_article(session, "Divers", seen=clock(), tags=["urgent"]).id
        an_article(session, "Sport", seen=clock())

        placed = find_placed(session, paper, [match, urgent, strange])

    assert {each.article.id: (each.section.name, each.is_breaking) for each in placed} == {
        match: ("Sport", False),
        urgent: ("Politique", True),
    }
