"""What the rule tests read: the modules of the product as syntax trees, and its other files."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
MANY = 300
"""The product has more modules than this."""
WORDING_FOLDERS = sorted({path.parent for path in ROOT.glob("service/**/wording/*.toml")})
"""Where the sentences of a room are, a file a language."""


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

    @property
    def is_pure(self) -> bool:
        """Whether it says of itself that it does no I/O and reads no clock and no settings."""
        return self.docstring.startswith("Pure:")


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the product, migrations included.

    Most rules say that no module breaks them, which is true of no modules, too.
    """
    found = [*ROOT.glob("service/**/*.py"), *ROOT.glob("workers/**/*.py")]
    assert len(found) > MANY, f"{ROOT} holds {len(found)} modules of the product"
    return tuple(_read(path) for path in sorted(found))


def imported_modules(tree: ast.Module) -> Iterator[str]:
    """Yield the dotted name behind each `import` and `from`, also inside functions."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(name)):
                yield name
            case _:
                pass


def _read(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    text = path.read_text("utf-8")
    return Module(
        name=".".join(part for part in parts if part != "__init__"),
        path=path,
        text=text,
        tree=ast.parse(text),
    )
