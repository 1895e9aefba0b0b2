"""A newsletter's section rules: what may be one, in which order they stand, what they do."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from service.articles import section_rules
from service.articles.feeds.poll import add_feed
from service.articles.placement import PlacementReason, RuleField
from service.kit.db import Begin
from service.kit.errors import Conflict, Invalid, NotFound
from service.newsletters.details import NewsletterDetails
from tests.builders import a_newsletter, an_article

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)


@pytest.fixture
def session(begin: Begin) -> Iterator[Session]:
    with begin() as opened:
        yield opened


@pytest.fixture
def paper(session: Session) -> NewsletterDetails:
    return a_newsletter(session, "Politique", "Sport", now=NOW)


def patterns(session: Session, paper: NewsletterDetails) -> list[str]:
    return [rule.pattern for rule in section_rules.list_rules(session, paper)]


def add_tags(session: Session, paper: NewsletterDetails, *tags: str) -> list[int]:
    return [
        section_rules.add_rule(session, paper, field=RuleField.TAG, pattern=tag, section="sport")
        for tag in tags
    ]


def test_a_rule_is_added_last_or_where_it_was_asked_for(
    session: Session, paper: NewsletterDetails
) -> None:
    add_tags(session, paper, "un", "deux")

    for pattern, place in (("first", 1), ("second", 2), ("last", 99), ("zero", -3)):
        section_rules.add_rule(
            session, paper, field=RuleField.TAG, pattern=pattern, section=None, place=place
        )

    assert patterns(session, paper) == ["zero", "first", "second", "un", "deux", "last"]


@pytest.mark.parametrize(
    ("moved", "by", "order"),
    [
        (0, 1, ["deux", "un", "trois"]),
        (2, -1, ["un", "trois", "deux"]),
        (0, 9, ["deux", "trois", "un"]),
        (2, -9, ["trois", "un", "deux"]),
    ],
)
def test_a_rule_is_moved_no_further_than_to_an_end(
    session: Session, paper: NewsletterDetails, moved: int, by: int, order: list[str]
) -> None:
    ids = add_tags(session, paper, "un", "deux", "trois")

    section_rules.move_rule(session, paper, ids[moved], by=by)

    assert patterns(session, paper) == order


def test_a_removed_rule_leaves_the_others_in_their_order(
    session: Session, paper: NewsletterDetails
) -> None:
    first, second, _third = add_tags(session, paper, "un", "deux", "trois")

    section_rules.remove_rule(session, paper, second)
    section_rules.move_rule(session, paper, first, by=1)

    assert patterns(session, paper) == ["trois", "un"]


def test_a_section_is_found_by_its_name_slug_or_alias_in_any_case(
    session: Session, paper: NewsletterDetails
) -> None:
    section_rules.add_rule(
        session, paper, field=RuleField.TAG, pattern=" CAN  25 ", section="SPORT"
    )

    (rule,) = section_rules.list_rules(session, paper)

    assert (rule.field, rule.pattern, rule.section) == (RuleField.TAG, "CAN 25", "sport")
    with pytest.raises(Invalid, match="no section “Météo”: it has Politique and Sport"):
        section_rules.section_by_name(paper, "Météo")


@pytest.mark.parametrize(
    ("field", "pattern"),
    [
        (RuleField.TAG, "  "),
        (RuleField.TAG, "x" * 201),
        (RuleField.CATEGORY, "…"),
        (RuleField.AUTHOR, "--"),
        (RuleField.PATH, "economie"),
        (RuleField.FEED, "7"),
        (RuleField.FEED, "x"),
    ],
)
def test_a_pattern_that_can_match_nothing_is_refused(
    session: Session, paper: NewsletterDetails, field: RuleField, pattern: str
) -> None:
    with pytest.raises(Invalid):
        section_rules.add_rule(session, paper, field=field, pattern=pattern, section=None)

    assert patterns(session, paper) == []


def test_a_rule_for_a_feed_names_one_of_the_newsletters_own(
    session: Session, paper: NewsletterDetails
) -> None:
    feed_id = add_feed(session, "https://courrier.example/flux", newsletter_id=paper.id, now=NOW)

    section_rules.add_rule(
        session, paper, field=RuleField.FEED, pattern=str(feed_id), section="sport"
    )

    assert patterns(session, paper) == [str(feed_id)]


def test_the_same_rule_twice_and_one_too_many_are_refused(
    session: Session, paper: NewsletterDetails
) -> None:
    add_tags(session, paper, *(str(number) for number in range(section_rules.MAX_RULES - 1)))

    with pytest.raises(Conflict, match="remove it first"):
        add_tags(session, paper, "7")
    add_tags(session, paper, "the last")
    with pytest.raises(Conflict, match="200 rules"):
        add_tags(session, paper, "one more")


def test_a_rule_of_another_newsletter_is_not_found(
    session: Session, paper: NewsletterDetails
) -> None:
    other = a_newsletter(session, "Sport", now=NOW, slug="le-soir")
    (foreign,) = add_tags(session, other, "un")

    with pytest.raises(NotFound):
        section_rules.remove_rule(session, paper, foreign)
    with pytest.raises(NotFound):
        section_rules.move_rule(session, paper, foreign, by=1)


def test_a_preview_says_where_recent_news_stands_and_why(
    session: Session, paper: NewsletterDetails
) -> None:
    an_article(session, "Sport", seen=NOW, title="Un match", tags=["CAN"])
    an_article(session, "Météo", seen=NOW, title="Un orage", tags=["ciel"])
    an_article(session, "Sport", seen=NOW - timedelta(days=9), title="Un vieux match")
    section_rules.add_rule(session, paper, field=RuleField.TAG, pattern="can", section="politique")

    found = section_rules.preview_placements(session, paper, since=NOW - timedelta(days=1))

    placed = {each.title: (each.placement.section, each.placement.reason) for each in found}
    assert placed["Un match"] == ("politique", PlacementReason.RULE)
    assert placed["Un orage"][0] is None
    assert "Un vieux match" not in placed
