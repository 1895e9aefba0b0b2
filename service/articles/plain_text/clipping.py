"""Pure: a plain-text clipping, a page copied from a news site, becomes a story.

Such a text has the section alone on the first line, the headline, dates, a lede in quotes,
paragraphs interrupted by pointers to other articles, the author's name near the end, and then
the site's logo, call to subscribe and slogan. Any part but the headline and some text may be
missing. A date without a time means that day's midnight in the publication's time zone.
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
from service.articles.plain_text.lines import LineKind, TextLine, classify_lines
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

SUMMARY_LIMIT = 320
_LARGEST = 200_000
_MOST_LINES = 2_000
_FEWEST_WORDS = 5
_ADVICE = "Copy the whole article, from its section and headline to its last paragraph."
_OR_TELL = "Or tell it: --title 'THE HEADLINE'."
_CANDIDATES = 4
_STANDFIRST = 2
_PROSE = 8
_TOO_LONG = "The clipping is too long for one article. Copy one article at a time."
# They may stand anywhere in the text, and it goes on below them.
_ASIDE = {LineKind.DATE, LineKind.CRUMBS, LineKind.CAPTION, LineKind.ADVERT}
_ADDRESS = re.compile(
    r"^(?:(?:source|lien|link|url|adresse)\s?:?\s*)?(https?://[^\s/]+/\S+)$", re.IGNORECASE
)


def parse_clipping(
    data: bytes | str,
    *,
    zone: tzinfo,
    language: str | None = None,
    section: str | None = None,
    title: str | None = None,
) -> ParsedArticle:
    """Read a clipping; `language`, `section` and `title` win over what the text says.

    Raises:
        Refused: no article can be made of it, or several lines could be its headline; the
            sentence says what to do.
    """
    lines, url = _take_address(classify_lines(clean_paste(_as_text(data)), zone=zone))
    if len(lines) > _MOST_LINES:
        raise OperationRefused(_TOO_LONG)
    lines, named, found = _from_headline(lines, title)
    head = parse_head(lines)
    if title or found:
        _tell_title(head, title or found)
    if head.title is None:
        raise OperationRefused(f"No headline was found in the clipping. {_ADVICE} {_OR_TELL}")
    lines, related = extract_related_headlines([*head.strays, *lines[head.rest :]])
    lines = _take_byline_above(lines, head)
    lines = _take_dates(lines, head)
    tail = parse_tail(lines, signed=bool(head.authors))
    title = title or _without_site(head.title, tail.furniture)
    filed = named or head.section
    summary, body = _read_text(lines[: tail.end], title=title, section=filed)
    if count_words(" ".join((summary, *body))) < _FEWEST_WORDS:
        raise OperationRefused(
            f"The clipping has a headline, but no text was found under it. {_ADVICE}"
        )
    return ParsedArticle(
        title=title,
        section=section or filed,
        summary=summary or cut_sentences(body[0], limit=SUMMARY_LIMIT),
        body=tuple(body),
        authors=_each_once([*head.authors, *tail.authors]),
        published=head.published,
        updated=head.updated,
        url=url,
        language=language or guess_language(" ".join((title, summary, *body))),
        related=tuple(r for r in _each_once(related) if fold(r) != fold(title)),
    )


def _from_headline(
    lines: list[TextLine], title: str | None
) -> tuple[list[TextLine], str | None, str]:
    """Cut off what a page copied whole has above its headline.

    Return the rest, its section, and the headline if it was found ("" if it was told, or if only
    an article was copied).
    """
    whole = is_whole_page(lines)
    if title:
        start = locate_given_headline(lines, title)
        if start.at is None and whole:
            # Its headline is not on it, so nothing tells the dates and names above the text apart.
            return cut_article(lines, None), None, ""
        return cut_article(lines, start.at) if whole else lines[start.at or 0 :], start.section, ""
    if not whole:
        return lines, None, ""
    start = locate_headline(lines)
    if start.at is None:
        raise OperationRefused(_unsure(start.candidates))
    return cut_article(lines, start.at), start.section, lines[start.at].text


def _tell_title(head: ClippingHead, title: str) -> None:
    """Put a headline that is known in the place of what was taken for it."""
    if head.title is not None and fold(head.title) != fold(title):
        # What was taken may be the headline with the line below it.
        head.strays.insert(0, TextLine(text=head.title.removeprefix(title).strip()))
    head.title = title


def _unsure(candidates: Sequence[str]) -> str:
    shown = " ".join(f"“{_shortened(text)}”" for text in candidates[:_CANDIDATES])
    between = f" It could be one of these: {shown}." if shown else ""
    return (
        "This looks like a page that was copied whole, and it is not sure which line is its "
        f"headline, so nothing was stored.{between} {_OR_TELL}"
    )


def _shortened(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:119].rstrip()}…"


def _as_text(data: bytes | str) -> str:
    if len(data) > _LARGEST:
        raise OperationRefused(_TOO_LONG)
    text = decode(data) if isinstance(data, bytes) else data
    if text is None or looks_binary(text):
        raise OperationRefused(
            "The clipping is not text. Save the article as plain text and try again."
        )
    if not tidy(text[:_LARGEST]):
        raise OperationRefused(f"The clipping is empty. {_ADVICE}")
    return text


def _take_address(lines: Sequence[TextLine]) -> tuple[list[TextLine], str | None]:
    url = None
    kept: list[TextLine] = []
    for line in lines:
        found = _ADDRESS.match(line.text)
        if found is None:
            kept.append(line)
        elif url is None:
            url = found[1]
    return kept, url


def _take_dates(lines: Sequence[TextLine], head: ClippingHead) -> list[TextLine]:
    for line in lines:
        if line.kind is LineKind.DATE:
            head.date(line)
    return [line for line in lines if line.kind not in _ASIDE]


def _take_byline_above(lines: list[TextLine], head: ClippingHead) -> list[TextLine]:
    """Take the authors who are named between a standfirst and the text."""
    texts = [at for at, line in enumerate(lines) if line.kind is LineKind.TEXT][: _STANDFIRST + 2]
    for place, at in enumerate(texts[1 : _STANDFIRST + 1], start=1):
        names = parse_byline(lines[at].text) if has_byline_cue(lines[at].text) else ()
        below = lines[texts[place + 1]].text if place + 1 < len(texts) else ""
        told = any(fold(below).startswith(fold(name)) for name in names)
        if names and not told and is_sentence(below) and count_words(below) >= _PROSE:
            head.authors += names
            return [*lines[:at], *lines[at + 1 :]]
    return lines


def _without_site(title: str, furniture: Sequence[str]) -> str:
    """Cut the site's name off a headline that was copied from the window's title."""
    for mark in (" | ", " - ", " – ", " — "):
        start, found, end = title.rpartition(mark)
        if found and any(fold(end) == fold(line) for line in furniture):
            return start
    return title


def _read_text(
    lines: Sequence[TextLine], *, title: str, section: str | None
) -> tuple[str, list[str]]:
    """Return the lede (empty without one) and the paragraphs."""
    own = {fold(title), fold(section or title)}
    texts = [
        line
        for line in lines
        # Initials sign in the middle where an advertisement stands above the last paragraph.
        if line.kind is LineKind.TEXT and fold(line.text) not in own and not is_initials(line.text)
    ]
    paragraphs = _join_interrupted(_join_wrapped(texts))
    lede, used = _read_lede(paragraphs)
    return lede, paragraphs[used:]


def _read_lede(paragraphs: Sequence[str]) -> tuple[str, int]:
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
        # A quotation that is never closed is still meant as the lede.
        return paragraphs[0].lstrip("«“ "), 1
    return "", 0


def _join_wrapped(lines: Sequence[TextLine]) -> list[str]:
    """Join the lines of paragraphs that were broken at a fixed width."""
    joined: list[str] = []
    above: TextLine | None = None
    wide = _is_hard_wrapped(lines)
    for line in lines:
        if above is not None and not line.gap and _goes_on(above.text, line.text, wide=wide):
            joined[-1] = f"{joined[-1]} {line.text}"
        else:
            joined.append(line.text)
        above = line
    return joined


def _is_hard_wrapped(lines: Sequence[TextLine]) -> bool:
    inside = [upper.text for upper, lower in itertools.pairwise(lines) if not lower.gap]
    unfinished = [text for text in inside if not is_sentence(text)]
    wide = [text for text in unfinished if len(text) >= 50]
    return (
        len(wide) >= 2
        and len(wide) * 2 > len(inside)
        and len(wide) * 2 > len(unfinished)
        and max(len(line.text) for line in lines) <= 100
    )


def _goes_on(above: str, text: str, *, wide: bool) -> bool:
    if wide:
        return len(above) >= 50
    return len(above) >= 40 and not is_sentence(above) and text[:1].islower()


def _join_interrupted(paragraphs: Sequence[str]) -> list[str]:
    """Join the halves of a sentence that a pointer or an advertisement stood in the middle of."""
    joined: list[str] = []
    for text in paragraphs:
        if joined and text[:1].islower() and len(joined[-1]) >= 40 and not is_sentence(joined[-1]):
            joined[-1] = f"{joined[-1]} {text}"
        else:
            joined.append(text)
    return joined


def _each_once(texts: Sequence[str]) -> tuple[str, ...]:
    known: dict[str, str] = {}
    for text in texts:
        known.setdefault(fold(text), text)
    return tuple(known.values())


def render_clipping(story: ParsedArticle) -> str:
    """Write a story the way a page of it would be copied; reading it again gives the same."""
    moments = [
        (label, moment)
        for label, moment in (("Mis à jour", story.updated), ("Publié", story.published))
        if moment is not None
    ]
    paragraphs = [
        story.section,
        story.title,
        *(f"{label} le {moment:%d/%m/%Y à %H:%M}" for label, moment in moments),
        f"« {story.summary} »" if story.summary else None,
        *story.body,
        *(f"A LIRE AUSSI: {headline}" for headline in story.related),
        *story.authors,
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"
