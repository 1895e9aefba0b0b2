from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.rendering.locale_format import (
    format_long_date,
    format_short_date,
    format_time,
    format_weekdays,
    join_names,
    shorten,
    typeset,
    typeset_lines,
    wrap,
)


@pytest.mark.parametrize(
    ("day", "locale", "text"),
    [
        (date(2023, 2, 6), "fr", "lundi 6 février 2023"),
        (date(2023, 2, 1), "fr_CI", "mercredi 1er février 2023"),
        (date(2023, 5, 21), "fr", "dimanche 21 mai 2023"),
        (date(2023, 2, 6), "en", "Monday 6 February 2023"),
        (date(2023, 2, 1), "en-GB", "Wednesday 1 February 2023"),
        (date(2023, 8, 1), "pt", "terça-feira, 1 de agosto de 2023"),
        (date(2023, 8, 1), "de", "mardi 1er août 2023"),
    ],
    ids=str,
)
def test_dates_are_written_as_in_the_paper(day: date, locale: str, text: str) -> None:
    assert format_long_date(day, locale) == text


def test_a_short_date_has_no_weekday() -> None:
    assert format_short_date(date(2023, 2, 1), "fr") == "1er février 2023"
    assert format_short_date(date(2023, 2, 11), "fr") == "11 février 2023"
    assert format_short_date(date(2023, 2, 1), "en") == "1 February 2023"


def test_names_are_joined_with_the_languages_and() -> None:
    names = ["Awa Koné", "Yao N’Dri", "Fatou Diallo"]

    assert join_names(names, "fr") == "Awa Koné, Yao N’Dri et Fatou Diallo"
    assert join_names(names[:2], "en") == "Awa Koné and Yao N’Dri"
    assert join_names(names[:1], "fr") == "Awa Koné"
    assert join_names([], "fr") == ""


@pytest.mark.parametrize(
    ("days", "french", "english"),
    [
        ([1, 2, 3, 4, 5, 6, 7], "tous les jours", "every day"),
        ([1, 2, 3, 4, 5], "du lundi au vendredi", "from Monday to Friday"),
        ([4, 1], "le lundi et le jeudi", "on Monday and Thursday"),
        ([6, 7], "le samedi et le dimanche", "on Saturday and Sunday"),
        ([7], "le dimanche", "on Sunday"),
    ],
    ids=str,
)
def test_weekdays_read_as_a_person_says_them(days: list[int], french: str, english: str) -> None:
    assert format_weekdays(days, "fr") == french
    assert format_weekdays(days, "en") == english


def test_hours_are_written_the_countrys_way() -> None:
    assert format_time(time(7), "fr") == "7\u00a0h"
    assert format_time(time(18, 5), "fr") == "18\u00a0h\u00a005"
    assert format_time(time(7), "en") == "07:00"


def test_french_spaces_before_signs_do_not_break_and_none_are_invented() -> None:
    assert typeset("Quoi ? « Rien » : non !", "fr") == (
        "Quoi\u00a0? «\u00a0Rien\u00a0»\u00a0: non\u00a0!"
    )
    assert typeset("https://echo.example à 10:30", "fr") == "https://echo.example à 10:30"
    assert typeset("Really ? Yes", "en") == "Really ? Yes"
    assert typeset(" a\r\n\tb\x00\x1bc\ud800 ", "fr") == "a bc"


@given(st.text(max_size=200), st.integers(min_value=1, max_value=80))
def test_shortened_text_never_exceeds_its_limit(text: str, limit: int) -> None:
    short = shorten(text, limit)

    assert len(short) <= limit
    assert short == text or short.endswith("…")


def test_text_is_cut_between_words_without_a_dangling_comma() -> None:
    assert shorten("Le ministre, dit-il, part demain", 21) == "Le ministre, dit-il…"


def test_wrapped_lines_leave_addresses_whole() -> None:
    address = "https://echo.example/" + "x" * 90

    lines = wrap(f"mot {'mot ' * 40}{address}", "  ", "* ").splitlines()

    assert lines[0].startswith("* mot")
    assert lines[-1] == f"  {address}"
    assert all(len(line) <= 76 for line in lines[:-1])


def test_an_address_keeps_its_lines() -> None:
    typed = "Le Courrier\r\n  12 rue des Jardins\n\n\x07Abidjan : Plateau\n"

    assert typeset_lines(typed, "fr") == "Le Courrier\n12 rue des Jardins\nAbidjan\u00a0: Plateau"
