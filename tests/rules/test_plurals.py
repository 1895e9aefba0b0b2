"""“1 e-mails” stood on a page: a number in front of a noun needs both of its forms."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.kit.translations import Translations
from service.web import pages
from service.web.console.formatters import ConsoleFormatter
from tests.rules.code import ROOT, WORDING_FOLDERS

# A placeholder in front of a word: the word may have to change with it.
COUNTED = re.compile(r"\{(count|rate|most|done|readers|sessions|articles)\} (?=[^\W\d])")
INVARIABLE = {
    # Words that do not change with their number, or numbers that are never one.
    "console.dashboard.pending",
    "console.edition.rates_most",
    "console.edition.progress",
    # A password never has one character.
    "console.account.wrong.length",
    "console.link.password_hint",
    "operator.password_length",
    # An edition is stopped by three failures or twenty refusals; no message has one byte.
    "edition.failed.afterwards",
    "edition.failed.process",
    "edition.failed.repeatedly",
    "edition.refused.all",
    "edition.refused.all_so_far",
    "edition.refused.relay",
    "edition.refused.sender",
    "edition.refused.unknown",
    "edition.too_large_for_relay",
}
PLURAL = re.compile(r"\bplural\(\s*'([a-z_.]+)'")
SAID = re.compile(r"\bt\(\s*[\"']([a-z_.]+)[\"']")


@pytest.mark.parametrize("folder", WORDING_FOLDERS, ids=lambda path: str(path.parent.name))
@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_counts_something_has_a_singular(folder: Path, language: str) -> None:
    """A number in front of a word needs plural forms, unless the word is the same for all."""
    sentences = Translations.load(folder).catalogues[language]

    alone = {
        key
        for key, message in sentences.items()
        if isinstance(message, str) and COUNTED.search(message) and key not in INVARIABLE
    }
    assert alone == set()


def test_templates_count_by_plural() -> None:
    """A template that says a counted sentence by `t` would write the number plainly."""
    sentences = pages.wording().catalogues["en"]
    text = "\n".join(
        path.read_text("utf-8") for path in ROOT.glob("service/web/templates/console/**/*.j2")
    )

    counted = {key for key, message in sentences.items() if not isinstance(message, str)}
    assert len(counted) >= 9
    assert set(SAID.findall(text)) & counted == set()
    named = set(PLURAL.findall(text))
    # One that ends in a point is completed by a value, such as a fault.
    begun = {key for key in named if key.endswith(".")}
    assert named - begun <= counted
    assert all(any(key.startswith(start) for key in counted) for start in begun)


@pytest.mark.parametrize(
    ("language", "singular"),
    [("fr", {0, 1, 0.4, 1.04, 1.9}), ("en", {1, 1.04})],
)
def test_each_language_has_its_own_singular(language: str, singular: set[float]) -> None:
    say = ConsoleFormatter(language, datetime(2026, 1, 1, tzinfo=UTC))
    t = Translations({language: {"things": {"one": "{count} thing", "other": "{count} things"}}})
    speak = t.translator(language)
    counts = [0, 1, 2, 5000, 1_000_000, 0.4, 1.0, 1.04, 1.9, 2.0, 7.5, 5000.0]

    said = {count: speak("things", count=say.rounded(count)) for count in counts}

    assert {count for count, text in said.items() if text.endswith("thing")} == singular
    assert said[5000] == {"fr": "5\u202f000 things", "en": "5,000 things"}[language]
    assert said[7.5] == {"fr": "7,5 things", "en": "7.5 things"}[language]
    assert speak("things", count=say.rounded(None)) == "– things"


def test_commands_count_with_both_forms() -> None:
    """“1 readers are gone”, the terminal said; limits on a line with `limit` are never one."""
    counted = re.compile(r"\{(?!limit)[^{}]+:,\} (?:readers|addresses|mails|articles|editions)\b")
    found = {
        f"{path.name}: {line.strip()}"
        for path in (ROOT / "service/cli").glob("*.py")
        if path.name != "bench_output.py"
        for line in path.read_text("utf-8").splitlines()
        if counted.search(line)
    }

    assert found == set()
