"""The sentences of all messages, in every language that readers may choose."""

from functools import cache
from pathlib import Path

from service.kit.translations import Translations


@cache
def load_wording() -> Translations:
    """Return the sentences of all messages."""
    return Translations.load(Path(__file__).parent / "wording")
