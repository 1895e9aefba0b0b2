"""A message in its envelope: its commands, its dots, and what never goes onto the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.reasons import DeliveryReason
from service.delivery.smtp.outgoing_message import (
    MAX_LINE,
    MAX_SINGLE_WRITE,
    UNSENDABLE,
    OutgoingMessage,
    check_supported,
    defer_too_large,
    envelope_commands,
    message_size,
)
from service.delivery.smtp.replies import MessageRefused, local_cause
from service.kit.translatable import translatable
from service.replies.classification import Fault

BODY = b"Subject: x\r\n\r\nBonjour\r\n"
EVERYTHING = ("smtputf8", "8bitmime")


def message(
    *segments: bytes, sender: str = "b-a@crieur.test", recipient: str = "awa@example.org"
) -> OutgoingMessage:
    return OutgoingMessage(sender, recipient, segments or (BODY,))


def test_the_mark_stands_between_the_segments() -> None:
    marked = OutgoingMessage("a@b.test", "c@d.test", (b"to ", b", for ", b"\r\n"), mark=b"Awa")

    assert marked.body == b"to Awa, for Awa\r\n"
    assert marked.size == len(marked.body)
    assert marked.stuffed(b".\r\n") == b"to Awa, for Awa\r\n.\r\n"


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=6), st.binary(max_size=9))
def test_the_size_is_that_of_the_joined_message(segments: list[bytes], mark: bytes) -> None:
    assert message_size(segments, mark) == len(mark.join(segments))


@pytest.mark.parametrize(
    ("size", "careful", "light"),
    [
        (MAX_SINGLE_WRITE, False, True),
        (MAX_SINGLE_WRITE + 1, False, False),
        (1, True, False),
    ],
)
def test_only_a_short_message_that_never_was_uncertain_leaves_with_its_dot(
    size: int, careful: bool, light: bool
) -> None:
    assert message(b"x" * size)._replace(careful=careful).is_light is light


@pytest.mark.parametrize(
    ("recipient", "body", "with_size", "mail"),
    [
        ("awa@example.org", b"ab\r\n", False, "MAIL FROM:<b-a@crieur.test>"),
        ("awa@example.org", b"ab\r\n", True, "MAIL FROM:<b-a@crieur.test> SIZE=4"),
        (
            "awa@example.org",
            "é\r\n".encode(),
            True,
            "MAIL FROM:<b-a@crieur.test> SIZE=4 BODY=8BITMIME",
        ),
        ("émile@example.org", b"ab\r\n", False, "MAIL FROM:<b-a@crieur.test> SMTPUTF8"),
    ],
)
def test_the_sender_is_followed_by_what_the_message_needs(
    recipient: str, body: bytes, with_size: bool, mail: str
) -> None:
    commands = message(body, recipient=recipient).commands(with_size=with_size)

    assert commands.decode() == f"{mail}\r\nRCPT TO:<{recipient}>\r\nDATA\r\n"


def test_commands_known_beforehand_are_for_relays_that_offer_size() -> None:
    known = message()._replace(ready=True, weight=7, envelope=b"known\r\n")

    assert known.commands(with_size=True) == b"known\r\n"
    assert known.commands(with_size=False) == envelope_commands(known.sender, known.recipient)
    assert known._replace(envelope=b"").commands(with_size=True) == envelope_commands(
        known.sender, known.recipient, " SIZE=7"
    )


@pytest.mark.parametrize(
    ("body", "wire"),
    [
        (b".\r\n", b"..\r\n"),
        (b"a\r\n.\r\n.b\r\n", b"a\r\n..\r\n..b\r\n"),
        (b"..a\r\n", b"...a\r\n"),
        (b"a.b\r\n", b"a.b\r\n"),
    ],
)
def test_a_dot_at_the_beginning_of_a_line_is_doubled(body: bytes, wire: bytes) -> None:
    assert message(body).stuffed(b".\r\n") == wire + b".\r\n"


@given(st.lists(st.sampled_from([b".", b"..", b"a", b""]), min_size=1).map(b"\r\n".join))
def test_a_relay_reads_the_message_that_was_meant_and_no_end_before_it(body: bytes) -> None:
    lines = message(body + b"\r\n").stuffed().split(b"\r\n")

    assert b"." not in lines
    assert b"\r\n".join(line.removeprefix(b".") for line in lines) == body + b"\r\n"


@pytest.mark.parametrize(
    "address",
    [
        "a@b.org>\r\nRCPT TO:<c@d.org",
        "a b@c.org",
        "<a@b.org",
        "a@b.org\t",
        "a@b.org\x00",
        "a@\x7fb.org",
    ],
)
def test_an_address_that_could_be_a_command_is_unsendable_on_either_side(address: str) -> None:
    assert check_supported(message(recipient=address), EVERYTHING) == UNSENDABLE
    assert check_supported(message(sender=address), EVERYTHING) == UNSENDABLE


@pytest.mark.parametrize("recipient", ["", "awa"])
def test_a_recipient_without_a_domain_is_unsendable(recipient: str) -> None:
    assert check_supported(message(recipient=recipient), EVERYTHING) == UNSENDABLE


def test_the_empty_return_path_is_one() -> None:
    assert check_supported(message(sender=""), ()) is None


def test_letters_beyond_ascii_need_an_extension() -> None:
    letters, bytes_ = message(recipient="émile@example.org"), message("é\r\n".encode())

    assert check_supported(letters, ("8bitmime",)) == MessageRefused(
        reason=DeliveryReason.NO_SMTPUTF8, cause=local_cause("smtputf8", Fault.RELAY)
    )
    assert check_supported(bytes_, ("smtputf8",)) == MessageRefused(
        reason=DeliveryReason.NO_8BIT, cause=local_cause("eightbit", Fault.RELAY)
    )
    assert check_supported(letters, EVERYTHING) is None
    assert check_supported(bytes_, EVERYTHING) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no end",
        b"bare\nline feed\r\n",
        b"bare\rreturn\r\n",
        b"reversed\n\r\r\n",
        b"\x00\r\n",
        b"z" * (MAX_LINE + 1) + b"\r\n",
    ],
)
def test_a_body_that_smtp_cannot_carry_is_our_fault(body: bytes) -> None:
    assert check_supported(message(body), EVERYTHING) == MessageRefused(
        reason=DeliveryReason.MALFORMED, cause=local_cause("malformed", Fault.SENDER)
    )


def test_a_line_of_the_longest_length_is_carried() -> None:
    assert check_supported(message(b"z" * MAX_LINE + b"\r\n"), ()) is None


def test_what_the_composer_has_checked_is_not_checked_again() -> None:
    assert check_supported(message(b"no end")._replace(ready=True), ()) is None


def test_a_message_too_large_for_a_relay_holds_its_edition_with_the_figures() -> None:
    deferred = defer_too_large(120, most=100, relay="mail.example.org")

    assert deferred.reason == DeliveryReason.TOO_LARGE
    assert deferred.holds == translatable(
        "edition.too_large_for_relay", relay="mail.example.org", most=100, size=120
    )
