"""Pure: an entry of the journal and a story become an article with address, date and picture."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from service.devkit.publisher.story_files import SampleStory, StoryCollection

# When every story has appeared, each appears again from another side, under a new headline.
ANGLES = {
    "fr": ("Reportage", "Trois questions", "Repères", "Entretien", "Analyse", "Retour sur"),
    "en": ("On the spot", "Three questions", "Background", "Interview", "Analysis", "Revisited"),
}
ADDED = {
    "fr": "Cet article a été complété : les premières réactions sont attendues dans la journée.",
    "en": "This article has been extended: first reactions are expected during the day.",
}

PICTURES = {
    "Politique": "politics",
    "Politics": "politics",
    "Économie": "business",
    "Business": "business",
    "Continent": "africa",
    "Africa": "africa",
    "Culture": "culture",
    "Sport": "sport",
}
"""A section's pictures in `static/pictures`, drawn for Crieur."""
VARIANTS = 4
"""Pictures of each section."""
_LANGUAGES = ("fr", "fr", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedArticle:
    """One published article."""

    number: int
    language: str
    section: str
    title: str
    summary: str
    paragraphs: tuple[str, ...]
    authors: tuple[str, ...]
    related: tuple[str, ...]
    image_alt: str
    published: datetime
    updated: datetime | None
    withdrawn: datetime | None

    @property
    def guid(self) -> str:
        """Its name for ever; the site's address may change with the next free port."""
        return f"tag:golfe.example.org,2026:article-{self.number}"

    @property
    def path(self) -> str:
        """Its address on the site."""
        return f"/articles/{slug(self.title)}-{self.number}"

    @property
    def image_path(self) -> str:
        """The address of its picture."""
        return f"/static/pictures/{PICTURES[self.section]}-{self.number % VARIANTS + 1}.png"

    @property
    def changed(self) -> datetime:
        """When it last changed."""
        return self.withdrawn or self.updated or self.published


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleDates:
    """What has happened to an article."""

    published: datetime
    updated: datetime | None = None
    withdrawn: datetime | None = None


def language_of(number: int) -> str:
    """Two in French, then one in English."""
    return _LANGUAGES[number % len(_LANGUAGES)]


def write_article(number: int, material: StoryCollection, dates: ArticleDates) -> PublishedArticle:
    """The article of this number; the same every time."""
    turn = number // 3 if material.language == "en" else number - number // 3
    stories = material.stories
    story = stories[turn % len(stories)]
    closings = material.closings[story.section]
    paragraphs = (*story.body, closings[turn % len(closings)])
    if dates.updated:
        paragraphs = (*paragraphs, ADDED[material.language])
    return PublishedArticle(
        number=number,
        language=material.language,
        section=story.section,
        title=_headline(story, material.language, turn // len(stories)),
        summary=story.lede,
        paragraphs=paragraphs,
        authors=story.authors,
        related=_related(turn, stories),
        image_alt=_image_alt(story, material.language),
        published=dates.published,
        updated=dates.updated,
        withdrawn=dates.withdrawn,
    )


def slug(text: str) -> str:
    """Lower-case letters, figures and hyphens."""
    plain = unicodedata.normalize("NFKD", text.replace("’", " ")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:70].strip("-")


def _headline(story: SampleStory, language: str, round_: int) -> str:
    if round_ == 0:
        return story.title
    angles = ANGLES[language]
    joiner = "\N{NO-BREAK SPACE}\N{EM DASH} " if language == "fr" else " \N{EM DASH} "
    again = f" ({(round_ - 1) // len(angles) + 1})" if round_ > len(angles) else ""
    return f"{angles[(round_ - 1) % len(angles)]}{again}{joiner}{story.title}"


def _related(turn: int, stories: tuple[SampleStory, ...]) -> tuple[str, ...]:
    """The two stories told before in the same section, as a site would link them."""
    story = stories[turn % len(stories)]
    before = [stories[(turn - back) % len(stories)] for back in range(1, len(stories))]
    return tuple(other.title for other in before if other.section == story.section)[:2]


def _image_alt(story: SampleStory, language: str) -> str:
    if language == "fr":
        return f"Illustration de la rubrique {story.section}"
    return f"Illustration for the {story.section} section"
