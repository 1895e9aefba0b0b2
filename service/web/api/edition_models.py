"""What the API takes and returns about editions."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from service.editions.curate import SUMMARY_LENGTH, TITLE_LENGTH
from service.editions.curated import TEXT_LENGTHS
from service.editions.kind import EditionKind
from service.editions.lifecycle import EditionState, SubjectTestState
from service.editions.subject_test_rules import Measure, SubjectTestOutcome
from service.newsletters.frequency import Frequency

MAX_ORDERED = 500
LARGEST_ID = 2**63 - 1

ArticleNumber = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class EditionSummary(BaseModel):
    """An edition, and what it waits for."""

    edition: int
    newsletter: str
    kind: EditionKind
    frequency: Frequency | None = Field(description="Its series; null of what is no digest.")
    slot: str = Field(description="In the newsletter's own time.")
    time_zone: str
    goes_out_at: datetime | None = Field(description="Null unless it goes out by itself.")
    state: EditionState
    held: bool
    paused: bool
    needs_approval: bool
    approved_at: datetime | None
    version: int = Field(description="Counts editors' changes; the ETag has it.")
    changed_at: datetime | None


class ComingEdition(EditionSummary):
    """A draft in the list of coming editions."""

    article_count: int


class ComingEditions(BaseModel):
    """A newsletter's coming editions, the one that is due next first."""

    editions: list[ComingEdition]


class EditionArticleEntry(BaseModel):
    """An article as the message has it, and what editors have changed about it."""

    id: int
    url: str | None
    published: datetime | None
    section: str
    title: str
    summary: str
    withdrawn: bool
    pinned: bool = False
    dropped: bool = False
    ordered: bool = False
    moved: bool = False
    publishers_title: str | None = None
    publishers_summary: str | None = None


class SubjectEntry(BaseModel):
    """One of two subjects, and what is known of it: now, or when the test was decided."""

    subject: str | None = Field(description="Null: each reader's first headline.")
    readers: int
    accepted: int
    events: int = Field(description="Visitors who clicked, or opened the message.")
    rate: float = Field(description="Events by accepted messages, 0 to 1.")


class SubjectTestEntry(BaseModel):
    """The test of two subjects with a sample of the readers."""

    state: SubjectTestState
    measure: Measure
    sample_percent: int
    wait_minutes: int
    decides_at: datetime | None
    decided_at: datetime | None
    winner: Literal["first", "second"] | None
    outcome: SubjectTestOutcome | None
    is_doubtful: bool = Field(
        description="More visitors than accepted messages: the count is not believed."
    )
    first: SubjectEntry
    second: SubjectEntry


class RevisionEntry(BaseModel):
    """A revision of a frozen edition, and how many readers got it."""

    revision: int | None = Field(
        description="1 is what was frozen; null, messages from before revisions were counted."
    )
    made_at: datetime | None
    withdrawn: int
    corrected: int
    accepted: int
    uncertain: int


class CorrectedEntry(BaseModel):
    """An edition that a correction is about; it goes to readers of an older revision."""

    edition: int
    revision: int


class EditionContent(EditionSummary):
    """An edition with its articles in the order of the page."""

    window_from: datetime | None = None
    window_to: datetime | None = None
    articles: list[EditionArticleEntry]
    dropped: list[EditionArticleEntry] = []
    left_over: list[EditionArticleEntry] = Field(
        default=[], description="The latest 200 for which there is no room in their section."
    )
    texts: dict[str, str]
    subject_test: SubjectTestEntry | None = None
    corrects: list[CorrectedEntry] = Field(default=[], description="Of a correction.")
    goes_to: int | None = Field(
        default=None, description="How many readers a correction goes to if it is sent now."
    )
    revisions: list[RevisionEntry] = Field(default=[], description="Empty before the freeze.")


# A field a text, with its length: what is not named stays, null or "" is the rule's own.
_FIELDS: dict[str, Any] = {
    name: (Annotated[str | None, Field(max_length=length)], None)
    for name, length in TEXT_LENGTHS.items()
}
EditionTexts = create_model(
    "EditionTexts",
    __config__=ConfigDict(extra="forbid"),
    __doc__="Texts around the articles; null or an empty text is what the articles make of it.",
    **_FIELDS,
)


class ArticleCuration(BaseModel):
    """All that editors want of an article; what is left out is the rule's or the publisher's."""

    model_config = ConfigDict(extra="forbid")

    pinned: bool = False
    dropped: bool = False
    section: Annotated[str, Field(max_length=200)] | None = None
    title: Annotated[str, Field(max_length=TITLE_LENGTH)] | None = None
    summary: Annotated[str, Field(max_length=SUMMARY_LENGTH)] | None = None


class SectionOrder(BaseModel):
    """Articles of a section in the order that they should have, before any others of it."""

    model_config = ConfigDict(extra="forbid")

    section: Annotated[str, Field(max_length=200)]
    articles: Annotated[list[ArticleNumber], Field(min_length=1, max_length=MAX_ORDERED)]
