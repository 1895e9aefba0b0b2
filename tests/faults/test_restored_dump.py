"""The database is dumped in the middle of a send and restored somewhere else.

Daemons that start on the copy would write again to everybody whom the first one has written to
since. So a database that is not the one that was set up holds every send, until an operator says
that it is the one that counts. What goes out twice then is the same mail.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from service.devkit import embedded
from service.kit.db import Begin, make_begin, make_engine
from tests.fakes.ledger import LedgerSink
from tests.faults.stack import TIMEOUT, Stack
from tests.faults.verdict import judge
from tests.rules.code import ROOT

pytestmark = [pytest.mark.fault, pytest.mark.timeout(TIMEOUT, func_only=True)]

LONG_ENOUGH = 12
"""Looks of the scheduler in which a copy that sends would have begun."""


def test_a_restored_dump_sends_nothing_until_an_operator_releases_it(
    stack: Stack, mails: int
) -> None:
    issue, _ = stack.set_out(mails, seconds=4, share=0.25)
    dump = stack.folder / "dump"
    _run(stack, "pg_dump", "--format=custom", f"--file={dump}", stack.conninfo)
    stack.wait_until_finished(issue)
    url = _restore(stack, dump)

    with (
        embedded.start(stack.folder / "other") as other,
        LedgerSink(stack.folder / "second.tsv") as second,
    ):
        changes = {
            "CRIEUR_DATABASE_URL": url,
            "CRIEUR_REDIS_URL": other.redis_url,
            "CRIEUR_SMTP_URL": second.url,
        }
        copies = [
            stack.scheduler("scheduler-copy", **changes),
            stack.worker("worker-copy", **changes),
        ]
        stack.pause(LONG_ENOUGH * stack.tick_seconds)
        kept_before = second.kept
        running = [daemon.runs for daemon in copies]
        released = _crieur(stack, changes, "db", "release", "--yes")
        engine = make_engine(url)
        begin = make_begin(engine)
        stack.wait(lambda: _state(begin, issue.edition_id) == "finished")
        entries = [*stack.entries(), *second.entries()]

    verdict = judge(begin, issue.edition_id, entries, readers=issue.readers)
    engine.dispose()
    assert kept_before == 0
    assert running == [True, True]
    assert released.returncode == 0, released.stderr
    assert verdict.nothing_lost, verdict
    assert verdict.states == {"accepted": mails}, verdict
    assert stack.verdict(issue).nothing_lost, stack.verdict(issue)


def _restore(stack: Stack, dump: Path) -> str:
    embedded.create_database(stack.servers.admin_url, "restored")
    url = stack.servers.admin_url.replace("/postgres?", "/restored?", 1)
    _run(stack, "pg_restore", f"--dbname={url.replace('+psycopg', '')}", str(dump))
    return url


def _run(stack: Stack, program: str, *words: str) -> None:
    path = stack.servers._place.binaries.postgres.parent / program
    subprocess.run([str(path), *words], check=True, capture_output=True, text=True)


def _crieur(stack: Stack, changes: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "service", *words],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=stack.environment(**changes),
    )


def _state(begin: Begin, edition_id: int) -> str:
    statement = text("SELECT state FROM edition WHERE id = :id")
    with begin() as session:
        return str(session.execute(statement, {"id": edition_id}).scalar_one())
