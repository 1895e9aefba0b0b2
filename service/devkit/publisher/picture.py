"""Pure: the picture of an article, drawn from its section and a number; the same every time."""

import math
from collections.abc import Callable
from random import Random

from service.devkit.publisher.canvas import Canvas, Colour, Point, blend

WIDTH, HEIGHT = 1200, 675
INK: Colour = (24, 38, 46)
SAND: Colour = (246, 226, 186)
SUN: Colour = (244, 166, 62)
BRICK: Colour = (190, 78, 48)
LEAF: Colour = (28, 108, 92)
NIGHT: Colour = (30, 52, 92)


def draw(section: str, seed: int) -> bytes:
    """A PNG for this section's slug."""
    chance = Random(f"{section}/{seed}")  # noqa: S311 -- a picture, not a secret.
    return MOTIFS.get(section, _dunes)(chance).png()


def _arches(chance: Random) -> Canvas:
    """A row of arches in the evening, for politics."""
    canvas = Canvas(WIDTH, HEIGHT, top=(64, 98, 138), bottom=(240, 196, 140))
    canvas.circle(chance.uniform(200, 1000), chance.uniform(150, 300), 74, (252, 222, 160))
    wall = blend((214, 190, 158), BRICK, chance.uniform(0, 0.45))
    dark = blend(wall, INK, 0.55)
    top = chance.uniform(240, 330)
    canvas.polygon(_box(0, top, WIDTH, HEIGHT), wall)
    canvas.polygon(_box(0, top, WIDTH, top + 20), blend(wall, INK, 0.25))
    count = chance.randint(4, 6)
    step = WIDTH / count
    for number in range(count):
        middle, half = (number + 0.5) * step, step * 0.3
        canvas.circle(middle, top + 90 + half, half, dark)
        canvas.polygon(_box(middle - half, top + 90 + half, middle + half, HEIGHT), dark)
    canvas.polygon(_box(0, HEIGHT - 46, WIDTH, HEIGHT), blend(wall, INK, 0.35))
    return canvas


def _bars(chance: Random) -> Canvas:
    """Rising columns and a line above them, for business."""
    canvas = Canvas(WIDTH, HEIGHT, top=(226, 240, 232), bottom=(196, 222, 208))
    count, height = chance.randint(7, 10), 130.0
    step = (WIDTH - 160) / count
    tops: list[Point] = []
    for number in range(count):
        height = min(470, max(90, height + chance.uniform(-40, 95)))
        left = 80 + number * step
        colour = SUN if number == count - 1 else blend(LEAF, SAND, chance.uniform(0, 0.35))
        canvas.polygon(_box(left + 9, HEIGHT - 70 - height, left + step - 9, HEIGHT - 70), colour)
        tops.append((left + step / 2, HEIGHT - 112 - height))
    canvas.polygon(_box(60, HEIGHT - 70, WIDTH - 60, HEIGHT - 64), INK)
    canvas.polygon(_ribbon(tops, 4), INK)
    for x, y in tops:
        canvas.circle(x, y, 11, INK)
        canvas.circle(x, y, 5, (255, 255, 255))
    return canvas


def _dunes(chance: Random) -> Canvas:
    """Hills under a large sun, for the continent."""
    canvas = Canvas(WIDTH, HEIGHT, top=(238, 158, 84), bottom=(252, 226, 172))
    canvas.circle(chance.uniform(250, 950), chance.uniform(230, 330), 118, (253, 240, 206))
    for layer in range(4):
        colour = blend((206, 120, 66), INK, layer * 0.22)
        canvas.polygon(_hill(chance, 350 + layer * 78, 46 - layer * 6), colour)
    for _ in range(chance.randint(1, 3)):
        _tree(canvas, chance.uniform(120, 1080), chance.uniform(560, 610), chance.uniform(0.7, 1.2))
    return canvas


