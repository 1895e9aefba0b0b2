"""Writes the messages of one edition: each variant is composed once, each reader's copy joined.

A variant is what readers of one choice of sections get of one revision; it is a join of parts that
are read once. Finished variants are kept up to a limit, because readers may have chosen in as many
ways as there are readers; one that was dropped is joined again when its next reader comes.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from service.audience import reader_token
from service.delivery.leasing.queries.deliveries import ClaimedDelivery
from service.delivery.messages.compose import (
    EncodedPieces,
    MessageTemplate,
    PreparedMessage,
    compose,
)
from service.delivery.messages.delivery_token import edition_delivery_signer
from service.delivery.messages.headers import (
    EditionHeaders,
    NamedAddress,
    make_message_id,
    message_ids,
    write_edition_headers,
)
from service.delivery.messages.mail_identity import MailIdentity
from service.delivery.messages.personal_copy import compose_for, to_ascii_domain
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.replies import MessageDeferred, MessageRefused
from service.delivery.variant_cache import VARIANT_CACHE_BYTES, VariantCache, VariantKey
from service.editions.find import get_edition
from service.editions.frozen import FrozenNewsletter
from service.editions.kind import EditionKind
from service.editions.read_models import EditionDetails
from service.editions.snapshot import snapshot_newsletter
from service.kit.db import Session
from service.kit.errors import Invalid
from service.kit.tokens import Keyring
from service.kit.translatable import translatable
from service.newsletters import catalogue, sender_addresses
from service.rendering.part_store import load_parts, load_variant, stored_masks
from service.rendering.parts import AssembledMessage, EditionParts, LevelNotRendered
from service.rendering.preview import PREVIEW_TOKEN, preview_edition, reader_section_mask
from service.rendering.subject_variants import load_for_sample, with_subject


class VariantMissingError(LookupError):
    """An edition is being sent and one of its variants is gone."""


FEW_VARIANTS = 100
"""Choices up to which each variant is kept in few pieces, which is a little quicker to join."""


class MessageComposer:
    """What all messages of one edition have in common."""

    def __init__(
        self,
        edition: EditionDetails,
        newsletter: FrozenNewsletter,
        *,
        keyring: Keyring,
        mail_identity: MailIdentity,
        room: int = VARIANT_CACHE_BYTES,
    ) -> None:
        self._id = edition.id
        self._newsletter = newsletter
        # One instant for every copy and every attempt: a repeated message has the same bytes.
        self._date = edition.frozen_at or edition.planned_at
        self._mail_identity = mail_identity
        domain = newsletter.sender_domain
        self._signing = mail_identity.dkim.signing(domain, at=self._date)
        self._make_message_id = message_ids(edition.key, domain=domain)
        self._sign_delivery = edition_delivery_signer(keyring, edition.id)
        self._make_token = reader_token.reader_token_signer(
            keyring, newsletter_id=edition.newsletter_id, edition_id=edition.id
        )
        self._edition = edition
        self._keyring = keyring
        # By revision, subject and sample, under the mask 0: parts, and what their pieces look like
        # in quoted-printable.
        self._parts: dict[VariantKey, tuple[EditionParts, EncodedPieces]] = {}
        # What editions from before there were parts have stored.
        self._old_masks: set[int] | None = None
        self._old: dict[int, PreparedMessage] = {}
        self._ready = VariantCache(room)

    @classmethod
    def load(
        cls,
        session: Session,
        edition_id: int,
        *,
        keyring: Keyring,
        mail_identity: MailIdentity,
        room: int = VARIANT_CACHE_BYTES,
    ) -> "MessageComposer":
        """Read what the edition froze, and keep `room` bytes of variants; raise NotFound.

        An address that no message can carry was in none of this edition's either: the newsletter's
        present one takes its place. Raises Invalid when no message can carry that.
        """
        edition = get_edition(session, edition_id)
        frozen = FrozenNewsletter.from_json(edition.frozen)
        addresses = frozen.sender_address, frozen.reply_to
        if not all(sender_addresses.is_valid_address(each) for each in addresses if each):
            newsletter = catalogue.get_by_id(session, edition.newsletter_id)
            frozen = replace(
                frozen, sender_address=newsletter.sender_address, reply_to=newsletter.reply_to
            )
        frozen = frozen.with_plain_addresses()
        return cls(edition, frozen, keyring=keyring, mail_identity=mail_identity, room=room)

    def prepare(self, session: Session, claimed: ClaimedDelivery) -> None:
        """Read and compose what a message needs, unless that was done.

        Raises:
            VariantMissingError: it is not stored; the next run renders it before it begins.
        """
        key = VariantKey.of(claimed)
        if self._ready.find(key) is not None or (key.revision == 1 and key.mask in self._old):
            return
        if self._old_masks is None:
            self._old_masks = stored_masks(session, self._id)
        if key.revision == 1 and key.mask in self._old_masks:
            self._old[key.mask] = self._compose(load_variant(session, self._id, key.mask))
            return
        source = key._replace(mask=0)
        if source not in self._parts:
            parts = self._load_parts(session, source)
            if parts is None:
                raise VariantMissingError(self._id)
            shares = len(self._edition.masks) > FEW_VARIANTS
            self._parts[source] = parts, EncodedPieces(parts.frame.placeholder, shares=shares)
        self._join(key)

    def _load_parts(self, session: Session, source: VariantKey) -> EditionParts | None:
        parts = load_parts(session, self._edition, source.revision)
        if parts is None or self._newsletter.second_subject is None:
            return parts
        if not source.is_sample:
            return with_subject(parts, self._newsletter, source.subject)
        return load_for_sample(
            session,
            parts,
            self._newsletter,
            source.subject,
            edition_id=self._id,
            keyring=self._keyring,
            public_url=self._mail_identity.public_url,
        )

    def compose(
        self, claimed: ClaimedDelivery
    ) -> OutgoingMessage | MessageRefused | MessageDeferred:
        """Join one reader's copy; the same reader always gets the same bytes."""
        key = VariantKey.of(claimed)
        composed = self._ready.find(key)
        if composed is None:
            composed = self._old.get(key.mask) if key.revision == 1 else None
        if composed is None:
            composed = self._join(key)
        token = self._make_token(claimed.subscriber_id)
        delivery = self._sign_delivery(claimed.subscriber_id)
        message = compose_for(
            composed,
            token=token,
            address=claimed.address,
            message_id=self._make_message_id(delivery),
            delivery=delivery,
            mail_identity=self._mail_identity,
        )
        if claimed.ambiguous_attempts and isinstance(message, OutgoingMessage):
            return message._replace(careful=True)
        return message

    def _join(self, key: VariantKey) -> PreparedMessage:
        try:
            parts, quotes = self._parts[key._replace(mask=0)]
            joined = parts.assemble(key.mask)
        except (KeyError, LevelNotRendered):
            raise VariantMissingError(self._id) from None
        composed = self._compose(joined, quotes)
        self._ready.keep(key, composed)
        return composed

    def _compose(
        self, joined: AssembledMessage, quotes: EncodedPieces | None = None
    ) -> PreparedMessage:
        return compose(
            MessageTemplate(
                head=write_edition_headers(self._head(joined)),
                text=joined.text,
                html=joined.html,
                placeholder=joined.placeholder,
            ),
            signing=self._signing,
            quotes=quotes,
        )

    def _head(self, joined: AssembledMessage) -> EditionHeaders:
        facts = _EditionFacts(
            id=self._id, newsletter=self._newsletter, date=self._date, kind=self._edition.kind
        )
        return _head(
            facts, joined.subject, token=joined.placeholder, mail_identity=self._mail_identity
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _EditionFacts:
    """What the header says of an edition."""

    id: int
    newsletter: FrozenNewsletter
    date: datetime
    kind: EditionKind

    @property
    def stream(self) -> str:
        """Name the stream of messages, of which a provider reports complaints."""
        is_correction = self.kind is EditionKind.CORRECTION
        return EditionKind.CORRECTION if is_correction else EditionKind.DIGEST


def _head(
    facts: _EditionFacts, subject: str, *, token: str, mail_identity: MailIdentity
) -> EditionHeaders:
    newsletter = facts.newsletter
    return EditionHeaders(
        sender=NamedAddress(name=newsletter.sender_name, address=newsletter.sender_address),
        reply_to=newsletter.reply_to,
        subject=subject,
        date=facts.date,
        list_id=NamedAddress(
            name=newsletter.name, address=f"{newsletter.slug}.{newsletter.sender_domain}"
        ),
        unsubscribe_url=mail_identity.unsubscribe_url(token),
        unsubscribe_address=mail_identity.unsubscribe_address(token),
        feedback=(str(facts.id), newsletter.slug, facts.stream),
    )


def preview_message(
    session: Session, edition_id: int, *, settings: MailIdentity, address: str | None, now: datetime
) -> bytes:
    """Return the raw message as a reader would get it, with links that open nothing."""
    mask = reader_section_mask(session, edition_id, address) if address else None
    message = _preview(session, edition_id, settings=settings, mask=mask, now=now)
    return compose(message.template).join(
        token=PREVIEW_TOKEN,
        address=to_ascii_domain(address or "reader@example.org"),
        message_id=make_message_id(message.key, "preview", domain=message.sender_domain),
    )


def trial_message(
    session: Session,
    edition_id: int,
    *,
    settings: MailIdentity,
    address: str,
    mask: int | None,
    now: datetime,
) -> OutgoingMessage:
    """Return the message as it would be now, for an editor: its subject says that it is a test.

    Raises:
        Invalid: no message can carry the address.
    """
    found = _preview(
        session, edition_id, settings=settings, mask=mask, now=now, subject_prefix="[Test] "
    )
    signing = settings.dkim.signing(found.sender_domain, at=now)
    message = compose_for(
        compose(found.template, signing=signing),
        token=PREVIEW_TOKEN,
        address=address,
        message_id=make_message_id(
            found.key, f"test-{now:%Y%m%d%H%M%S%f}", domain=found.sender_domain
        ),
        delivery="",
        mail_identity=settings,
    )
    if not isinstance(message, OutgoingMessage):
        raise Invalid(translatable("edition.trial.address", address=address))
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class _Preview:
    """An edition as it is now, written but not addressed."""

    template: MessageTemplate
    key: str
    sender_domain: str


def _preview(
    session: Session,
    edition_id: int,
    *,
    settings: MailIdentity,
    mask: int | None,
    now: datetime,
    subject_prefix: str = "",
) -> _Preview:
    edition = get_edition(session, edition_id)
    rendered = preview_edition(
        session, edition_id, public_url=settings.public_url, mask=mask, now=now
    ).rendered
    frozen = (
        FrozenNewsletter.from_json(edition.frozen)
        if edition.frozen
        else snapshot_newsletter(catalogue.get_by_id(session, edition.newsletter_id))
    )
    facts = _EditionFacts(
        id=edition.id, newsletter=frozen, date=edition.frozen_at or now, kind=edition.kind
    )
    subject = subject_prefix + rendered.subject
    head = _head(facts, subject, token=PREVIEW_TOKEN, mail_identity=settings)
    return _Preview(
        template=MessageTemplate(
            head=write_edition_headers(head), text=rendered.text, html=rendered.html
        ),
        key=edition.key,
        sender_domain=frozen.sender_domain,
    )
