from datetime import timedelta
from typing import Any

import pytest

from service.editions import build, desk, plan
from service.kit.db import Begin
from service.kit.errors import NotFound, Refused
from service.rendering import queries
from service.rendering.preview import preview_edition
from service.rendering.render_edition import (
    find_rendition,
    find_web_version,
    render_edition,
    render_masks,
    subject_of,
)
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
        build.choose(session, edition_id, now=clock.now)
    if freeze:
        with begin() as session:
            build.freeze(session, edition_id, now=clock.now)
    return edition_id


def test_each_distinct_choice_is_rendered_once_with_its_own_articles(
    begin: Begin, clock: FakeClock
) -> None:
    edition_id = _an_edition(begin, clock)

    new = render_edition(begin, edition_id, public_url=URL, now=clock.now)

    with begin() as session:
        assert new == 3
        assert queries.stored_masks(session, edition_id) == {0b001, 0b101, -1}
        politics = find_rendition(session, edition_id, 0b001)
        everything = find_rendition(session, edition_id, 0b101)
        assert "Le festival ouvre" not in politics.html + politics.text
        assert "Le festival ouvre" in everything.html
        assert "Le festival ouvre" in everything.text
        assert politics.placeholder != everything.placeholder
        assert f"{URL}/unsubscribe/{politics.placeholder}" in politics.text
        assert politics.warnings == []
        assert desk.get(session, edition_id).state == "rendered"


def test_rendering_again_changes_no_byte(begin: Begin, clock: FakeClock) -> None:
    edition_id = _an_edition(begin, clock)
    render_edition(begin, edition_id, public_url=URL, now=clock.now)
    with begin() as session:
        before = find_rendition(session, edition_id, 0b101).html

    new = render_edition(begin, edition_id, public_url=URL, now=clock.advance(hours=1))

    with begin() as session:
        assert new == 0
        assert find_rendition(session, edition_id, 0b101).html == before


def test_a_choice_made_after_the_freeze_can_still_be_rendered(
    begin: Begin, clock: FakeClock
) -> None:
    edition_id = _an_edition(begin, clock)
    render_edition(begin, edition_id, public_url=URL, now=clock.now)

    new = render_masks(begin, edition_id, [0b001, 0b100], public_url=URL, now=clock.now)

    with begin() as session:
        assert new == 1
        assert find_rendition(session, edition_id, 0b100).subject == "Le festival ouvre"


def test_the_web_version_has_everything_but_nobodys_links(begin: Begin, clock: FakeClock) -> None:
    edition_id = _an_edition(begin, clock)
    render_edition(begin, edition_id, public_url=URL, now=clock.now)

    with begin() as session:
        page = find_web_version(session, desk.get(session, edition_id).key)
        subject = subject_of(session, edition_id)

    assert "Le festival ouvre" in page.html
    assert "/unsubscribe/" not in page.html + page.text
    assert "crieurtoken" not in page.html + page.text
    assert f"{URL}/n/le-matin" in page.html
    assert subject == "Le budget\u00a0: adopté"


def test_an_edition_that_is_not_frozen_is_previewed_but_not_rendered(
    begin: Begin, clock: FakeClock
) -> None:
    edition_id = _an_edition(begin, clock, freeze=False)

    new = render_edition(begin, edition_id, public_url=URL, now=clock.now)
    with begin() as session:
        preview = preview_edition(session, edition_id, public_url=URL, mask=0b100).rendered

    assert new == 0
    assert "Le festival ouvre" in preview.html
    assert "Le budget" not in preview.html
    with begin() as session, pytest.raises(NotFound):
        find_rendition(session, edition_id, 0b101)


def test_a_preview_after_the_freeze_shows_the_frozen_words(begin: Begin, clock: FakeClock) -> None:
    edition_id = _an_edition(begin, clock)
    with begin() as session:
        for _, article, _ in desk.articles_of(session, edition_id):
            article.title = "Réécrit"

    with begin() as session:
        preview = preview_edition(session, edition_id, public_url=URL).rendered

    assert "Le festival ouvre" in preview.text
    assert "Réécrit" not in preview.text


def test_a_preview_of_nothing_says_what_to_do(begin: Begin, clock: FakeClock) -> None:
    edition_id = _an_edition(begin, clock)

    with begin() as session, pytest.raises(Refused, match="no articles to show: build it first"):
        preview_edition(session, edition_id, public_url=URL, mask=0b010)


def test_a_missing_postal_address_is_told_beside_the_rendition(
    begin: Begin, clock: FakeClock
) -> None:
    edition_id = _an_edition(begin, clock, postal_address="")

    render_edition(begin, edition_id, public_url=URL, now=clock.now)

    with begin() as session:
        assert any(
            "postal address" in line for line in find_rendition(session, edition_id, 0b101).warnings
        )
