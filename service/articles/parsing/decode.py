"""Pure: decode bytes of unknown encoding."""

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_FIRST_PRINTABLE = 0x20


def decode(data: bytes) -> str | None:
    """Return the text, or None if the bytes are not text.

    Windows-1252 is the last guess: French text that is not Unicode is usually in it.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _try(data, encoding)
    if b"\x00" in data:
        return _try(data, _unmarked_utf16(data))
    text = _try(data, "utf-8")
    if text is None:
        # The five bytes that Windows-1252 does not define occur in binary files only.
        text = _try(data, "cp1252")
    return text


def looks_binary(text: str) -> bool:
    """Return whether a decoded text has more than 2 % control or replacement characters."""
    odd = sum(
        1 for c in text if (ord(c) < _FIRST_PRINTABLE and c not in "\t\n\r\f\v") or c == "\ufffd"
    )
    return odd > len(text) // 50


def _unmarked_utf16(data: bytes) -> str:
    # In Latin text every second byte is zero; which one tells the order.
    return "utf-16-le" if data[1::2].count(0) >= data[0::2].count(0) else "utf-16-be"


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None
