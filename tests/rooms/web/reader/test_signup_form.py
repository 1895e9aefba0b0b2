"""A sign-up form is read leniently, and what is wrong with it is said beside its fields."""

from dataclasses import replace
from typing import Any

import pytest
from starlette.requests import Request

from service.audience.consent import ConsentSource
from service.kit.translations import Translator
from service.newsletters.details import NewsletterDetails
from service.web import pages
from service.web.reader.signup_form import (
    CheckedSignup,
    SignupForm,
    check_signup,
    chosen_mask,
    confirm_words,
    origin_of,
    preference_words,
    read_alerts,
    signup_words,
)

EVERY = {"politique", "continent", "culture"}


@pytest.fixture
def t() -> Translator:
    return pages.translator_for("fr")


def checked(newsletter: NewsletterDetails, t: Translator, **fields: Any) -> CheckedSignup:
    form = SignupForm.model_validate({"email": "Awa@example.org", **fields})
    return check_signup(form, newsletter, t)


@pytest.mark.parametrize(
    ("fields", "mask"),
    [
        ({}, None),
        ({"choice": "1", "section": ["culture"]}, 0b100),
        ({"choice": "1", "section": ["culture", "jeux"]}, 0b100),
        ({"choice": "1", "section": [*EVERY]}, None),
        ({"section": ["politique"]}, 0b001),
        ({"section": ["jeux"]}, None),
    ],
)
def test_a_choice_is_a_mask_and_everything_or_nothing_known_is_none(
    newsletter: NewsletterDetails, t: Translator, fields: dict[str, Any], mask: int | None
) -> None:
    """A publisher's own form may name sections that were renamed since; it must not fail."""
    found = checked(newsletter, t, **fields)

    assert (found.section_mask, found.errors) == (mask, {})
    assert found.address is not None
    assert found.address.text == "Awa@example.org"


@pytest.mark.parametrize("sections", [[], ["jeux"]])
def test_boxes_of_which_none_is_ticked_are_a_mistake(
    newsletter: NewsletterDetails, t: Translator, sections: list[str]
) -> None:
    """Whoever unticked everything did not want everything."""
    found = checked(newsletter, t, choice="1", section=sections)

    assert dict(found.errors) == {"sections": t("signup.flaw.sections")}
    assert found.address is None


def test_all_that_is_wrong_is_said_at_once(newsletter: NewsletterDetails, t: Translator) -> None:
    """A reader who corrects one field should not meet the next mistake only then."""
    found = checked(newsletter, t, email="awa", choice="1")

    assert set(found.errors) == {"email", "sections"}


@pytest.mark.parametrize(("sent", "is_set"), [("1", True), ("no", True), ("", False)])
def test_a_flag_is_set_by_whatever_text_is_sent(sent: str, *, is_set: bool) -> None:
    """Browsers send “on” for a box without a value, and programs what they like."""
    form = SignupForm.model_validate({"choice": sent, "sure": sent, "embed": sent})

    assert (form.has_choice, form.is_sure, form.is_embedded) == (is_set, is_set, is_set)


@pytest.mark.parametrize(
    ("sent", "wants_alerts"),
    [
        *((each, True) for each in ("yes", "1", "true", "on", " Yes ", "ON")),
        *((each, False) for each in ("", " ", "no", "0", "false", "off", "No", "FALSE")),
        *((each, None) for each in ("maybe", "y", "2", "yes no", "non", "\0")),
    ],
)
def test_alerts_are_chosen_by_a_yes_and_by_nothing_else(
    newsletter: NewsletterDetails, t: Translator, sent: str, *, wants_alerts: bool | None
) -> None:
    """What is neither yes nor no must not be stored as a consent."""
    offering = replace(newsletter, offers_alerts=True)

    found = checked(offering, t, alerts=sent)

    assert read_alerts(sent) is wants_alerts
    assert found.wants_alerts is (wants_alerts or False)
    assert dict(found.errors) == ({} if wants_alerts is not None else {"alerts": t("alerts.wrong")})


def test_every_section_that_is_offered_is_no_choice(newsletter: NewsletterDetails) -> None:
    """Only then do readers receive sections that are added later."""
    assert chosen_mask(EVERY, newsletter) is None
    assert chosen_mask(set(), newsletter) == 0


@pytest.mark.parametrize(("client", "address"), [(("203.0.113.7", 5), "203.0.113.7"), (None, None)])
def test_an_origin_has_the_words_and_the_network_if_it_is_known(
    newsletter: NewsletterDetails,
    t: Translator,
    client: tuple[str, int] | None,
    address: str | None,
) -> None:
    """Behind a socket there is no address, and a consent is still one."""
    words = signup_words(newsletter, t)

    origin = origin_of(Request({"type": "http", "client": client}), ConsentSource.FORM, words)

    assert (origin.words, origin.source, origin.address) == (words, ConsentSource.FORM, address)


@pytest.mark.parametrize("language", ["fr", "en", "pt", "ar"])
def test_words_are_the_sentences_of_the_page_and_its_button(
    newsletter: NewsletterDetails, language: str
) -> None:
    """What is kept as proof is what stood on the page, in its language."""
    t = pages.translator_for(language)

    said = [
        signup_words(newsletter, t).text,
        confirm_words(newsletter, t, "ready").text,
        preference_words(newsletter, t).text,
    ]

    buttons = [t("signup.button"), t("confirm.ready.button"), t("preferences.button")]
    assert [each.endswith(f" [{button}]") for each, button in zip(said, buttons, strict=True)] == [
        True
    ] * 3
    assert "Le Matin" in said[0]
    assert t("signup.leave") in said[0]
