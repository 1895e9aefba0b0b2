"""Tells Crieur about each event of the journal, in order, until Crieur has taken it."""

import http.client
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from service.devkit.publisher.article import PublishedArticle
from service.devkit.publisher.feeds import as_event
from service.devkit.publisher.journal import JournalEntry, PublishingJournal
from service.kit.log import get_logger

log = get_logger(__name__)

PATIENCE = 10
GROUP = 50
LONGEST_WAIT = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class PushTarget:
    """Where events go, with which key, and of which languages (none named: all)."""

    url: str
    key: str
    languages: tuple[str, ...] = ()


class EventPusher:
    """Remembers on disk how far it has come, so that a restart repeats at most one group."""

    def __init__(
        self, press: PublishingJournal, folder: Path, *, target: PushTarget, base: str
    ) -> None:
        self._press = press
        self._target = target
        self._base = base
        self._record = folder / "pushed"
        self._done = int(self._record.read_text()) if self._record.exists() else 0
        self._wait = timedelta(seconds=1)
        self._again_at: datetime | None = None

    def advance(self, now: datetime) -> None:
        """Send what has not been sent, unless Crieur was away a moment ago."""
        if self._again_at is not None and now < self._again_at:
            return
        while entries := self._press.entries(self._done)[:GROUP]:
            events = self._events(entries)
            if events and not self._send({"events": events}):
                self._again_at = now + self._wait
                self._wait = min(self._wait * 2, LONGEST_WAIT)
                return
            self._done += len(entries)
            self._record.write_text(str(self._done))
        self._wait, self._again_at = timedelta(seconds=1), None

    def _events(self, entries: list[JournalEntry]) -> list[dict[str, Any]]:
        found = ((entry, self._press.article(entry.number)) for entry in entries)
        return [
            as_event(entry.event, article, base=self._base)
            for entry, article in found
            if article is not None and self._wants(article)
        ]

    def _wants(self, article: PublishedArticle) -> bool:
        return not self._target.languages or article.language in self._target.languages

    def _send(self, said: dict[str, Any]) -> bool:
        """Whether Crieur has taken it, or will never take it."""
        url = urlsplit(self._target.url)
        secure = url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(url.hostname or "", url.port, timeout=PATIENCE)
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self._target.key}",
        }
        try:
            body = json.dumps(said, ensure_ascii=False).encode()
            connection.request("POST", url.path or "/", body=body, headers=headers)
            answer = connection.getresponse()
            answered = answer.read(500).decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            log.warning("publisher.push_failed", reason=str(error))
            return False
        finally:
            connection.close()
        if answer.status in {400, 409, 413, 422}:
            # The same words would be refused again; the next events must not wait behind them.
            log.warning("publisher.push_refused", status=answer.status, said=answered)
            return True
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            log.warning("publisher.push_failed", reason=f"status {answer.status}")
            return False
        return True
