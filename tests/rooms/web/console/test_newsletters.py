"""Newsletters are created and edited in a form that forgives and forgets nothing."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from service.boot import Runtime
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency
from tests.builders import a_newsletter, a_reader
from tests.conftest import FakeClock
from tests.rooms.web.signed_in import an_operator

NAMES = ("Every edition", "Once a day", "Once a week")
FILLED: dict[str, Any] = {
    "act": "save",
    "name": "Le Courrier du matin",
    "slug": "",
    "description": "L’essentiel, chaque matin.",
    "locale": "fr",
    "time_zone": "Africa/Abidjan",
    "accent_colour": "#1F4E79",
    "site_url": "https://courrier.example",
    "section_name": ["Politique", "Économie", ""],
    "section_aliases": ["Pouvoirs, Partis", "", ""],
    "days": ["1", "2", "5"],
    "times": ["07:00", "", "18h30"],
    "every_minutes": "",
    "every_from": "",
    "every_to": "",
    "sender_name": "",
    "sender_address": "matin@courrier.example",
    "reply_to": "",
    "postal_address": "12 rue des Jardins\r\nAbidjan",
    "articles_per_section": "6",
    "valid_hours": "1,5",
}


def stored(runtime: Runtime, slug: str) -> NewsletterDetails:
    with runtime.begin() as session:
        return catalogue.get(session, slug)


def test_a_newsletter_is_created_as_it_was_described(runtime: Runtime) -> None:
    browser = an_operator(runtime)
    assert browser.get("/console/newsletters/new").status_code == 200

    answer = browser.post("/console/newsletters", data=FILLED)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/console/newsletters/le-courrier-du-matin"
    newsletter = stored(runtime, "le-courrier-du-matin")
    assert newsletter.times == (time(7), time(18, 30))
    assert newsletter.days == (1, 2, 5)
    assert newsletter.valid_for == timedelta(minutes=90)
    assert newsletter.accent_colour == "#1f4e79"
    assert newsletter.sender_name == "Le Courrier du matin"
    assert [(each.slug, each.aliases) for each in newsletter.current_sections] == [
        ("politique", ("partis", "pouvoirs")),
        ("economie", ()),
    ]
    page = browser.get(answer.headers["location"]).text
    assert "La newsletter est créée." in page
    assert "mercredi" not in page.split("Lecteurs")[0]
    assert "http://crieur.test/n/le-courrier-du-matin/embed" in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Donnez un nom à la newsletter"),
        (
            {"sender_address": "rené@example.org"},
            "Aucun e-mail ne peut porter cette adresse d’envoi",
        ),
        ({"reply_to": "zoé@example.org"}, "Aucun e-mail ne peut porter cette adresse de réponse"),
        ({"slug": "Le Matin!"}, "se compose de minuscules"),
        ({"sender_address": "matin"}, "Aucun e-mail ne peut porter cette adresse d’envoi"),
        ({"reply_to": "redaction"}, "Aucun e-mail ne peut porter cette adresse de réponse"),
        ({"time_zone": "Afrique/Abidjan"}, "Ce fuseau horaire n’existe pas"),
        ({"time_zone": "../../etc/passwd"}, "Ce fuseau horaire n’existe pas"),
        ({"site_url": "javascript:alert(1)"}, "commence par http"),
        ({"accent_colour": "rouge"}, "La couleur s’écrit comme"),
        ({"per_minute": "vite"}, "un nombre d’e-mails par minute"),
        ({"per_minute": "0"}, "un nombre d’e-mails par minute"),
        ({"times": ["demain"]}, "Un calendrier demande des jours et des heures"),
        ({"days": []}, "Un calendrier demande des jours et des heures"),
        ({"every_minutes": "10", "every_from": "18:00", "every_to": "07:00"}, "plusieurs départs"),
        ({"articles_per_section": "beaucoup"}, "de 1 à 50 articles"),
        ({"valid_hours": "longtemps"}, "de 5 minutes à 14 jours"),
        ({"valid_hours": "inf"}, "de 5 minutes à 14 jours"),
        ({"valid_hours": "nan"}, "de 5 minutes à 14 jours"),
        ({"section_name": [], "section_aliases": []}, "de 1 à 62 rubriques"),
        ({"section_name": ["Sport", "sport"], "section_aliases": ["", ""]}, "de 1 à 62 rubriques"),
        ({"locale": "de"}, "La langue est le français, l’anglais, le portugais ou l’arabe"),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed(
    runtime: Runtime, changes: dict[str, Any], sentence: str
) -> None:
    browser = an_operator(runtime)

    answer = browser.post(
        "/console/newsletters", data={**FILLED, "description": "Gardez <ceci>", **changes}
    )

    assert answer.status_code == 422
    assert "Rien n’a été enregistré" in answer.text
    assert answer.text.count(sentence) >= 1
    assert "Gardez &lt;ceci&gt;" in answer.text
    for name, value in changes.items():
        # A choice that is not offered cannot be shown again.
        if isinstance(value, str) and name != "locale":
            assert f'name="{name}" type=' in answer.text or f'name="{name}" value=' in answer.text
            assert f'value="{value}"' in answer.text
    with runtime.begin() as session:
        assert catalogue.list_newsletters(session) == []


def test_an_empty_name_does_not_complain_of_the_page_address_that_it_would_make(
    runtime: Runtime,
) -> None:
    browser = an_operator(runtime)

    answer = browser.post("/console/newsletters", data={**FILLED, "name": "", "slug": ""})

    assert "Donnez un nom à la newsletter" in answer.text
    assert "se compose de minuscules" not in answer.text


def test_an_international_sender_is_stored_as_mails_carry_it(runtime: Runtime) -> None:
    browser = an_operator(runtime)

    browser.post(
        "/console/newsletters",
        data={**FILLED, "slug": "le-matin", "sender_address": "Matin@bücher.example"},
    )

    assert stored(runtime, "le-matin").sender_address == "Matin@xn--bcher-kva.example"


def test_a_page_address_that_is_taken_is_said(runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock(), slug="le-matin")
    browser = an_operator(runtime)

    answer = browser.post("/console/newsletters", data={**FILLED, "slug": "le-matin"})

    assert answer.status_code == 422
    assert "déjà prise" in answer.text


def test_an_edit_starts_from_what_is_stored_and_keeps_the_slug(runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(
            session,
            "Politique",
            "Sport",
            now=runtime.clock(),
            slug="le-matin",
            days=(1, 2),
            times=tuple(time(hour, minute) for hour in range(7, 9) for minute in (0, 20, 40)),
        )
    browser = an_operator(runtime)

    form = browser.get("/console/newsletters/le-matin/edit").text
    answer = browser.post(
        "/console/newsletters/le-matin/edit",
        data={**FILLED, "slug": "autre", "section_name": ["Sport"], "section_aliases": [""]},
    )

    assert 'name="every_minutes" value="20"' in form
    assert 'name="every_to" value="08:40"' in form
    assert answer.headers["location"] == "/console/newsletters/le-matin"
    newsletter = stored(runtime, "le-matin")
    assert newsletter.name == "Le Courrier du matin"
    assert [each.slug for each in newsletter.current_sections] == ["sport"]
    assert {each.slug: each.bit for each in newsletter.sections} == {"politique": 0, "sport": 1}


def test_the_preview_shows_the_next_runs_and_saves_nothing(
    runtime: Runtime, clock: FakeClock
) -> None:
    clock.now = datetime(2026, 10, 24, 12, tzinfo=UTC)
    browser = an_operator(runtime)

    part = browser.post(
        "/console/schedule-preview",
        data={**FILLED, "time_zone": "Europe/Paris", "days": ["6", "7"], "times": ["02:30"]},
    ).text

    assert part.count("<li>") == 5
    assert "dimanche 25 octobre" in part
    assert "UTC+2" in part
    assert "UTC+1" in part
    assert "<html" not in part
    with runtime.begin() as session:
        assert catalogue.list_newsletters(session) == []


def test_the_preview_tells_of_a_time_that_does_not_exist(
    runtime: Runtime, clock: FakeClock
) -> None:
    clock.now = datetime(2027, 3, 27, 12, tzinfo=UTC)
    browser = an_operator(runtime, locale="en")

    part = browser.post(
        "/console/schedule-preview",
        data={"time_zone": "Europe/Paris", "days": ["7"], "times": ["02:30"]},
    ).text

    assert "The clocks change that day: they will show 03:30." in part


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"time_zone": "Paris"}, "Ce fuseau horaire n’existe pas"),
        ({"times": ["tôt"]}, "Un calendrier demande"),
        ({"every_minutes": "-1"}, "plusieurs départs"),
        ({"days": []}, "Aucun départ prévu"),
    ],
)
def test_the_preview_says_why_there_is_nothing_to_show(
    runtime: Runtime, changes: dict[str, Any], sentence: str
) -> None:
    part = an_operator(runtime).post("/console/schedule-preview", data={**FILLED, **changes})

    assert part.status_code == 200
    assert sentence in part.text


def test_without_javascript_a_button_shows_the_next_runs_and_keeps_the_form(
    runtime: Runtime,
) -> None:
    browser = an_operator(runtime)

    answer = browser.post("/console/newsletters", data={**FILLED, "act": "preview", "name": ""})

    assert answer.status_code == 200
    assert "Rien n’a été enregistré" not in answer.text
    assert 'value="Économie"' in answer.text
    assert 'value="18h30"' in answer.text
    # It is Wednesday 8 February 2023; the days are Monday, Tuesday and Friday.
    assert "vendredi 10 février" in answer.text


def test_stopping_a_newsletter_needs_its_name(runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock(), slug="le-matin")
    browser = an_operator(runtime)

    browser.post("/console/newsletters/le-matin/archive", data={"confirm": "oui"})
    assert "Rien n’est arrêté" in browser.get("/console/newsletters/le-matin").text
    browser.post("/console/newsletters/le-matin/archive", data={"confirm": "le-matin"})

    assert browser.get("/console/newsletters/le-matin").status_code == 404
    assert "Newsletter arrêtée" in browser.get("/console/journal").text


def test_speed_and_readers_time_are_described_shown_and_taken_back(runtime: Runtime) -> None:
    browser = an_operator(runtime, locale="en")
    here = "/console/newsletters/le-courrier-du-matin"
    limits = {"per_minute": "6000", "at_readers_time": "yes"}

    browser.post("/console/newsletters", data={**FILLED, **limits})
    newsletter = stored(runtime, "le-courrier-du-matin")
    page, form = browser.get(here).text, browser.get(f"{here}/edit").text
    browser.post(f"{here}/edit", data=FILLED)
    after = stored(runtime, "le-courrier-du-matin")

    assert (newsletter.per_minute, newsletter.at_readers_time) == (6000, True)
    assert "at most 6,000 messages per minute" in page
    assert "at each reader’s own time" in page
    assert 'name="per_minute" type="number" value="6000"' in form
    assert 'aria-describedby="at_readers_time-hint" checked>' in form
    assert (after.per_minute, after.at_readers_time) == (None, False)
    assert "as fast as relays and mailbox providers allow" in browser.get(here).text


def test_an_edit_that_finds_no_place_for_a_section_changes_nothing_else_either(
    runtime: Runtime,
) -> None:
    browser = an_operator(runtime)
    many = {"section_name": [f"Rubrique {n}" for n in range(62)], "section_aliases": [""] * 62}
    browser.post("/console/newsletters", data=FILLED | many)
    others = {"section_name": ["Rubrique 0", "Sport"], "section_aliases": ["", ""]}

    answer = browser.post(
        "/console/newsletters/le-courrier-du-matin/edit",
        data=FILLED | others | {"name": "Le Courrier du soir", "times": ["19:00"]},
    )

    assert answer.status_code == 422
    newsletter = stored(runtime, "le-courrier-du-matin")
    assert (newsletter.name, newsletter.times) == (FILLED["name"], (time(7), time(18, 30)))
    assert len(newsletter.current_sections) == 62


def test_digests_are_described_previewed_and_ended(runtime: Runtime) -> None:
    """Who ends a digest is told beforehand and afterwards whom it affects, and how."""
    browser = an_operator(runtime, locale="en")
    digests = {"daily_at": "20:00", "weekly_at": "09:00", "weekly_on": "7"}
    here = "/console/newsletters/le-courrier-du-matin"

    part = browser.post("/console/schedule-preview", data=FILLED | digests).text
    browser.post("/console/newsletters", data=FILLED | digests | {"default_frequency": "daily"})
    newsletter = stored(runtime, "le-courrier-du-matin")
    with runtime.begin() as session:
        for _ in range(2):
            a_reader(session, newsletter, now=runtime.clock(), frequency=Frequency.WEEKLY)
    form = browser.get(f"{here}/edit").text
    browser.post(f"{here}/edit", data=FILLED | {"daily_at": "20:00", "default_frequency": "daily"})
    page = browser.get(here).text

    assert [part.count(f"<h3>{name}</h3>") for name in NAMES] == [1, 1, 1]
    assert newsletter.default_frequency is Frequency.DAILY
    assert 'name="weekly_at" type="time" value="09:00"' in form
    assert "2 readers have chosen it" in form
    assert "Saved. 2 readers of the weekly digest will get the daily digest." in page
    assert [page.count(f"<h3>{name}</h3>") for name in NAMES] == [1, 1, 0]


def test_a_default_that_is_not_offered_is_explained_beside_the_field(runtime: Runtime) -> None:
    wrong = {"daily_at": "20:00", "default_frequency": "weekly"}

    answer = an_operator(runtime, locale="en").post("/console/newsletters", data=FILLED | wrong)

    assert answer.status_code == 422
    assert 'href="#default_frequency"' in answer.text
    assert "New readers cannot get what is not offered" in answer.text
    assert 'value="weekly" checked' in answer.text
