"""`crieur edition pin|drop|…`: an editor's work on the coming edition, from a terminal."""

from pathlib import Path

import pytest

from service.boot import Runtime
from service.cli.edition import app
from service.editions import curate
from service.editions.curate import EditedMeanwhile, Editor
from service.editions.find import get_edition
from service.editions.proposal import propose
from service.kit.clock import system_clock
from service.kit.errors import CrieurError, Invalid
from tests.audit_trail import audited
from tests.rooms.cli.conftest import Run
from tests.rooms.cli.drafts import a_coming_edition, headlines


def test_what_is_changed_in_a_terminal_is_in_the_edition_and_the_audit_trail(
    runtime: Runtime, run: Run
) -> None:
    """A script does the morning's routine; the trail says so as it does for the console."""
    draft, ids = a_coming_edition(runtime)
    one, two, match = ids.values()

    answers = [
        run(app, "order", draft, two, one),
        run(app, "drop", draft, one),
        run(app, "move", draft, two, "--section", "sport"),
        run(app, "rewrite", draft, match, "--title", "Le match"),
        run(app, "pin", draft, match),
    ]

    assert [each.exit_code for each in answers] == [0] * 5
    assert answers[1].stdout == f"1 article is dropped from edition {draft}.\n"
    assert headlines(runtime, draft) == [("Sport", "Deux"), ("Sport", "Le match")]
    assert audited(runtime.begin) == [
        ("edition.article_moved", {"edition_id": draft}),
        ("edition.article_dropped", {"edition_id": draft, "article_id": one}),
        ("edition.article_moved", {"edition_id": draft, "article_id": two}),
        ("edition.article_rewritten", {"edition_id": draft, "article_id": match}),
        ("edition.article_pinned", {"edition_id": draft, "article_id": match}),
    ]
    run(app, "restore", draft, one, two, match)
    assert headlines(runtime, draft) == [
        ("Politique", "Un"),
        ("Politique", "Deux"),
        ("Sport", "Un match"),
    ]


def test_of_several_articles_all_are_changed_or_none(runtime: Runtime, run: Run) -> None:
    """A mistyped number must not leave half of a change behind."""
    draft, ids = a_coming_edition(runtime)

    refused = run(app, "drop", draft, ids["Un"], 4711)

    assert str(refused.exception) == "There is no article 4711: see 'crieur article list'."
    assert len(headlines(runtime, draft)) == 3
    assert audited(runtime.begin) == []


def test_a_headline_is_rewritten_and_its_summary_stays(runtime: Runtime, run: Run) -> None:
    """Who corrects one of the two has not looked at the other."""
    draft, ids = a_coming_edition(runtime)
    run(app, "rewrite", draft, ids["Un"], "--title", "Premier", "--summary", "Court.")

    run(app, "rewrite", draft, ids["Un"], "--title", "")

    with runtime.begin() as session:
        [first, *_] = propose(session, draft, now=system_clock()).articles
    assert (first.title, first.summary) == ("Un", "Court.")


def test_texts_come_from_options_files_and_standard_input(
    runtime: Runtime, run: Run, tmp_path: Path
) -> None:
    """An introduction has paragraphs, which nobody types into a shell."""
    draft, _ = a_coming_edition(runtime)
    (tmp_path / "fin.txt").write_text("À demain.\n", "utf-8")

    run(
        app,
        *("text", draft, "--subject", "Ce matin", "--introduction", "-"),
        *("--sign-off", f"@{tmp_path / 'fin.txt'}"),
        stdin=b"Bonjour.\n\nIl fait jour.\n",
    )
    cleared = run(app, "text", draft, "--subject", "")

    assert cleared.exit_code == 0
    with runtime.begin() as session:
        text = propose(session, draft, now=system_clock()).text
    assert (text.subject, text.introduction, text.sign_off) == (
        None,
        "Bonjour.\n\nIl fait jour.",
        "À demain.",
    )
    assert [event for event, _ in audited(runtime.begin)] == ["edition.text_written"] * 2


@pytest.mark.parametrize("words", [["text"], ["rewrite", 1]], ids=str)
def test_without_a_text_nothing_is_counted_as_a_change(
    runtime: Runtime, run: Run, words: list[object]
) -> None:
    """It would withdraw an approval for nothing."""
    draft, _ = a_coming_edition(runtime)

    refused = run(app, words[0], draft, *words[1:])

    assert isinstance(refused.exception, Invalid)
    assert str(refused.exception).startswith("No text was named, so nothing was changed")
    with runtime.begin() as session:
        assert get_edition(session, draft).curation_version == 0


def test_a_script_that_names_its_version_overwrites_no_editor(runtime: Runtime, run: Run) -> None:
    """What it has read may be another edition by the time it writes."""
    draft, ids = a_coming_edition(runtime)
    with runtime.begin() as session:
        curate.drop(session, draft, ids["Un"], Editor(), now=system_clock())

    refused = run(app, "pin", draft, ids["Un"], "--if-version", 0)
    done = run(app, "pin", draft, ids["Un"], ids["Deux"], "--if-version", 1)

    assert isinstance(refused.exception, EditedMeanwhile)
    assert done.exit_code == 0
    assert len(headlines(runtime, draft)) == 3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["move", 1, "--section", "Chats"], "Chats"),
        (["order", 4711], "There is no article 4711"),
        (["text", "--sponsor-url", "javascript:1"], "https://"),
    ],
    ids=str,
)
def test_wrong_words_get_a_sentence(
    runtime: Runtime, run: Run, words: list[object], sentence: str
) -> None:
    """It says what to do; a stack trace says nothing to an editor."""
    draft, _ = a_coming_edition(runtime)

    refused = run(app, words[0], draft, *words[1:])

    assert isinstance(refused.exception, CrieurError)
    assert sentence in str(refused.exception)
    assert audited(runtime.begin) == []
