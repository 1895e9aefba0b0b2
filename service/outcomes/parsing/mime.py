"""Pure: takes a raw mail apart, whatever is wrong with it.

Messages that come back are written by thousands of programs and some by attackers. The
standard parser recurses once per nested part and keeps every header, so a small hostile mail
costs much; this one reads a bounded number of bytes, headers, parts and levels, and always
answers.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header
from functools import cached_property

LIMIT_BYTES = 1 << 20
LIMIT_HEADERS = 300
LIMIT_HEADER_BYTES = 8_000
LIMIT_PARTS = 60
LIMIT_DEPTH = 6

# No search by pattern: in a megabyte of other characters it stops every thread for a second.
_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_NO_LETTERS = bytes(set(range(256)) - _LETTERS)

_KNOWN_CHARSET = re.compile(
    r"(us-?)?ascii|utf-?(8|16(le|be)?)|iso-?8859-?\d{1,2}|(windows|cp)-?\d{3,4}|koi8-[ru]"
    r"|iso-2022-(jp|kr)(-\d)?|shift[_-]jis|sjis|euc-(jp|kr)|gb(2312|k|18030)|big5|tis-620"
)
_PARAMETER = re.compile(r';\s*([a-z0-9*-]{1,40})\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]+)', re.IGNORECASE)
_PARAMETER_LINE = re.compile(rb"(?i)(?:boundary|charset|name|report-type|type)=")
_FIELD_NAME = re.compile(rb"[!-9;-~]{1,80}[ \t]*:")


@dataclass(frozen=True, kw_only=True)
class MessagePart:
    """One leaf of a mail; a returned message is a leaf too and is not opened."""

    type: str
    headers: dict[str, list[str]] = field(default_factory=dict)
    body: bytes = b""
    charset: str = ""

    def first(self, name: str) -> str:
        """Return a header's first value, or nothing."""
        return next(iter(self.headers.get(name, ())), "")

    @cached_property
    def text(self) -> str:
        """The decoded text, with plain line ends; every reader asks for it."""
        encoding = self.first("content-transfer-encoding").strip().lower()
        return decode_text(_unwrap(self.body, encoding), self.charset).replace("\r\n", "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMessage:
    """A mail's own headers and its leaves in order."""

    top: MessagePart
    parts: tuple[MessagePart, ...]


def parse_message(raw: bytes) -> ParsedMessage:
    """Take a mail apart."""
    raw = raw[:LIMIT_BYTES].replace(b"\r\n", b"\n").lstrip(b"\n")
    if raw.startswith((b"From ", b">From ")):
        raw = raw.partition(b"\n")[2]
    top = parse_part(raw)
    leaves: list[MessagePart] = []
    for leaf in _leaves(top, 0):
        leaves.append(leaf)
        if len(leaves) >= LIMIT_PARTS:
            break
    return ParsedMessage(top=top, parts=tuple(leaves))


def parse_part(raw: bytes) -> MessagePart:
    """Read headers and body of a mail or of a part of one."""
    headers, body = _split(raw)
    content_type = next(iter(headers.get("content-type", ())), "")
    kind = content_type.partition(";")[0].strip().lower() or "text/plain"
    return MessagePart(
        type=kind, headers=headers, body=body, charset=_parameters(content_type).get("charset", "")
    )


def parse_fields(block: str) -> dict[str, str]:
    """Read the lines `Name: value` of a report's block; a name keeps its first value."""
    return {name: values[0] for name, values in parse_repeated_fields(block).items()}


def parse_repeated_fields(block: str) -> dict[str, list[str]]:
    """Read the lines `Name: value` of a report's block, with every value of a name."""
    return _split(block.strip("\n").encode("utf-8", "surrogateescape") + b"\n\n")[0]


def decode_text(body: bytes, charset: str) -> str:
    """Decode with the stated charset if it is a known one, else as UTF-8, else as Latin-1.

    Python also knows "charsets" such as zlib and punycode: the list keeps those out.
    """
    name = charset.strip().lower()
    # Letters in two bytes each have zeros among them, whatever a header says.
    is_two_bytes = name.startswith("utf-16")
    if _KNOWN_CHARSET.fullmatch(name) and not (is_two_bytes and b"\0" not in body):
        try:
            return body.decode(name)
        except (LookupError, UnicodeError):
            pass
    try:
        return body.decode("utf-8")
    except UnicodeError:
        return body.decode("latin-1")


def decode_header_words(value: str) -> str:
    """Decode the encoded words of a header."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError, binascii.Error):
        return value
    return "".join(
        piece if isinstance(piece, str) else decode_text(piece, charset or "")
        for piece, charset in pieces
    )


def _split(raw: bytes) -> tuple[dict[str, list[str]], bytes]:
    """Part the headers from the body; a line that is no header begins the body."""
    headers: dict[str, list[str]] = {}
    last: list[str] | None = None
    position = 0
    count = 0
    while position < len(raw) and count < LIMIT_HEADERS:
        end = raw.find(b"\n", position)
        end = len(raw) if end < 0 else end
        line = raw[position:end]
        if not line.strip():
            return headers, raw[end + 1 :]
        if line[:1] in b" \t" or _goes_on(last, line):
            _fold(last, line)
        elif _FIELD_NAME.match(line[:100]):
            last = _keep(headers, line)
            count += 1
        else:
            return headers, raw[position:]
        position = end + 1
    return headers, raw[position:]


def _keep(headers: dict[str, list[str]], line: bytes) -> list[str]:
    name, _colon, value = line[:LIMIT_HEADER_BYTES].partition(b":")
    values = headers.setdefault(name.decode("ascii", "replace").strip().lower(), [])
    values.append(decode_text(value.strip(), ""))
    return values


def _goes_on(values: list[str] | None, line: bytes) -> bool:
    """Return whether a line is a parameter that belongs to the header above, though not folded."""
    return bool(values and values[-1].endswith(";") and _PARAMETER_LINE.match(line[:100]))


def _fold(values: list[str] | None, line: bytes) -> None:
    if values and len(values[-1]) < LIMIT_HEADER_BYTES:
        values[-1] += " " + decode_text(line[:LIMIT_HEADER_BYTES].strip(), "")


def _parameters(value: str) -> dict[str, str]:
    return {
        name.lower(): content.strip('"')
        for name, content in _PARAMETER.findall(value[:LIMIT_HEADER_BYTES])
    }


def _leaves(node: MessagePart, depth: int) -> Iterator[MessagePart]:
    boundary = _parameters(node.first("content-type")).get("boundary", "")
    if not node.type.startswith("multipart/") or depth >= LIMIT_DEPTH:
        yield node
        return
    if not boundary:
        # It cannot be taken apart, but it can be read.
        yield MessagePart(
            type="text/plain", headers=node.headers, body=node.body, charset=node.charset
        )
        return
    mark = b"--" + boundary.encode("utf-8", "surrogateescape")
    line = re.compile(rb"(?m)^" + re.escape(mark) + rb"(?:--)?[ \t]*\n?")
    pieces = line.split(node.body, maxsplit=LIMIT_PARTS)
    for number, piece in enumerate(pieces):
        if not piece.strip():
            continue
        if number == 0:
            # Some programs write their whole text before the first boundary.
            yield MessagePart(type="preamble", body=piece)
        else:
            yield from _leaves(parse_part(piece), depth + 1)


def _unwrap(body: bytes, encoding: str) -> bytes:
    if encoding == "quoted-printable":
        return quopri.decodestring(body)
    if encoding == "base64":
        letters = body.translate(None, _NO_LETTERS)
        letters = letters[: len(letters) // 4 * 4] if len(letters) % 4 == 1 else letters
        return base64.b64decode(letters + b"=" * (-len(letters) % 4))
    return body
