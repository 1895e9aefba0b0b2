"""Pure: what a rehearsal returns: editions that no reader gets, and what an operator should see."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from service.editions.frozen import FrozenArticle, FrozenText
from service.kit.translatable import TranslatableMessage
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency
from service.newsletters.schedule import Slot

NO_TEXT = FrozenText()


class SlotStatus(StrEnum):
    """What would become of a slot."""

    SENT = "sent"
    SKIPPED = "skipped"
    HOLIDAY = "holiday"
    # It has an edition already, which an operator has made.
    TAKEN = "taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalNote:
    """A plain sentence about an edition; one that warns asks an operator to look at it."""

    message: TranslatableMessage
    warns: bool = False


class LinkStatus(StrEnum):
    """What became of a link that was asked for."""

    ALIVE = "alive"
    # The site says that there is no such page.
    DEAD = "dead"
    # It has not answered, or with an error of its own, or does not let us in.
    UNREACHABLE = "unreachable"
    # The time was over.
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedLink:
    """A link, and why it is not alive; `is_page` is a text, which a picture should not be."""

    status: LinkStatus
    why: TranslatableMessage | None = None
    is_page: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedArticle:
    """An article of a rehearsed edition.

    `is_copy` says that it stands for one that will come: it came some weeks before. `came_at` is
    when it really was first seen.
    """

    article_id: int
    section: str
    is_copy: bool
    came_at: datetime
    frozen: FrozenArticle

    @property
    def links(self) -> tuple[str | None, str | None]:
        """The article's own address, and its picture's."""
        return self.frozen.url, self.frozen.image_url


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingArticles:
    """How many articles of a window are not in its edition, and why."""

    no_room: int = 0
    dropped: int = 0
    waiting: int = 0
    too_old: int = 0
    no_section: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSize:
    """The message with every section: its subject, the size of its HTML, and what was reduced."""

    subject: str
    html_bytes: int
    reductions: tuple[TranslatableMessage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedEdition:
    """What would become of one slot. `frequency` None is an edition for every reader.

    `edition_id` is the number of its draft, if there is one. `begins_at` is when its first messages
    would go out.
    """

    newsletter: NewsletterDetails
    frequency: Frequency | None
    slot: Slot
    status: SlotStatus
    begins_at: datetime
    utc_offset: timedelta
    edition_id: int | None = None
    window_from: datetime | None = None
    window_to: datetime | None = None
    articles: tuple[RehearsedArticle, ...] = ()
    left_out: MissingArticles = MissingArticles()
    readers: int = 0
    # Readers of the series who have chosen none of its sections.
    readers_without: int = 0
    text: FrozenText = NO_TEXT
    size: MessageSize | None = None
    notes: tuple[RehearsalNote, ...] = ()

    @property
    def is_fine(self) -> bool:
        """Whether nothing about it asks for a person."""
        return not any(each.warns for each in self.notes)

    @property
    def warnings(self) -> list[RehearsalNote]:
        """The notes that ask an operator to look at it."""
        return [each for each in self.notes if each.warns]

    @property
    def by_section(self) -> Mapping[str, int]:
        """How many articles each section has, by its name, in the order of the page."""
        return Counter(each.section for each in self.articles)

    @property
    def without_picture(self) -> int:
        """How many articles have no picture."""
        return sum(1 for each in self.articles if not each.frozen.image_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsHistory:
    """Which past a rehearsal has used as the days to come: local dates, both included.

    `begins_at` is when the first article of the newsletter was seen; None without any.
    """

    first_on: date
    last_on: date
    weeks: int
    articles: int
    begins_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedNewsletter:
    """The coming days of one newsletter; `history` is None if it has no slot."""

    newsletter: NewsletterDetails
    editions: Sequence[RehearsedEdition]
    history: NewsHistory | None
    notes: tuple[RehearsalNote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """The coming days of some newsletters, from an instant on."""

    begins_at: datetime
    ends_at: datetime
    newsletters: Sequence[RehearsedNewsletter]
    notes: tuple[RehearsalNote, ...] = ()
    # By address; empty if they were not checked.
    links: Mapping[str, CheckedLink] = field(default_factory=dict)

    @property
    def editions(self) -> list[RehearsedEdition]:
        """All of them, the soonest first."""
        found = [each for part in self.newsletters for each in part.editions]
        return sorted(found, key=lambda each: (each.slot.instant, each.newsletter.name))
