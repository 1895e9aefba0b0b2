"""Docs, docstrings, comments and sentences avoid the words that made native readers stop."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.kit.translations import Translations, texts
from tests.rules.code import ROOT, WORDING_FOLDERS, Module, modules

# What is written instead stands beside each word.
AVOIDED = {
    r"(?<!-)mails": "messages, or e-mails",
    r"(?<!-)mail address(es)?": "e-mail address",
    r"nobody|somebody": "a plain subject: no operator, a reader, it is not …",
    r"whoever": "a plain subject",
    r"at once": "immediately, or concurrently",
    r"some (ten|hundred|thousand|million)s?": "about",
    r"by hand": "manually",
    r"(is|are|was|were|be|been) told": "is reported, is given",
    r"doorbells?": "notification",
}
PATTERN = re.compile(rf"\b({'|'.join(AVOIDED)})\b", re.IGNORECASE)
CODE = re.compile(r"`[^`]*`")
DOCUMENTS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("deploy/**/*.md"))
    if path.name != "glossary.md"  # Its third column lists the words that are not used any more.
)
# Inputs that Crieur recognises are quoted as they arrive.
QUOTING = (
    "service/replies/",
    "service/articles/p",
    "service/outcomes/parsing/",
    "service/migrations/",
)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_use_plain_words(path: Path) -> None:
    """Decisions are left as they were made."""
    lines = enumerate(path.read_text("utf-8").splitlines(), start=1)

    assert [(number, line) for number, line in lines if PATTERN.search(line)] == []


def test_docstrings_comments_and_strings_use_plain_words() -> None:
    """Strings of modules that recognise other people's sentences are not ours."""
    found = [
        f"{module.place}:{number}: {text}"
        for module in modules()
        for number, text in _written(module)
        if PATTERN.search(CODE.sub("", " ".join(text.split())))
    ]
    assert found == []


@pytest.mark.parametrize("folder", WORDING_FOLDERS, ids=lambda path: str(path.parent.name))
def test_english_sentences_use_plain_words(folder: Path) -> None:
    """What readers and operators see."""
    catalogue = Translations.load(folder).catalogues["en"]
    found = {
        key: text
        for key, message in catalogue.items()
        for text in texts(message)
        if PATTERN.search(text)
    }
    assert found == {}


def _written(module: Module) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    quoting = module.place.startswith(QUOTING)
    for node in ast.walk(module.tree):
        if quoting and not isinstance(node, ast.Expr):
            continue
        value = node.value if isinstance(node, ast.Expr) else node
        if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
            continue
        if " " in value.value.strip():  # Anything else is a key, a name or a route.
            yield value.lineno, value.value
