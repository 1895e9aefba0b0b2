from datetime import time, timedelta

import pytest

from service.newsletters.recurrence import Recurrence
from service.rendering.checks import find_problems
from service.rendering.frequency_wording import describe_schedule
from service.rendering.notices import (
    EditionSchedule,
    describe_duration,
    render_confirm,
    render_goodbye,
    render_moved,
    render_welcome,
)
from service.rendering.render import RenderedMessage
from tests.rooms.rendering.a_digest import PUBLIC_URL, a_letterhead

LINK = f"{PUBLIC_URL}/confirm/{'a' * 90}"
WORKDAYS = Recurrence(days=(1, 2, 3, 4, 5), times=(time(7),))


def _assert_sound(rendered: RenderedMessage) -> None:
    assert find_problems(rendered, postal_address=a_letterhead().postal_address) == []
    for line in rendered.text.splitlines():
        assert len(line) <= 78 or line.startswith("https://")


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_the_confirmation_says_why_how_long_and_what_to_do_if_it_was_not_you(locale: str) -> None:
    rendered = render_confirm(
        a_letterhead(locale=locale),
        confirm_url=LINK,
        valid_for=timedelta(hours=48),
        section_names=["Politique", "Culture"],
    )

    _assert_sound(rendered)
    assert f"\n{LINK}\n" in rendered.text
    assert rendered.html.count(f'href="{LINK}"') == 2
    words = {
        "fr": ["2 jours", "formulaire", "ignorez-le"],
        "en": ["2 days", "sign-up form", "ignore it"],
    }[locale]
    for word in [*words, "Politique", "Culture"]:
        assert word in " ".join(rendered.text.split())
        assert word in rendered.html
    assert "Le Matin d’Abidjan" in rendered.subject


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_the_welcome_says_what_comes_when_and_how_to_leave(locale: str) -> None:
    rendered = render_welcome(
        a_letterhead(locale=locale),
        preferences_url=f"{PUBLIC_URL}/preferences/abc",
        unsubscribe_url=f"{PUBLIC_URL}/unsubscribe/abc",
        section_names=["Continent"],
        times=EditionSchedule(rhythm=describe_schedule(WORKDAYS, locale)),
    )

    _assert_sound(rendered)
    rhythm = {"fr": "du lundi au vendredi à 7\u00a0h", "en": "from Monday to Friday at 07:00"}
    for part in (rendered.text, rendered.html):
        assert rhythm[locale] in " ".join(part.split(" "))
        assert f"{PUBLIC_URL}/unsubscribe/abc" in part
        assert f"{PUBLIC_URL}/preferences/abc" in part
        assert f"{PUBLIC_URL}/n/matin/archive" in part
        assert "Continent" in part


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_who_signs_up_again_is_told_that_nothing_has_changed(locale: str) -> None:
    rendered = render_welcome(
        a_letterhead(locale=locale),
        preferences_url=f"{PUBLIC_URL}/preferences/abc",
        unsubscribe_url=f"{PUBLIC_URL}/unsubscribe/abc",
        section_names=["Continent"],
        again=True,
    )

    _assert_sound(rendered)
    already = {"fr": "Vous êtes déjà inscrit(e)", "en": "You are already subscribed"}[locale]
    welcome = {"fr": "Bienvenue", "en": "Welcome"}[locale]
    for part in (rendered.subject, rendered.text, rendered.html):
        assert already in part
        assert welcome not in part
    assert f"{PUBLIC_URL}/preferences/abc" in rendered.text


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_the_goodbye_offers_the_way_back(locale: str) -> None:
    rendered = render_goodbye(a_letterhead(locale=locale))

    _assert_sound(rendered)
    assert f"\n{PUBLIC_URL}/n/matin\n" in rendered.text


def test_a_rhythm_is_told_in_words() -> None:
    twice = Recurrence(days=(1, 4), times=(time(18, 30), time(7)))
    assert describe_schedule(twice, "fr") == (
        "le lundi et le jeudi à 7\u00a0h et 18\u00a0h\u00a030"
    )
    hourly = Recurrence(days=(1, 2, 3, 4, 5, 6, 7), times=tuple(time(hour) for hour in range(24)))
    assert describe_schedule(hourly, "en") == "every day, several times a day"
    assert describe_schedule(Recurrence(times=(time(7),)), "fr") == ""


@pytest.mark.parametrize(
    ("period", "french", "english"),
    [
        (timedelta(days=3), "3 jours", "3 days"),
        (timedelta(days=1), "un jour", "one day"),
        (timedelta(hours=36), "36 heures", "36 hours"),
        (timedelta(hours=1, minutes=59), "une heure", "one hour"),
        (timedelta(minutes=30), "30 minutes", "30 minutes"),
    ],
    ids=str,
)
def test_a_period_never_promises_more_than_it_is(
    period: timedelta, french: str, english: str
) -> None:
    assert describe_duration(period, "fr") == french
    assert describe_duration(period, "en") == english


def test_the_postal_address_stands_on_its_lines_in_both_parts() -> None:
    branding = a_letterhead(postal_address="Le Courrier & Cie\n12 rue des Jardins\nAbidjan")

    rendered = render_goodbye(branding)

    assert "Le Courrier &amp; Cie<br>12 rue des Jardins<br>Abidjan" in rendered.html
    assert "\nLe Courrier & Cie\n12 rue des Jardins\nAbidjan" in rendered.text
    assert find_problems(rendered, postal_address=branding.postal_address) == []


@pytest.mark.parametrize("locale", ["fr", "en", "pt", "ar"])
def test_messages_say_what_was_chosen_and_when_the_next_edition_comes(locale: str) -> None:
    """A reader who chose the weekly digest waits for days, and should know for how many."""
    chosen, due = "SEMAINE", "DIMANCHE"
    branding = a_letterhead(locale=locale)

    asked = render_confirm(
        branding, confirm_url=LINK, valid_for=timedelta(hours=48), frequency=chosen
    )
    welcome = render_welcome(
        branding,
        preferences_url=f"{PUBLIC_URL}/preferences/abc",
        unsubscribe_url=f"{PUBLIC_URL}/unsubscribe/abc",
        times=EditionSchedule(rhythm="RYTHME", frequency=chosen, next_edition=due),
    )

    for rendered in (asked, welcome):
        _assert_sound(rendered)
        assert chosen in rendered.text
        assert chosen in rendered.html
    assert (due in welcome.text, due in welcome.html) == (True, True)
    assert "RYTHME" not in welcome.text + welcome.html, "one of both says it"


@pytest.mark.parametrize("locale", ["fr", "en", "pt", "ar"])
def test_who_was_moved_reads_what_they_get_and_how_to_keep_what_they_had(locale: str) -> None:
    """The publisher chose for them: the message must say so, and undo it in one click."""
    rendered = render_moved(
        a_letterhead(locale=locale),
        keep_url=f"{PUBLIC_URL}/keep/each/abc",
        preferences_url=f"{PUBLIC_URL}/preferences/abc",
        unsubscribe_url=f"{PUBLIC_URL}/unsubscribe/abc",
        frequency="JOUR",
        before="CHAQUE",
    )

    _assert_sound(rendered)
    for part in (rendered.text, rendered.html):
        for said in ("JOUR", "CHAQUE", f"{PUBLIC_URL}/keep/each/abc", "/unsubscribe/abc"):
            assert said in part
    assert ('dir="rtl"' in rendered.html) is (locale == "ar")
