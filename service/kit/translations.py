"""Sentences for people, one TOML catalogue per language, addressed by dotted keys.

A catalogue is data that an editor may correct. Placeholders are `{name}`; a missing key or
placeholder raises, so that a test finds it before a reader does. A sentence that counts something
is a table of CLDR's plural categories, as many as its language has:

    readers = { one = "{count} reader", other = "{count} readers" }
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from service.kit.languages import DEFAULT_LANGUAGE, language_of
from service.kit.locales import PLURAL_CATEGORIES, LocaleRules, rules_for

Plural = Mapping[str, str]
"""Forms of a sentence by plural category; `other` is always there."""
Message = str | Plural
Translator = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Translations:
    """The catalogues of one folder, by language."""

    catalogues: Mapping[str, Mapping[str, Message]]

    @classmethod
    def load(cls, folder: Path) -> "Translations":
        """Load every `<language>.toml` of the folder."""
        return cls(
            {
                path.stem: dict(_flatten(tomllib.loads(path.read_text("utf-8"))))
                for path in sorted(folder.glob("*.toml"))
            }
        )

    def translator(self, locale: str) -> Translator:
        """Return `t(key, **values)` for a locale; a language without a catalogue gets French.

        A sentence with plural forms takes `count`: a number, written as the language does, or
        text where there is no number to write (`–`).
        """
        language = language_of(locale)
        if language not in self.catalogues:
            language = DEFAULT_LANGUAGE
        catalogue, rules = self.catalogues[language], rules_for(language)

        def t(key: str, /, **values: object) -> str:
            message = catalogue[key]
            if isinstance(message, str):
                return message.format(**values)
            return plural_form(message, rules, values["count"]).format(
                **values | {"count": _written(rules, values["count"])}
            )

        return t


def texts(message: Message) -> tuple[str, ...]:
    """Return every form of a message: one, or one for each plural category."""
    return (message,) if isinstance(message, str) else tuple(message.values())


def plural_form(message: Message, rules: LocaleRules, count: object) -> str:
    """Return the form of a message for a count; `other` for what is no number."""
    if isinstance(message, str):
        return message
    category = rules.plural(count) if isinstance(count, int | float) else "other"
    return message.get(category, message["other"])


def _written(rules: LocaleRules, count: object) -> str:
    return rules.write_number(count) if isinstance(count, int | float) else str(count)


def _flatten(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, Message]]:
    for key, value in table.items():
        if not isinstance(value, Mapping):
            yield f"{prefix}{key}", str(value)
        elif "other" in value and value.keys() <= PLURAL_CATEGORIES:
            yield f"{prefix}{key}", {category: str(form) for category, form in value.items()}
        else:
            yield from _flatten(value, f"{prefix}{key}.")
