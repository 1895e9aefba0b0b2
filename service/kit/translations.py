"""Sentences for people, one TOML catalogue per language, addressed by dotted keys.

A catalogue is data that an editor may correct. Placeholders are `{name}`; a missing key or
placeholder raises, so that a test finds it before a reader does.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

Translator = Callable[..., str]
FALLBACK_LANGUAGE = "fr"


def language_of(locale: str) -> str:
    """Return the language of a locale: `fr` for `fr_CI` and `fr-FR`."""
    return locale.replace("-", "_").split("_", maxsplit=1)[0].lower()


@dataclass(frozen=True, slots=True)
class Translations:
    """The catalogues of one folder, by language."""

    catalogues: Mapping[str, Mapping[str, str]]

    @classmethod
    def load(cls, folder: Path) -> "Translations":
        """Read every `<language>.toml` of the folder."""
        return cls(
            {
                path.stem: dict(_flatten(tomllib.loads(path.read_text("utf-8"))))
                for path in sorted(folder.glob("*.toml"))
            }
        )

    def speaker(self, locale: str) -> Translator:
        """Return `t(key, **values)` for a locale; a language that is not there speaks French."""
        catalogue = self.catalogues.get(language_of(locale), self.catalogues[FALLBACK_LANGUAGE])

        def t(key: str, /, **values: object) -> str:
            return catalogue[key].format(**values)

        return t


def _flatten(table: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            pairs += _flatten(value, f"{prefix}{key}.")
        else:
            pairs.append((f"{prefix}{key}", str(value)))
    return pairs
