"""A newsletter's rules decide in which section an article stands; the first that fits."""

from dataclasses import replace

import pytest

from service.articles.placement import (
    ArticleFacts,
    PlacementReason,
    PlacementRule,
    RuleField,
    SectionPlacer,
    is_under_path,
)

KEYS = {"politique": "politique", "economie": "economie", "eco": "economie", "sport": "sport"}
MARKS = ArticleFacts(
    categories=("À la une", "ÉCO", "Sport"),
    tags=("CAN 2025",),
    url="https://www.courrier.example/afrique/%C3%A9conomie/cacao-42",
    authors=("Awa Koné",),
    feed_id=7,
)


def placer(*rules: tuple[RuleField, str, str | None]) -> SectionPlacer:
    return SectionPlacer(
        rules=[
            PlacementRule(id=n, field=by, pattern=pattern, section=section)
            for n, (by, pattern, section) in enumerate(rules, start=1)
        ],
        section_by_key=KEYS,
    )


def test_without_rules_the_first_category_that_is_a_section_files() -> None:
    placement = placer().place(MARKS)

    assert (placement.section, placement.reason) == ("economie", PlacementReason.CATEGORY)


@pytest.mark.parametrize(
    ("by", "pattern"),
    [
        (RuleField.CATEGORY, "a la UNE"),
        (RuleField.TAG, "can-2025"),
        (RuleField.TAG, "sport"),
        (RuleField.AUTHOR, "AWA KONE"),
        (RuleField.FEED, "7"),
        (RuleField.PATH, "/afrique"),
        (RuleField.PATH, "/*/economie/*"),
        (RuleField.PATH, "https://courrier.example/afrique"),
    ],
)
def test_a_rule_that_fits_decides(by: RuleField, pattern: str) -> None:
    placement = placer((by, pattern, "politique")).place(MARKS)

    assert (placement.section, placement.reason, placement.rule_id) == (
        "politique",
        PlacementReason.RULE,
        1,
    )


def test_the_first_rule_that_fits_decides_and_may_leave_out() -> None:
    rules = placer(
        (RuleField.AUTHOR, "Jean Brou", "sport"),
        (RuleField.CATEGORY, "Sport", None),
        (RuleField.PATH, "/", "politique"),
    )

    placement = rules.place(MARKS)

    assert (placement.section, placement.reason, placement.rule_id) == (
        None,
        PlacementReason.LEFT_OUT,
        2,
    )


def test_the_feed_files_what_no_rule_does() -> None:
    facts = ArticleFacts(categories=("Sport",), feed_section="politique")

    assert placer().place(facts).reason is PlacementReason.FEED


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (ArticleFacts(categories=("Horoscope",)), PlacementReason.UNKNOWN_CATEGORY),
        (ArticleFacts(), PlacementReason.NO_CATEGORY),
    ],
)
def test_what_falls_through_says_why(facts: ArticleFacts, why: PlacementReason) -> None:
    placement = placer().place(facts)

    assert (placement.section, placement.reason) == (None, why)


def test_a_path_ends_at_its_parts() -> None:
    assert is_under_path("https://c.example/eco/1", "/eco")
    assert not is_under_path("https://c.example/ecologie/1", "/eco")
    assert not is_under_path("https://autre.example/eco/1", "https://c.example/eco")


def test_what_an_operator_has_filed_stays_before_every_rule() -> None:
    """Unless that section is gone: then the rules decide again."""
    rules = placer((RuleField.CATEGORY, "Sport", "sport"))

    filed = rules.place(replace(MARKS, refiled_key="politique"))
    gone = rules.place(replace(MARKS, refiled_key="meteo"))

    assert (filed.section, filed.reason) == ("politique", PlacementReason.REFILED)
    assert (gone.section, gone.reason) == ("sport", PlacementReason.RULE)


def test_a_rule_for_what_is_breaking_places_nothing_without_a_section() -> None:
    """It stands before the rule that places, and does not hide it."""
    breaking = PlacementRule(
        id=1, field=RuleField.TAG, pattern="urgent", section=None, is_breaking=True
    )
    places = PlacementRule(id=2, field=RuleField.TAG, pattern="foot", section="sport")
    placer = SectionPlacer(rules=[breaking, places], section_by_key={"sport": "sport"})
    match = ArticleFacts(tags=["Urgent", "Foot"])

    assert (placer.place(match).section, placer.place(match).rule_id) == ("sport", 2)
    assert placer.is_breaking(match)
    assert not placer.is_breaking(ArticleFacts(tags=["Foot"]))
    assert placer.place(ArticleFacts(tags=["urgent"])).section is None


def test_a_rule_may_place_and_call_breaking() -> None:
    """One that stands behind another one that places still calls it breaking."""
    first = PlacementRule(id=1, field=RuleField.TAG, pattern="foot", section="sport")
    both = PlacementRule(
        id=2, field=RuleField.TAG, pattern="finale", section="une", is_breaking=True
    )
    placer = SectionPlacer(rules=[first, both])
    facts = ArticleFacts(tags=["foot", "finale"])

    assert placer.place(facts).section == "sport"
    assert placer.is_breaking(facts)
