"""Pure: the languages that readers' pages and messages speak, by ISO 639-1 code.

Apart from `locales`, which has the rules of each, because most commands need the codes only and
should not wait for Babel.
"""

LANGUAGES = ("fr", "en", "pt", "ar")
"""Languages of newsletters: their messages and their readers' pages."""
CONSOLE_LANGUAGES = ("fr", "en")
"""Languages of the console."""
DEFAULT_LANGUAGE = "fr"
"""Spoken where nothing else is known."""


def language_of(locale: str) -> str:
    """Return the language of a locale: `fr` for `fr_CI` and `fr-FR`."""
    return locale.replace("-", "_").split("_", maxsplit=1)[0].lower()
