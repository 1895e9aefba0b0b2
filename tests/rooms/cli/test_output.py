"""How commands show data: other people's words as they are, and nothing cut off."""

from datetime import timedelta

import pytest

from service.cli.output import format_duration, print_line, print_table


def test_words_in_brackets_and_colons_are_shown_as_they_stand(
    capsys: pytest.CaptureFixture[str],
) -> None:
    title = "[/b] en direct [live] :fire:"

    print_table(["[name]"], [(title,)])
    print_line(title)

    assert capsys.readouterr().out.count(title) == 2


def test_a_text_that_is_too_long_goes_on_below(capsys: pytest.CaptureFixture[str]) -> None:
    record = "p=" + "MIIBIjANBgkqhki" * 20

    print_table(["check", "what to do"], [("DKIM", record)])

    shown = capsys.readouterr().out
    assert record in "".join(shown.removesuffix("\n").replace("DKIM", "").split()[4:])
    assert "…" not in shown


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(days=1), "24 hours"),
        (timedelta(days=14), "14 days"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(milliseconds=1500), "1.5 seconds"),
    ],
)
def test_a_length_of_time_is_said_as_the_forms_say_it(span: timedelta, said: str) -> None:
    assert format_duration(span) == said
