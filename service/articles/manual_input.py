"""Whatever an operator hands over becomes stories: a feed, an article's page, a clipping."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from service.articles.feeds.limits import parse_within_limits
from service.articles.html_page.extract import extract_article
from service.articles.ingest import ArticleKind
from service.articles.input_format import InputFormat, detect_format
from service.articles.parsed_article import ParsedArticle
from service.articles.parsing.language import guess_language
from service.articles.parsing.typography import tidy
from service.articles.plain_text.clipping import parse_clipping
from service.kit.errors import OperationRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualInput:
    """Some bytes, and what is known of where they come from; `url` is empty for a file."""

    data: bytes
    url: str = ""
    content_type: str = ""
    charset: str | None = None
    kind: InputFormat | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualOverrides:
    """What the operator says about the stories; it wins over what they say themselves."""

    zone: tzinfo
    section: str | None = None
    language: str | None = None
    title: str | None = None


def parse_input(
    material: ManualInput, wish: ManualOverrides
) -> tuple[ArticleKind, Sequence[ParsedArticle]]:
    """Return the stories in some material, and how they are to be filed.

    Raises:
        Refused: nothing could be made of it; the sentence says why.
    """
    title = tidy(wish.title or "") or None
    if wish.title is not None and title is None:
        raise OperationRefused(
            "The headline is empty. Write it behind --title, or leave --title out."
        )
    wish = replace(wish, title=title)
    source = material.kind or detect_format(material.data, content_type=material.content_type)
    stories = _stories(source, material, wish)
    if wish.title and source is InputFormat.FEED:
        raise OperationRefused("A feed's articles have headlines of their own: leave --title out.")
    if not stories:
        raise OperationRefused("There is no article in the feed.")
    return ArticleKind(source.value), [_as_wished(story, wish) for story in stories]


def _stories(
    source: InputFormat, material: ManualInput, wish: ManualOverrides
) -> Sequence[ParsedArticle]:
    match source:
        case InputFormat.FEED:
            return parse_within_limits(material.data, url=material.url, zone=wish.zone).stories
        case InputFormat.PAGE:
            charset = material.charset
            return [
                extract_article(
                    material.data,
                    url=material.url,
                    zone=wish.zone,
                    charset=charset,
                    title=wish.title,
                )
            ]
        case InputFormat.CLIPPING:
            return [parse_clipping(material.data, zone=wish.zone, title=wish.title)]


def _as_wished(story: ParsedArticle, wish: ManualOverrides) -> ParsedArticle:
    told = " ".join((story.title, story.summary, *story.body))
    return replace(
        story,
        section=wish.section or story.section,
        language=wish.language or story.language or guess_language(told),
    )
