"""Every sentence of the pages is used, and every key that code or a template names exists.

A key may be put together (`'console.feeds.act.' ~ act`). Then its beginning must stand in the code
as text, and what follows must be a word that the code knows: a state, an action, a field.
"""

import re

from service.web import pages
from tests.rules.code import ROOT

KEYS = frozenset(pages.wording().catalogues["en"])
ROOTS = frozenset(key.partition(".")[0] for key in KEYS)
# Built by code from a regular expression's groups or a status.
BUILT = ("problem.",)
# Not in `'…' ~ name` or `f"…{name}"`: tables that `page.py` looks a word up in.
TABLES = ("console.reason.", "console.source.")


def _text(*patterns: str) -> str:
    files = [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    return "\n".join(path.read_text("utf-8") for path in files if "wording" not in path.parts)


WEB = _text("service/web/**/*.py", "service/web/**/*.j2", "service/reports/*.py")
ALL = _text("service/**/*.py", "service/web/**/*.j2", "service/replies/**/*.toml")
LITERAL = frozenset(re.findall(r"""['"]([a-z_]+(?:\.[\w-]+)+)['"]""", WEB))
WORDS = frozenset(
    re.findall(r"""['"]([\w-]+)['"]""", ALL)
    + re.findall(r"^\s*([A-Za-z_]+):? ", ALL, re.MULTILINE)
    + re.findall(r"\b(\w+)=", ALL)
    + re.findall(r"\w\.(\w+)", ALL)
)
PREFIXES = frozenset(
    re.findall(r"""['"]([a-z_]+(?:\.[\w-]+)*\.)['"]\s*~""", WEB)
    + [each for each in re.findall(r'f"([a-z_]+(?:\.[\w-]+)*\.)\{', WEB) if each != "console."]
    + [f"console.{kind}." for kind in re.findall(r"state\('(\w+)'", WEB)]
    + list(TABLES)
) - {"console."}


def _is_used(key: str) -> bool:
    if key in LITERAL or key.startswith(BUILT):
        return True
    return any(
        key.startswith(prefix) and set(key.removeprefix(prefix).split(".")) <= WORDS
        for prefix in PREFIXES
    )


def test_every_sentence_is_used() -> None:
    assert sorted(key for key in KEYS if not _is_used(key)) == []


def test_every_key_that_is_named_exists() -> None:
    """Names with the roots of keys that are none: files, events, and tables of keys."""
    others = re.compile(r".*\.(?:css|js|j2|html|ignored)|console\.(?:reason|source)")
    named = {key for key in LITERAL if key.partition(".")[0] in ROOTS and not others.fullmatch(key)}

    assert len(named) > 300
    assert sorted(named - KEYS) == []
