"""Pure: a raw mail becomes its parts: headers, text, HTML, links, one-click address."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from html.parser import HTMLParser

from service.devkit.inbox.decode import readable

_PREVIEW_PIECES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLink:
    """A link of the HTML part."""

    href: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxMessage:
    """A mail to look at."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    links: tuple[MessageLink, ...]
    preheader: str
    one_click: str
    """The address that takes an RFC 8058 POST, or nothing."""

    def header(self, name: str) -> str:
        """The first value of a header, or nothing."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


def parse_message(raw: bytes) -> InboxMessage:
    """Take a mail apart. A broken one gives what can be read."""
    message = message_from_bytes(raw)
    html = _part(message, "text/html")
    found = _Links()
    found.feed(html)
    found.close()
    headers = tuple((key, readable(value)) for key, value in message.items())
    return InboxMessage(
        headers=headers,
        text=_part(message, "text/plain"),
        html=html,
        links=tuple(found.links),
        preheader=" ".join(" ".join(found.words).split())[:140],
        one_click=_one_click(message),
    )


def _part(message: Message, kind: str) -> str:
    for part in message.walk():
        if part.get_content_type() != kind or part.get_content_disposition() == "attachment":
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            return _text(payload, part.get_content_charset("utf-8"))
    return ""


def _text(payload: bytes, charset: str) -> str:
    try:
        return payload.decode(charset, errors="replace")
    except LookupError:
        return payload.decode("utf-8", errors="replace")


def _one_click(message: Message) -> str:
    """RFC 8058: an https (here also http) address, and the header that allows the POST."""
    if "one-click" not in str(message.get("List-Unsubscribe-Post", "")).lower():
        return ""
    offered = re.findall(r"<([^>]*)>", str(message.get("List-Unsubscribe", "")))
    addresses = ("".join(address.split()) for address in offered)
    return next((a for a in addresses if a.startswith(("https://", "http://"))), "")


class _Links(HTMLParser):
    """Collects links with their words, and the first words of the body."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[MessageLink] = []
        self.words: list[str] = []
        self._href: str | None = None
        self._text: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"style", "script", "title"}:
            self._silent += 1
        if tag == "a":
            self._href = dict(attrs).get("href")
            self._text = []

    def handle_endtag(self, tag: str) -> None:
        if tag in {"style", "script", "title"}:
            self._silent = max(0, self._silent - 1)
        if tag == "a" and self._href is not None:
            self.links.append(
                MessageLink(href=self._href, text=" ".join("".join(self._text).split()))
            )
            self._href = None

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        self._text.append(data)
        if len(self.words) < _PREVIEW_PIECES and data.strip():
            self.words.append(data.strip())
