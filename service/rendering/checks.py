"""Pure: check a rendered message and describe what is wrong with it.

A fatal problem would harm every reader (no way to unsubscribe, clipped by Gmail), so the edition
is not sent. Other problems are shown to the operator beside the preview.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from service.kit.translatable import TranslatableMessage, translatable
from service.rendering.render import RenderedMessage

MAX_HTML_BYTES = 90_000
_ABSOLUTE = re.compile(r"https?://[^\s/]+")
_LEFTOVER = re.compile(r"\{\{|\{%")
_TAG = re.compile(
    r"</?(?:a|b|br|div|em|h[1-6]|i|img|li|p|span|strong|table|td|tr|ul)\b[^<>]*>", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderingProblem:
    """One problem of a rendered message."""

    message: TranslatableMessage
    fatal: bool = False


@dataclass
class _Page(HTMLParser):
    """What the checks need of an HTML part."""

    lang: str | None = None
    links: list[str] = field(default_factory=list)
    images: list[dict[str, str | None]] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record what matters of an element."""
        values = dict(attrs)
        match tag:
            case "html":
                self.lang = values.get("lang")
            case "a":
                self.links.append(values.get("href") or "")
            case "img":
                self.images.append(values)
            case "h1" | "h2" | "h3":
                self.headings.append(tag)
            case _:
                pass

    def handle_data(self, data: str) -> None:
        """Record the text between the elements."""
        self.words.append(data)


def find_problems(
    rendered: RenderedMessage, *, placeholder: str = "", postal_address: str = ""
) -> list[RenderingProblem]:
    """Return the problems of a message.

    `placeholder` stands in its personal links; it is empty for a message without any.
    """
    page = _Page()
    page.feed(rendered.html)
    page.close()
    return [
        *_in_whole(rendered),
        *_in_page(page),
        *_in_words(page, rendered, postal_address),
        *(_personal(page, rendered, placeholder) if placeholder else ()),
    ]


def find_problems_in_block(html: str, text: str) -> list[RenderingProblem]:
    """Return the problems of one section's HTML and text, worded as by `find_problems`."""
    page = _Page()
    page.feed(html)
    page.close()
    return [
        *_in_style(html),
        *_in_addresses(page),
        *_in_templates(" ".join(" ".join(page.words).split()), text),
        *_in_text(text),
    ]


def find_problems_in_size(size: int) -> Iterator[RenderingProblem]:
    """Yield a problem if an HTML part of `size` bytes is too large."""
    if size > MAX_HTML_BYTES:
        yield RenderingProblem(
            message=translatable(
                "rendering.too_large", size=size // 1000, limit=MAX_HTML_BYTES // 1000
            ),
            fatal=True,
        )


def find_problems_in_subject(subject: str, placeholder: str) -> Iterator[RenderingProblem]:
    """Yield the problems of a subject; an empty `placeholder` means no personal links."""
    if not subject:
        yield RenderingProblem(message=translatable("rendering.no_subject"), fatal=True)
    if placeholder and placeholder in subject:
        yield RenderingProblem(message=translatable("rendering.token_in_subject"), fatal=True)
    yield from _in_templates(subject)


def _in_whole(rendered: RenderedMessage) -> Iterator[RenderingProblem]:
    yield from find_problems_in_size(len(rendered.html.encode()))
    if not rendered.subject:
        yield RenderingProblem(message=translatable("rendering.no_subject"), fatal=True)
    yield from _in_style(rendered.html)


def _in_style(html: str) -> Iterator[RenderingProblem]:
    if "@import" in html:
        yield RenderingProblem(message=translatable("rendering.imported_style"))


def _in_page(page: _Page) -> Iterator[RenderingProblem]:
    if not page.lang:
        yield RenderingProblem(message=translatable("rendering.no_language"))
    if page.headings.count("h1") != 1:
        yield RenderingProblem(message=translatable("rendering.headings"))
    yield from _in_addresses(page)


def _in_addresses(page: _Page) -> Iterator[RenderingProblem]:
    for link in page.links:
        if not _ABSOLUTE.match(link):
            yield RenderingProblem(
                message=translatable("rendering.relative_link", url=repr(link[:80]))
            )
    for image in page.images:
        address = image.get("src") or ""
        if not _ABSOLUTE.match(address):
            yield RenderingProblem(
                message=translatable("rendering.relative_picture", url=repr(address[:80]))
            )
        if image.get("alt") is None:
            yield RenderingProblem(
                message=translatable("rendering.no_alternative_text", url=repr(address[:80]))
            )


def _in_words(
    page: _Page, rendered: RenderedMessage, postal_address: str
) -> Iterator[RenderingProblem]:
    words = " ".join(" ".join(page.words).split())
    yield from _in_templates(rendered.subject, words, rendered.text)
    yield from _in_text(rendered.text)
    if not postal_address:
        yield RenderingProblem(message=translatable("rendering.no_postal_address"))
    elif " ".join(postal_address.split()) not in words:
        yield RenderingProblem(message=translatable("rendering.postal_address_missing"))


def _in_templates(*parts: str) -> Iterator[RenderingProblem]:
    if any(map(_LEFTOVER.search, parts)):
        yield RenderingProblem(
            message=translatable("rendering.template_mark", first="{{", second="{%")
        )


def _in_text(text: str) -> Iterator[RenderingProblem]:
    if _TAG.search(text):
        yield RenderingProblem(message=translatable("rendering.tags_in_text"))


def _personal(
    page: _Page, rendered: RenderedMessage, placeholder: str
) -> Iterator[RenderingProblem]:
    unsubscribe = f"/unsubscribe/{placeholder}"
    if not any(link.endswith(unsubscribe) for link in page.links):
        yield RenderingProblem(message=translatable("rendering.no_unsubscribe_in_html"), fatal=True)
    if unsubscribe not in rendered.text:
        yield RenderingProblem(message=translatable("rendering.no_unsubscribe_in_text"), fatal=True)
    if placeholder in rendered.subject:
        yield RenderingProblem(message=translatable("rendering.token_in_subject"), fatal=True)
