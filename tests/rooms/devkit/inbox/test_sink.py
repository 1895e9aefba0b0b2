"""The inbox takes every message as it stands on the wire."""

import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.devkit.inbox.sink import listening
from service.devkit.inbox.store import MessageQuery, MessageStore
from service.devkit.ports import PortClaims

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)
RAW = "Subject: Édition\r\n\r\n.a line with a dot\r\nBonjour\r\n".encode()


@pytest.fixture
def store(tmp_path: Path) -> MessageStore:
    return MessageStore(tmp_path / "inbox")


@pytest.fixture
def relay(store: MessageStore) -> Iterator[smtplib.SMTP]:
    with (
        PortClaims() as claims,
        listening(store, port=(port := claims.claim(21_500)), clock=lambda: NOW),
        smtplib.SMTP("127.0.0.1", port) as client,
    ):
        yield client


def test_a_message_is_kept_with_its_envelope_and_unchanged(
    relay: smtplib.SMTP, store: MessageStore
) -> None:
    """A DKIM signature is checked on these bytes, and a bounce goes to this sender."""
    relay.sendmail("b-token@bounces.test", ["aya@example.org", "kofi@example.org"], RAW)

    found = store.get(store.last)
    assert found is not None
    summary, raw = found
    assert raw == RAW
    assert summary.sender == "b-token@bounces.test"
    assert summary.recipients == ("aya@example.org", "kofi@example.org")
    assert summary.at == NOW


def test_a_message_from_nobody_has_an_empty_sender(
    relay: smtplib.SMTP, store: MessageStore
) -> None:
    """Reports have no sender; one called `<>` would be answered with a bounce."""
    relay.sendmail("", ["aya@example.org"], RAW)

    assert [mail.sender for mail in store.find(MessageQuery(), limit=5)[0]] == [""]


def test_a_message_that_cannot_be_kept_is_put_off(
    relay: smtplib.SMTP, store: MessageStore, tmp_path: Path
) -> None:
    """With 250 the ledger would count a message that nobody can find in the inbox."""
    (tmp_path / "inbox").rmdir()

    with pytest.raises(smtplib.SMTPDataError) as refused:
        relay.sendmail("b-token@bounces.test", ["aya@example.org"], RAW)

    assert refused.value.smtp_code == 452
    assert store.last == 0
