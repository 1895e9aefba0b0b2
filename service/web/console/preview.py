"""One variant of an edition as a page of its own, for the preview's frame.

A mail's HTML is the publisher's, its styles are inline and its pictures are elsewhere. It is shown
without scripts, forms or an origin of its own, and only inside our own pages.
"""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from service.kit.errors import NotFound
from service.reports import variants
from service.web.console.auth import ViewPermission

router = APIRouter()
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
)


@router.get("/editions/{edition_id}/rendition/{mask}")
def show_rendition(
    console: ViewPermission, edition_id: int, mask: int, look: str = "desktop"
) -> Response:
    """Show a variant in light or in dark, or as its text; a held edition as it would be now."""
    url = console.running.settings.public_url
    found = variants.preview_variant(
        console.session, edition_id, mask, public_url=url, now=console.now
    )
    if found is None:
        raise NotFound("This edition has no such variant, or it is not rendered yet.")
    headers = {"content-security-policy": POLICY}
    if look == "text":
        return PlainTextResponse(found.text, headers=headers)
    return HTMLResponse(
        variants.with_colour_scheme(found.html, dark=look == "dark"), headers=headers
    )
