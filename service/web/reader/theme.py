"""A newsletter's colour as a style sheet of its own: the pages allow no inline style."""

from fastapi import APIRouter
from fastapi.responses import Response

from service.newsletters import catalogue
from service.rendering.theme import theme_for
from service.web.deps import Transaction

router = APIRouter()


@router.get("/n/{slug}/theme.css")
def show_theme(slug: str, session: Transaction) -> Response:
    """Return the accent as it reads on light and on dark paper."""
    look = theme_for(catalogue.get(session, slug).accent_colour)
    light = f"--accent:{look.accent};--accent-ink:{look.ink_on_accent};"
    dark = f"--accent:{look.accent_dark};--accent-ink:#1d1a17;--accent-text:{look.accent_dark}"
    css = (
        f":root{{{light}--accent-text:{look.accent_text}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    )
    # The page's address for it changes with the colour.
    return Response(css, media_type="text/css", headers={"cache-control": "public, max-age=3600"})
