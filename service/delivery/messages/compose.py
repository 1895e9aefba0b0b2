"""Pure: a mail becomes RFC 5322 bytes, cut where a reader's token goes.

Encoding 40 KB costs milliseconds, so pieces that many variants share are encoded once
(`EncodedPieces`); a variant is a join of those, and one reader's copy of the variant is another
join, which costs microseconds. The quoted-printable encoder is our own, because the cut needs each
placeholder alone on its line between soft line breaks: a token of any letters then changes nothing
around it.

What SMTP asks of a mail (RFC 5321 section 4.5) is looked at here, once for all copies: see
`PreparedMessage.ready`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from service.delivery.messages import delivery_token
from service.delivery.messages.dkim import DkimSigner, DkimSigning
from service.delivery.messages.headers import HARD_LIMIT, check_address, machine_field
from service.kit.errors import Invalid

QUOTED_LINE = 76
LONGEST_VALUE = 900
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
_DELIVERY_FIELD = f"{delivery_token.FIELD}: %b\r\n".encode("ascii")
_LINE_END = re.compile(r"\r\n?")
_SOFT = b"=\r\n"
_OWN = 4_000
"""Bytes that a variant has of its own besides its head: places, and lines with its headlines."""
# Printable ASCII except the equals sign stands for itself (RFC 2045 section 6.7).
_LITERAL = frozenset(range(33, 127)) - {ord("=")}
_QUOTED = [bytes([b]) if b in _LITERAL or b in b" \t" else b"=%02X" % b for b in range(256)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTemplate:
    """A message without its reader: fields from `headers`, two parts, the stand-in for the token.

    A part may come in pieces, of which each but the last ends with a line break. An empty
    placeholder means that nothing in it is personal but the To field.
    """

    head: bytes
    text: str | Sequence[str]
    html: str | Sequence[str]
    placeholder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedMessage:
    """A serialised mail in pieces, some of which many variants share.

    When `ready`, every copy is ASCII, has CRLF line ends and no other CR, LF or NUL, no line of
    more than 998 bytes, none that starts with a dot, and a line end at the end: it need not be
    checked again, and there is no dot to stuff.
    """

    pieces: tuple[bytes, ...]
    # Which of them are empty, because the token goes there; never the first one.
    places: tuple[int, ...]
    ready: bool
    # How many bytes it holds that no other variant has.
    weight: int
    signer: DkimSigner | None = None

    def copy(
        self, *, token: str, address: str, message_id: str, delivery: str = ""
    ) -> tuple[bytes, ...]:
        """Return one reader's copy in pieces, signed if there are keys.

        `delivery` is the delivery token for `X-Crieur-Delivery`; without one the field is left
        out. DKIM does not sign the field: it has its own signature, and relays may remove it.
        The final dot is not part of the copy. The same arguments always give the same bytes.

        Raises:
            Invalid: a value could break out of its place.
        """
        if not (token.isascii() and token.isalnum() and len(token) < QUOTED_LINE):
            raise Invalid("A reader's token has signs that may not stand in a mail.")
        if delivery and not (delivery.isascii() and delivery.isalnum()):
            raise Invalid("A delivery token has characters that may not stand in a header.")
        if not _MESSAGE_ID.fullmatch(message_id) or len(message_id) > LONGEST_VALUE:
            raise Invalid("A Message-ID has signs that may not stand in it.")
        to = b"<%b>" % check_address(address).encode("ascii")
        name, mark = message_id.encode("ascii"), token.encode("ascii")
        seal = self.signer.sign(mark, to=to, message_id=name) if self.signer is not None else b""
        copy = list(self.pieces)
        own = _DELIVERY_FIELD % delivery.encode("ascii") if delivery else b""
        copy[0] = b"%bTo: %b\r\nMessage-ID: %b\r\n%b%b" % (seal, to, name, own, copy[0])
        for place in self.places:
            copy[place] = mark
        return tuple(copy)

    def join(self, *, token: str, address: str, message_id: str, delivery: str = "") -> bytes:
        """Return `copy` in one piece."""
        return b"".join(
            self.copy(token=token, address=address, message_id=message_id, delivery=delivery)
        )

    @property
    def size(self) -> int:
        """Return the size in bytes without tokens, the reader's own fields and signatures."""
        return sum(map(len, self.pieces))


class EncodedPieces:
    """Remembers how pieces look in quoted-printable, cut at a placeholder.

    When it `shares`, variants keep its pieces instead of copies of them: then a thousand of them
    take hardly more room than one, and each copy is joined from some fifty pieces instead of five.
    """

    def __init__(self, placeholder: str, *, shares: bool = False, most: int = 5_000) -> None:
        """Keep at most so many pieces, of which most are lines of a hundred bytes."""
        self.placeholder = placeholder
        self.shares = shares
        self._most = most
        self._known: dict[str, tuple[bytes, ...]] = {}

    def quote(self, piece: str) -> tuple[bytes, ...]:
        """Return what `quote` does, cut where the token goes; from memory if it is known."""
        known = self._known.get(piece)
        if known is None:
            if len(self._known) >= self._most:
                self._known.clear()
            known = _cut(encode_quoted_printable(piece, self.placeholder), self.placeholder)
            self._known[piece] = known
        return known


