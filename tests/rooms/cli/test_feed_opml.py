"""`crieur feed import|export`, as an operator types it."""

from pathlib import Path

import pytest

from service.boot import Runtime
from service.cli import feed
from tests.audit_trail import audited
from tests.builders import a_newsletter
from tests.rooms.cli.conftest import Run, told

FILE = """<opml version="2.0"><body><outline text="Économie">
<outline text="Eco" xmlUrl="https://courrier.example/eco"/></outline>
<outline text="Eco encore" xmlUrl="https://courrier.example/eco"/>
<outline text="Courriel" xmlUrl="mailto:redaction@courrier.example"/></body></opml>""".encode()


@pytest.fixture
def newsletter_id(runtime: Runtime) -> int:
    with runtime.begin() as session:
        return a_newsletter(session, "Économie", now=runtime.clock()).id


def test_a_dry_run_says_what_an_import_then_does(
    run: Run, runtime: Runtime, newsletter_id: int
) -> None:
    """What is not imported is on stderr with its line; a refused address makes the status 1."""
    command = (feed.app, "import", "-", "--newsletter", "le-matin")

    looked = run(*command, "--dry-run", stdin=FILE)
    before = run(feed.app, "list").stdout
    done = run(*command, stdin=FILE)

    (listed,) = told(run(feed.app, "list", "--json"))
    assert (looked.exit_code, done.exit_code) == (1, 1)
    assert "1 feed would be imported" in looked.stdout
    assert "line 2: https://courrier.example/eco in economie" in looked.stdout
    assert before == ""
    assert "line 2: feed 1: https://courrier.example/eco in economie" in done.stdout
    assert "line 3: https://courrier.example/eco: The file lists it in line 2" in done.stderr
    assert "line 4: mailto:redaction@courrier.example: " in done.stderr
    assert (listed["url"], listed["section_key"]) == ("https://courrier.example/eco", "economie")
    assert audited(runtime.begin) == [
        ("feed.imported", {"newsletter_id": newsletter_id, "count": 1})
    ]


@pytest.mark.usefixtures("newsletter_id")
def test_what_is_exported_is_imported_again(run: Run, tmp_path: Path) -> None:
    """From one newsletter to another, or to a feed reader."""
    run(feed.app, "import", "-", "--newsletter", "le-matin", stdin=FILE)

    exported = run(feed.app, "export", "--newsletter", "le-matin")
    file = tmp_path / "feeds.opml"
    file.write_text(exported.stdout, "utf-8")
    (again,) = told(run(feed.app, "import", file, "--newsletter", "le-matin", "--json"))

    assert exported.stdout.startswith("<?xml")
    assert (again["state"], again["section"]) == ("known", "economie")


@pytest.mark.usefixtures("newsletter_id")
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(run: Run, tmp_path: Path) -> None:
    """One sentence, and no stack trace."""
    missing = run(feed.app, "import", tmp_path / "rien.opml", "--newsletter", "le-matin")
    other = run(feed.app, "import", "-", "--newsletter", "le-matin", stdin=b"hello")

    assert "The file cannot be read" in str(missing.exception)
    assert "This is no OPML file" in str(other.exception)
