"""Render a view as subject, HTML and text; the only module that renders message templates."""

import re
from dataclasses import dataclass

from service.rendering.environment import render_template
from service.rendering.inline import inline_styles
from service.rendering.views import DigestView, NoticeView

_INDENT = re.compile(r"\n[ \t]+")
_BLANK_LINES = re.compile(r"\n{2,}")
_THREE_LINES = re.compile(r"\n{4,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedMessage:
    """A message's subject, HTML and text; personal links may still hold the placeholder."""

    subject: str
    html: str
    text: str


def render_message(name: str, view: DigestView | NoticeView) -> RenderedMessage:
    """Render the three templates of the folder `name`, with the CSS inlined."""
    return RenderedMessage(
        subject=_fill(f"{name}/subject.txt.j2", view).strip(),
        html=render_html(name, view),
        text=_THREE_LINES.sub("\n\n\n", _fill(f"{name}/body.txt.j2", view)).strip() + "\n",
    )


def render_html(name: str, view: DigestView | NoticeView) -> str:
    """Render only the HTML part, with the CSS inlined."""
    html = inline_styles(_fill(f"{name}/body.html.j2", view))
    # Indentation helps template authors; readers on slow networks need not load it.
    return _BLANK_LINES.sub("\n", _INDENT.sub("\n", html))


def _fill(template: str, view: DigestView | NoticeView) -> str:
    branding = view.branding
    return render_template(
        template, locale=branding.locale, view=view, branding=branding, theme=branding.theme
    )
