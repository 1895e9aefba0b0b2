"""What the rule tests read: the modules of the product as syntax trees, and its other files."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One file of `service` or `workers`."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def docstring(self) -> str:
        return ast.get_docstring(self.tree) or ""

    @property
    def place(self) -> str:
        return str(self.path.relative_to(ROOT))


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the product, migrations included."""
    found = [*ROOT.glob("service/**/*.py"), *ROOT.glob("workers/**/*.py")]
    return tuple(_read(path) for path in sorted(found))


def _read(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    text = path.read_text("utf-8")
    return Module(
        name=".".join(part for part in parts if part != "__init__"),
        path=path,
        text=text,
        tree=ast.parse(text),
    )
