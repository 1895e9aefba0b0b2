"""Pure: derive the colours of a message from the newsletter's accent colour.

An operator picks one colour. White on yellow or dark red on black would be unreadable, so the text
on the accent and the accent of dark mode are computed by contrast (WCAG 2.2).
"""

import re
from dataclasses import dataclass

DEFAULT_ACCENT = "#9c1c1c"
DARK_PAPER = "#1d1a17"
LIGHT_PAPER = "#ffffff"
READABLE = 4.5
_HEX = re.compile(r"#[0-9a-f]{6}")

# Where the curve of sRGB begins (IEC 61966-2-1).
_LINEAR_BELOW = 0.04045


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """The colours of one newsletter."""

    accent: str
    ink_on_accent: str
    accent_text: str
    accent_dark: str


def theme_for(accent: str | None) -> Theme:
    """Return a readable theme; an invalid colour is replaced by the default red."""
    wanted = (accent or "").strip().lower()
    colour = wanted if _HEX.fullmatch(wanted) else DEFAULT_ACCENT
    white_reads = contrast(colour, "#ffffff") >= contrast(colour, "#000000")
    return Theme(
        accent=colour,
        ink_on_accent="#ffffff" if white_reads else "#000000",
        accent_text=_towards(colour, "#000000", against=LIGHT_PAPER),
        accent_dark=_towards(colour, "#ffffff", against=DARK_PAPER),
    )


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _towards(colour: str, end: str, *, against: str) -> str:
    """Mix `colour` with `end` just enough to be readable on `against`."""
    for step in range(11):
        mixed = _mix(colour, end, step / 10)
        if contrast(mixed, against) >= READABLE:
            return mixed
    return end


def _mix(one: str, other: str, share: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    if channel <= _LINEAR_BELOW:
        return channel / 12.92
    raised: float = ((channel + 0.055) / 1.055) ** 2.4
    return raised
