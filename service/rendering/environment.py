"""The door to Jinja2: where templates lie, what they may use, and that nothing is undefined."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

import service
from service.kit.translations import Translations, language_of
from service.rendering import phrase

_PACKAGE = Path(service.__file__).parent


def find_templates() -> Path:
    """Return the folder of mail templates: inside the wheel, or beside the code in a checkout."""
    installed = _PACKAGE / "_templates" / "email"
    return installed if installed.is_dir() else _PACKAGE.parent / "templates" / "email"


def fill_template(name: str, *, locale: str, **values: object) -> str:
    """Fill one template; `t` speaks the locale's language and a missing value raises."""
    speak = load_wording().speaker(locale)
    template = _environment().get_template(name)
    return template.render(t=speak, locale=locale, lang=language_of(locale), **values)


@cache
def load_wording() -> Translations:
    """Return the sentences of all mails."""
    return Translations.load(Path(__file__).parent / "wording")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(find_templates()),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,
    )
    environment.filters |= {
        "day": phrase.write_date,
        "short_day": phrase.write_short_date,
        "people": phrase.join_names,
        "wrapped": phrase.wrap,
        "capitalised": phrase.capitalise,
    }
    return environment
