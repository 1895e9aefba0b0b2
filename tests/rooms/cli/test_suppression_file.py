"""Suppressions outlive a secret and a server, in a file that gives no erased reader away."""

import re
import stat
from pathlib import Path

import pytest

from service.accounts import audit
from service.audience import erase, suppress
from service.audience.address import parse_address
from service.boot import Runtime
from service.cli import suppression
from service.cli.suppression_file import PAGE
from service.kit.errors import Invalid
from service.kit.tokens import Keyring
from tests.builders import a_newsletter, a_reader
from tests.conftest import SECRET
from tests.rooms.cli.conftest import Run, told
from tests.rooms.cli.shell import Shell

NEW = "a-new-secret-which-nobody-else-has-seen"


def test_a_list_is_exported_renewed_and_imported(
    runtime: Runtime, shell: Shell, tmp_path: Path
) -> None:
    kofi, ada = parse_address("kofi@example.org"), parse_address("ada@example.org")
    file = tmp_path / "suppressions.jsonl"
    now = runtime.clock()
    with runtime.begin() as session:
        a_reader(session, a_newsletter(session, now=now), now=now, address=kofi.text)
        erase.erase(session, kofi, now=now, keyring=runtime.keyring)
        suppress.suppress(session, address=ada, reason="x", now=now, keyring=runtime.keyring)

    shell.environment["CRIEUR_SECRET_KEY"] = NEW

    written = shell.run("suppression", "export", str(file))
    twice = shell.run("suppression", "export", str(file))
    with runtime.begin() as session:
        for each in (kofi, ada):
            suppress.lift(session, each, keyring=runtime.keyring)
    taken = shell.run("suppression", "import", str(file))
    missing = shell.run("suppression", "import", str(tmp_path / "nowhere"))
    shell.environment["CRIEUR_RETIRED_KEYS"] = SECRET
    renewed = shell.run("suppression", "renew")

    assert written.stdout == "Written: 2.\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "example.org" not in file.read_text("utf-8")
    assert (twice.returncode, "is there already" in twice.stderr) == (1, True)
    assert "New: 2. Known already: 0.\n2 of them were made under a secret" in taken.stdout
    assert "Left under other secrets: 2" in renewed.stdout
    assert "cannot be read" in missing.stderr
    with runtime.begin() as session:
        found = suppress.find_suppression(session, kofi, keyring=Keyring([NEW], retired=[SECRET]))
    assert found is not None
    assert found.reason == "erased"


def test_an_export_without_a_file_goes_to_stdout_and_into_the_audit_trail(
    runtime: Runtime, run: Run
) -> None:
    run(suppression.app, "add", "ada@example.org")

    header, row = told(run(suppression.app, "export"))

    assert set(header) == {"format"}
    assert re.fullmatch("[0-9a-f]{64}", row["imprint"])
    with runtime.begin() as session:
        trail = [(entry.event, entry.facts) for entry in audit.recent_entries(session)]
    assert ("suppression.exported", {"count": 1}) in trail


def test_more_suppressions_than_a_page_are_exported_and_imported(
    runtime: Runtime, run: Run, tmp_path: Path
) -> None:
    file, addresses = tmp_path / "list", [f"reader{n}@example.org" for n in range(PAGE + 1)]
    with runtime.begin() as session:
        for each in map(parse_address, addresses):
            suppress.suppress(
                session, address=each, reason="x", now=runtime.clock(), keyring=runtime.keyring
            )

    written = run(suppression.app, "export", file)
    (known,) = told(run(suppression.app, "import", file, "--json"))
    with runtime.begin() as session:
        suppress.lift(session, parse_address(addresses[0]), keyring=runtime.keyring)
    (one_new,) = told(run(suppression.app, "import", file, "--json"))

    assert written.stdout == f"Written: {PAGE + 1}.\n"
    assert len(set(file.read_text("utf-8").splitlines())) == PAGE + 2
    assert known == {"new": 0, "known": PAGE + 1, "unmatchable": 0}
    assert one_new == {"new": 1, "known": PAGE, "unmatchable": 0}
    with runtime.begin() as session:
        assert audit.recent_entries(session)[0].facts == {"count": 1}


@pytest.mark.parametrize(
    ("added", "sentence"),
    [
        (b"\xff\xfe\n", "it is not UTF-8"),
        (b"[" * 100_000 + b"\n", "Line 3 is not one of a list"),
        (b'{"imprint": "' + b"0" * 1_000_000 + b'"}\n', "Line 3 is not one of a list"),
        (b"null\n", "Line 3 is not one of a list"),
        (b'{"imprint": "0"}\n', "Line 3: "),
    ],
    ids=["not UTF-8", "deep", "long", "null", "short hash"],
)
def test_a_file_with_one_bad_line_changes_nothing(
    runtime: Runtime, run: Run, tmp_path: Path, added: bytes, sentence: str
) -> None:
    file, ada = tmp_path / "list", parse_address("ada@example.org")
    run(suppression.app, "add", ada.text)
    run(suppression.app, "export", file)
    file.write_bytes(file.read_bytes() + added)
    with runtime.begin() as session:
        suppress.lift(session, ada, keyring=runtime.keyring)

    refused = run(suppression.app, "import", file)

    assert isinstance(refused.exception, Invalid)
    assert sentence in str(refused.exception)
    with runtime.begin() as session:
        assert suppress.find_suppression(session, ada, keyring=runtime.keyring) is None
        events = [entry.event for entry in audit.recent_entries(session)]
    assert "suppression.imported" not in events


def test_an_export_into_a_folder_that_is_missing_is_refused_in_a_sentence(
    runtime: Runtime, run: Run, tmp_path: Path
) -> None:
    refused = run(suppression.app, "export", tmp_path / "missing" / "list")

    assert isinstance(refused.exception, Invalid)
    assert "cannot be written: No such file or directory." in str(refused.exception)


def test_nothing_is_renewed_where_the_secret_is_the_same(runtime: Runtime, run: Run) -> None:
    run(suppression.app, "add", "ada@example.org")

    (as_json,) = told(run(suppression.app, "renew", "--json"))
    in_words = run(suppression.app, "renew").stdout

    assert as_json == {"renewed": 0, "left": {}}
    assert in_words == "Renewed: 0.\n"
