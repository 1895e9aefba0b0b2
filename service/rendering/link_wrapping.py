"""Lead the links of a message through addresses of ours, which count them.

Links are found in the finished parts, so that what is counted is what readers see. Personal links
stand in no list, and so do those to our own pages, except for an article that only we show.
"""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import quote

from service.rendering.parts import EditionParts, SectionBlock

_HREF = re.compile(r'(?<= href=")[^"]*')
_BARE = re.compile(r"https?://[^\s<>]+")
_AFTER = ").,;:!?»\"'"
# What HTML's serialiser leaves as it is in an address.
_UNQUOTED = "%/:=&?~#+!$,;'@()*[]"


def links_in(parts: EditionParts, *, own_pages: str, edition_page: str) -> list[str]:
    """Return the addresses that readers may follow, each once, in the order of the message.

    `own_pages` is where our pages begin; articles under `edition_page` are among the links.
    """
    written = [block.html for level in sorted(parts.blocks) for block in _blocks(parts, level)]
    found = [
        html.unescape(href) for page in (*written, parts.frame.html) for href in _HREF.findall(page)
    ]
    articles = f"{edition_page}/a/"
    return [
        url
        for url in dict.fromkeys(found)
        if url.startswith(("https://", "http://"))
        and (url.startswith(articles) or not url.startswith(f"{own_pages}/"))
        and (not parts.frame.placeholder or parts.frame.placeholder not in url)
    ]


def _blocks(parts: EditionParts, level: int) -> Iterable[SectionBlock]:
    return parts.blocks[level].values()


def wrap_links(
    parts: EditionParts, wrapped: Mapping[str, str], *, pixel_url: str | None = None
) -> EditionParts:
    """Return the same parts with other addresses, and a picture of one pixel if there is one."""
    frame = replace(
        parts.frame,
        html=_with_pixel(_in_html(parts.frame.html, wrapped), pixel_url),
        text=_in_text(parts.frame.text, wrapped),
    )
    return replace(
        parts,
        frame=frame,
        blocks={
            level: {
                bit: replace(
                    block, html=_in_html(block.html, wrapped), text=_in_text(block.text, wrapped)
                )
                for bit, block in blocks.items()
            }
            for level, blocks in parts.blocks.items()
        },
    )


def _in_html(page: str, wrapped: Mapping[str, str]) -> str:
    def other(found: re.Match[str]) -> str:
        url = wrapped.get(html.unescape(found[0]))
        return found[0] if url is None else html.escape(url)

    return _HREF.sub(other, page)


def _in_text(text: str, wrapped: Mapping[str, str]) -> str:
    def other(found: re.Match[str]) -> str:
        for url in (found[0], found[0].rstrip(_AFTER)):
            target = wrapped.get(url) or wrapped.get(quote(url, safe=_UNQUOTED))
            if target is not None:
                return target + found[0][len(url) :]
        return found[0]

    return _BARE.sub(other, text)


def _with_pixel(page: str, pixel_url: str | None) -> str:
    if pixel_url is None:
        return page
    image = f'<img src="{html.escape(pixel_url)}" width="1" height="1" alt="">'
    return page.replace("</body>", f"{image}\n</body>", 1)
