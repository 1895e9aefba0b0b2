"""Parse what an operator hands over: a feed, an article's web page, a plain-text clipping."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import NamedTuple

from service.articles.feeds.limits import parse_within_limits
from service.articles.html_page.extract import extract_article
from service.articles.ingest import ArticleKind
from service.articles.input_format import InputFormat, detect_format
from service.articles.parsed_article import ParsedArticle
from service.articles.parsing.language import guess_language
from service.articles.parsing.typography import tidy
from service.articles.plain_text.clipping import parse_clipping
from service.articles.urls import parse_article_url
from service.kit.errors import OperationRefused
from service.kit.sandbox import sandboxed

PARSE_SECONDS = 4.0
"""CPU seconds for a page or a clipping. A megabyte takes less than two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualInput:
    """The bytes of a file or an answer, and where they come from; `url` is empty for a file."""

    data: bytes
    url: str = ""
    content_type: str = ""
    charset: str | None = None
    # None: detected from the bytes.
    input_format: InputFormat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualOverrides:
    """What the operator says about the articles; it overrides what they say themselves."""

    zone: tzinfo
    section: str | None = None
    language: str | None = None
    title: str | None = None
    # The address of an article in a file or a clipping: it gives the article its identity.
    url: str | None = None


class ParsedInput(NamedTuple):
    """The articles of an input, and the kind under which they are stored."""

    kind: ArticleKind
    articles: Sequence[ParsedArticle]


def parse_input(source: ManualInput, overrides: ManualOverrides) -> ParsedInput:
    """Return the articles of an input, which is parsed in a child process.

    Raises:
        UncertainHeadline: a clipping is a whole page, and several lines could be its headline.
        OperationRefused: the input holds no article, or the URL is none; the message says why.
    """
    title = tidy(overrides.title or "") or None
    if overrides.title is not None and title is None:
        raise OperationRefused(
            "The headline is empty. Write it after --title, or leave --title out."
        )
    url = parse_article_url(overrides.url) if overrides.url is not None else None
    overrides = replace(overrides, title=title, url=url)
    input_format = source.input_format or detect_format(
        source.data, content_type=source.content_type
    )
    articles = _parse(input_format, source, overrides)
    if overrides.title and input_format is InputFormat.FEED:
        raise OperationRefused("A feed's articles have headlines of their own: leave --title out.")
    if overrides.url and input_format is InputFormat.FEED:
        raise OperationRefused("A feed's articles have addresses of their own: leave --url out.")
    if not articles:
        raise OperationRefused("There is no article in the feed.")
    return ParsedInput(
        kind=ArticleKind(input_format.value),
        articles=[_apply_overrides(parsed, overrides) for parsed in articles],
    )


def _parse(
    input_format: InputFormat, source: ManualInput, overrides: ManualOverrides
) -> Sequence[ParsedArticle]:
    zone, title = overrides.zone, overrides.title
    match input_format:
        case InputFormat.FEED:
            return parse_within_limits(source.data, url=source.url, zone=zone).articles
        case InputFormat.PAGE:
            url = overrides.url or source.url
            extract = sandboxed(extract_article, cpu=PARSE_SECONDS)
            return [extract(source.data, url=url, zone=zone, charset=source.charset, title=title)]
        case InputFormat.CLIPPING:
            return [
                sandboxed(parse_clipping, cpu=PARSE_SECONDS)(source.data, zone=zone, title=title)
            ]


def _apply_overrides(parsed: ParsedArticle, overrides: ManualOverrides) -> ParsedArticle:
    text = " ".join((parsed.title, parsed.summary, *parsed.body))
    return replace(
        parsed,
        section=overrides.section or parsed.section,
        url=overrides.url or parsed.url,
        language=overrides.language or parsed.language or guess_language(text),
    )
