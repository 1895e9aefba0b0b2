"""What the publisher has published: a journal on disk, and what is due next.

The journal has one line an event. Every fourth line or so an older article is updated, and now
and then one is withdrawn, so that Crieur meets those too.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from service.devkit.publisher.article import (
    ArticleDates,
    PublishedArticle,
    language_of,
    write_article,
)
from service.devkit.publisher.story_files import LANGUAGES, StoryCollection, load

BACKLOG = 9
BACKLOG_STEP = timedelta(minutes=20)
SHOWN = 300

# Of every seven articles one is updated, of every 29 one is withdrawn, some articles later.
_UPDATE_PHASE = 5
_WITHDRAWAL_PHASE = 20


class ArticleChange(StrEnum):
    """What happens to an article, in the words of Crieur's API."""

    PUBLISHED = "published"
    UPDATED = "updated"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One line of the journal."""

    event: ArticleChange
    number: int
    at: datetime


class PublishingJournal:
    """Publishes an article every so often, from wherever its journal ends."""

    def __init__(self, folder: Path, *, every: timedelta, now: datetime) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.every = every
        self._journal = folder / "journal.jsonl"
        self._material: Mapping[str, StoryCollection] = {name: load(name) for name in LANGUAGES}
        self._lock = threading.Lock()
        self._entries: list[JournalEntry] = []
        self._dates: dict[int, ArticleDates] = {}
        self._read()
        if not self._entries:
            for back in range(BACKLOG, 0, -1):
                self._publish(now.replace(microsecond=0) - back * BACKLOG_STEP)
        self.next_at = now.replace(microsecond=0) + every

    def advance(self, now: datetime) -> None:
        """Publish what has become due."""
        with self._lock:
            while self.next_at <= now:
                self._publish(self.next_at)
                self.next_at += self.every

    def entries(self, start: int) -> list[JournalEntry]:
        """The journal from this line on."""
        with self._lock:
            return self._entries[start:]

    def article(self, number: int) -> PublishedArticle | None:
        """The article of this number as it stands now, withdrawn or not."""
        with self._lock:
            dates = self._dates.get(number)
        return write_article(number, self._material[language_of(number)], dates) if dates else None

    def articles(self, language: str, section: str | None = None) -> list[PublishedArticle]:
        """What the site shows, the newest first."""
        with self._lock:
            latest = list(self._dates)[-SHOWN:]
        found = (self.article(number) for number in reversed(latest))
        return [
            article
            for article in found
            if article is not None
            and article.language == language
            and article.withdrawn is None
            and section in {None, article.section}
        ]

    def sections(self, language: str) -> tuple[str, ...]:
        """The menu of an edition of the site."""
        return self._material[language].sections

    def _publish(self, at: datetime) -> None:
        number = len(self._dates)
        self._note(JournalEntry(event=ArticleChange.PUBLISHED, number=number, at=at))
        if number % 7 == _UPDATE_PHASE:
            self._note(JournalEntry(event=ArticleChange.UPDATED, number=number - 2, at=at))
        if number % 29 == _WITHDRAWAL_PHASE:
            self._note(JournalEntry(event=ArticleChange.WITHDRAWN, number=number - 3, at=at))

    def _note(self, entry: JournalEntry) -> None:
        line = {"event": entry.event, "number": entry.number, "at": entry.at.isoformat()}
        with self._journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        self._take(entry)

    def _take(self, entry: JournalEntry) -> None:
        self._entries.append(entry)
        known = self._dates.get(entry.number, ArticleDates(published=entry.at))
        updated = entry.at if entry.event is ArticleChange.UPDATED else known.updated
        withdrawn = entry.at if entry.event is ArticleChange.WITHDRAWN else known.withdrawn
        self._dates[entry.number] = ArticleDates(
            published=known.published, updated=updated, withdrawn=withdrawn
        )

    def _read(self) -> None:
        if not self._journal.exists():
            return
        whole = self._journal.read_bytes()
        kept = whole[: whole.rfind(b"\n") + 1]
        for line in kept.splitlines():
            data = json.loads(line)
            at = datetime.fromisoformat(data["at"])
            self._take(
                JournalEntry(event=ArticleChange(data["event"]), number=data["number"], at=at)
            )
        if kept != whole:
            # A kill may cut the last line short; the next one must not be glued to it.
            self._journal.write_bytes(kept)
