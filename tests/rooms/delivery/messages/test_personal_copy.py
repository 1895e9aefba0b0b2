"""One reader's copy: which address it names, how it comes back, and what fits no command."""

from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from service.delivery.messages.compose import MessageTemplate, PreparedMessage, compose
from service.delivery.messages.personal_copy import compose_for
from service.delivery.smtp.outgoing_message import UNSENDABLE, OutgoingMessage
from service.delivery.smtp.replies import MessageRefused
from tests.rooms.delivery.harness import POST

TOKEN = "a" * 42
PREPARED = compose(MessageTemplate(head=b"Subject: x\r\n", text="x", html="<p>x"))


def copy_for(
    address: str, prepared: PreparedMessage = PREPARED
) -> OutgoingMessage | MessageRefused:
    return compose_for(
        prepared, token=TOKEN, address=address, message_id="<a@b>", mail_identity=POST
    )


def test_an_international_domain_is_written_in_ascii() -> None:
    """Relays without SMTPUTF8 take it too, and its domain is the same one to DNS (RFC 5890)."""
    copy = copy_for("Awa@Bücher.example")

    assert isinstance(copy, OutgoingMessage)
    assert copy.recipient == "Awa@xn--bcher-kva.example"
    assert copy.body.isascii()
    assert message_from_bytes(copy.body, policy=policy.default)["To"] == copy.recipient


def test_a_bounce_comes_back_to_the_readers_own_address() -> None:
    """Only the token in the envelope tells whose copy a bounce is about."""
    copy = copy_for("awa@example.org")

    assert isinstance(copy, OutgoingMessage)
    assert copy.sender == f"b-{TOKEN}@bounces.crieur.test"


@pytest.mark.parametrize(
    "address", ["a b@c.d", "élodie@example.org", f"awa@{'é' * 70}.example", "awa@a..é"]
)
def test_an_address_that_no_command_can_carry_is_refused(address: str) -> None:
    """It costs one reader their copy; an error would cost everybody behind them theirs."""
    assert copy_for(address) == UNSENDABLE


def test_commands_that_are_written_beforehand_say_what_others_would() -> None:
    """They save work for each reader, and a wrong SIZE would have every message refused."""
    ready, checked = (
        copy_for("awa@example.org"),
        copy_for("awa@example.org", replace(PREPARED, ready=False)),
    )

    assert isinstance(ready, OutgoingMessage)
    assert isinstance(checked, OutgoingMessage)
    assert (ready.ready, checked.ready) == (True, False)
    assert ready.size == len(ready.body)
    assert ready.commands(with_size=True) == checked.commands(with_size=True)
    assert ready.commands(with_size=False) == checked.commands(with_size=False)
