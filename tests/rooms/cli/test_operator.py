"""`crieur operator` decides who may use the console."""

import json

import pytest

from service.accounts import audit, one_time_links, operators
from service.accounts.roles import Role
from service.boot import Runtime
from service.cli import operator
from service.kit.clock import system_clock
from service.kit.errors import Conflict, Invalid, NotFound
from tests.audit_trail import audited
from tests.rooms.cli.conftest import Run, told

AWA = ("awa@example.org", "--name", "Awa Koné")


def is_open(runtime: Runtime, url: str) -> bool:
    secret = url.strip().rpartition("/console/link/")[2]
    with runtime.begin() as session:
        return one_time_links.find_open_link(session, secret, now=system_clock()) is not None


def test_an_added_operator_is_an_editor_with_a_link_that_works(runtime: Runtime, run: Run) -> None:
    sentence, url = run(operator.app, "add", *AWA).stdout.splitlines()

    assert sentence == "Awa Koné chooses a password here, once, within 48 hours:"
    assert is_open(runtime, url)
    with runtime.begin() as session:
        added = operators.find_by_address(session, "awa@example.org")
        trail = [(entry.event, entry.facts) for entry in audit.recent_entries(session)]
    assert (added.name, added.role) == ("Awa Koné", Role.EDITOR)
    assert trail == [("operator.added", {"operator_id": added.id})]


def test_programs_are_given_the_operator_and_the_link(runtime: Runtime, run: Run) -> None:
    (added,) = told(run(operator.app, "add", *AWA, "--role", "viewer", "--json"))
    [listed] = json.loads(run(operator.app, "list", "--json").stdout)

    assert is_open(runtime, added.pop("link"))
    assert listed == added
    assert (added["address"], added["role"], added["disabled"]) == (AWA[0], "viewer", None)


def test_a_new_link_ends_the_older_one(runtime: Runtime, run: Run) -> None:
    (added,) = told(run(operator.app, "add", *AWA, "--json"))

    (linked,) = told(run(operator.app, "link", "AWA@example.org", "--json"))

    assert not is_open(runtime, added["link"])
    assert is_open(runtime, linked["link"])


def test_a_disabled_operator_gets_no_link_until_they_are_enabled(
    runtime: Runtime, run: Run
) -> None:
    (added,) = told(run(operator.app, "add", *AWA, "--json"))

    disabled = run(operator.app, "disable", AWA[0])
    without_link = run(operator.app, "link", AWA[0])
    twice = run(operator.app, "disable", AWA[0])
    listed = run(operator.app, "list").stdout.splitlines()[1].split()
    enabled = run(operator.app, "enable", AWA[0])

    assert disabled.stdout == "Awa Koné is disabled. Signed out: 0; keys revoked: 0.\n"
    assert isinstance(without_link.exception, Conflict)
    assert isinstance(twice.exception, NotFound)
    # Since when they are an operator, and since when they are disabled.
    assert len([word for word in listed if word.startswith("20")]) == 2
    assert enabled.stdout == "Awa Koné may sign in again.\n"
    # What ended stays ended.
    assert not is_open(runtime, added["link"])
    with runtime.begin() as session:
        assert operators.find_by_address(session, AWA[0]).disabled_at is None
        events = [entry.event for entry in reversed(audit.recent_entries(session))]
    assert events == ["operator.added", "operator.disabled", "operator.enabled"]


def test_the_last_owner_cannot_be_disabled(runtime: Runtime, run: Run) -> None:
    run(operator.app, "add", *AWA, "--role", "owner")
    run(operator.app, "add", "kofi@example.org", "--name", "Kofi", "--role", "owner")

    first = run(operator.app, "disable", AWA[0])
    last = run(operator.app, "disable", "kofi@example.org")

    assert first.exit_code == 0
    assert isinstance(last.exception, Conflict)
    with runtime.begin() as session:
        assert operators.find_by_address(session, "kofi@example.org").disabled_at is None


@pytest.mark.parametrize(
    ("address", "name", "error"),
    [
        ("awa", "Awa", Invalid),
        ("awa@example.org\r\nBcc: x@example.org", "Awa", Invalid),
        ("awa@example.org", " ", Invalid),
        ("KOFI@example.org", "Kofi", Conflict),
    ],
)
def test_who_cannot_be_an_operator_is_not_added(
    runtime: Runtime, run: Run, address: str, name: str, error: type[Exception]
) -> None:
    run(operator.app, "add", "kofi@example.org", "--name", "Kofi")

    refused = run(operator.app, "add", address, "--name", name)

    assert isinstance(refused.exception, error)
    assert refused.stdout == ""
    with runtime.begin() as session:
        assert [each.name for each in operators.list_operators(session)] == ["Kofi"]


@pytest.mark.parametrize("act", ["link", "disable", "enable"])
def test_an_operator_that_does_not_exist_is_not_decided_about(
    runtime: Runtime, run: Run, act: str
) -> None:
    refused = run(operator.app, act, "awa@example.org")

    assert isinstance(refused.exception, NotFound)
    assert audited(runtime.begin) == []
