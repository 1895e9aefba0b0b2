"""Pure: the immutable values that templates receive; a template looks nothing up by itself."""

from dataclasses import dataclass, replace
from datetime import date

from service.editions.variant_mask import is_without_alerted
from service.rendering.locale_format import shorten
from service.rendering.simple_text import Paragraph, plain_words
from service.rendering.theme import Theme, theme_for

SUBJECT_LENGTH = 110
PREHEADER_LENGTH = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Branding:
    """What every message of a newsletter carries: its name, its language, its sender."""

    newsletter_name: str
    locale: str
    sender_name: str
    postal_address: str
    site_url: str
    signup_url: str
    accent_colour: str | None = None

    @property
    def theme(self) -> Theme:
        """Return the colours derived from the accent."""
        return theme_for(self.accent_colour)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedView:
    """One line of "À lire aussi"; without a URL it is shown without a link."""

    title: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleView:
    """One article as a digest shows it."""

    title: str
    url: str | None
    summary: str = ""
    kicker: str = ""
    image_url: str | None = None
    image_alt: str = ""
    authors: tuple[str, ...] = ()
    published: date | None = None
    # The whole text, of an edition that is one piece; the rest of it is behind the link.
    body: tuple[str, ...] = ()
    related: tuple[RelatedView, ...] = ()
    # An alert has carried it: a variant for those who had it leaves it out.
    was_alerted: bool = False


FRESH_BIT = 64
"""Added to a section's bit, it names what is left of it for readers who had the alerts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A section with its articles, the first one large; `left_out` counts the dropped ones."""

    name: str
    slug: str
    bit: int
    articles: tuple[ArticleView, ...]
    left_out: int = 0

    @property
    def is_fresh_part(self) -> bool:
        """Whether this is what is left of a section without what alerts had."""
        return self.bit >= FRESH_BIT

    def without_alerted(self) -> "SectionView | None":
        """Return the section for readers who had the alerts; None if nothing is left of it."""
        left = tuple(each for each in self.articles if not each.was_alerted)
        if len(left) == len(self.articles):
            return self
        return replace(self, bit=self.bit + FRESH_BIT, articles=left) if left else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SponsorView:
    """A sponsor's slot: what it is called, and its text, which may link to the sponsor."""

    label: str
    paragraphs: tuple[Paragraph, ...]
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorsView:
    """What editors have written for one edition; without a subject its first headline is it."""

    subject: str | None = None
    preheader: str | None = None
    introduction: tuple[Paragraph, ...] = ()
    sign_off: tuple[Paragraph, ...] = ()
    sponsor: SponsorView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """One variant of an edition; without personal links it is the web version."""

    branding: Branding
    edition_date: date
    sections: tuple[SectionView, ...]
    web_url: str
    preferences_url: str | None = None
    unsubscribe_url: str | None = None
    editors: EditorsView = EditorsView()
    # An alert is short: a label, and no names of sections.
    is_alert: bool = False
    # Changes after the freeze, in sentences: for the web version.
    notes: tuple[str, ...] = ()
    # A letter has no sections: what editors have written is all of it.
    is_letter: bool = False
    # Marks the edges of sections while an edition is rendered in parts.
    seam: str = ""

    @property
    def template(self) -> str:
        """Return the folder of its templates."""
        return "correction" if self.is_letter else "digest"

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to send: no article, and no letter."""
        return not self.articles and not self.is_letter

    @property
    def articles(self) -> tuple[ArticleView, ...]:
        """Return the articles of all sections in their order."""
        return tuple(article for section in self.sections for article in section.articles)

    @property
    def personal(self) -> bool:
        """Whether this copy is for one reader, with personal links."""
        return self.unsubscribe_url is not None

    @property
    def subject(self) -> str:
        """Return the editors' subject, or the first headline.

        The sender's name beside it already says which newsletter it is.
        """
        if self.editors.subject is not None:
            return self.editors.subject
        headline = self.articles[0].title if self.articles else self.branding.newsletter_name
        return shorten(headline, SUBJECT_LENGTH)

    @property
    def preheader(self) -> str:
        """Return the line that email programs show after the subject.

        It is the editors', or the next headlines.
        """
        if self.editors.preheader is not None:
            return self.editors.preheader
        if self.is_letter:
            words = [plain_words(each) for each in self.editors.introduction]
            return shorten(" ".join(words), PREHEADER_LENGTH)
        others = [article.title for article in self.articles[1:4]]
        if not others and self.articles:
            others = [self.articles[0].summary]
        return shorten(" · ".join(others), PREHEADER_LENGTH)

    @property
    def contents(self) -> str:
        """Return the line that names the sections."""
        return " · ".join(section.name for section in self.sections)

    def for_sections(self, mask: int) -> "DigestView":
        """Return the variant for readers of the sections whose bits are set in `mask`.

        If nothing but what they had as alerts is left since an article was withdrawn, they get
        that again: no message is empty.
        """
        whole = [each for each in self.sections if not each.is_fresh_part]
        chosen = tuple(each for each in whole if mask >> each.bit & 1)
        if is_without_alerted(mask):
            fresh = tuple(filter(None, (each.without_alerted() for each in chosen)))
            chosen = fresh or chosen
        return replace(self, sections=chosen)

    def with_fresh_parts(self) -> "DigestView":
        """Return the digest with what is left of its sections beside them, to render both once."""
        sections: list[SectionView] = []
        for each in self.sections:
            fresh = each.without_alerted()
            sections += [each] if fresh in {None, each} else [each, fresh]
        return replace(self, sections=tuple(sections))


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedView(DigestView):
    """A digest with marks wherever its variants differ.

    Marks are random words of letters and digits, which survive inlining and occur in no text.
    """

    @property
    def subject(self) -> str:
        """Return the mark of the subject."""
        return f"{self.seam}subject"

    @property
    def preheader(self) -> str:
        """Return the mark of the preheader."""
        return f"{self.seam}preheader"

    @property
    def contents(self) -> str:
        """Return the mark of the line that names the sections."""
        return f"{self.seam}contents"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """A transactional message: one thing to do, or one thing to know."""

    branding: Branding
    action_url: str | None = None
    valid_for: str = ""
    section_names: tuple[str, ...] = ()
    rhythm: str = ""
    frequency: str = ""
    before: str = ""
    next_edition: str = ""
    # Whether the reader has chosen alerts, too.
    alerts: bool = False
    again: bool = False
    archive_url: str | None = None
    preferences_url: str | None = None
    unsubscribe_url: str | None = None
