"""Pure: parse a plain-text clipping, the text of a page copied from a news site.

Such a text has the section alone on the first line, the headline, dates, a lede in quotes,
paragraphs interrupted by links to other articles, the author's name near the end, and then
the site's logo, call to subscribe and slogan. Any part but the headline and some text may be
missing. A date without a time means midnight of that day in the publication's time zone.
"""

import itertools
import re
from collections.abc import Sequence
from datetime import tzinfo

from service.articles.parsed_article import ParsedArticle
from service.articles.parsing.bylines import has_byline_cue, is_initials, parse_byline
from service.articles.parsing.decode import decode, looks_binary
from service.articles.parsing.language import guess_language
from service.articles.parsing.typography import (
    count_words,
    cut_sentences,
    fold,
    is_sentence,
    opens_quote,
    tidy,
    unquote,
)
from service.articles.plain_text.head import ClippingHead, parse_head
from service.articles.plain_text.lines import (
    MIN_CONTINUED_LINE,
    LineKind,
    TextLine,
    classify_lines,
)
from service.articles.plain_text.paste_cleanup import clean_paste
from service.articles.plain_text.related_headlines import extract_related_headlines
from service.articles.plain_text.tail import parse_tail
from service.articles.plain_text.whole_page import (
    cut_article,
    is_whole_page,
    locate_given_headline,
    locate_headline,
)
from service.kit.errors import OperationRefused
from service.kit.translatable import TranslatableMessage, translatable

SUMMARY_LIMIT = 320
_MAX_BYTES = 200_000
_MAX_LINES = 2_000
_MIN_WORDS = 5
_MAX_CANDIDATES = 4
_MAX_STANDFIRST_LINES = 2
_MIN_PROSE_WORDS = 8
# These may appear anywhere in the text, which continues below them.
_REMOVED_KINDS = {LineKind.DATE, LineKind.BREADCRUMBS, LineKind.CAPTION, LineKind.ADVERT}
_URL_LINE = re.compile(
    r"^(?:(?:source|lien|link|url|adresse)\s?:?\s*)?(https?://[^\s/]+/\S+)$", re.IGNORECASE
)

# Characters.
_MAX_SHORTENED = 120
# Characters of a line in a text that was wrapped at a fixed width, at least and at most.
_MIN_WRAPPED_LINE = 50
_MAX_WRAPPED_LINE = 100


class UncertainHeadline(OperationRefused):
    """Several lines may be the headline: `candidates`, the likeliest first, or none."""

    def __init__(self, message: TranslatableMessage, candidates: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)


def parse_clipping(
    data: bytes | str,
    *,
    zone: tzinfo,
    language: str | None = None,
    section: str | None = None,
    title: str | None = None,
) -> ParsedArticle:
    """Parse a clipping; `language`, `section` and `title` override what the text says.

    `zone` is the time zone of dates that name none; bytes may be in any common encoding.

    Raises:
        UncertainHeadline: several lines could be its headline.
        OperationRefused: it holds no article; the message says what to do.
    """
    lines, url = _extract_url(classify_lines(clean_paste(_decode_text(data)), zone=zone))
    if len(lines) > _MAX_LINES:
        raise OperationRefused(translatable("clipping.too_long"))
    lines, section_found, found = _cut_to_headline(lines, title)
    head = parse_head(lines)
    if title or found:
        _set_title(head, title or found)
    if head.title is None:
        raise OperationRefused(translatable("clipping.no_headline"))
    lines, related = extract_related_headlines([*head.leftovers, *lines[head.text_start :]])
    lines = _extract_byline_above(lines, head)
    lines = _extract_dates(lines, head)
    tail = parse_tail(lines, signed=bool(head.authors))
    title = title or _strip_site_name(head.title, tail.boilerplate)
    section_name = section_found or head.section
    summary, body = _split_lede_and_body(lines[: tail.end], title=title, section=section_name)
    if count_words(" ".join((summary, *body))) < _MIN_WORDS:
        raise OperationRefused(translatable("clipping.no_text"))
    return ParsedArticle(
        title=title,
        section=section or section_name,
        summary=summary or cut_sentences(body[0], limit=SUMMARY_LIMIT),
        body=tuple(body),
        authors=_unique([*head.authors, *tail.authors]),
        published=head.published,
        updated=head.updated,
        url=url,
        language=language or guess_language(" ".join((title, summary, *body))),
        related=tuple(r for r in _unique(related) if fold(r) != fold(title)),
    )


def _cut_to_headline(
    lines: list[TextLine], title: str | None
) -> tuple[list[TextLine], str | None, str]:
    """Remove what a page that was copied whole has above its headline.

    Return the remaining lines, the section, and the headline if it was found ("" if it was given,
    or if only an article was copied).
    """
    whole = is_whole_page(lines)
    if title:
        start = locate_given_headline(lines, title)
        if start.at is None and whole:
            # Without its headline, the dates and names above the text cannot be distinguished.
            return cut_article(lines, None), None, ""
        return cut_article(lines, start.at) if whole else lines[start.at or 0 :], start.section, ""
    if not whole:
        return lines, None, ""
    start = locate_headline(lines)
    if start.at is None:
        raise UncertainHeadline(_uncertain_headline(start.candidates), start.candidates)
    return cut_article(lines, start.at), start.section, lines[start.at].text


def _set_title(head: ClippingHead, title: str) -> None:
    """Replace the headline that was parsed by the one that is known."""
    if head.title is not None and fold(head.title) != fold(title):
        # The parsed one may be the headline joined with the line below it.
        head.leftovers.insert(0, TextLine(text=head.title.removeprefix(title).strip()))
    head.title = title


