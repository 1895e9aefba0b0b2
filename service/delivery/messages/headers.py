"""Pure: header fields as bytes on the wire, by a serialiser of our own.

Python's `EmailMessage` encodes a long List-Unsubscribe as RFC 2047 words, which silently ends
one-click, and 3.13.0 breaks long French subjects. Here a machine's field stays as it is and folds
only where its grammar has a joint; a person's words become encoded words, split between characters.

There is no Precedence field: RFC 2076 discourages it, it never named a standard value, and
vacation responders go by List-Id (RFC 5230 section 4.6) or, for notices, by Auto-Submitted
(RFC 3834 section 5).
"""

import binascii
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from service.kit.errors import Invalid

LINE = 78
WORD = 75
HARD_LIMIT = 998
_ENCODED_LINE = 76
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
# Signs that stand in addresses. OpenSMTPD 6.8 takes `<x>` inside a quoted name for an address and
# completes it with its own domain, which also breaks the signature: such names are encoded.
_LIKE_ADDRESS = re.compile(r'[<>@"\\]')
_ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")
_MACHINE = re.compile(r"[ -~]*")
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
# RFC 2047 section 5 (3): what may stand for itself in a word that is part of a display name.
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")

# 64 characters before the @ and 255 after it (RFC 3696, erratum 1003).
_MAX_ADDRESS = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAddress:
    """A display name and an address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionHeaders:
    """What the header of every reader's copy of one edition says.

    `unsubscribe_url` and `unsubscribe_address` hold the placeholder of the reader's token.
    `feedback` names the edition, newsletter and kind in Google's Feedback-ID.
    """

    sender: NamedAddress
    reply_to: str | None
    subject: str
    date: datetime
    list_id: NamedAddress
    unsubscribe_url: str
    unsubscribe_address: str
    feedback: tuple[str, str, str]
    feedback_sender: str = "crieur"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeHeaders:
    """What the header of a transactional message says; a welcome also offers to unsubscribe."""

    sender: NamedAddress
    reply_to: str | None
    subject: str
    date: datetime
    unsubscribe_url: str | None = None
    unsubscribe_address: str | None = None


def write_edition_headers(head: EditionHeaders) -> bytes:
    """Return an edition's fields, except To and Message-ID, which are each reader's own."""
    return b"".join(
        [
            *_common(head),
            # List-Id is `phrase <dotted-name>`: the same form as a mailbox without the at sign.
            _phrase_field("List-Id", head.list_id.name, f"<{_machine(head.list_id.address)}>"),
            *_unsubscribe(head.unsubscribe_url, head.unsubscribe_address),
            machine_field("Feedback-ID", ":".join((*head.feedback, head.feedback_sender))),
        ]
    )


def write_notice_headers(head: NoticeHeaders) -> bytes:
    """Return a notice's fields; Auto-Submitted keeps vacation responders quiet."""
    fields = [*_common(head), machine_field("Auto-Submitted", "auto-generated")]
    if head.unsubscribe_url is not None and head.unsubscribe_address is not None:
        fields += _unsubscribe(head.unsubscribe_url, head.unsubscribe_address)
    return b"".join(fields)


def make_message_id(prefix: str, delivery: str, *, domain: str) -> str:
    """Return `<prefix.delivery@domain>`: the same for every attempt.

    `delivery` is the delivery token and never the reader token: replies quote a Message-ID, and a
    reader token unsubscribes.
    """
    return message_ids(prefix, domain=domain)(delivery)


def message_ids(prefix: str, *, domain: str) -> Callable[[str], str]:
    """Return `make_message_id` for the copies of one edition, by delivery token."""
    begin, end = _machine(f"<{prefix}."), _machine(f"@{domain}>")

    def make_one(delivery: str) -> str:
        return f"{begin}{delivery}{end}"

    return make_one


def machine_field(name: str, *parts: str) -> bytes:
    """Return a field for machines: ASCII as it is, folded between the parts only."""
    lines = [_machine(part) for part in parts]
    return _field(name, "\r\n ".join(lines).encode("ascii"))


def text_field(name: str, text: str) -> bytes:
    """Return a field of free text, encoded and folded where it has to be."""
    words = _clean(text)
    if _stands_as_is(words):
        folded = _fold_words(words, first=len(name) + 2)
        if folded is not None:
            return _field(name, folded)
    return _field(name, b"\r\n ".join(_encoded_words(words, first=len(name) + 2)))


def mailbox_field(name: str, mailbox: NamedAddress) -> bytes:
    """Return `Name: "Display" <address>`; the address is refused unless it is plain ASCII."""
    return _phrase_field(name, mailbox.name, f"<{check_address(mailbox.address)}>")


