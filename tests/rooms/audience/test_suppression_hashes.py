"""Suppressions outlive a change of the secret, and the way to another server."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from service.audience import erase, suppress, suppression_hashes
from service.audience.address import parse_address
from service.audience.suppression_hashes import SuppressionImportResult
from service.audience.tables import Suppression
from service.kit.clock import Clock
from service.kit.db import Begin
from service.kit.errors import Invalid
from service.kit.tokens import Keyring
from tests.rooms.audience.conftest import Desk

OLD, NEW = (
    "an old secret of at least thirty-two letters",
    "a new secret, which nobody else has seen",
)
AWA, KOFI, ADA = (parse_address(f"{name}@example.org") for name in ("awa", "kofi", "ada"))
THEN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def keyring() -> Keyring:
    return Keyring([OLD])


@pytest.fixture
def suppressed(desk: Desk) -> Desk:
    """Awa is a reader, Kofi was erased, Ada is a stranger whom an operator suppressed."""
    desk.join("awa@example.org")
    desk.join("kofi@example.org")
    with desk.begin() as session:
        erase.erase(session, KOFI, now=desk.clock(), keyring=desk.keyring)
        for address in (AWA, ADA):
            suppress.suppress(
                session, address=address, reason="operator", now=desk.clock(), keyring=desk.keyring
            )
    return desk


def _reasons(begin: Begin, keyring: Keyring) -> list[str | None]:
    with begin() as session:
        found = [
            suppress.find_suppression(session, each, keyring=keyring) for each in (AWA, KOFI, ADA)
        ]
    return [each.reason if each else None for each in found]


def test_what_has_an_address_is_renewed_and_the_rest_is_counted(
    suppressed: Desk, begin: Begin
) -> None:
    both = Keyring([NEW, OLD])

    with begin() as session:
        assert suppression_hashes.rehash_suppressions(session, keyring=both) == (1, None)
        assert suppression_hashes.rehash_suppressions(session, keyring=both) == (0, None)
        left = suppression_hashes.count_under_old_secrets(session, keyring=both)

    assert left == {Keyring([OLD]).names[0]: 2}
    assert _reasons(begin, Keyring([NEW])) == ["operator", None, None]
    assert _reasons(begin, both) == ["operator", "erased", "operator"]


def test_a_retired_secret_opens_nothing_but_still_recognises(
    suppressed: Desk, begin: Begin
) -> None:
    retired = Keyring([NEW], retired=[OLD])

    assert _reasons(begin, retired) == ["operator", "erased", "operator"]
    assert retired.verify("reader", Keyring([OLD]).sign("reader", b"payload")) is None
    assert retired.sign("reader", b"payload") == Keyring([NEW]).sign("reader", b"payload")


def test_a_sign_up_renews_the_imprint_of_its_address(suppressed: Desk, begin: Begin) -> None:
    """Nobody may see this address again: it is the moment to take the new secret for it."""
    suppressed.keyring = Keyring([NEW], retired=[OLD])
    suppressed.sign_up("ada@example.org")
    suppressed.sign_up("kofi@example.org")

    assert _reasons(begin, Keyring([NEW])) == [None, "erased", "operator"]


def test_a_renewed_imprint_that_is_there_already_stays_one_row(begin: Begin, desk: Desk) -> None:
    desk.join("awa@example.org")
    for reason, secret in (("old", OLD), ("new", NEW)):
        with begin() as session:
            suppress.suppress(
                session, address=AWA, reason=reason, now=desk.clock(), keyring=Keyring([secret])
            )

    with begin() as session:
        suppression_hashes.rehash_suppressions(session, keyring=Keyring([NEW, OLD]))

    with begin() as session:
        assert [row.reason for row in session.scalars(select(Suppression))] == ["new"]


def _file(begin: Begin) -> list[str]:
    with begin() as session:
        return list(
            suppression_hashes.write_export(suppression_hashes.export_suppressions(session))
        )


def _take(
    begin: Begin, rows: list[str], keyring: Keyring, *, now: datetime
) -> SuppressionImportResult:
    with begin() as session:
        lines = list(suppression_hashes.parse_export(rows, now=now))
        return suppression_hashes.import_suppressions(session, lines, keyring=keyring)


def test_a_file_brings_everything_to_a_server_with_another_secret(
    suppressed: Desk, begin: Begin, clock: Clock
) -> None:
    rows = _file(begin)
    with begin() as session:
        session.query(Suppression).delete()

    taken = _take(begin, rows, Keyring([NEW]), now=clock())
    again = _take(begin, rows, Keyring([NEW]), now=clock())

    assert (taken.new, taken.known, taken.unmatchable) == (3, 0, 2)
    assert (again.new, again.known, again.unmatchable) == (0, 3, 0)
    assert _reasons(begin, Keyring([NEW])) == ["operator", None, None]
    # What was sealed is open as soon as the old server's secret is there.
    assert _reasons(begin, Keyring([NEW], retired=[OLD])) == ["operator", "erased", "operator"]


def test_what_is_here_already_keeps_its_reason(
    suppressed: Desk, begin: Begin, clock: Clock
) -> None:
    rows = [row.replace('"operator"', '"complaint"') for row in _file(begin)]

    taken = _take(begin, rows, Keyring([NEW, OLD]), now=clock())

    assert (taken.new, taken.known) == (0, 3)
    assert _reasons(begin, Keyring([NEW, OLD])) == ["operator", "erased", "operator"]


GOOD = {
    "imprint": "ab" * 32,
    "key": None,
    "address": None,
    "reason": "operator",
    "evidence": "",
    "since": "2025-12-01T00:00:00+00:00",
}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"imprint": "AB" * 32}, "imprint"),
        ({"imprint": None}, "imprint"),
        ({"key": "../../etc"}, "key"),
        ({"address": "not an address"}, "address"),
        ({"since": "2026-12-01T00:00:00+00:00"}, "since"),
        ({"since": "2025-12-01T00:00:00"}, "since"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 61}, "reason"),
        ({"evidence": "\x00"}, "evidence"),
        ({"evidence_message": "gone"}, "evidence_message"),
        ({"evidence_message": {"key": "x"}}, "evidence_message"),
        ({"evidence_message": {"key": "x", "params": {"a": {"b": 1}}}}, "evidence_message"),
        ({"evidence_message": {"key": "x", "params": ["a"]}}, "evidence_message"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(change: dict[str, object], named: str) -> None:
    rows = [*suppression_hashes.write_export([]), json.dumps({**GOOD, **change})]

    with pytest.raises(Invalid, match=f"Line 2: “{named}” cannot be used"):
        list(suppression_hashes.parse_export(rows, now=THEN))


@given(rows=st.lists(st.text(max_size=50) | st.just(json.dumps(GOOD)), max_size=5))
def test_no_file_does_worse_than_to_be_refused(rows: list[str]) -> None:
    try:
        read = list(
            suppression_hashes.parse_export([*suppression_hashes.write_export([]), *rows], now=THEN)
        )
    except Invalid:
        return

    assert len(read) == sum(bool(row.strip()) for row in rows)


@pytest.mark.parametrize("head", ["", "email,reason", "[" * 3000, '{"format": "other"}'])
def test_another_file_is_refused(head: str) -> None:
    with pytest.raises(Invalid):
        list(suppression_hashes.parse_export([head, json.dumps(GOOD)], now=THEN))
