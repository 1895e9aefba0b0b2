"""Pure: a name becomes a key that is equal for names that differ only in how they were typed."""

import re
import unicodedata

_LETTERS = str.maketrans(
    {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o"}
)


def slugify(name: str) -> str:
    """Return lower-case ASCII words joined by hyphens: `Économie & Société` → `economie-societe`.

    A name without a Latin letter or digit keeps its own letters, so that it stays a key.
    """
    folded = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    plain = "".join(char for char in folded if not unicodedata.combining(char)).lower()
    words = re.findall(r"[a-z0-9]+", plain) or re.findall(r"\w+", plain)
    return "-".join(words)
