"""The command line's root: what goes wrong becomes a sentence and an exit code."""

import subprocess
import sys

import pytest

from service.cli.daemons import child_environment_of
from service.config import Settings


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["article", "show", "9" * 30], 1, "crieur: A number is too large"),
        (["article", "show", "404"], 1, "crieur: There is no article 404"),
        (["article", "show", "abc"], 2, "Input should be a valid integer"),
        (["nonsense"], 2, "No such command"),
        (
            ["newsletter", "create", "n", "--from", "a@example.org", "--valid-hours", "nan"],
            1,
            "crieur: --valid-hours takes a number of hours",
        ),
        (
            ["newsletter", "create", "n", "--from", "a@example.org", "--valid-hours", "1e30"],
            1,
            "crieur: --valid-hours takes a number of hours",
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
