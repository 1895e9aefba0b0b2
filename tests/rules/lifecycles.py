"""Draws the states of `service/*/lifecycle.py` into docs/lifecycle.md.

`.venv/bin/python -m tests.rules.lifecycles` writes the pictures; a test compares them.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from service.audience import lifecycle as subscription
from service.delivery import lifecycle as delivery
from service.editions import lifecycle as edition
from tests.rules.code import ROOT

Arrows = Mapping[Any, AbstractSet[str]]

PAGE = ROOT / "docs/lifecycle.md"
PICTURES: dict[str, tuple[Arrows, AbstractSet[str]]] = {
    "edition": (edition.TRANSITIONS, edition.FINAL),
    "delivery": (delivery.TRANSITIONS, delivery.FINAL),
    "subscription": (subscription.TRANSITIONS, frozenset()),
}
"""Arrows, and the states in which a thing may rest for ever, even if an arrow leads out of one."""


def draw(arrows: Arrows, final: AbstractSet[str]) -> str:
    """Return a Mermaid state diagram: first the first state, last the final ones."""
    return "\n".join(["stateDiagram-v2", *(f"    {line}" for line in _lines(arrows, final))])


def fill(page: str) -> str:
    """Return the page with every picture drawn anew between its marks."""
    for name, (arrows, final) in PICTURES.items():
        block = f"<!-- {name} -->\n```mermaid\n{draw(arrows, final)}\n```\n<!-- /{name} -->"
        place = re.search(rf"<!-- {name} -->.*?<!-- /{name} -->", page, re.DOTALL)
        assert place is not None, f"docs/lifecycle.md has no place for {name}"
        page = page.replace(place[0], block)
    return page


def _lines(arrows: Arrows, final: AbstractSet[str]) -> Iterator[str]:
    order = list(arrows)
    yield f"[*] --> {order[0]}"
    for before, after in arrows.items():
        for state in order:
            if state in after:
                yield f"{before} --> {state}"
    for state in order:
        if state in final:
            yield f"{state} --> [*]"


if __name__ == "__main__":
    PAGE.write_text(fill(PAGE.read_text("utf-8")), "utf-8")
