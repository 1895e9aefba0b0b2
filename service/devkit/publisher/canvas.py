"""Pure: a small canvas that fills shapes row by row and writes PNG, with nothing but zlib."""

import math
import struct
import zlib
from collections.abc import Sequence

Colour = tuple[int, int, int]
Point = tuple[float, float]


class Canvas:
    """An RGB picture."""

    def __init__(self, width: int, height: int, *, top: Colour, bottom: Colour) -> None:
        """Begin with a vertical gradient."""
        self.width, self.height = width, height
        self._rows = [
            bytearray(bytes(blend(top, bottom, y / (height - 1))) * width) for y in range(height)
        ]

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """Fill a polygon, even-odd, with smooth left and right edges."""
        crossings: dict[int, list[float]] = {}
        for (x0, y0), (x1, y1) in zip(points, (*points[1:], points[0]), strict=True):
            low, high = min(y0, y1), max(y0, y1)
            first, last = max(0, math.ceil(low - 0.5)), min(self.height, math.ceil(high - 0.5))
            slope = (x1 - x0) / (y1 - y0) if y1 != y0 else 0.0
            for y in range(first, last):
                crossings.setdefault(y, []).append(x0 + (y + 0.5 - y0) * slope)
        for y, found in crossings.items():
            found.sort()
            for left, right in zip(found[::2], found[1::2], strict=False):
                self._span(y, left, right, colour)

    def circle(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Fill a circle."""
        for row in range(max(0, int(y - radius)), min(self.height, int(y + radius) + 1)):
            away = radius * radius - (row + 0.5 - y) ** 2
            if away > 0:
                self._span(row, x - math.sqrt(away), x + math.sqrt(away), colour)

    def png(self) -> bytes:
        """The picture as a file."""
        # Filter 2 ("up") turns gradients and edges into small differences, which pack well.
        above = bytes(self.width * 3)
        lines = bytearray()
        for row in self._rows:
            lines.append(2)
            lines += _difference(bytes(row), above)
            above = bytes(row)
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)

    def _span(self, y: int, left: float, right: float, colour: Colour) -> None:
        left, right = max(0.0, left), min(float(self.width), right)
        if right <= left:
            return
        row, first, last = self._rows[y], math.ceil(left), math.floor(right)
        if first <= last:
            row[first * 3 : last * 3] = bytes(colour) * (last - first)
            self._tint(row, first - 1, first - left, colour)
            self._tint(row, last, right - last, colour)

    def _tint(self, row: bytearray, x: int, share: float, colour: Colour) -> None:
        if 0 <= x < self.width and share > 0:
            below = (row[x * 3], row[x * 3 + 1], row[x * 3 + 2])
            row[x * 3 : x * 3 + 3] = bytes(blend(below, colour, share))


def blend(one: Colour, other: Colour, share: float) -> Colour:
    """Some of `other` in `one`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _difference(row: bytes, above: bytes) -> bytes:
    # Subtracting byte by byte in Python is slow; as one large number with a guard bit per byte
    # it takes microseconds.
    ones = int.from_bytes(b"\x01\x00" * len(row), "little") << 8
    wide = int.from_bytes(_widen(row), "little") + ones
    less = wide - int.from_bytes(_widen(above), "little")
    return less.to_bytes(len(row) * 2 + 1, "little")[: len(row) * 2 : 2]


def _widen(row: bytes) -> bytes:
    wide = bytearray(len(row) * 2)
    wide[::2] = row
    return bytes(wide)


def _chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)
