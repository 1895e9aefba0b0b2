"""Pure: what the freeze fixes of a newsletter and an article: all that readers may be shown.

Both are stored as JSON, in `edition.frozen` and `edition_article.frozen`. `to_json` writes the keys
that the content hash is computed over, so a new field changes the hash of every later edition.
`from_json` also reads rows written before a key existed.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self

from service.newsletters import sender_addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenText:
    """What editors have written for one edition; None and "" are what its articles make of it.

    The introduction, the sign-off and the sponsor's text are plain text with simple links.
    """

    subject: str | None = None
    preheader: str | None = None
    introduction: str = ""
    sign_off: str = ""
    sponsor_label: str = ""
    sponsor_text: str = ""
    sponsor_url: str | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return what `to_json` wrote, now or in an earlier version."""
        return cls(
            subject=stored.get("subject"),
            preheader=stored.get("preheader"),
            introduction=stored.get("introduction") or "",
            sign_off=stored.get("sign_off") or "",
            sponsor_label=stored.get("sponsor_label") or "",
            sponsor_text=stored.get("sponsor_text") or "",
            sponsor_url=stored.get("sponsor_url"),
        )

    def to_json(self) -> dict[str, Any]:
        """Return only what is written, so that an edition without it keeps its hash."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenNewsletter:
    """A newsletter's name, language, sender and addresses at one instant."""

    name: str
    slug: str
    locale: str
    time_zone: str
    sender_name: str
    sender_address: str
    reply_to: str | None = None
    description: str = ""
    postal_address: str = ""
    site_url: str | None = None
    accent_colour: str | None = None
    text: FrozenText = FrozenText()
    # The other subject of a subject test.
    second_subject: str | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return what `to_json` wrote, now or in an earlier version."""
        return cls(
            name=stored["newsletter"],
            slug=stored["slug"],
            locale=stored["locale"],
            time_zone=stored["time_zone"],
            sender_name=stored["sender_name"],
            sender_address=stored["sender_address"],
            reply_to=stored.get("reply_to"),
            description=stored.get("description") or "",
            postal_address=stored.get("postal_address") or "",
            site_url=stored.get("site_url"),
            accent_colour=stored.get("accent_colour"),
            text=FrozenText.from_json(stored.get("text") or {}),
            second_subject=stored.get("second_subject"),
        )

    def to_json(self) -> dict[str, Any]:
        """Return what `edition.frozen` stores."""
        written = self.text.to_json()
        second = {"second_subject": self.second_subject} if self.second_subject else {}
        return (
            ({"text": written} if written else {})
            | second
            | {
                "newsletter": self.name,
                "slug": self.slug,
                "description": self.description,
                "locale": self.locale,
                "time_zone": self.time_zone,
                "sender_name": self.sender_name,
                "sender_address": self.sender_address,
                "reply_to": self.reply_to,
                "postal_address": self.postal_address,
                "site_url": self.site_url,
                "accent_colour": self.accent_colour,
            }
        )

    def with_second_subject(self) -> Self:
        """Return the same with the second subject in place of the first; unchanged without one."""
        if self.second_subject is None:
            return self
        return replace(self, text=replace(self.text, subject=self.second_subject))

    @property
    def sender_domain(self) -> str:
        """Return the part of the sender's address after the @."""
        return self.sender_address.rpartition("@")[2]

    def with_plain_addresses(self) -> Self:
        """Return the same with both addresses as headers and envelope carry them.

        Raises:
            Invalid: no message could carry one of them; the sentence says what to do.
        """
        plain = sender_addresses.normalise_addresses(self.sender_address, self.reply_to)
        return replace(
            self, sender_address=plain["sender_address"] or "", reply_to=plain["reply_to"]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenArticle:
    """An article with its section; a reader's choice of sections matches it by `bit`."""

    section: str
    section_slug: str
    bit: int
    title: str
    summary: str = ""
    url: str | None = None
    image_url: str | None = None
    image_alt: str | None = None
    authors: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    # Aware, in whichever time zone it was stored.
    published: datetime | None = None
    updated: datetime | None = None
    # Of an article without an address: its text is nowhere else, so the edition shows it.
    article_id: int | None = None
    body: tuple[str, ...] = ()
    # The message shows the whole text.
    is_whole: bool = False
    # The publisher's own headline, where an editor has written another one for the message.
    publishers_title: str | None = None
    # The alert that carried it before: its readers get the edition without it.
    alerted_in: int | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return what `to_json` wrote, now or in an earlier version."""
        return cls(
            section=stored["section"],
            section_slug=stored["section_slug"],
            bit=stored["bit"],
            title=stored["title"],
            summary=stored.get("summary") or "",
            url=stored.get("url"),
            image_url=stored.get("image_url"),
            image_alt=stored.get("image_alt"),
            authors=tuple(stored.get("authors") or ()),
            related=tuple(stored.get("related") or ()),
            published=_instant(stored.get("published")),
            updated=_instant(stored.get("updated")),
            article_id=stored.get("article_id"),
            body=tuple(stored.get("body") or ()),
            is_whole=bool(stored.get("is_whole")),
            publishers_title=stored.get("publishers_title"),
            alerted_in=stored.get("alerted_in"),
        )

    def to_json(self) -> dict[str, Any]:
        """Return what `edition_article.frozen` stores: instants as ISO 8601."""
        is_hosted = self.article_id is not None
        hosted: dict[str, Any] = (
            {"article_id": self.article_id, "body": list(self.body)} if is_hosted else {}
        )
        if self.is_whole:
            hosted |= {"is_whole": True, "body": list(self.body)}
        if self.publishers_title is not None:
            hosted["publishers_title"] = self.publishers_title
        if self.alerted_in is not None:
            hosted["alerted_in"] = self.alerted_in
        return hosted | {
            "section": self.section,
            "section_slug": self.section_slug,
            "bit": self.bit,
            "title": self.title,
            "summary": self.summary,
            "url": self.url,
            "image_url": self.image_url,
            "image_alt": self.image_alt,
            "authors": list(self.authors),
            "related": list(self.related),
            "published": self.published.isoformat() if self.published else None,
            "updated": self.updated.isoformat() if self.updated else None,
        }


def _instant(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