def check_address(address: str) -> str:
    """Return the address if it may stand in a header; raise Invalid otherwise."""
    if not _ADDRESS.fullmatch(address) or len(address) > _MAX_ADDRESS:
        raise Invalid("An address in the mail's header is not one: it has spaces or odd signs.")
    return address


def _common(head: EditionHeaders | NoticeHeaders) -> list[bytes]:
    fields = [
        mailbox_field("From", head.sender),
        text_field("Subject", head.subject),
        machine_field("Date", format_datetime(head.date)),
        machine_field("MIME-Version", "1.0"),
    ]
    if head.reply_to:
        fields.insert(1, machine_field("Reply-To", check_address(head.reply_to)))
    return fields


def _unsubscribe(url: str, address: str) -> list[bytes]:
    return [
        machine_field(
            "List-Unsubscribe",
            f"<{_machine(url)}>,",
            f"<mailto:{check_address(address)}?subject=unsubscribe>",
        ),
        machine_field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]


def _phrase_field(name: str, phrase: str, bracketed: str) -> bytes:
    words = _clean(phrase)
    if not words:
        return _field(name, bracketed.encode("ascii"))
    first = len(name) + 2
    is_plain = words.isascii() and "=?" not in words and not _LIKE_ADDRESS.search(words)
    if is_plain and len(words) + first + 2 <= LINE:
        parts = [(words if _ATOMS.fullmatch(words) else f'"{words}"').encode("ascii")]
    else:
        parts = _encoded_words(words, first=first)
    last = first if len(parts) == 1 else 1
    joint = b" " if last + len(parts[-1]) + 1 + len(bracketed) <= _ENCODED_LINE else b"\r\n "
    return _field(name, b"\r\n ".join(parts) + joint + bracketed.encode("ascii"))


def _field(name: str, value: bytes) -> bytes:
    if not _FIELD_NAME.fullmatch(name):
        raise Invalid(f"{name!r} is not the name of a header field.")
    line = name.encode("ascii") + b": " + value + b"\r\n"
    if any(len(part) > HARD_LIMIT for part in line.split(b"\r\n")):
        raise Invalid(f"The {name} field is longer than mail systems take: shorten it.")
    return line


def _machine(value: str) -> str:
    """Refuse what could start another field: control characters and everything beyond ASCII."""
    if not _MACHINE.fullmatch(value):
        raise Invalid("A header value has a line break or a sign that is not ASCII.")
    return value


def _clean(text: str) -> str:
    """Return the words on one line, without control characters and lone surrogates."""
    spaced = "".join(
        " " if unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} else sign for sign in text
    )
    # No-break spaces are typography and stay: only ASCII spaces are joined.
    return re.sub(r" {2,}", " ", spaced).strip()


def _stands_as_is(words: str) -> bool:
    return words.isascii() and "=?" not in words


def _fold_words(words: str, *, first: int) -> bytes | None:
    """Fold ASCII text at spaces; None when a word is too long for a line."""
    lines = [""]
    used = first
    for word in words.split(" "):
        if used + len(word) + 1 > LINE and lines[-1]:
            lines.append(word)
            used = 1 + len(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
            used = first + len(lines[-1]) if len(lines) == 1 else 1 + len(lines[-1])
        if used > LINE:
            return None
    return "\r\n ".join(lines).encode("ascii")


def _encoded_words(words: str, *, first: int) -> list[bytes]:
    """Return RFC 2047 words, each a whole number of characters, fitting their lines."""
    q_size = sum(len(_q(sign)) for sign in words)
    make = _q_words if q_size <= len(words.encode()) * 4 / 3 + 8 else _b_words
    return make(words, first)


def _q_words(words: str, first: int) -> list[bytes]:
    found: list[bytes] = []
    current = b""
    for sign in words:
        encoded = _q(sign)
        room = min(WORD, _ENCODED_LINE - (first if not found else 1)) - len("=?utf-8?q??=")
        if current and len(current) + len(encoded) > room:
            found.append(b"=?utf-8?q?" + current + b"?=")
            current = b""
        current += encoded
    return [*found, b"=?utf-8?q?" + current + b"?="]


def _q(sign: str) -> bytes:
    if sign == " ":
        return b"_"
    return b"".join(bytes([byte]) if byte in _PLAIN else b"=%02X" % byte for byte in sign.encode())


def _b_words(words: str, first: int) -> list[bytes]:
    found: list[bytes] = []
    current = b""
    for sign in words:
        raw = sign.encode()
        room = min(WORD, _ENCODED_LINE - (first if not found else 1)) - len("=?utf-8?b??=")
        if current and (len(current) + len(raw) + 2) // 3 * 4 > room:
            found.append(_b(current))
            current = b""
        current += raw
    return [*found, _b(current)]


def _b(raw: bytes) -> bytes:
    return b"=?utf-8?b?" + binascii.b2a_base64(raw, newline=False) + b"?="