def _uncertain_headline(candidates: Sequence[str]) -> TranslatableMessage:
    if not candidates:
        return translatable("clipping.uncertain")
    shown = " ".join(f"“{_shortened(text)}”" for text in candidates[:_MAX_CANDIDATES])
    return translatable("clipping.uncertain_of", lines=shown)


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_SHORTENED else f"{text[: _MAX_SHORTENED - 1].rstrip()}…"


def _decode_text(data: bytes | str) -> str:
    if len(data) > _MAX_BYTES:
        raise OperationRefused(translatable("clipping.too_long"))
    text = decode(data) if isinstance(data, bytes) else data
    if text is None or looks_binary(text):
        raise OperationRefused(translatable("clipping.binary"))
    if not tidy(text[:_MAX_BYTES]):
        raise OperationRefused(translatable("clipping.empty"))
    return text


def _extract_url(lines: Sequence[TextLine]) -> tuple[list[TextLine], str | None]:
    url = None
    kept: list[TextLine] = []
    for line in lines:
        found = _URL_LINE.match(line.text)
        if found is None:
            kept.append(line)
        elif url is None:
            url = found[1]
    return kept, url


def _extract_dates(lines: Sequence[TextLine], head: ClippingHead) -> list[TextLine]:
    for line in lines:
        if line.kind is LineKind.DATE:
            head.add_dates(line)
    return [line for line in lines if line.kind not in _REMOVED_KINDS]


def _extract_byline_above(lines: list[TextLine], head: ClippingHead) -> list[TextLine]:
    """Move a byline between standfirst and text to the head; return the other lines."""
    texts = [at for at, line in enumerate(lines) if line.kind is LineKind.TEXT][
        : _MAX_STANDFIRST_LINES + 2
    ]
    for place, at in enumerate(texts[1 : _MAX_STANDFIRST_LINES + 1], start=1):
        names = parse_byline(lines[at].text) if has_byline_cue(lines[at].text) else ()
        below = lines[texts[place + 1]].text if place + 1 < len(texts) else ""
        is_subject = any(fold(below).startswith(fold(name)) for name in names)
        if (
            names
            and not is_subject
            and is_sentence(below)
            and count_words(below) >= _MIN_PROSE_WORDS
        ):
            head.authors += names
            return [*lines[:at], *lines[at + 1 :]]
    return lines


def _strip_site_name(title: str, boilerplate: Sequence[str]) -> str:
    """Remove the site's name from a headline that was copied from the window's title."""
    for mark in (" | ", " - ", " – ", " — "):
        start, found, end = title.rpartition(mark)
        if found and any(fold(end) == fold(line) for line in boilerplate):
            return start
    return title


def _split_lede_and_body(
    lines: Sequence[TextLine], *, title: str, section: str | None
) -> tuple[str, list[str]]:
    """Return the lede (empty if there is none) and the paragraphs."""
    own = {fold(title), fold(section or title)}
    texts = [
        line
        for line in lines
        # Initials appear in the middle where an advertisement precedes the last paragraph.
        if line.kind is LineKind.TEXT and fold(line.text) not in own and not is_initials(line.text)
    ]
    paragraphs = _join_interrupted(_join_wrapped(texts))
    lede, used = _parse_lede(paragraphs)
    return lede, paragraphs[used:]


def _parse_lede(paragraphs: Sequence[str]) -> tuple[str, int]:
    if not paragraphs:
        return "", 0
    whole = unquote(paragraphs[0])
    if whole is not None:
        return whole, 1
    if not opens_quote(paragraphs[0]):
        return "", 0
    for count in range(2, min(6, len(paragraphs)) + 1):
        # Each paragraph of a long quotation may open it again.
        parts = [paragraphs[0], *(part.lstrip("«»“” ") for part in paragraphs[1:count])]
        whole = unquote(" ".join(parts))
        if whole is not None:
            return whole, count
    if not re.search("[»”]", paragraphs[0]) and paragraphs[0][0] != '"':
        # A quotation that is never closed is still the lede.
        return paragraphs[0].lstrip("«“ "), 1
    return "", 0


def _join_wrapped(lines: Sequence[TextLine]) -> list[str]:
    """Join the lines of paragraphs that were broken at a fixed width."""
    joined: list[str] = []
    above: TextLine | None = None
    wide = _is_hard_wrapped(lines)
    for line in lines:
        if above is not None and not line.gap and _continues(above.text, line.text, wide=wide):
            joined[-1] = f"{joined[-1]} {line.text}"
        else:
            joined.append(line.text)
        above = line
    return joined


def _is_hard_wrapped(lines: Sequence[TextLine]) -> bool:
    inside = [upper.text for upper, lower in itertools.pairwise(lines) if not lower.gap]
    unfinished = [text for text in inside if not is_sentence(text)]
    wide = [text for text in unfinished if len(text) >= _MIN_WRAPPED_LINE]
    return (
        len(wide) > 1
        and len(wide) * 2 > len(inside)
        and len(wide) * 2 > len(unfinished)
        and max(len(line.text) for line in lines) <= _MAX_WRAPPED_LINE
    )


def _continues(above: str, text: str, *, wide: bool) -> bool:
    if wide:
        return len(above) >= _MIN_WRAPPED_LINE
    return len(above) >= MIN_CONTINUED_LINE and not is_sentence(above) and text[:1].islower()


def _join_interrupted(paragraphs: Sequence[str]) -> list[str]:
    """Join the halves of a sentence that a related link or an advertisement interrupted."""
    joined: list[str] = []
    for text in paragraphs:
        if joined and _continues(joined[-1], text, wide=False):
            joined[-1] = f"{joined[-1]} {text}"
        else:
            joined.append(text)
    return joined


def _unique(texts: Sequence[str]) -> tuple[str, ...]:
    known: dict[str, str] = {}
    for text in texts:
        known.setdefault(fold(text), text)
    return tuple(known.values())
