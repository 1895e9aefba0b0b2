"""What a sign-up form says, read leniently and checked with sentences for the page."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Form, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from service.audience.address import AddressFlaw, EmailAddress, parse_or_flaw
from service.audience.consent import ConsentOrigin, ConsentSource, ConsentText
from service.audience.section_selection import mask_of
from service.kit.languages import language_of
from service.kit.translations import Translator
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency, offered_frequencies
from service.rendering.locale_format import typeset

Flag = Annotated[bool, BeforeValidator(bool)]
"""A field that is sent with any text, or not at all."""

_YES = frozenset({"yes", "1", "true", "on"})
_NO = frozenset({"", "no", "0", "false", "off"})


class SignupForm(BaseModel):
    """The fields as they were sent: by our form, embedded or not, or a publisher's own HTML."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    email: str = ""
    sections: Annotated[frozenset[str], Field(alias="section")] = frozenset()
    # A value of `Frequency`; empty where the form has no such choice.
    frequency: str = ""
    # As `read_alerts` reads it; empty where the box is not ticked, or the form has none.
    alerts: str = ""
    # The form had section boxes: no box ticked is then a mistake, not "everything".
    has_choice: Annotated[Flag, Field(alias="choice")] = False
    # The reader was asked about the spelling of the address and confirmed it.
    is_sure: Annotated[Flag, Field(alias="sure")] = False
    is_embedded: Annotated[Flag, Field(alias="embed")] = False
    # A field that people do not see: only a program fills it in.
    honeypot: Annotated[str, Field(alias="website")] = ""
    # Names the words beside the button of our own form; a publisher's own HTML has others.
    words: str = ""
    # The solution of a challenge that an earlier answer set.
    altcha: str = ""


SignupFields = Annotated[SignupForm, Form()]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSignup:
    """A form that may be acted on, or what to say beside its fields."""

    address: EmailAddress | None = None
    section_mask: int | None = None
    # None means what the newsletter proposes.
    frequency: Frequency | None = None
    wants_alerts: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)


def check_signup(form: SignupForm, newsletter: NewsletterDetails, t: Translator) -> CheckedSignup:
    """Check a sign-up; errors are keyed by the field they stand beside."""
    errors: dict[str, str] = {}
    address = parse_or_flaw(form.email)
    if isinstance(address, AddressFlaw):
        errors["email"] = t(f"signup.flaw.{address.value}")
    mask = None
    if form.has_choice or form.sections:
        mask = chosen_mask(form.sections, newsletter)
        if mask == 0 and form.has_choice:
            errors["sections"] = t("signup.flaw.sections")
    if form.frequency and form.frequency not in offered_frequencies(newsletter):
        errors["frequency"] = t("frequency.wrong")
    wants_alerts = read_alerts(form.alerts) if newsletter.offers_alerts else False
    if wants_alerts is None:
        errors["alerts"] = t("alerts.wrong")
    if errors or isinstance(address, AddressFlaw):
        return CheckedSignup(errors=errors)
    # Section names that we do not know, sent without boxes, count as no choice at all.
    return CheckedSignup(
        address=address,
        section_mask=mask or None,
        frequency=Frequency(form.frequency) if form.frequency else None,
        wants_alerts=bool(wants_alerts),
    )


def read_alerts(value: str) -> bool | None:
    """Return whether a form's field chooses alerts; None if it says neither yes nor no.

    “yes”, “1”, “true” and “on” mean yes; “no”, “0”, “false”, “off” and nothing mean no.
    """
    said = value.strip().lower()
    return None if said not in _YES | _NO else said in _YES


def chosen_mask(slugs: Collection[str], newsletter: NewsletterDetails) -> int | None:
    """Return the mask for sections by slug; None when all that are on offer are chosen."""
    offered = newsletter.current_sections
    return mask_of(
        (section.bit for section in offered if section.slug in slugs),
        offered=(section.bit for section in offered),
    )


def origin_of(request: Request, source: ConsentSource, words: ConsentText | None) -> ConsentOrigin:
    """Return under which words and from where a reader acts; the words are kept in full."""
    return ConsentOrigin(
        words=words,
        source=source,
        address=request.client.host if request.client else None,
    )


def signup_words(newsletter: NewsletterDetails, t: Translator) -> ConsentText:
    """Return what the sign-up form says beside its button; the page shows just this."""
    name = typeset(newsletter.name, newsletter.locale)
    said = (t("signup.consent", name=name), t("signup.leave"))
    return _words(newsletter, *_alert_words(newsletter, t), *said, t("signup.button"))


def confirm_words(
    newsletter: NewsletterDetails, t: Translator, answer: str, *, says_alerts: bool = False
) -> ConsentText:
    """Return what the page behind a confirmation link says beside its button.

    `says_alerts` where it repeats that the reader has chosen alerts.
    """
    name = typeset(newsletter.name, newsletter.locale)
    text, button = f"confirm.{answer}.text", f"confirm.{answer}.button"
    alerts = (t("confirm.alerts"),) if says_alerts else ()
    return _words(newsletter, t(text, name=name), *alerts, t(button))


def preference_words(newsletter: NewsletterDetails, t: Translator) -> ConsentText:
    """Return what the preference page says beside its button."""
    said = (*_alert_words(newsletter, t), t("preferences.lead"))
    return _words(newsletter, *said, t("preferences.button"))


def keep_words(newsletter: NewsletterDetails, t: Translator, frequency: str) -> ConsentText:
    """Return what the page says beside the button that brings back a reader's frequency."""
    name = typeset(newsletter.name, newsletter.locale)
    return _words(newsletter, t("keep.text", name=name, frequency=frequency), t("keep.button"))


def _alert_words(newsletter: NewsletterDetails, t: Translator) -> tuple[str, ...]:
    """Return what stands beside the box of alerts; nothing where the form has none."""
    if not newsletter.offers_alerts:
        return ()
    return (f"☐ {t('alerts.choose')}.", t("alerts.hint", count=newsletter.alerts_per_reader))


def _words(newsletter: NewsletterDetails, *said: str) -> ConsentText:
    *sentences, button = said
    return ConsentText(f"{' '.join(sentences)} [{button}]", language_of(newsletter.locale))
