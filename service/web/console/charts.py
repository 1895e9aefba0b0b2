"""Pure: geometry of the console's bar charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH = 1000
_LEAST = 8
"""Something that happened is always visible, however many others there are."""


@dataclass(frozen=True, slots=True)
class BarSegment:
    """A part of a bar, in its own units."""

    name: str
    count: int
    x: int
    width: int


def bar_segments(counts: Mapping[str, int], order: Sequence[str]) -> list[BarSegment]:
    """Lay the counts side by side; together they fill the bar."""
    present = [(name, counts.get(name, 0)) for name in order if counts.get(name, 0) > 0]
    if not present:
        return []
    widths = _widths([count for _, count in present])
    laid: list[BarSegment] = []
    x = 0
    for (name, count), width in zip(present, widths, strict=True):
        laid.append(BarSegment(name, count, x, width))
        x += width
    return laid


def bar_length(count: int, most: int) -> int:
    """The length of one bar among several, of which `most` is the longest."""
    if count <= 0 or most <= 0:
        return 0
    return max(_LEAST, round(WIDTH * count / most))


@dataclass(frozen=True, slots=True)
class ChartColumn:
    """One of many narrow bars that stand side by side, in its drawing's own units."""

    x: int
    y: int
    height: int


HEIGHT = 100


def chart_columns(values: Sequence[float], *, width: int) -> list[ChartColumn]:
    """Stand values side by side, each `width` wide; the greatest is as high as the drawing."""
    most = max(values, default=0)
    heights = [0 if value <= 0 else max(2, round(HEIGHT * value / most)) for value in values]
    return [
        ChartColumn(x=index * width, y=HEIGHT - height, height=height)
        for index, height in enumerate(heights)
    ]


def _widths(counts: Sequence[int]) -> list[int]:
    total = sum(counts)
    widths = [max(_LEAST, round(WIDTH * count / total)) for count in counts]
    # The longest gives what the shortest were lent.
    longest = widths.index(max(widths))
    widths[longest] += WIDTH - sum(widths)
    return widths
