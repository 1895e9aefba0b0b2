"""Names: one word, one thing, and a word that a newcomer from the field would guess.

About sixty nouns were this project's own, thirty-six class names stood for two to five different
things, and twenty functions were called `read`. Whoever came from Postfix, listmonk or Django could
not tell what a file was about without opening it.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.rules.code import ROOT, Module, modules

GENERIC = {"read", "show", "look", "tell", "say", "take", "run"}
PROTOCOL = re.compile(
    # `run(runtime, …)` is how every job of `workers/` is called by its actor.
    r"workers\.[a-z_]+:run$"
)
PLAIN_WORDS = Path(__file__).parent / "plain_words.txt"
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|\d+")


def test_no_class_name_stands_for_two_things() -> None:
    """`State` was five enumerations, `Kind` four; an import did not say which."""
    homes: dict[str, list[str]] = defaultdict(list)
    for module in modules():
        for each in ast.walk(module.tree):
            if isinstance(each, ast.ClassDef) and not each.name.startswith("_"):
                homes[each.name].append(module.name)

    assert {name: found for name, found in homes.items() if len(found) > 1} == {}


def test_class_names_are_made_of_the_glossarys_words_and_plain_ones() -> None:
    """A word that is in neither list needs a row in the glossary, or a better word."""
    allowed = glossary_words() | plain_words()
    strange = {
        f"{module.name}:{each.name}": sorted(strangers)
        for module in modules()
        for each in module.tree.body
        if isinstance(each, ast.ClassDef) and not each.name.startswith("_")
        if (strangers := {word for word in words_of(each.name) if word not in allowed})
    }

    assert strange == {}


def test_plain_words_are_sorted_used_and_not_in_the_glossary() -> None:
    """The list stays short: a word that no class needs any more goes, one of ours is defined."""
    listed = PLAIN_WORDS.read_text("utf-8").split()
    used = {
        word
        for module in modules()
        for each in ast.walk(module.tree)
        if isinstance(each, ast.ClassDef)
        for word in words_of(each.name)
    }

    assert listed == sorted(set(listed))
    assert set(listed) - used == set()


def test_no_public_function_has_a_name_that_fits_everything() -> None:
    """`read` was twenty functions: the verb says what happens, the noun says to what."""
    found = {
        name
        for module in modules()
        for name in public_functions(module)
        if name.rsplit(":", 1)[1].rsplit(".", 1)[-1] in GENERIC and not PROTOCOL.search(name)
    }

    assert found == set()


def words_of(name: str) -> list[str]:
    """Return the words of a CamelCase name in lower case."""
    return [word.lower() for word in _WORD.findall(name)]


@cache
def glossary_words() -> frozenset[str]:
    """Return every word of the glossary's first column, singular and plural."""
    rows = re.findall(
        r"^\| ([^|]+?) \|", (ROOT / "docs/glossary.md").read_text("utf-8"), re.MULTILINE
    )
    words = {word for row in rows for word in re.findall(r"[a-z]+", row.lower())}
    return frozenset(words | {f"{word}s" for word in words} | {f"{word[:-1]}ies" for word in words})


@cache
def plain_words() -> frozenset[str]:
    """Return the words of engineering and of English that need no explanation here."""
    return frozenset(PLAIN_WORDS.read_text("utf-8").split())


def public_functions(module: Module) -> Iterator[str]:
    """Yield `module:function` and `module:Class.method` of everything public, at the top level."""
    for each in module.tree.body:
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            if not each.name.startswith("_"):
                yield f"{module.name}:{each.name}"
        elif isinstance(each, ast.ClassDef) and not each.name.startswith("_"):
            for inner in each.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{module.name}:{each.name}.{inner.name}"
