"""Writes one transactional mail: the newsletter as it is now, the links of its one reader."""

from collections.abc import Mapping
from typing import Any

from service.audience import reader_token
from service.audience.confirm_token import sign_confirm_token, token_from_notice
from service.audience.reader_token import ReaderToken
from service.delivery.compose import Letter, compose
from service.delivery.headers import Mailbox, NoticeHead, make_message_id, write_notice_head
from service.delivery.letters import seal
from service.delivery.notices.queries import ClaimedNotice
from service.delivery.post import Post
from service.delivery.reply import Refused
from service.delivery.sealed import Sealed
from service.kit.db import Session
from service.kit.tokens import Keyring
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.rendering.branding import current_branding
from service.rendering.notices import (
    describe_schedule,
    render_confirm,
    render_goodbye,
    render_welcome,
)
from service.rendering.render import RenderedMessage


def compose_notice(
    session: Session, notice: ClaimedNotice, *, keyring: Keyring, post: Post
) -> Sealed | Refused:
    """Render, compose and seal a notice; an unknown kind is refused."""
    newsletter = catalogue.get_by_id(session, notice.newsletter_id)
    token = reader_token.sign_reader_token(
        keyring,
        ReaderToken(newsletter_id=newsletter.id, edition_id=0, subscriber_id=notice.subscriber_id),
    )
    rendered = _render(notice, newsletter, token=token, keyring=keyring, post=post)
    if rendered is None:
        return Refused(reason="unknown kind of notice")
    can_leave = notice.kind == "welcome"
    head = NoticeHead(
        sender=Mailbox(name=newsletter.sender_name, address=newsletter.sender_address),
        reply_to=newsletter.reply_to,
        subject=rendered.subject,
        # The instant of the act, so that a repeated mail has the same bytes.
        date=notice.created_at,
        unsubscribe_url=post.unsubscribe_url(token) if can_leave else None,
        unsubscribe_address=post.unsubscribe_address(token) if can_leave else None,
    )
    letter = Letter(head=write_notice_head(head), text=rendered.text, html=rendered.html)
    domain = newsletter.sender_address.rpartition("@")[2]
    signing = post.dkim.signing(domain, at=notice.created_at)
    return seal(
        compose(letter, signing=signing),
        token=token,
        address=notice.address,
        message_id=make_message_id(f"notice{notice.id}", token, domain=domain),
        post=post,
    )


def _render(
    notice: ClaimedNotice,
    newsletter: NewsletterDetails,
    *,
    token: str,
    keyring: Keyring,
    post: Post,
) -> RenderedMessage | None:
    branding = current_branding(newsletter, public_url=post.public_url)
    sections = _chosen(newsletter, notice.facts)
    if notice.kind == "confirm":
        confirm = token_from_notice(newsletter.id, notice.subscriber_id, notice.facts)
        return render_confirm(
            branding,
            confirm_url=f"{post.public_url}/confirm/{sign_confirm_token(keyring, confirm)}",
            # Links end on a whole second: three days must not read as 71 hours.
            valid_for=confirm.expires_at - notice.created_at.replace(microsecond=0),
            section_names=sections,
        )
    if notice.kind == "welcome":
        return render_welcome(
            branding,
            preferences_url=post.preferences_url(token),
            unsubscribe_url=post.unsubscribe_url(token),
            section_names=sections,
            rhythm=describe_schedule(newsletter.days, newsletter.times, newsletter.locale),
            again=bool(notice.facts.get("again")),
        )
    if notice.kind == "goodbye":
        return render_goodbye(branding)
    return None


def _chosen(newsletter: NewsletterDetails, facts: Mapping[str, Any]) -> list[str]:
    """Name the chosen sections; none is named when the reader takes them all."""
    mask = facts.get("section_mask")
    if mask is None:
        return []
    return [section.name for section in newsletter.current_sections if mask >> section.bit & 1]
