"""The command line's root: what goes wrong becomes a sentence and an exit code."""

import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from service.cli.daemons import child_environment_of
from service.cli.main import NOUNS, make_app
from service.config import Settings


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["article", "list", "--before", "9" * 30], 1, "crieur: A number is too large"),
        (["article", "show", "404"], 1, "crieur: There is no article 404"),
        (["article", "show", "abc"], 2, "An article is named by its number"),
        (["edition", "show", "9" * 23], 1, f"There is no edition {'9' * 23}: see 'crieur edition"),
        (["nonsense"], 2, "No such command"),
        (
            ["subscriber", "add", "a@example.org", "--newsletter", "n", "--frequency", "hourly"],
            2,
            "Invalid value for '--frequency': 'hourly' is not one of",
        ),
        (["web", "--listen", "nope"], 1, "crieur: --listen must be host:port"),
        (["web", "--listen", "127.0.0.1:99999"], 1, "crieur: --listen must be host:port"),
        (
            ["newsletter", "create", "n", "--from", "a@example.org", "--valid-hours", "nan"],
            1,
            "crieur: An edition stays valid between 5 minutes and 14 days.",
        ),
        (
            ["newsletter", "create", "n", "--from", "a@example.org", "--valid-hours", "1e30"],
            1,
            "crieur: An edition stays valid between 5 minutes and 14 days.",
        ),
    ],
)
def test_wrong_words_are_told_and_never_a_stack(
    settings: Settings, words: list[str], code: int, sentence: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "service", *words],
        env=child_environment_of(settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )

    assert ended.returncode == code
    assert sentence in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


@pytest.mark.parametrize("noun", [name for name, (path, _) in NOUNS.items() if ":app" in path])
def test_a_noun_lists_its_commands_with_whole_sentences(noun: str) -> None:
    shown = CliRunner().invoke(make_app(noun), [noun, "--help"])

    listed = shown.output.partition("Commands:")[2]
    assert listed.strip()
    assert "..." not in listed
    assert listed.rstrip().endswith(".")


def test_an_editions_commands_are_listed_as_it_meets_them() -> None:
    shown = CliRunner().invoke(make_app("edition"), ["edition", "--help"])

    words = (
        "build list coming show preview pin drop restore move order "
        "rewrite text subject-test hold approve send watch pause stop-press resume correction "
        "cancel ledger refusals resend"
    )
    found = re.findall(r"^  ([a-z-]+)  ", shown.output.partition("Commands:")[2], re.MULTILINE)
    assert found == words.split()
