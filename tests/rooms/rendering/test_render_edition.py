import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from service.editions import build, plan
from service.editions.find import get_edition
from service.kit.db import Begin, Session
from service.kit.errors import NotFound
from service.rendering import queries
from service.rendering.render_edition import (
    find_variant,
    find_web_version,
    load_digest_view,
    personalise,
    render_edition,
    subject_of,
)
from service.rendering.size_budget import render_within_budget
from tests.builders import a_newsletter, a_reader, an_article
from tests.conftest import FakeClock

URL = "https://news.example"


def _an_edition(begin: Begin, clock: FakeClock, *, freeze: bool = True, **newsletter: Any) -> int:
    with begin() as session:
        paper = a_newsletter(session, now=clock.now, **newsletter)
        seen = clock.now - timedelta(minutes=30)
        an_article(session, "Politique", seen=seen, title="Le budget : adopté")
        an_article(session, "Culture", seen=seen, title="Le festival ouvre")
        for mask in (None, None, 0b001, 0b101, 0b010):
            a_reader(session, paper, now=clock.now, mask=mask)
        a_reader(session, paper, now=clock.now, mask=0b100, state="pending")
        edition_id = plan.plan_now(session, paper.id, now=clock.now).id
    with begin() as session:
        build.select_articles(session, edition_id, now=clock.now)
    if freeze:
        with begin() as session:
            build.freeze(session, edition_id, now=clock.now)
    return edition_id


def test_each_choice_is_joined_from_parts_that_are_rendered_once(
    begin: Begin, clock: FakeClock
) -> None:
    edition_id = _an_edition(begin, clock)

    new = render_edition(begin, edition_id, public_url=URL, now=clock.now)

    with begin() as session:
        # The frame and two sections; for the choices themselves nothing is stored.
        assert new == 3
        assert queries.stored_masks(session, edition_id) == {-1}
        politics = find_variant(session, edition_id, 0b001).rendered
        everything = find_variant(session, edition_id, 0b101).rendered
        placeholder = find_variant(session, edition_id, 0b001).placeholder
        assert "Le festival ouvre" not in politics.html + politics.text
        assert "Le festival ouvre" in everything.html
        assert "Le festival ouvre" in everything.text
        assert f"{URL}/unsubscribe/{placeholder}" in politics.text
        assert find_variant(session, edition_id, 0b001).warnings == []
        assert get_edition(session, edition_id).state == "rendered"


def test_a_stored_choice_has_the_bytes_of_a_rendering_of_its_own(
    begin: Begin, clock: FakeClock
) -> None:
    edition_id = _an_edition(begin, clock)
    render_edition(begin, edition_id, public_url=URL, now=clock.now)

    with begin() as session:
        view = load_digest_view(session, get_edition(session, edition_id), public_url=URL)
        for mask in (0b001, 0b100, 0b101, 0b111):
            joined = find_variant(session, edition_id, mask)
            personal = personalise(view.for_sections(mask), joined.placeholder, public_url=URL)
            assert joined.rendered == render_within_budget(personal).rendered


def test_rendering_again_changes_no_byte(begin: Begin, clock: FakeClock) -> None:
    edition_id = _an_edition(begin, clock)
    render_edition(begin, edition_id, public_url=URL, now=clock.now)
    with begin() as session:
        before = find_variant(session, edition_id, 0b101)

    new = render_edition(begin, edition_id, public_url=URL, now=clock.advance(hours=1))

    with begin() as session:
        assert new == 0
        assert find_variant(session, edition_id, 0b101) == before


def test_whoever_goes_on_after_a_death_renders_what_is_missing_only(
    begin: Begin, clock: FakeClock
) -> None:
    edition_id = _an_edition(begin, clock)
    began = 0

    @contextmanager
    def dies_late() -> Iterator[Session]:
        nonlocal began
        began += 1
        # The third transaction stores the first parts; whatever follows does not happen.
        if began > 3:
            raise ConnectionError
        with begin() as session:
            yield session

    with contextlib.suppress(ConnectionError):
        render_edition(dies_late, edition_id, public_url=URL, now=clock.now)
    with begin() as session:
        stored = {part.html for part in queries.parts(session, edition_id, 1)}

    new = render_edition(begin, edition_id, public_url=URL, now=clock.now)

    with begin() as session:
        assert new == 0
        assert {part.html for part in queries.parts(session, edition_id, 1)} == stored
        assert find_variant(session, edition_id, 0b100).subject == "Le festival ouvre"


def test_the_web_version_has_everything_but_nobodys_links(begin: Begin, clock: FakeClock) -> None:
    edition_id = _an_edition(begin, clock)
    render_edition(begin, edition_id, public_url=URL, now=clock.now)

    with begin() as session:
        page = find_web_version(session, get_edition(session, edition_id).key)
        subject = subject_of(session, edition_id)

    assert "Le festival ouvre" in page.html
    assert "/unsubscribe/" not in page.html + page.text
    assert "crieurtoken" not in page.html + page.text
    assert f"{URL}/n/le-matin" in page.html
    assert subject == "Le budget\u00a0: adopté"


def test_an_edition_that_is_not_frozen_is_not_rendered(begin: Begin, clock: FakeClock) -> None:
    edition_id = _an_edition(begin, clock, freeze=False)

    new = render_edition(begin, edition_id, public_url=URL, now=clock.now)

    assert new == 0
    with begin() as session, pytest.raises(NotFound):
        find_variant(session, edition_id, 0b101)


def test_a_missing_postal_address_is_told_beside_the_rendition(
    begin: Begin, clock: FakeClock
) -> None:
    edition_id = _an_edition(begin, clock, postal_address="")

    render_edition(begin, edition_id, public_url=URL, now=clock.now)

    with begin() as session:
        assert any(
            line.key == "rendering.no_postal_address"
            for line in find_variant(session, edition_id, 0b101).warnings
        )
