"""Whatever an operator hands over becomes stories: a feed, an article's page, a clipping."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from service.articles.clipping import read_clipping
from service.articles.extract import read_page
from service.articles.ingest import Kind
from service.articles.language import guess_language
from service.articles.limits import read_within_limits
from service.articles.recognise import Source, recognise
from service.articles.story import Story
from service.articles.typography import tidy
from service.kit.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Some bytes, and what is known of where they come from; `url` is empty for a file."""

    data: bytes
    url: str = ""
    content_type: str = ""
    charset: str | None = None
    kind: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the operator says about the stories; it wins over what they say themselves."""

    zone: tzinfo
    section: str | None = None
    language: str | None = None
    title: str | None = None


def read(material: Material, wish: Wish) -> tuple[Kind, Sequence[Story]]:
    """Return the stories in some material, and how they are to be filed.

    Raises:
        Refused: nothing could be made of it; the sentence says why.
    """
    title = tidy(wish.title or "") or None
    if wish.title is not None and title is None:
        raise Refused("The headline is empty. Write it behind --title, or leave --title out.")
    wish = replace(wish, title=title)
    source = material.kind or recognise(material.data, content_type=material.content_type)
    stories = _stories(source, material, wish)
    if wish.title and source is Source.FEED:
        raise Refused("A feed's articles have headlines of their own: leave --title out.")
    if not stories:
        raise Refused("There is no article in the feed.")
    return Kind(source.value), [_as_wished(story, wish) for story in stories]


def _stories(source: Source, material: Material, wish: Wish) -> Sequence[Story]:
    match source:
        case Source.FEED:
            return read_within_limits(material.data, url=material.url, zone=wish.zone).stories
        case Source.PAGE:
            charset = material.charset
            return [
                read_page(
                    material.data,
                    url=material.url,
                    zone=wish.zone,
                    charset=charset,
                    title=wish.title,
                )
            ]
        case Source.CLIPPING:
            return [read_clipping(material.data, zone=wish.zone, title=wish.title)]


def _as_wished(story: Story, wish: Wish) -> Story:
    told = " ".join((story.title, story.summary, *story.body))
    return replace(
        story,
        section=wish.section or story.section,
        language=wish.language or story.language or guess_language(told),
    )
