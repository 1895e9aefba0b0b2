"""Tells Crieur about each event of the journal, in order, until Crieur has taken it."""

import http.client
import json
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from service.devkit.publisher.feeds import as_event
from service.devkit.publisher.press import Press

log = structlog.get_logger(__name__)

PATIENCE = 10
LONGEST_WAIT = timedelta(seconds=30)


class Pusher:
    """Remembers on disk how far it has come, so that a restart repeats at most one event."""

    def __init__(self, press: Press, folder: Path, *, url: str, key: str, base: str) -> None:
        self._press = press
        self._url = urlsplit(url)
        self._key = key
        self._base = base
        self._record = folder / "pushed"
        self._done = int(self._record.read_text()) if self._record.exists() else 0
        self._wait = timedelta(seconds=1)
        self._again_at: datetime | None = None

    def advance(self, now: datetime) -> None:
        """Send what has not been sent, unless Crieur was away a moment ago."""
        if self._again_at is not None and now < self._again_at:
            return
        for entry in self._press.entries(self._done):
            article = self._press.article(entry.number)
            if article is not None and not self._send(
                as_event(entry.event, article, base=self._base)
            ):
                self._again_at = now + self._wait
                self._wait = min(self._wait * 2, LONGEST_WAIT)
                return
            self._done += 1
            self._record.write_text(str(self._done))
        self._wait, self._again_at = timedelta(seconds=1), None

    def _send(self, event: dict[str, object]) -> bool:
        """Whether Crieur has taken it, or will never take it."""
        secure = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=PATIENCE)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"}
        try:
            body = json.dumps(event, ensure_ascii=False).encode()
            connection.request("POST", self._url.path, body=body, headers=headers)
            answer = connection.getresponse()
            said = answer.read(500).decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            log.warning("publisher.push_failed", reason=str(error))
            return False
        finally:
            connection.close()
        if answer.status in {400, 409, 413, 422}:
            # The same words would be refused again; the next event must not wait behind them.
            log.warning("publisher.push_refused", status=answer.status, said=said)
            return True
        if answer.status >= 300:
            log.warning("publisher.push_failed", reason=f"status {answer.status}")
            return False
        return True