def _cloth(chance: Random) -> Canvas:
    """Woven strips, for culture."""
    canvas = Canvas(WIDTH, HEIGHT, top=NIGHT, bottom=NIGHT)
    colours = [SUN, BRICK, LEAF, SAND, INK, (122, 58, 98)]
    strips, tile = 8, 75
    for strip in range(strips):
        ground, mark, other = chance.sample(colours, 3)
        left = strip * 150.0
        kind = chance.randrange(3)
        for row in range(HEIGHT // tile):
            y = row * tile
            canvas.polygon(_box(left, y, left + 146, y + tile), ground if row % 2 else mark)
            _weave(canvas, kind, (left + 73, y + tile / 2), other if row % 2 else ground)
    return canvas


def _track(chance: Random) -> Canvas:
    """Lanes around a field, and a ball, for sport."""
    canvas = Canvas(WIDTH, HEIGHT, top=(46, 128, 90), bottom=(46, 128, 90))
    x, y = chance.uniform(-100, 200), chance.uniform(700, 900)
    for lane in range(4):
        radius = 900 - lane * 92
        canvas.circle(x, y, radius, (246, 236, 220))
        canvas.circle(x, y, radius - 5, blend(BRICK, INK, lane * 0.06))
    canvas.circle(x, y, 900 - 4 * 92, (40, 122, 86))
    ball_x, ball_y, size = chance.uniform(760, 1040), chance.uniform(170, 300), 96
    canvas.circle(ball_x + 14, ball_y + 18, size, (28, 84, 62))
    canvas.circle(ball_x, ball_y, size, (250, 248, 240))
    turn = chance.uniform(0, 1)
    canvas.polygon(_star(ball_x, ball_y, size * 0.42, turn), INK)
    for number in range(5):
        angle = turn + math.tau * (number + 0.5) / 5
        spot = (ball_x + math.cos(angle) * size * 0.74, ball_y + math.sin(angle) * size * 0.74)
        canvas.polygon(_star(*spot, size * 0.2, turn + 0.6), INK)
    return canvas


MOTIFS: dict[str, Callable[[Random], Canvas]] = {
    "politique": _arches,
    "politics": _arches,
    "economie": _bars,
    "business": _bars,
    "continent": _dunes,
    "africa": _dunes,
    "culture": _cloth,
    "sport": _track,
}


def _box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _hill(chance: Random, height: float, wave: float) -> list[Point]:
    first, second = chance.uniform(0, math.tau), chance.uniform(0, math.tau)
    ridge = [
        (
            float(x),
            height + wave * math.sin(x / 190 + first) + wave / 2 * math.sin(x / 83 + second),
        )
        for x in range(0, WIDTH + 8, 8)
    ]
    return [*ridge, (float(WIDTH + 8), float(HEIGHT)), (0.0, float(HEIGHT))]


def _ribbon(points: list[Point], half: float) -> list[Point]:
    above = [(x, y - half) for x, y in points]
    return [*above, *((x, y + half) for x, y in reversed(points))]


def _tree(canvas: Canvas, x: float, foot: float, scale: float) -> None:
    """An acacia: a flat crown on a slender stem."""
    crown = foot - 170 * scale
    canvas.polygon(
        [
            (x - 7 * scale, foot),
            (x - 3 * scale, crown),
            (x + 5 * scale, crown),
            (x + 7 * scale, foot),
        ],
        INK,
    )
    for away, drop, radius in ((-62, 14, 30), (0, 0, 40), (60, 10, 32), (-28, 6, 36), (30, 6, 36)):
        canvas.circle(x + away * scale, crown + drop * scale, radius * scale, INK)
    canvas.polygon(
        [
            (x - 4 * scale, foot - 70 * scale),
            (x - 48 * scale, crown + 24),
            (x - 40 * scale, crown + 24),
            (x + 3 * scale, foot - 84 * scale),
        ],
        INK,
    )


def _weave(canvas: Canvas, kind: int, middle: Point, colour: Colour) -> None:
    x, y = middle
    if kind == 0:
        canvas.polygon([(x, y - 30), (x + 58, y), (x, y + 30), (x - 58, y)], colour)
    elif kind == 1:
        for offset in (-44, 0, 44):
            canvas.polygon(_box(x + offset - 12, y - 26, x + offset + 12, y + 26), colour)
    else:
        for drop in (-22, 0, 22):
            canvas.polygon(_box(x - 60, y + drop - 5, x + 60, y + drop + 5), colour)


def _star(x: float, y: float, radius: float, turn: float) -> list[Point]:
    """A regular pentagon."""
    angles = [turn + math.tau * number / 5 for number in range(5)]
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]
