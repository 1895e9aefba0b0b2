"""Pure: a rendition becomes RFC 5322 bytes once, cut where a reader's token goes.

Building and encoding a 40 KB message costs milliseconds, and is done once per variant; one
reader's copy is a join of ready bytes and costs microseconds. The quoted-printable encoder is
our own, because the cut needs each placeholder alone on its line between soft line breaks: a
token of any letters then changes nothing around it.
"""

import re
from dataclasses import dataclass
from hashlib import blake2b

from service.delivery.headers import check_address, machine_field
from service.kit.errors import Invalid

QUOTED_LINE = 76
_LINE_END = re.compile(r"\r\n?")
_SOFT = b"=\r\n"
# Printable ASCII except the equals sign stands for itself (RFC 2045 section 6.7).
_LITERAL = frozenset(range(33, 127)) - {ord("=")}
_QUOTED = [bytes([b]) if b in _LITERAL or b in b" \t" else b"=%02X" % b for b in range(256)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail without its reader: fields from `headers`, two parts, the stand-in for the token.

    An empty placeholder means that nothing in it is personal but the To field.
    """

    head: bytes
    text: str
    html: str
    placeholder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A serialised mail, cut at the places of the token."""

    segments: tuple[bytes, ...]

    def join(self, *, token: str, address: str, message_id: str) -> bytes:
        """Return one reader's copy: CRLF line ends, no line starting with a dot, no final dot.

        The same arguments always give the same bytes.
        """
        if not (token.isascii() and token.isalnum() and len(token) < QUOTED_LINE):
            raise Invalid("A reader's token has signs that may not stand in a mail.")
        own = b"To: <%b>\r\n%b" % (
            check_address(address).encode("ascii"),
            machine_field("Message-ID", message_id),
        )
        return own + token.encode("ascii").join(self.segments)

    @property
    def size(self) -> int:
        """Return the size in bytes without tokens and the reader's own fields."""
        return sum(len(segment) for segment in self.segments)


def compose(letter: Letter) -> Composed:
    """Serialise a letter as multipart/alternative, the text part first."""
    boundary = _boundary(letter)
    whole = b"".join(
        [
            letter.head,
            machine_field("Content-Type", "multipart/alternative;", f'boundary="{boundary}"'),
            b"\r\n",
            _part("plain", letter.text, boundary, letter.placeholder),
            _part("html", letter.html, boundary, letter.placeholder),
            b"--%b--\r\n" % boundary.encode("ascii"),
        ]
    )
    if not letter.placeholder:
        return Composed(segments=(whole,))
    return Composed(segments=tuple(whole.split(letter.placeholder.encode("ascii"))))


def quote(text: str, placeholder: str = "") -> bytes:
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


def _part(subtype: str, text: str, boundary: str, placeholder: str) -> bytes:
    return b"".join(
        [
            b"--%b\r\n" % boundary.encode("ascii"),
            machine_field("Content-Type", f"text/{subtype}; charset=utf-8"),
            machine_field("Content-Transfer-Encoding", "quoted-printable"),
            b"\r\n",
            quote(text, placeholder),
            b"\r\n",
        ]
    )


def _boundary(letter: Letter) -> str:
    """Return a boundary that depends on the content only: retries must have the same bytes.

    `=_` cannot occur in quoted-printable text, so it never collides with a part.
    """
    digest = blake2b(digest_size=12)
    for part in (letter.head, letter.text.encode("utf-8", "replace")):
        digest.update(b"%d:%b" % (len(part), part))
    digest.update(letter.html.encode("utf-8", "replace"))
    return f"=_crieur_{digest.hexdigest()}"
