"""`crieur suppression` shows whom no message reaches, without giving them away."""

from service.audience import erase
from service.audience.address import parse_address
from service.boot import Runtime
from service.cli import suppression
from tests.builders import a_newsletter, a_reader
from tests.rooms.cli.conftest import Run, told

NEW = "a-new-secret-which-nobody-else-has-seen"


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
