"""`crieur suppression` carries erased readers to another server, without giving them away."""

import os
import stat
import subprocess
import sys
from pathlib import Path

from service.audience import erase, suppress
from service.audience.address import parse_address
from service.boot import Runtime
from service.cli import suppression
from service.kit.tokens import Keyring
from tests.builders import a_newsletter, a_reader
from tests.conftest import SECRET
from tests.rooms.cli.conftest import Run, told

NEW = "a-new-secret-which-nobody-else-has-seen"


def test_a_list_is_exported_renewed_and_imported(
    runtime: Runtime, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    kofi, ada = parse_address("kofi@example.org"), parse_address("ada@example.org")
    file = tmp_path / "suppressions.jsonl"
    now = runtime.clock()
    with runtime.begin() as session:
        a_reader(session, a_newsletter(session, now=now), now=now, address=kofi.text)
        erase.erase(session, kofi, now=now, keyring=runtime.keyring)
        suppress.suppress(session, address=ada, reason="x", now=now, keyring=runtime.keyring)

    def crieur(*words: str, retired: str = "") -> "subprocess.CompletedProcess[str]":
        environment = {
            **os.environ,  # noqa: TID251  The child needs PATH; its own settings come from here.
            "CRIEUR_DATABASE_URL": database_url,
            "CRIEUR_REDIS_URL": redis_url,
            "CRIEUR_SECRET_KEY": NEW,
            "CRIEUR_RETIRED_KEYS": retired,
        }
        command = [sys.executable, "-m", "service", "suppression", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    written = crieur("export", str(file))
    twice = crieur("export", str(file))
    with runtime.begin() as session:
        for each in (kofi, ada):
            suppress.lift(session, each, keyring=runtime.keyring)
    taken = crieur("import", str(file))
    renewed = crieur("renew", retired=SECRET)
    missing = crieur("import", str(tmp_path / "nowhere"))

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


def test_an_address_that_is_not_stored_is_named_so_and_can_be_found(
    runtime: Runtime, run: Run
) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=now)
        a_reader(session, newsletter, now=now, address="kofi@example.org")
        a_reader(session, newsletter, now=now, address="ada@example.org")
        erase.erase(session, parse_address("kofi@example.org"), now=now, keyring=runtime.keyring)
    run(suppression.app, "add", "ada@example.org")
    run(suppression.app, "add", "never@example.org", "--reason", "telephone", "--evidence", "Asked")

    listed = run(suppression.app, "list").stdout
    shown = run(suppression.app, "show", "never@example.org").stdout
    (as_json,) = told(run(suppression.app, "show", "Never@example.org", "--json"))
    nothing = run(suppression.app, "show", "other@example.org")
    again = run(suppression.app, "add", "never@example.org")

    assert [line.partition("  ")[0] for line in sorted(listed.splitlines()[1:])] == [
        "(address not stored)",
        "(erased)",
        "ada@example.org",
    ]
    assert "never@example.org" not in listed
    assert ("telephone" in shown, "Asked" in shown) == (True, True)
    assert (as_json["reason"], as_json["evidence"]) == ("telephone", "Asked")
    assert "not suppressed" in str(nothing.exception)
    assert "'crieur suppression show never@example.org' shows why" in str(again.exception)
