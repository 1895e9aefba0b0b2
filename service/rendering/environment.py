"""The only module that uses Jinja2: where templates are, and which filters they have."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

import service
from service.kit.locales import rules_for
from service.rendering import locale_format
from service.rendering.message_wording import load_wording
from service.rendering.simple_text import plain_words, site_name

_PACKAGE = Path(service.__file__).parent


def find_templates() -> Path:
    """Return the folder of message templates: in the wheel, or beside the code in a checkout."""
    installed = _PACKAGE / "_templates" / "email"
    return installed if installed.is_dir() else _PACKAGE.parent / "templates" / "email"


def render_template(name: str, *, locale: str, **values: object) -> str:
    """Render one template; `t` translates into the locale, and an undefined value raises."""
    translate = load_wording().translator(locale)
    template = _environment().get_template(name)
    rules = rules_for(locale)
    return template.render(
        t=translate,
        locale=locale,
        lang=rules.code,
        dir=rules.direction,
        start=rules.start,
        end=rules.end,
        is_cursive=rules.is_cursive,
        **values,
    )


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
        "day": locale_format.format_long_date,
        "short_day": locale_format.format_short_date,
        "people": locale_format.join_names,
        "wrapped": locale_format.wrap,
        "capitalised": locale_format.capitalise,
        "plain_words": plain_words,
        "site_name": site_name,
    }
    return environment
