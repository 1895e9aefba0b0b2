"""What the publisher can write: stories by language, read from `stories/*.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "stories"
LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleStory:
    """Something to tell, without date or address."""

    section: str
    title: str
    lede: str
    body: tuple[str, ...]
    authors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryCollection:
    """The stories of one language, and how articles of a section may close."""

    language: str
    stories: tuple[SampleStory, ...]
    closings: dict[str, tuple[str, ...]]

    @property
    def sections(self) -> tuple[str, ...]:
        """In the order of the site's menu."""
        return tuple(self.closings)


def load(language: str) -> StoryCollection:
    """Read the stories of a language."""
    data = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    stories = tuple(
        SampleStory(
            section=story["section"],
            title=story["title"],
            lede=story["lede"],
            body=tuple(story["body"]),
            authors=tuple(story["authors"]),
        )
        for story in data["stories"]
    )
    closings = {section["name"]: tuple(section["closings"]) for section in data["sections"]}
    return StoryCollection(language=language, stories=stories, closings=closings)
