"""Pure: the form of article events, in which other systems' habits are allowed for."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

MAX_EVENTS = 500
MAX_PARAGRAPHS = 10_000
MAX_NAMES = 500
MAX_LABEL = 200
MAX_IGNORED = 50
"""Names of unknown fields in an answer."""

ShortText = Annotated[str, Field(max_length=2_000)]
Address = Annotated[str, Field(max_length=2_000)]
# Only the first fault is reported: those of a million would fill the memory.
Names = Annotated[list[ShortText], Field(max_length=MAX_NAMES, fail_fast=True)]


class ArticleImagePayload(BaseModel):
    """An article's picture, and what it shows."""

    model_config = ConfigDict(extra="allow")

    url: Address
    alt: ShortText = ""


def _as_lines(value: object) -> object:
    """A text may be given whole or by paragraphs, and systems write null for none."""
    return [value] if isinstance(value, str) else _as_list(value)


Text = Annotated[str, Field(max_length=1_000_000)]
Lines = Annotated[
    list[Text],
    Field(max_length=MAX_PARAGRAPHS, fail_fast=True),
    BeforeValidator(_as_lines, json_schema_input_type=Text | list[Text]),
]


def _as_picture(value: object) -> object:
    """A picture may be given as its address alone."""
    return {"url": value} if isinstance(value, str) else value


def _as_text(value: object) -> object:
    """Systems write null for a text that is empty."""
    return "" if value is None else value


def _as_name(value: object) -> object:
    """Systems number their articles."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_names(value: object) -> list[object]:
    """Authors may be one name, or objects that have a name."""
    people = value if isinstance(value, list) else [] if value is None else [value]
    return [person.get("name") if isinstance(person, dict) else person for person in people]


def _as_labels(value: object) -> object:
    """Return the texts of what systems call categories and tags; numbers of theirs say nothing."""
    labels = [each for each in _as_names(value) if isinstance(each, str)]
    return [each[:MAX_LABEL] for each in labels[:MAX_NAMES]]


def _or_nothing(value: object) -> object:
    """An empty text tells no moment, and no address."""
    return None if isinstance(value, str) and not value.strip() else value


def _as_list(value: object) -> object:
    return [] if value is None else value


class ArticlePayload(BaseModel):
    """An article as the publisher's system knows it; texts may hold HTML, which is removed."""

    model_config = ConfigDict(extra="allow")

    id: Annotated[ShortText | None, BeforeValidator(_as_name)] = Field(
        default=None, description="The publisher's own, never changing."
    )
    url: Address | None = None
    title: Annotated[ShortText, BeforeValidator(_as_text)] = ""
    section: ShortText | None = None
    summary: Annotated[str, Field(max_length=20_000), BeforeValidator(_as_text)] = ""
    body: Lines = []
    authors: Annotated[Names, BeforeValidator(_as_names)] = []
    language: Annotated[str, Field(max_length=20)] | None = None
    published_at: Annotated[
        datetime | None,
        Field(validation_alias=AliasChoices("published_at", "published")),
        BeforeValidator(_or_nothing),
    ] = None
    updated_at: Annotated[
        datetime | None,
        Field(validation_alias=AliasChoices("updated_at", "updated")),
        BeforeValidator(_or_nothing),
    ] = None
    image: Annotated[ArticleImagePayload | None, BeforeValidator(_as_picture)] = None
    breaking: bool = Field(
        default=False,
        description="Alerts readers who have chosen alerts, once; an article older than three "
        "hours alerts no one.",
    )
    related: Annotated[Names, BeforeValidator(_as_list)] = []
    categories: Annotated[Names, BeforeValidator(_as_labels)] = Field(
        default=[], description="For section rules; the first that is usual is the section if none."
    )
    tags: Annotated[Names, BeforeValidator(_as_labels)] = Field(
        default=[], description="For section rules."
    )


class ArticleEvent(BaseModel):
    """One fact about one article; the answer names fields that are not known (`ignored`)."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[
        Literal["published", "updated", "withdrawn"],
        Field(validation_alias=AliasChoices("type", "event")),
    ]
    article: ArticlePayload


class ArticleEventBatch(BaseModel):
    """What the publisher's system has to say, the oldest first."""

    events: Annotated[
        list[ArticleEvent], Field(min_length=1, max_length=MAX_EVENTS, fail_fast=True)
    ]


def ignored_fields(event: ArticleEvent) -> list[str]:
    """Return the names of fields that are not known: a publisher may have misplaced one."""
    image = event.article.image
    names = [
        *(event.model_extra or {}),
        *(f"article.{each}" for each in event.article.model_extra or {}),
        *(f"article.image.{each}" for each in (image and image.model_extra) or {}),
    ]
    return [each[:MAX_LABEL] for each in names[:MAX_IGNORED]]
