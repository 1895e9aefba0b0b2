"""The only module that uses premailer: it moves style rules into the elements' attributes.

It never fetches anything: `allow_network` is off, no base URL is given, and a template test keeps
`@import` out. The second style element (media queries, dark mode) is marked
`data-premailer="ignore"` and stays as it is.
"""

import logging
import threading

import cssutils
from lxml import etree
from premailer import Premailer

DOCTYPE = "<!DOCTYPE html>"
# cssutils logs every property newer than CSS 2 and keeps its parser's state in the module, so its
# logger is silenced and only one thread uses it at a time.
_SILENT = logging.CRITICAL + 1
_one_at_a_time = threading.Lock()


def inline_styles(html: str) -> str:
    """Return the page with its styles inlined; the doctype stays in upper case."""
    with _one_at_a_time:
        cssutils.log.setLevel(_SILENT)
        inlined: str = Premailer(
            html,
            allow_network=False,
            allow_loading_external_files=False,
            align_floating_images=False,
            disable_basic_attributes=["width", "height", "align", "valign"],
            disable_validation=True,
            keep_style_tags=False,
            strip_important=False,
        ).transform(pretty_print=False)
    return f"{DOCTYPE}\n{inlined.removeprefix(DOCTYPE).lstrip()}"


def serialise_text(text: str) -> str:
    """Return a text escaped as in a page whose styles were inlined."""
    element = etree.Element("p")
    element.text = text
    written: str = etree.tostring(element, method="html", encoding="utf-8").decode()
    return written.removeprefix("<p>").removesuffix("</p>")
