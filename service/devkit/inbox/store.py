"""Keeps received messages, one file each, so that a demo started again shows the same inbox.

A file is one line of JSON (the envelope and the instant) and then the raw mail, untouched.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from service.devkit.inbox.decode import readable

SUFFIX = ".mail"
KEPT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSummary:
    """What the list shows of one mail."""

    id: int
    at: datetime
    sender: str
    """The envelope sender, where bounces go."""
    recipients: tuple[str, ...]
    from_: str
    subject: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageQuery:
    """Which messages are wanted; every given part must hold."""

    words: str = ""
    """Part of an address or of the subject."""
    to: str = ""
    subject: str = ""
    since: datetime | None = None
    after: int = 0

    def takes(self, mail: MessageSummary) -> bool:
        """Whether the mail is one of them."""
        people = " ".join((*mail.recipients, mail.from_)).casefold()
        return (
            all(word in f"{people} {mail.subject.casefold()}" for word in self._words())
            and self.to.casefold() in " ".join(mail.recipients).casefold()
            and self.subject.casefold() in mail.subject.casefold()
            and (self.since is None or mail.at >= self.since)
            and mail.id > self.after
        )

    def _words(self) -> list[str]:
        return self.words.casefold().split()


class MessageStore:
    """A folder of messages, with what the list needs in memory."""

    def __init__(self, folder: Path, *, kept: int = KEPT) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._kept = kept
        self._lock = threading.Lock()
        self._mails: dict[int, MessageSummary] = {}
        self._last = 0
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            self._load(path)

    def add(
        self, raw: bytes, *, sender: str, recipients: Sequence[str], at: datetime
    ) -> MessageSummary:
        """Keep a mail; it is on disk when this returns."""
        envelope = {"at": at.isoformat(), "sender": sender, "recipients": list(recipients)}
        content = json.dumps(envelope).encode() + b"\n" + raw
        with self._lock:
            number = self._last + 1
            path = self._path(number)
            draft = path.with_suffix(".new")
            draft.write_bytes(content)
            draft.rename(path)
            self._last = number
            mail = _received(number, envelope, raw)
            self._mails[number] = mail
            self._forget_oldest()
        return mail

    def find(
        self, query: MessageQuery, *, limit: int, skip: int = 0
    ) -> tuple[list[MessageSummary], int]:
        """The newest first, and how many there are in all."""
        with self._lock:
            mails = list(self._mails.values())
        found = [mail for mail in reversed(mails) if query.takes(mail)]
        return found[skip : skip + limit], len(found)

    def get(self, number: int) -> tuple[MessageSummary, bytes] | None:
        """One mail with its raw bytes, or None when there is no such mail."""
        with self._lock:
            mail = self._mails.get(number)
        if mail is None:
            return None
        try:
            content = self._path(number).read_bytes()
        except FileNotFoundError:
            return None
        return mail, content.partition(b"\n")[2]

    @property
    def last(self) -> int:
        """The number of the newest mail; it grows with every mail."""
        return self._last

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08d}{SUFFIX}"

    def _load(self, path: Path) -> None:
        try:
            number = int(path.stem)
            head, _, raw = path.read_bytes().partition(b"\n")
            self._mails[number] = _received(number, json.loads(head), raw)
            self._last = max(self._last, number)
        except (ValueError, KeyError, TypeError):
            return  # Not a file of ours: it is neither shown nor removed.

    def _forget_oldest(self) -> None:
        for number in list(self._mails)[: max(0, len(self._mails) - self._kept)]:
            del self._mails[number]
            # A number is never given twice, so a missing file is only a file that was removed.
            self._path(number).unlink(missing_ok=True)


def _received(number: int, envelope: Mapping[str, object], raw: bytes) -> MessageSummary:
    head: Message = message_from_bytes(_head(raw))
    recipients = envelope["recipients"]
    if not isinstance(recipients, list):
        raise TypeError("recipients must be a list")
    return MessageSummary(
        id=number,
        at=datetime.fromisoformat(str(envelope["at"])),
        sender=str(envelope["sender"]),
        recipients=tuple(str(recipient) for recipient in recipients),
        from_=readable(head.get("From")),
        subject=readable(head.get("Subject")),
        size=len(raw),
    )


def _head(raw: bytes) -> bytes:
    ends = [end for end in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if end >= 0]
    return raw[: min(ends)] if ends else raw
