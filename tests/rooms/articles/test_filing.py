"""A newsletter's rules decide in which section an article stands; the first that fits."""

import pytest

from service.articles.filing import By, Filer, Marks, Rule, Why, is_under

KEYS = {"politique": "politique", "economie": "economie", "eco": "economie", "sport": "sport"}
MARKS = Marks(
    categories=("À la une", "ÉCO", "Sport"),
    tags=("CAN 2025",),
    url="https://www.courrier.example/afrique/%C3%A9conomie/cacao-42",
    authors=("Awa Koné",),
    feed_id=7,
)


def filer(*rules: tuple[By, str, str | None]) -> Filer:
    return Filer(
        rules=[
            Rule(id=n, by=by, pattern=pattern, section=section)
            for n, (by, pattern, section) in enumerate(rules, start=1)
        ],
        keys=KEYS,
    )


def test_without_rules_the_first_category_that_is_a_section_files() -> None:
    filed = filer().file(MARKS)

    assert (filed.section, filed.why) == ("economie", Why.CATEGORY)


@pytest.mark.parametrize(
    ("by", "pattern"),
    [
        (By.CATEGORY, "a la UNE"),
        (By.TAG, "can-2025"),
        (By.TAG, "sport"),
        (By.AUTHOR, "AWA KONE"),
        (By.FEED, "7"),
        (By.PATH, "/afrique"),
        (By.PATH, "/*/economie/*"),
        (By.PATH, "https://courrier.example/afrique"),
    ],
)
def test_a_rule_that_fits_decides(by: By, pattern: str) -> None:
    filed = filer((by, pattern, "politique")).file(MARKS)

    assert (filed.section, filed.why, filed.rule_id) == ("politique", Why.RULE, 1)


def test_the_first_rule_that_fits_decides_and_may_leave_out() -> None:
    rules = filer(
        (By.AUTHOR, "Jean Brou", "sport"),
        (By.CATEGORY, "Sport", None),
        (By.PATH, "/", "politique"),
    )

    filed = rules.file(MARKS)

    assert (filed.section, filed.why, filed.rule_id) == (None, Why.LEFT_OUT, 2)


def test_the_feed_files_what_no_rule_does() -> None:
    marks = Marks(categories=("Sport",), feed_section="politique")

    assert filer().file(marks).why is Why.FEED


@pytest.mark.parametrize(
    ("marks", "why"),
    [(Marks(categories=("Horoscope",)), Why.UNKNOWN_CATEGORY), (Marks(), Why.NO_CATEGORY)],
)
def test_what_falls_through_says_why(marks: Marks, why: Why) -> None:
    filed = filer().file(marks)

    assert (filed.section, filed.why) == (None, why)


def test_a_path_ends_at_its_parts() -> None:
    assert is_under("https://c.example/eco/1", "/eco")
    assert not is_under("https://c.example/ecologie/1", "/eco")
    assert not is_under("https://autre.example/eco/1", "https://c.example/eco")
