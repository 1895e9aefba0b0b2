"""Writes the letters of one edition: each variant is composed once, each reader's copy joined."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.audience import reader_token
from service.delivery.compose import Composed, Letter, compose
from service.delivery.envelope import make_return_path
from service.delivery.headers import (
    EditionHead,
    Mailbox,
    make_message_id,
    message_ids,
    write_edition_head,
)
from service.delivery.post import Post
from service.delivery.queries.deliveries import Claimed
from service.delivery.reply import Deferred, Refused
from service.delivery.sealed import UNSENDABLE, Sealed, measure, write_commands
from service.editions import desk
from service.editions.tables import Edition
from service.kit.db import Session
from service.kit.errors import Invalid, NotFound
from service.kit.tokens import Keyring
from service.newsletters import catalogue, mailbox
from service.rendering.preview import PREVIEW_TOKEN, mask_of_reader, preview_edition
from service.rendering.render_edition import find_rendition
from service.rendering.tables import Rendition


class VariantMissingError(LookupError):
    """An edition is being sent and one of its variants is gone."""


class Letters:
    """What all letters of one edition have in common."""

    def __init__(
        self, edition: Edition, words: Mapping[str, Any], *, keyring: Keyring, post: Post
    ) -> None:
        self._id = edition.id
        self._words = words
        # One instant for every copy and every attempt: a repeated mail has the same bytes.
        self._date = edition.frozen_at or edition.planned_at
        self._post = post
        domain = _domain_of(self._words)
        self._signing = post.dkim.signing(domain, at=self._date)
        self._make_message_id = message_ids(edition.key, domain=domain)
        self._make_token = reader_token.maker(
            keyring, newsletter_id=edition.newsletter_id, edition_id=edition.id
        )
        self._composed: dict[int, Composed] = {}

    @classmethod
    def load(cls, session: Session, edition_id: int, *, keyring: Keyring, post: Post) -> "Letters":
        """Read what the edition froze; raise NotFound.

        An address that no mail can carry was in none of this edition's either: the newsletter's
        present one takes its place. Raises Invalid when no mail can carry that.
        """
        edition = desk.get(session, edition_id)
        addresses = edition.frozen["sender_address"], edition.frozen.get("reply_to")
        if not all(mailbox.is_plain(each) for each in addresses if each):
            newsletter = catalogue.get_by_id(session, edition.newsletter_id)
            addresses = newsletter.sender_address, newsletter.reply_to
        words = edition.frozen | mailbox.of(*addresses)
        return cls(edition, words, keyring=keyring, post=post)

    def prepare(self, session: Session, mask: int) -> None:
        """Compose a variant unless that was done.

        Raises:
            VariantMissingError: it is not stored; the next run renders it before it begins.
        """
        if mask in self._composed:
            return
        try:
            rendition = find_rendition(session, self._id, mask)
        except NotFound:
            raise VariantMissingError(self._id) from None
        self._composed[mask] = compose(
            Letter(
                head=write_edition_head(self._head(rendition)),
                text=rendition.text,
                html=rendition.html,
                placeholder=rendition.placeholder,
            ),
            signing=self._signing,
        )

    def write(self, claimed: Claimed) -> Sealed | Refused | Deferred:
        """Join one reader's copy; the same reader always gets the same bytes."""
        composed = self._composed.get(claimed.mask)
        if composed is None:
            return Deferred(reason="this choice of sections has not been rendered")
        token = self._make_token(claimed.subscriber_id)
        sealed = seal(
            composed,
            token=token,
            address=claimed.address,
            message_id=self._make_message_id(token),
            post=self._post,
        )
        if claimed.doubts and isinstance(sealed, Sealed):
            return sealed._replace(careful=True)
        return sealed

    def _head(self, rendition: Rendition) -> EditionHead:
        issue = _Issue(id=self._id, words=self._words, date=self._date)
        return _head(issue, rendition.subject, token=rendition.placeholder, post=self._post)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Issue:
    """What the header says of an edition."""

    id: int
    words: Mapping[str, Any]
    date: datetime


def _head(issue: _Issue, subject: str, *, token: str, post: Post) -> EditionHead:
    words = issue.words
    return EditionHead(
        sender=Mailbox(name=words["sender_name"], address=words["sender_address"]),
        reply_to=words.get("reply_to"),
        subject=subject,
        date=issue.date,
        list_id=Mailbox(name=words["newsletter"], address=f"{words['slug']}.{_domain_of(words)}"),
        unsubscribe_url=post.unsubscribe_url(token),
        unsubscribe_address=post.unsubscribe_address(token),
        feedback=(str(issue.id), words["slug"], "digest"),
    )


def _domain_of(words: Mapping[str, Any]) -> str:
    return str(words["sender_address"]).rpartition("@")[2]


def preview_letter(
    session: Session, edition_id: int, *, settings: Post, address: str | None, now: datetime
) -> bytes:
    """Return the raw mail as a reader would get it, with links that open nothing."""
    edition = desk.get(session, edition_id)
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    mask = mask_of_reader(session, edition_id, address) if address else None
    rendered = preview_edition(
        session, edition_id, public_url=settings.public_url, mask=mask
    ).rendered
    words = edition.frozen or {
        "newsletter": newsletter.name,
        "slug": newsletter.slug,
        "sender_name": newsletter.sender_name,
        "sender_address": newsletter.sender_address,
        "reply_to": newsletter.reply_to,
    }
    issue = _Issue(id=edition.id, words=words, date=edition.frozen_at or now)
    head = _head(issue, rendered.subject, token=PREVIEW_TOKEN, post=settings)
    letter = Letter(head=write_edition_head(head), text=rendered.text, html=rendered.html)
    return compose(letter).join(
        token=PREVIEW_TOKEN,
        address=_with_plain_domain(address or "reader@example.org"),
        message_id=make_message_id(edition.key, PREVIEW_TOKEN, domain=_domain_of(words)),
    )


def seal(
    composed: Composed, *, token: str, address: str, message_id: str, post: Post
) -> Sealed | Refused:
    """Put a reader's copy into its envelope; an address that cannot be written to is refused."""
    recipient = address if address.isascii() else _with_plain_domain(address)
    try:
        copy = composed.copy(token=token, address=recipient, message_id=message_id)
    except Invalid:
        return UNSENDABLE
    sender = make_return_path(token, bounce_domain=post.bounce_domain)
    mark = token.encode("ascii")
    # An address with letters beyond ASCII never gets here: the header would not take it.
    if not composed.ready:
        return Sealed(sender, recipient, copy, mark)
    weight = measure(copy, mark)
    envelope = write_commands(sender, recipient, f" SIZE={weight}")
    return Sealed(sender, recipient, copy, mark, ready=True, weight=weight, envelope=envelope)


def _with_plain_domain(address: str) -> str:
    """Write an international domain in its ASCII form, which every relay takes."""
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return local + at + domain.encode("idna").decode("ascii")
    except UnicodeError:
        return address
