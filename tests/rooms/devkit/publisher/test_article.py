"""An article of the local publisher is the same every time, and distinct from all others."""

from datetime import UTC, datetime

from service.devkit.publisher.article import (
    ADDED,
    ArticleDates,
    language_of,
    slug,
    write_article,
)
from service.devkit.publisher.story_files import load

DATES = ArticleDates(published=datetime(2023, 2, 8, 6, 0, tzinfo=UTC))


def test_two_articles_in_french_are_followed_by_one_in_english() -> None:
    assert [language_of(number) for number in range(6)] == ["fr", "fr", "en"] * 2


def test_stories_that_are_told_again_have_a_new_headline_each_time() -> None:
    french = load("fr")
    count = len(french.stories)
    first, again, third = (write_article(turn * count // 2 * 3, french, DATES) for turn in range(3))

    assert first == write_article(0, french, DATES)
    assert first.section == again.section == third.section
    assert again.title.endswith(first.title)
    assert len({first.title, again.title, third.title}) == 3


def test_an_update_adds_a_paragraph_and_a_withdrawal_is_the_last_change() -> None:
    english = load("en")
    updated, withdrawn = (datetime(2023, 2, 8, hour, 0, tzinfo=UTC) for hour in (7, 8))

    before = write_article(2, english, DATES)
    after = write_article(
        2,
        english,
        ArticleDates(published=DATES.published, updated=updated, withdrawn=withdrawn),
    )

    assert after.paragraphs == (*before.paragraphs, ADDED["en"])
    assert (before.changed, after.changed) == (DATES.published, withdrawn)
    assert before.path == after.path


def test_an_address_has_letters_figures_and_hyphens() -> None:
    assert slug("L’économie : à 100 % ?") == "l-economie-a-100"
    assert len(slug("mot " * 60)) <= 70
