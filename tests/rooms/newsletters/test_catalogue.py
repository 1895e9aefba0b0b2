"""Newsletters as operators create and edit them."""

import threading
from dataclasses import replace
from datetime import time

import pytest

from service.kit.clock import Clock
from service.kit.db import Begin
from service.kit.errors import Conflict, Invalid, NotFound
from service.newsletters import catalogue
from service.newsletters.draft import NewsletterDraft, SectionDraft
from service.newsletters.tables import Section

MATIN = NewsletterDraft(
    slug="le-matin",
    name="Le Matin",
    sender_address="matin@example.org",
    days=(1, 2),
    times=(time(7),),
    sections=(SectionDraft(name="Politique"), SectionDraft(name="Économie", aliases=("Éco",))),
)


def test_a_created_newsletter_is_found_with_its_sections(begin: Begin, clock: Clock) -> None:
    with begin() as session:
        catalogue.create(session, MATIN, now=clock())

    with begin() as session:
        found = catalogue.get(session, "le-matin")

        assert [section.slug for section in found.current_sections] == ["politique", "economie"]
        assert [section.bit for section in found.current_sections] == [0, 1]
        assert found.sections[1].aliases == ("eco",)
        assert catalogue.draft_of(found).sections == MATIN.sections
        assert catalogue.draft_of(found).times == (time(7),)


def test_a_retired_section_keeps_its_bit_for_itself(begin: Begin, clock: Clock) -> None:
    with begin() as session:
        catalogue.create(session, MATIN, now=clock())
    without = replace(MATIN, sections=(SectionDraft(name="Économie"), SectionDraft(name="Sport")))
    with begin() as session:
        catalogue.edit(session, "le-matin", without, now=clock())

    with begin() as session:
        sections = catalogue.edit(session, "le-matin", MATIN, now=clock()).current_sections

        assert {section.slug: section.bit for section in sections} == {
            "politique": 0,
            "economie": 1,
        }


def test_a_changed_schedule_starts_now(begin: Begin, clock: Clock) -> None:
    with begin() as session:
        catalogue.create(session, MATIN, now=clock())
    later = clock.advance(hours=3)  # type: ignore[attr-defined]

    with begin() as session:
        same = catalogue.edit(session, "le-matin", replace(MATIN, name="Matin"), now=later)
        assert same.scheduled_since < later
        changed = catalogue.edit(session, "le-matin", replace(MATIN, times=(time(5),)), now=later)
        assert changed.scheduled_since == later


def test_a_slug_is_taken_once(begin: Begin, clock: Clock) -> None:
    with begin() as session:
        catalogue.create(session, MATIN, now=clock())

    with pytest.raises(Conflict, match="le-matin"), begin() as session:
        catalogue.create(session, MATIN, now=clock())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"slug": "Le Matin"}, "slug"),
        ({"sender_address": "nobody"}, "sender’s address"),
        ({"sender_name": "a\r\nBcc: x@y.zz"}, "one line"),
        ({"name": "Le Matin\u2028Bcc: x@y.zz"}, "one line"),
        ({"name": "Le Matin \u202egnp.exe"}, "one line"),
        ({"name": "x" * 201}, "at most 200"),
        ({"time_zone": "Abidjan"}, "IANA"),
        ({"time_zone": "../../etc/passwd"}, "IANA"),
        ({"times": ()}, "both days"),
        ({"sections": ()}, "at least one section"),
        ({"sections": (SectionDraft(name="Éco"), SectionDraft(name="ECO"))}, "same name"),
        ({"accent_colour": "red"}, "#9c1f2e"),
        ({"per_minute": 0}, "messages a minute"),
        ({"per_minute": 10_000_001}, "messages a minute"),
    ],
    ids=str,
)
def test_a_wrong_draft_is_refused_with_a_sentence(
    begin: Begin, clock: Clock, change: dict[str, object], sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence), begin() as session:
        catalogue.create(session, replace(MATIN, **change), now=clock())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["Le Matin\u00a0: l’essentiel", "نشرة الصباح\u200f", "News 👩\u200d💻", "<b>'); DROP--"]
)
def test_a_name_is_taken_as_people_write_it(begin: Begin, clock: Clock, name: str) -> None:
    with begin() as session:
        catalogue.create(session, replace(MATIN, name=name), now=clock())

    with begin() as session:
        assert catalogue.list_newsletters(session)[0].name == name


def test_an_unknown_newsletter_is_not_found(begin: Begin) -> None:
    with pytest.raises(NotFound, match="le-soir"), begin() as session:
        catalogue.get(session, "le-soir")


def test_speed_and_readers_time_are_kept_and_taken_back(begin: Begin, clock: Clock) -> None:
    with begin() as session:
        limited = replace(MATIN, per_minute=600, at_readers_time=True)
        catalogue.create(session, limited, now=clock())
    with begin() as session:
        before = catalogue.draft_of(catalogue.get(session, "le-matin"))
        after = catalogue.edit(session, "le-matin", replace(before, per_minute=None), now=clock())

    assert (before.per_minute, before.at_readers_time) == (600, True)
    assert (after.per_minute, after.at_readers_time) == (None, True)


def test_an_edit_waits_for_another_and_sees_what_it_saved(begin: Begin, clock: Clock) -> None:
    """Two saves at the same moment must not both think that nothing was saved meanwhile."""
    with begin() as session:
        catalogue.create(session, MATIN, now=clock())
    began, seen = threading.Event(), []

    def second() -> None:
        with begin() as session:
            # What this session knows already must not hide what the other one saves.
            catalogue.get(session, "le-matin")
            began.set()
            seen.append(catalogue.get_for_update(session, "le-matin").name)

    with begin() as session:
        catalogue.get_for_update(session, "le-matin")
        other = threading.Thread(target=second)
        other.start()
        assert began.wait(20)
        catalogue.edit(session, "le-matin", replace(MATIN, name="La Nuit"), now=clock())
    other.join(20)

    assert seen == ["La Nuit"]


def test_aliases_are_shown_as_they_were_typed_and_matched_by_their_keys(
    begin: Begin, clock: Clock
) -> None:
    typed = ("Éco", "BUSINESS", "Éco", "Économie")
    with begin() as session:
        draft = replace(MATIN, sections=(SectionDraft(name="Économie", aliases=typed),))
        [section] = catalogue.create(session, draft, now=clock()).sections

        assert section.names_on_site == ("Éco", "BUSINESS", "Économie")
        assert section.aliases == ("business", "eco")

        # Written by a version that stored no typed names: its keys are what counts.
        stored = session.get_one(Section, section.id)
        stored.aliases = ["argent"]
        assert stored.names_on_site == ["argent"]
