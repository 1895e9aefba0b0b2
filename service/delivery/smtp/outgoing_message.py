"""Pure: a message in its envelope, and whether a relay can take it at all."""

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from service.delivery.reasons import DeliveryReason
from service.delivery.smtp.replies import MessageDeferred, MessageRefused, local_cause
from service.kit.translatable import translatable
from service.replies.classification import Fault

MAX_LINE = 998
MAX_SINGLE_WRITE = 256 * 1024
"""Bytes: a longer body is written before its dot, so that a connection lost in the middle is known
to have handed nothing over. A shorter one leaves with its dot in one write; if the connection dies
before all of it has left, the message is uncertain, and is written with care the next time."""

UNSENDABLE = MessageRefused(
    reason=DeliveryReason.UNSENDABLE, cause=local_cause("unsendable", Fault.READER)
)
"""What becomes of a message to an address that cannot stand in a command. It was never offered, so
nothing is known of the mailbox."""

_UNSAFE = re.compile(r"[\x00-\x20\x7f<>]")


class OutgoingMessage(NamedTuple):
    """A message in its envelope: the message has CRLF line ends, the domains are in ASCII.

    `ready` is the composer's word that the body is ASCII and well-formed (RFC 5321 section
    2.3.8) and that no line begins with a dot, checked once for all readers' copies; and that
    both addresses are ASCII and fit to stand in a command.
    """

    sender: str
    recipient: str
    # What stands between the reader's marks; a body without any is one segment. The 40 KB are
    # joined when they leave, because copying them twice costs as much as all the rest.
    segments: tuple[bytes, ...]
    mark: bytes = b""
    ready: bool = False
    # The reader may have it already, and a second ambiguous attempt is the last.
    careful: bool = False
    # How many bytes the message has, and the commands for a relay that offers SIZE: known
    # beforehand where many messages are written, 0 and empty elsewhere.
    weight: int = 0
    envelope: bytes = b""

    @property
    def body(self) -> bytes:
        """Return the message."""
        return self.mark.join(self.segments)

    @property
    def size(self) -> int:
        """Return how many bytes the message has."""
        return self.weight or message_size(self.segments, self.mark)

    @property
    def is_light(self) -> bool:
        """Whether the message may leave in one write with its dot."""
        return not self.careful and self.size <= MAX_SINGLE_WRITE

    def commands(self, *, with_size: bool) -> bytes:
        """Return MAIL, RCPT and DATA; `with_size` where the relay offers SIZE (RFC 1870)."""
        if with_size and self.envelope:
            return self.envelope
        extras = f" SIZE={self.size}" if with_size else ""
        if not self.ready:
            if not self.body.isascii():
                extras += " BODY=8BITMIME"
            if not self.recipient.isascii():
                extras += " SMTPUTF8"
        return envelope_commands(self.sender, self.recipient, extras)

    def stuffed(self, tail: bytes = b"") -> bytes:
        """Return the body as it goes after DATA (RFC 5321 section 4.5.2), and `tail` after it."""
        if self.ready:
            *most, last = self.segments
            most.append(last + tail)
            return self.mark.join(most)
        body = self.body.replace(b"\r\n.", b"\r\n..")
        return b"".join((b"." if body.startswith(b".") else b"", body, tail))


def envelope_commands(sender: str, recipient: str, extras: str = "") -> bytes:
    """Return MAIL, RCPT and DATA, with what is to stand after the sender."""
    return f"MAIL FROM:<{sender}>{extras}\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode()


def message_size(segments: Sequence[bytes], mark: bytes) -> int:
    """Return how many bytes the mark makes of the segments when it joins them."""
    return sum(map(len, segments)) + len(mark) * (len(segments) - 1)


def check_supported(message: OutgoingMessage, extensions: Collection[str]) -> MessageRefused | None:
    """Refuse what this relay cannot take, or what must never go onto the wire."""
    if message.ready:
        return None
    recipient = message.recipient
    if _UNSAFE.search(message.sender) or _UNSAFE.search(recipient) or "@" not in recipient:
        return UNSENDABLE
    if not recipient.isascii() and "smtputf8" not in extensions:
        return MessageRefused(
            reason=DeliveryReason.NO_SMTPUTF8, cause=local_cause("smtputf8", Fault.RELAY)
        )
    body = message.body
    if not body.isascii() and "8bitmime" not in extensions:
        return MessageRefused(
            reason=DeliveryReason.NO_8BIT, cause=local_cause("eightbit", Fault.RELAY)
        )
    if not _is_well_formed(body):
        return MessageRefused(
            reason=DeliveryReason.MALFORMED, cause=local_cause("malformed", Fault.SENDER)
        )
    return None


def defer_too_large(size: int, *, most: int, relay: str) -> MessageDeferred:
    """Return what becomes of a message that a relay says it would not take (RFC 1870)."""
    return MessageDeferred(
        reason=DeliveryReason.TOO_LARGE,
        holds=translatable("edition.too_large_for_relay", relay=relay, most=most, size=size),
    )


def _is_well_formed(body: bytes) -> bool:
    """Return whether every line ends in CRLF, nothing else breaks lines, and none is too long."""
    ends = body.count(b"\r\n")
    return (
        body.endswith(b"\r\n")
        and body.count(b"\r") == ends
        and body.count(b"\n") == ends
        and b"\x00" not in body
        and max(map(len, body.split(b"\r\n"))) <= MAX_LINE
    )
