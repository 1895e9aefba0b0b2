"""Pages are Jinja2 templates with sentences from `wording/`: this is the only place they meet."""

from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from pathlib import Path

from babel import negotiate_locale
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from service.kit.languages import (
    CONSOLE_LANGUAGES,
    DEFAULT_LANGUAGE,
    LANGUAGES,
    language_of,
)
from service.kit.locales import rules_for
from service.kit.translations import Translations, Translator
from service.rendering.locale_format import capitalise, format_long_date, join_names, typeset

HERE = Path(__file__).parent
STATIC = HERE / "static"
_WHOLE = Markup('<span class="whole">e-mail</span>')


@cache
def environment() -> Environment:
    """Return the templates: everything is escaped, and a missing value is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["static"] = static_url
    # Operators and publishers type plain spaces; French wants some of them unbreakable.
    made.filters["typeset"] = typeset
    made.filters["whole"] = keep_email_unbroken
    # As in the messages: mercredi 1er février 2023, Wednesday 1 February 2023.
    made.filters["day"] = format_long_date
    made.filters["people"] = join_names
    made.filters["capitalised"] = capitalise
    return made


def keep_email_unbroken(text: str) -> Markup:
    """Let no line end at the hyphen of e-mail; for sentences, not for attributes and titles.

    A no-break hyphen would do it without a tag, but some screen readers stumble over it, a search
    in the page misses it, and a consent that it changes is proved by another text than before.
    """
    return escape(text).replace("e-mail", _WHOLE)


@cache
def wording() -> Translations:
    """Return the sentences of readers' pages and of the console, under one set of keys."""
    folders = [HERE / "wording", HERE / "console" / "wording"]
    loaded = [Translations.load(folder).catalogues for folder in folders if folder.is_dir()]
    return Translations(
        {
            language: {
                key: sentence
                for catalogues in loaded
                for key, sentence in catalogues.get(language, {}).items()
            }
            for language in LANGUAGES
        }
    )


def translator_for(locale: str) -> Translator:
    """Return `t(key, **values)` for a locale."""
    return wording().translator(locale)


@cache
def static_url(name: str) -> str:
    """Return the address of a static file with its hash, so that browsers may keep it for good."""
    digest = blake2b((STATIC / name).read_bytes(), digest_size=6).hexdigest()
    return f"/static/{name}?v={digest}"


def preferred_locale(request: Request) -> str:
    """Return the language that the browser asks for, among those that the page exists in."""
    spoken = CONSOLE_LANGUAGES if request.url.path.startswith("/console") else LANGUAGES
    wanted = [
        part.partition(";")[0].strip().replace("-", "_")
        for part in request.headers.get("accept-language", "").split(",")
    ]
    fallback: str = getattr(request.app.state, "language", DEFAULT_LANGUAGE)
    if fallback not in spoken:
        fallback = DEFAULT_LANGUAGE
    try:
        return negotiate_locale([tag for tag in wanted if tag], spoken) or fallback
    except ValueError:
        return fallback


def render(
    request: Request,
    name: str,
    *,
    status: int = 200,
    locale: str | None = None,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> HTMLResponse:
    """Answer with the template `name`; it finds `t`, `lang`, `locale` and `path` beside `values`.

    Without `locale` the page speaks the language that the browser asks for.
    """
    spoken = locale or preferred_locale(request)
    html = (
        environment()
        .get_template(name)
        .render(
            t=translator_for(spoken),
            lang=language_of(spoken),
            dir=rules_for(spoken).direction,
            locale=spoken.replace("-", "_"),
            path=request.url.path,
            here=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            publication=request.app.state.publication,
            **values,
        )
    )
    return HTMLResponse(html, status_code=status, headers=dict(headers or {}))
