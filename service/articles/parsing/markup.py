"""Pure: parse untrusted HTML into a tree, in linear time.

libxml2 parses HTML in linear time with one exception: each attribute of an element is compared with
those before it. A tag with more attributes than any real page loses them before it is parsed.
"""

import re
import sys
from typing import Any

from lxml import etree
from lxml import html as lxml_html

_PROLOGUE = re.compile(r"^\s*<\?xml[^>]*\?>")
# A quote has a meaning only after an equals sign. Nothing here backtracks.
_TAG = re.compile(
    r"<(?:(?P<raw>(?:script|style)\b[^>]{0,4000}+>(?:[^<]++|<(?!/(?:script|style)))*+)"
    r"|[a-z](?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+)",
    re.IGNORECASE,
)
_VALUE = re.compile(r"=\s*+(?:\"[^\"]*+\"|'[^']*+')")
_NAME = re.compile(r"[^\s/=]++")
_LONG_TAG = 4_000
_MOST_ATTRIBUTES = 1_000
# Characters that XML does not allow, and references to them.
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,8}));?")


def parse_document(text: str) -> Any:
    """Return the root element of a page.

    Raises:
        ValueError: the text holds nothing that could be a page.
    """
    try:
        tree = lxml_html.document_fromstring(_encoded(text), parser=_parser())
    except (etree.LxmlError, AssertionError) as error:
        raise ValueError("no page") from error
    if tree is None:
        raise ValueError("no page")
    return tree


def parse_fragment(text: str) -> Any:
    """Return an element around a fragment of HTML, which may be empty or broken."""
    return parse_document(f"<html><body><div>{text}</div></body></html>")


def _parser() -> lxml_html.HTMLParser:
    return lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)


def _encoded(text: str) -> bytes:
    text = _TAG.sub(_bounded, _PROLOGUE.sub("", text, count=1))
    return _IMPOSSIBLE.sub(" ", _REFERENCE.sub(_possible, text)).encode()


def _possible(reference: re.Match[str]) -> str:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    impossible = code > sys.maxunicode or _IMPOSSIBLE.match(chr(code))
    return " " if impossible else reference[0]


def _bounded(tag: re.Match[str]) -> str:
    text = tag[0]
    if tag["raw"] or len(text) < _LONG_TAG:
        return text
    names = _NAME.findall(_VALUE.sub("= ", text))
    return names[0] if len(names) > _MOST_ATTRIBUTES else text
