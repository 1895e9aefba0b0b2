"""An edition as its readers get it: which variants there are, and how each one looks."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from service.delivery.workflow import advance
from service.editions import build, plan
from service.editions.find import get_edition
from service.editions.tables import Edition
from service.kit.db import Begin
from service.newsletters.tables import Section
from service.rendering.tables import WEB_MASK, Rendition
from service.reports.variants import (
    MAX_VARIANTS,
    VariantSummary,
    count_readers_by_choice,
    list_variants,
    preview_variant,
    with_colour_scheme,
)
from tests.builders import a_newsletter, a_reader, an_article, store_row
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import POST, an_issue

SECTIONS = ("Politique", "Culture", "Sport", "Monde")
CHOICES = {mask: 100 - mask for mask in range(1, 16)}
"""Readers of each choice of four sections: the fewer, the larger the mask."""


def variants_of(begin: Begin, edition_id: int) -> list[VariantSummary]:
    with begin() as session:
        return list_variants(session, edition_id, public_url=POST.public_url, now=FakeClock()())


def an_old_edition(begin: Begin, clock: FakeClock, readers: Mapping[int, int]) -> int:
    """Store an edition from before there were parts, in one piece for each choice."""
    with begin() as session:
        newsletter = a_newsletter(session, *SECTIONS, now=clock.now)
        edition_id = plan.plan_now(session, newsletter.id, now=clock.now).id
        for mask in (*readers, WEB_MASK):
            store_row(
                session,
                Rendition,
                edition_id=edition_id,
                mask=mask,
                subject=f"Bonjour {mask}",
                html="<p>Bonjour</p>",
                text="Bonjour",
                placeholder="crieurtoken",
                warnings=[],
                rendered_at=clock.now,
            )
        session.execute(
            update(Edition)
            .where(Edition.id == edition_id)
            .values(
                state="finished",
                subject="Bonjour",
                section_mask=0b1111,
                frozen_at=clock.now,
                finished_at=clock.now,
                masks={str(mask): count for mask, count in readers.items()},
            )
        )
    return edition_id


def an_edition(begin: Begin, clock: FakeClock, readers: Mapping[int, int]) -> int:
    """Build an edition as it is built now, for one reader of each choice; then `readers` many."""
    with begin() as session:
        newsletter = a_newsletter(session, *SECTIONS, now=clock.now)
        for name in SECTIONS:
            an_article(session, name, seen=clock.now - timedelta(minutes=5))
        for mask in readers:
            a_reader(session, newsletter, now=clock.now, mask=mask)
        edition_id = plan.plan_now(session, newsletter.id, now=clock.now).id
    advance.advance_edition(begin, edition_id, clock=clock, public_url=POST.public_url)
    with begin() as session:
        session.execute(
            update(Edition)
            .where(Edition.id == edition_id)
            .values(masks={str(mask): count for mask, count in readers.items()})
        )
    return edition_id


@pytest.mark.parametrize("make", [an_edition, an_old_edition])
def test_the_choices_with_most_readers_are_listed_and_the_web_version_is_the_last(
    begin: Begin, clock: FakeClock, make: Callable[[Begin, FakeClock, Mapping[int, int]], int]
) -> None:
    """Readers may have chosen in a thousand ways, also those of an edition of years ago."""
    edition_id = make(begin, clock, CHOICES)

    *chosen, web = variants_of(begin, edition_id)

    assert [(each.mask, each.readers) for each in chosen] == list(CHOICES.items())[:MAX_VARIANTS]
    assert web.is_web
    assert not any(each.is_web for each in chosen)


def test_before_the_freeze_there_is_what_would_be_sent_with_every_section(
    begin: Begin, clock: FakeClock
) -> None:
    """An operator who approves an edition wants to have seen it."""
    issue = an_issue(begin, clock, produced=False)
    with begin() as session:
        build.select_articles(session, issue.edition_id, now=clock.now)

    (only,) = variants_of(begin, issue.edition_id)

    assert (only.mask, only.readers, only.is_web) == (0b111, 0, False)
    assert only.subject


def test_an_edition_with_nothing_new_has_no_variants(begin: Begin, clock: FakeClock) -> None:
    """Its page is shown all the same."""
    with begin() as session:
        newsletter = a_newsletter(session, now=clock.now)
        edition_id = plan.plan_now(session, newsletter.id, now=clock.now).id

    assert variants_of(begin, edition_id) == []


def test_choices_that_differ_in_sections_without_news_are_one(
    begin: Begin, clock: FakeClock
) -> None:
    """They get the same message; who chose nothing of what is in it gets none."""
    edition_id = an_old_edition(begin, clock, {0b0001: 3, 0b0101: 4, 0b0010: 5, 0b1000: 6})
    with begin() as session:
        session.execute(update(Edition).values(section_mask=0b0011))
        readers = count_readers_by_choice(session, get_edition(session, edition_id))

    assert readers == {0b0001: 7, 0b0010: 5}


def test_a_variant_names_its_sections(begin: Begin, clock: FakeClock) -> None:
    """A mask says nothing to an operator."""
    edition_id = an_edition(begin, clock, {0b0101: 1})
    with begin() as session:
        sections = [*session.scalars(select(Section).order_by(Section.bit))]

    chosen, _ = variants_of(begin, edition_id)

    assert chosen.sections(sections) == ["Politique", "Sport"]


def test_a_variant_that_cannot_be_is_not_shown(begin: Begin, clock: FakeClock) -> None:
    """The mask comes from the address bar."""
    issue = an_issue(begin, clock)

    with begin() as session:
        looks = [
            preview_variant(
                session, issue.edition_id, mask, public_url=POST.public_url, now=clock()
            )
            for mask in (0b001, 0, -5, 1 << 40)
        ]

    assert [look is not None for look in looks] == [True, False, False, False]


@pytest.mark.parametrize(("dark", "query"), [(True, "@media all {"), (False, "@media not all {")])
def test_a_look_in_the_dark_does_not_need_a_dark_screen(*, dark: bool, query: str) -> None:
    """What is checked is the tab that was chosen, on whatever screen the operator has."""
    page = "<style>@media (prefers-color-scheme: dark) { p { color: #fff } }</style><p>Bonjour</p>"

    assert with_colour_scheme(page, dark=dark) == (
        f"<style>{query} p {{ color: #fff }} }}</style><p>Bonjour</p>"
    )


def test_an_edition_from_before_choices_were_counted_has_its_variants_counted_now(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None, 0b001, None])
    with begin() as session:
        session.execute(text("UPDATE edition SET masks = '{}'"))

    with begin() as session:
        variants = list_variants(session, issue.edition_id, public_url=POST.public_url, now=clock())

    assert {each.mask: each.readers for each in variants if not each.is_web} == {0b111: 2, 0b001: 1}
