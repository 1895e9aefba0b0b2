"""Ids on the command line: a number, or one sentence that says where the numbers are listed."""

import pytest
import typer

from service.cli import article, bounce, edition, feed, newsletter, suppression
from service.cli.id_argument import id_parser
from service.kit.errors import NotFound
from tests.rooms.cli.conftest import Run

LARGEST = 2**63 - 1


def test_a_number_is_accepted_up_to_the_largest_of_the_database() -> None:
    parse = id_parser("edition", "crieur edition list")

    assert [parse("12"), parse(" 7 "), parse(str(LARGEST))] == [12, 7, LARGEST]


@pytest.mark.parametrize("number", [str(LARGEST + 1), "9" * 23, "9" * 10_000])
def test_a_number_that_is_too_large_names_nothing(number: str) -> None:
    with pytest.raises(NotFound, match=r"There is no edition 9\d+: see 'crieur edition list'"):
        id_parser("edition", "crieur edition list")(number)


@pytest.mark.parametrize("word", ["", "abc", "1.5", "-1", "²", "٣", "1_000"])
def test_another_word_is_bad_usage(word: str) -> None:
    with pytest.raises(
        typer.BadParameter, match="A feed is named by its number: see 'crieur feed list'"
    ):
        id_parser("feed", "crieur feed list")(word)


@pytest.mark.parametrize(
    ("app", "words", "sentence"),
    [
        (edition.app, ["show", "abc"], "An edition is named by its number"),
        (edition.app, ["cancel", "abc"], "An edition is named by its number"),
        (edition.app, ["refusals", "abc"], "An edition is named by its number"),
        (suppression.app, ["confirm", "abc", "google"], "An edition is named by its number"),
        (feed.app, ["poll", "abc"], "A feed is named by its number"),
        (feed.app, ["remove", "abc"], "A feed is named by its number"),
        (article.app, ["withdraw", "abc"], "An article is named by its number"),
        (bounce.app, ["unsigned", "abc"], "A message is named by its number"),
        (newsletter.app, ["rules", "remove", "le-matin", "abc"], "A rule is named by its number"),
    ],
)
def test_each_command_with_an_id_says_where_to_look_it_up(
    run: Run, app: typer.Typer, words: list[str], sentence: str
) -> None:
    done = run(app, *words)

    assert (done.exit_code, done.stdout) == (2, "")
    assert sentence in " ".join(done.stderr.split())
