"""`crieur db`: the schema brought up to date, checked, and the former names of `crieur sending`."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import make_url, text

from service.boot import Runtime
from service.cli import db
from service.devkit import embedded
from service.kit.clock import system_clock
from service.kit.errors import OperationRefused
from tests.conftest import FakeClock
from tests.rooms.cli.conftest import Run
from tests.rooms.delivery.harness import an_issue


@pytest.fixture
def clock() -> FakeClock:
    """The command line lives in the present."""
    return FakeClock(now=system_clock())


@pytest.fixture
def empty_database(servers: embedded.Embedded, environment: dict[str, str]) -> Iterator[None]:
    """Let commands work on a database without a schema."""
    beside = make_url(environment["CRIEUR_DATABASE_URL"])
    empty = beside.set(database=f"{beside.database}_empty")
    assert empty.database is not None
    embedded.create_database(servers.admin_url, empty.database)
    environment["CRIEUR_DATABASE_URL"] = empty.render_as_string(hide_password=False)
    yield
    embedded.drop_database(servers.admin_url, empty.database)


@pytest.mark.usefixtures("empty_database")
def test_a_schema_that_is_behind_is_refused_until_it_is_upgraded(run: Run) -> None:
    """A deployment runs `db upgrade` once and `db check` in every container."""
    behind = run(db.app, "check")
    upgraded = [run(db.app, "upgrade") for _ in range(2)]
    current = run(db.app, "check")

    assert isinstance(behind.exception, OperationRefused)
    assert "run 'crieur db upgrade'" in str(behind.exception)
    assert [each.stdout for each in upgraded] == ["The schema is current.\n"] * 2
    assert (current.exit_code, current.stdout) == (0, "The schema is current.\n")


def test_an_upgrade_says_that_nothing_will_be_sent_from_a_database_on_hold(
    runtime: Runtime, run: Run
) -> None:
    """After an upgrade an operator looks here first."""
    before = run(db.app, "upgrade").stdout
    run(db.app, "hold")

    assert "crieur sending enable" not in before
    assert "crieur sending enable" in run(db.app, "upgrade").stdout


def test_the_former_names_still_work_as_before(
    runtime: Runtime, clock: FakeClock, run: Run
) -> None:
    """Scripts read these fields and words; nobody new is shown the names."""
    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        session.execute(text("UPDATE home SET cluster = '7711575746642797036'"))

    def home() -> dict[str, object]:
        told: dict[str, object] = json.loads(run(db.app, "home", "--json").stdout)
        return told

    before = home()
    held = run(db.app, "hold")
    between = home()
    released = run(db.app, "release", "--yes")
    after = home()

    assert (before["place"], before["may_send"]) == ("elsewhere", False)
    assert f"edition {issue.edition_id}" in str(before["waiting"])
    assert held.exit_code == released.exit_code == 0
    assert (between["place"], after["place"]) == ("held", "here")
    assert set(before) == {"place", "may_send", "waiting"}
    assert "hold" not in run(db.app, "--help").stdout
