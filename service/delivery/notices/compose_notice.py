"""Writes one transactional message: the newsletter as it is now, the links of its one reader."""

from collections.abc import Mapping
from typing import Any

from service.audience import reader_token
from service.audience.confirm_token import sign_confirm_token, token_from_notice
from service.audience.reader_token import ReaderToken
from service.delivery.messages.compose import MessageTemplate, compose
from service.delivery.messages.delivery_token import sign_notice_delivery
from service.delivery.messages.headers import (
    NamedAddress,
    NoticeHeaders,
    make_message_id,
    write_notice_headers,
)
from service.delivery.messages.mail_identity import MailIdentity
from service.delivery.messages.personal_copy import compose_for
from service.delivery.notices.queries import ClaimedNotice
from service.delivery.reasons import DeliveryReason
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.replies import MessageRefused
from service.kit.db import Session
from service.kit.tokens import Keyring
from service.newsletters import catalogue, closed_dates
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency, series_of
from service.newsletters.holidays import Holidays
from service.rendering.branding import current_branding
from service.rendering.frequency_wording import (
    describe_next_edition,
    describe_schedule,
    frequency_choices,
)
from service.rendering.notices import (
    EditionSchedule,
    render_confirm,
    render_goodbye,
    render_moved,
    render_welcome,
)
from service.rendering.render import RenderedMessage


def compose_notice(
    session: Session, notice: ClaimedNotice, *, keyring: Keyring, mail_identity: MailIdentity
) -> OutgoingMessage | MessageRefused:
    """Render, compose and seal a notice; an unknown kind is refused."""
    newsletter = catalogue.get_by_id(session, notice.newsletter_id)
    token = reader_token.sign_reader_token(
        keyring,
        ReaderToken(newsletter_id=newsletter.id, edition_id=0, subscriber_id=notice.subscriber_id),
    )
    rendered = _render(
        notice,
        newsletter,
        closed_dates.holidays_of(session, newsletter.id),
        token=token,
        keyring=keyring,
        mail_identity=mail_identity,
    )
    if rendered is None:
        return MessageRefused(reason=DeliveryReason.UNKNOWN_NOTICE)
    can_leave = notice.kind in {"welcome", "moved"}
    head = NoticeHeaders(
        sender=NamedAddress(name=newsletter.sender_name, address=newsletter.sender_address),
        reply_to=newsletter.reply_to,
        subject=rendered.subject,
        # The instant of the act, so that a repeated message has the same bytes.
        date=notice.created_at,
        unsubscribe_url=mail_identity.unsubscribe_url(token) if can_leave else None,
        unsubscribe_address=mail_identity.unsubscribe_address(token) if can_leave else None,
    )
    message = MessageTemplate(
        head=write_notice_headers(head), text=rendered.text, html=rendered.html
    )
    delivery = sign_notice_delivery(keyring, notice.id)
    domain = newsletter.sender_address.rpartition("@")[2]
    signing = mail_identity.dkim.signing(domain, at=notice.created_at)
    return compose_for(
        compose(message, signing=signing),
        token=token,
        address=notice.address,
        message_id=make_message_id(f"notice{notice.id}", delivery, domain=domain),
        delivery=delivery,
        mail_identity=mail_identity,
    )


def _render(
    notice: ClaimedNotice,
    newsletter: NewsletterDetails,
    holidays: Holidays,
    *,
    token: str,
    keyring: Keyring,
    mail_identity: MailIdentity,
) -> RenderedMessage | None:
    branding = current_branding(newsletter, public_url=mail_identity.public_url)
    sections = _chosen(newsletter, notice.facts)
    if notice.kind == "confirm":
        confirm = token_from_notice(newsletter.id, notice.subscriber_id, notice.facts)
        link_token = sign_confirm_token(keyring, confirm)
        return render_confirm(
            branding,
            confirm_url=f"{mail_identity.public_url}/confirm/{link_token}",
            # Links end on a whole second: three days must not read as 71 hours.
            valid_for=confirm.expires_at - notice.created_at.replace(microsecond=0),
            section_names=sections,
            frequency=_frequency(newsletter, notice.facts),
            alerts=_has_alerts(newsletter, notice.facts),
        )
    if notice.kind == "welcome":
        return render_welcome(
            branding,
            preferences_url=mail_identity.preferences_url(token),
            unsubscribe_url=mail_identity.unsubscribe_url(token),
            section_names=sections,
            times=_times(notice, newsletter, holidays),
            again=bool(notice.facts.get("again")),
        )
    if notice.kind == "moved":
        choices = frequency_choices(newsletter)
        before = Frequency(notice.facts["before"])
        return render_moved(
            branding,
            keep_url=mail_identity.keep_url(token, before),
            preferences_url=mail_identity.preferences_url(token),
            unsubscribe_url=mail_identity.unsubscribe_url(token),
            frequency=choices.get(Frequency(notice.facts["frequency"]), ""),
            before=choices.get(before, ""),
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


def _times(
    notice: ClaimedNotice, newsletter: NewsletterDetails, holidays: Holidays
) -> EditionSchedule:
    """Say what the reader gets when; the next edition after the act, which does not change."""
    chosen = Frequency(notice.facts.get("frequency") or newsletter.default_frequency)
    series = series_of(newsletter)[0]
    return EditionSchedule(
        rhythm=describe_schedule(series.recurrence, newsletter.locale),
        frequency=_frequency(newsletter, notice.facts),
        next_edition=describe_next_edition(
            newsletter,
            chosen,
            after=notice.created_at,
            but=holidays,
        ),
        alerts=_has_alerts(newsletter, notice.facts),
    )


def _has_alerts(newsletter: NewsletterDetails, facts: Mapping[str, Any]) -> bool:
    """Return whether the reader has chosen alerts that are still offered."""
    return newsletter.offers_alerts and bool(facts.get("alerts"))


def _frequency(newsletter: NewsletterDetails, facts: Mapping[str, Any]) -> str:
    """Say what the reader has chosen; empty where there is no choice, or none was stored."""
    chosen = facts.get("frequency")
    return "" if chosen is None else frequency_choices(newsletter).get(Frequency(chosen), "")
