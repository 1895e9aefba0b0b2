"""The demonstration, once through, as `make demo ARGS=--once` runs it."""

import json
import subprocess
import sys

import pytest


@pytest.mark.timeout(480)
def test_the_whole_story_plays_and_its_books_balance() -> None:
    played = subprocess.run(
        [sys.executable, "-m", "service", "demo", "--once"],
        capture_output=True,
        text=True,
        check=False,
        timeout=460,
    )

    assert played.returncode == 0, played.stderr
    books = json.loads(played.stdout.splitlines()[-1])
    assert books["balanced"] is True
    assert books["pending"] == 0
    assert books["candidates"] == books["accepted"] + books["suppressed"]
    assert sum(edition["bounced"] for edition in books["editions"]) == 1
