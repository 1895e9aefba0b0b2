"""A view becomes subject, HTML and text; the only place where a mail's templates are filled."""

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
    """A mail's three parts, personal links still holding the placeholder."""

    subject: str
    html: str
    text: str


def render_message(mail: str, view: DigestView | NoticeView) -> RenderedMessage:
    """Fill the three templates of the folder `mail`; its CSS is in the elements afterwards."""
    return RenderedMessage(
        subject=_fill(f"{mail}/subject.txt.j2", view).strip(),
        html=render_html(mail, view),
        text=_THREE_LINES.sub("\n\n\n", _fill(f"{mail}/body.txt.j2", view)).strip() + "\n",
    )


def render_html(mail: str, view: DigestView | NoticeView) -> str:
    """Fill only the HTML part: that is what a web version needs."""
    html = inline_styles(_fill(f"{mail}/body.html.j2", view))
    # Indentation is for the editors of templates; readers on slow networks need not load it.
    return _BLANK_LINES.sub("\n", _INDENT.sub("\n", html))


def _fill(template: str, view: DigestView | NoticeView) -> str:
    branding = view.branding
    return render_template(
        template, locale=branding.locale, view=view, branding=branding, theme=branding.theme
    )
