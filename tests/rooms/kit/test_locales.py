"""The rules of each language, and what CLDR says of it."""

from datetime import date, time

import pytest

from service.kit.locales import LOCALES, PLURAL_CATEGORIES, RIGHT_TO_LEFT_MARK, rules_for

NB = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("code", "long", "short"),
    [
        ("fr", "mercredi 1er février 2023", "1er février 2023"),
        ("en", "Wednesday 1 February 2023", "1 February 2023"),
        ("pt", "quarta-feira, 1 de fevereiro de 2023", "1 de fevereiro de 2023"),
        ("ar", "الأربعاء 1 فبراير 2023", "1 فبراير 2023"),
    ],
)
def test_dates_are_written_as_the_language_does(code: str, long: str, short: str) -> None:
    day = date(2023, 2, 1)

    assert rules_for(code).write_long_date(day) == long
    assert rules_for(code).write_short_date(day) == short


@pytest.mark.parametrize(
    ("code", "at", "written"),
    [
        ("fr", time(7), f"7{NB}h"),
        ("fr", time(7, 5), f"7{NB}h{NB}05"),
        ("en", time(7), "07:00"),
        ("pt", time(19, 30), "19:30"),
        ("ar", time(7, 30), "07:30"),
    ],
)
def test_times_are_written_as_the_language_does(code: str, at: time, written: str) -> None:
    assert rules_for(code).write_time(at) == written


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("fr", "Awa, Yao et Fatou"),
        ("en", "Awa, Yao and Fatou"),
        ("pt", "Awa, Yao e Fatou"),
        ("ar", "Awa وYao وFatou"),
    ],
)
def test_lists_have_the_languages_conjunction(code: str, written: str) -> None:
    joined = rules_for(code).join(["Awa", "", "Yao", "Fatou"])

    assert joined.replace(RIGHT_TO_LEFT_MARK, "") == written
    assert rules_for(code).join(["Awa"]) == rules_for(code).mark("Awa")
    assert rules_for(code).join([]) == ""


@pytest.mark.parametrize(
    ("name", "marked"),
    [
        ("سلمى الحسن", "سلمى الحسن"),
        ("Awa Traoré", "Awa Traoré\u200f"),
        ("قمة (Cocoa 2026)", "قمة (Cocoa 2026)\u200f"),
        ("2026", "2026"),
        ("", ""),
    ],
)
def test_a_latin_name_in_arabic_does_not_take_the_number_after_it_along(
    name: str, marked: str
) -> None:
    """`Awa Traoré · 30 November` would show the day on the name's side of the dot."""
    assert rules_for("ar").mark(name) == marked
    assert rules_for("fr").mark(name) == name


@pytest.mark.parametrize(
    ("code", "every", "workdays", "two"),
    [
        ("fr", "tous les jours", "du lundi au vendredi", "le lundi et le jeudi"),
        ("en", "every day", "from Monday to Friday", "on Monday and Thursday"),
        (
            "pt",
            "todos os dias",
            "de segunda-feira a sexta-feira",
            "nestes dias: segunda-feira e quinta-feira",
        ),
        ("ar", "كل يوم", "من الاثنين إلى الجمعة", "أيام الاثنين والخميس"),
    ],
)
def test_days_of_a_schedule(code: str, every: str, workdays: str, two: str) -> None:
    rules = rules_for(code)

    assert rules.write_weekdays(range(1, 8)) == every
    assert rules.write_weekdays([1, 2, 3, 4, 5]) == workdays
    assert rules.write_weekdays([4, 1, 1]) == two


def test_plural_categories_are_those_of_cldr() -> None:
    arabic = rules_for("ar")

    assert [arabic.plural(count) for count in (0, 1, 2, 3, 11, 100)] == [
        "zero",
        "one",
        "two",
        "few",
        "many",
        "other",
    ]
    assert rules_for("fr").plural(0) == "one"
    assert rules_for("en").plural(0) == "other"
    for rules in LOCALES.values():
        assert {*rules.babel.plural_form.tags, "other"} <= PLURAL_CATEGORIES


def test_arabic_runs_from_right_to_left_and_is_not_spaced_out() -> None:
    arabic = rules_for("ar-MR")

    assert (arabic.direction, arabic.start, arabic.end) == ("rtl", "right", "left")
    assert arabic.is_cursive
    assert (rules_for("fr").direction, rules_for("fr").start) == ("ltr", "left")


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("fr", "12\N{NARROW NO-BREAK SPACE}500"),
        ("en", "12,500"),
        ("pt", f"12{NB}500"),
    ],
)
def test_numbers_have_the_languages_marks(code: str, number: str) -> None:
    assert rules_for(code).write_number(12500) == number


def test_only_typed_spaces_become_no_break_ones_and_only_in_french() -> None:
    line = "Élections : « qui ? » — https://example.org à 10:30"

    assert rules_for("fr").typeset(line) == (
        f"Élections{NB}: «{NB}qui{NB}?{NB}» — https://example.org à 10:30"
    )
    assert rules_for("en").typeset(line) == line


def test_an_unknown_language_is_written_as_french() -> None:
    assert rules_for("xx-YY").code == "fr"