def compose(
    message: MessageTemplate,
    *,
    signing: DkimSigning | None = None,
    quotes: EncodedPieces | None = None,
) -> PreparedMessage:
    """Serialise a message as multipart/alternative, the text part first.

    `quotes` are those of messages with the same placeholder.
    """
    quotes = quotes or EncodedPieces(message.placeholder)
    boundary = _boundary(message)
    content_type = machine_field("Content-Type", "multipart/alternative;", f'boundary="{boundary}"')
    head = message.head + content_type
    cuts = [
        _cut(head + b"\r\n", message.placeholder),
        *_part("plain", message.text, boundary, quotes),
        *_part("html", message.html, boundary, quotes),
        (b"--%b--\r\n" % boundary.encode("ascii"),),
    ]
    # The longest token makes the longest lines, and no token has anything but letters in it.
    longest = b"".join((b"x" * (QUOTED_LINE - 1)).join(cut) for cut in cuts)
    pieces, places = _lay_out(cuts, is_apart=quotes.shares)
    weight = len(head) + _OWN if quotes.shares else sum(map(len, pieces))
    signer = None
    if signing is not None:
        placeholder = message.placeholder.encode("ascii")
        body = b"".join(placeholder.join(cut) for cut in cuts[1:])
        signer = DkimSigner(head, body, placeholder=placeholder, signing=signing)
        weight += len(body)
    return PreparedMessage(
        pieces=pieces, places=places, ready=is_wire_ready(longest), weight=weight, signer=signer
    )


def _cut(raw: bytes, placeholder: str) -> tuple[bytes, ...]:
    mark = placeholder.encode("ascii")
    return tuple(raw.split(mark)) if mark and mark in raw else (raw,)


def _lay_out(
    cuts: Sequence[Sequence[bytes]], *, is_apart: bool
) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    """Return the pieces with an empty one where the token goes, and the places of these.

    Unless they are to stay apart, pieces between two tokens become one.
    """
    pieces: list[bytes] = []
    places: list[int] = []
    run: list[bytes] = []
    for cut in cuts:
        for number, piece in enumerate(cut):
            if number:
                pieces += run if is_apart else [b"".join(run)]
                run = []
                places.append(len(pieces))
                pieces.append(b"")
            run.append(piece)
    pieces += run if is_apart else [b"".join(run)]
    return tuple(pieces), tuple(places)


def is_wire_ready(raw: bytes) -> bool:
    """Return whether a whole message may go onto the wire as it is, with nothing to stuff."""
    ends = raw.count(b"\r\n")
    return (
        raw.endswith(b"\r\n")
        and raw.isascii()
        and raw.count(b"\r") == raw.count(b"\n") == ends
        and b"\x00" not in raw
        and not raw.startswith(b".")
        and b"\n." not in raw
        and max(map(len, raw.split(b"\r\n"))) <= HARD_LIMIT
    )


def encode_quoted_printable(text: str, placeholder: str = "") -> bytes:
    """Return quoted-printable (RFC 2045) with CRLF line ends, every placeholder alone on a line.

    Line ends of any kind become line breaks; a lone surrogate becomes a question mark.
    """
    canonical = _LINE_END.sub("\n", text)
    pieces = canonical.split(placeholder) if placeholder else [canonical]
    out = bytearray(_quote_piece(pieces[0]))
    for piece in pieces[1:]:
        if out and not out.endswith(b"\r\n"):
            out += _SOFT
        out += placeholder.encode("ascii")
        if piece and not piece.startswith("\n"):
            out += _SOFT
        out += _quote_piece(piece)
    return bytes(out)


def _quote_piece(piece: str) -> bytes:
    lines = piece.encode("utf-8", "replace").split(b"\n")
    return b"\r\n".join(_quote_line(line) for line in lines)


def _quote_line(line: bytes) -> bytes:
    units = [_QUOTED[byte] for byte in line]
    if units and line[-1:] in {b" ", b"\t"}:
        units[-1] = b"=%02X" % line[-1]  # White space at the end of a line is lost on the way.
    out = bytearray()
    used = 0
    for index, unit in enumerate(units):
        # One column stays free for the soft break's equals sign.
        if used + len(unit) > QUOTED_LINE - 1:
            out += _SOFT
            used = 0
        shown = _at_line_start(unit, line, index) if used == 0 else unit
        out += shown
        used += len(shown)
    return bytes(out)


def _at_line_start(unit: bytes, line: bytes, index: int) -> bytes:
    """Hide a dot, which SMTP would double, and `From `, which mailbox files would quote."""
    if unit == b"." or line.startswith(b"From ", index):
        return b"=%02X" % unit[0]
    return unit


def _part(
    subtype: str, text: str | Sequence[str], boundary: str, quotes: EncodedPieces
) -> list[tuple[bytes, ...]]:
    begin = [
        b"--%b\r\n" % boundary.encode("ascii"),
        machine_field("Content-Type", f"text/{subtype}; charset=utf-8"),
        machine_field("Content-Transfer-Encoding", "quoted-printable"),
        b"\r\n",
    ]
    return [(b"".join(begin),), *map(quotes.quote, _pieces(text)), (b"\r\n",)]


def _boundary(message: MessageTemplate) -> str:
    """Return a boundary that depends on the content only: retries must have the same bytes.

    `=_` cannot occur in quoted-printable text, so it never collides with a part.
    """
    digest = blake2b(digest_size=12)
    text = "".join(_pieces(message.text)).encode("utf-8", "replace")
    for part in (message.head, text):
        digest.update(b"%d:%b" % (len(part), part))
    digest.update("".join(_pieces(message.html)).encode("utf-8", "replace"))
    return f"=_crieur_{digest.hexdigest()}"


def _pieces(part: str | Sequence[str]) -> Sequence[str]:
    return (part,) if isinstance(part, str) else part
