"""A sentence for a person as data: a key and parameters, written in a language where it is shown.

Daemons that pause an edition or fail to read a feed do not know who will read why, in which
language. They store a `TranslatableMessage`; the console, the command line and the API translate
it. The sentences are in `service/wording/`. Names and texts that come from elsewhere (a relay's
reply, an address) are parameters, which are never translated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, Self

from service.kit.languages import language_of

if TYPE_CHECKING:
    from service.kit.locales import LocaleRules
    from service.kit.translations import Translations

STORED_LANGUAGE = "en"
"""The language of `str(message)`: of logs, of the command line and of the API."""
WORDING = Path(__file__).parents[1] / "wording"
UNTRANSLATED, VERBATIM = "untranslated", "verbatim"


@dataclass(frozen=True, slots=True)
class TranslatableMessage:
    """The key of a sentence in `service/wording/`, and what stands in its placeholders.

    A whole number is written as the language groups digits, so an identifier is passed as text. A
    float is written with one decimal place. A message may stand within another one.
    """

    key: str
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        """Return the sentence in English."""
        return translate(self, STORED_LANGUAGE)

    @property
    def language(self) -> str | None:
        """The language that the text is in whatever language is asked for; None if it follows."""
        return STORED_LANGUAGE if self.key == UNTRANSLATED else None

    def to_json(self) -> dict[str, Any]:
        """Return what a JSON column stores: `{"key": …, "params": …}`."""
        return {
            "key": self.key,
            "params": {name: _param_to_json(value) for name, value in self.params.items()},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the message that `to_json` has made."""
        params = {name: _param_from_json(value) for name, value in stored["params"].items()}
        return cls(stored["key"], params)


def translatable(key: str, /, **params: Any) -> TranslatableMessage:
    """Return a message; a test compares every key and parameter with the catalogues."""
    return TranslatableMessage(key, params)


def untranslated(sentence: str) -> TranslatableMessage:
    """Return an English sentence that has no key, as older versions stored it."""
    return TranslatableMessage(UNTRANSLATED, {"text": sentence})


def verbatim(words: str) -> TranslatableMessage:
    """Return a person's or a program's own words, in whichever language they are."""
    return TranslatableMessage(VERBATIM, {"text": words})


def message_or_none(stored: Mapping[str, Any] | None) -> TranslatableMessage | None:
    """Return the message of a JSON column that was read without the mapper."""
    return None if stored is None else TranslatableMessage.from_json(stored)


def translate(message: TranslatableMessage, language: str) -> str:
    """Return the sentence in a language or locale of the console; in English if that has none.

    A key or parameter that this version does not know (a later one may have stored it) is shown as
    it is: a page that explains a failure does not fail itself.
    """
    # Babel takes longer to load than most commands take to run.
    from service.kit.locales import rules_for  # noqa: PLC0415
    from service.kit.translations import plural_form  # noqa: PLC0415

    catalogues, language = _wording().catalogues, language_of(language)
    found = catalogues.get(language, {}).get(message.key)
    if found is None:
        language, found = STORED_LANGUAGE, catalogues[STORED_LANGUAGE].get(message.key)
    rules = rules_for(language)
    values = {name: _written(value, language, rules) for name, value in message.params.items()}
    form = None if found is None else plural_form(found, rules, message.params.get("count"))
    if form is None or not _names(form) <= values.keys():
        return " ".join([message.key, *(f"{name}={text}" for name, text in values.items())])
    return form.format(**values)


def json_fields(name: str, message: TranslatableMessage | None) -> dict[str, Any]:
    """Return the fields of a message in JSON for programs: its text, its key, its parameters.

    >>> json_fields("note", verbatim("Too hot."))["note"]
    'Too hot.'
    """
    stored = message.to_json() if message else {"key": None, "params": None}
    return {
        name: str(message) if message else None,
        f"{name}_key": stored["key"],
        f"{name}_params": stored["params"],
    }


@cache
def _wording() -> "Translations":
    from service.kit.translations import Translations  # noqa: PLC0415  As above.

    return Translations.load(WORDING)


@cache
def _names(form: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(form) if name)


def _written(value: object, language: str, rules: "LocaleRules") -> str:
    match value:
        case TranslatableMessage():
            return translate(value, language)
        case str():
            return value
        case int():
            return rules.write_number(value)
        case float():
            return rules.write_decimal(value)
        case Sequence():
            return rules.join([_written(each, language, rules) for each in value])
        case _:
            return str(value)


def _param_to_json(value: object) -> object:
    if isinstance(value, TranslatableMessage):
        return value.to_json()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_param_to_json(each) for each in value]
    return value


def _param_from_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return TranslatableMessage.from_json(value)
    if isinstance(value, list):
        return [_param_from_json(each) for each in value]
    return value
