"""Pure: characters that are not seen and that come along when text is pasted.

Direction marks and embeddings (Unicode 16, UAX #9, section 2), zero-width spaces and joiners, the
byte order mark, the soft hyphen. They mean something in a sentence, never in an address.
"""

_INVISIBLE = dict.fromkeys(
    [
        0x00AD,
        0x061C,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        0xFEFF,
    ]
)


def strip_invisible(text: str) -> str:
    """Return the text without them, and without white space around it."""
    return text.translate(_INVISIBLE).strip()
