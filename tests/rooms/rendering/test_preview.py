"""What operators see of an edition, before the freeze and afterwards."""

from datetime import timedelta
from typing import Any

import pytest

from service.articles.tables import Article
from service.articles.withdraw import withdraw
from service.editions import build, plan
from service.editions.find import edition_articles, get_edition
from service.kit.db import Begin
from service.kit.errors import Invalid, NotFound, OperationRefused
from service.newsletters import catalogue
from service.rendering import queries
from service.rendering.preview import PREVIEW_TOKEN, preview_edition, reader_section_mask
from tests.builders import a_newsletter, a_reader, an_article
from tests.conftest import FakeClock

URL = "https://news.example"


def an_edition(begin: Begin, clock: FakeClock, *, freeze: bool = True, **newsletter: Any) -> int:
    """An edition with Politique (bit 0) and Culture (bit 2) of three sections."""
    with begin() as session:
        paper = a_newsletter(session, now=clock(), **newsletter)
        seen = clock() - timedelta(minutes=30)
        an_article(session, "Politique", seen=seen, title="Le budget : adopté")
        an_article(session, "Culture", seen=seen, title="Le festival ouvre")
        edition_id = plan.plan_now(session, paper.id, now=clock()).id
        build.select_articles(session, edition_id, now=clock())
        if freeze:
            build.freeze(session, edition_id, now=clock())
    return edition_id


def subscribe(begin: Begin, clock: FakeClock, edition_id: int, address: str, **choice: Any) -> None:
    with begin() as session:
        newsletter_id = get_edition(session, edition_id).newsletter_id
        paper = catalogue.get_by_id(session, newsletter_id)
        a_reader(session, paper, now=clock(), address=address, **choice)


@pytest.mark.parametrize("freeze", [False, True])
def test_a_preview_shows_the_sections_of_a_mask_and_stores_nothing(
    begin: Begin, clock: FakeClock, freeze: bool
) -> None:
    edition_id = an_edition(begin, clock, freeze=freeze)

    with begin() as session:
        preview = preview_edition(
            session, edition_id, public_url=URL, now=clock(), mask=0b100
        ).rendered
        whole = preview_edition(session, edition_id, public_url=URL, now=clock()).rendered

    assert "Le festival ouvre" in preview.html
    assert "Le budget" not in preview.html + preview.text
    assert "Le budget" in whole.html
    assert "Le festival ouvre" in whole.html
    with begin() as session:
        assert queries.stored_masks(session, edition_id) == set()
        assert queries.parts(session, edition_id, 1) == []
        assert get_edition(session, edition_id).state == ("frozen" if freeze else "selected")


@pytest.mark.parametrize("freeze", [False, True])
def test_the_personal_links_of_a_preview_carry_a_token_that_opens_nothing(
    begin: Begin, clock: FakeClock, freeze: bool
) -> None:
    edition_id = an_edition(begin, clock, freeze=freeze)

    with begin() as session:
        preview = preview_edition(session, edition_id, public_url=URL, now=clock()).rendered

    assert f"{URL}/unsubscribe/{PREVIEW_TOKEN}" in preview.text
    assert f"{URL}/unsubscribe/{PREVIEW_TOKEN}" in preview.html


def test_a_preview_before_the_freeze_leaves_out_what_was_withdrawn(
    begin: Begin, clock: FakeClock
) -> None:
    edition_id = an_edition(begin, clock, freeze=False)
    with begin() as session:
        ((_, article, _), _) = edition_articles(session, edition_id)
        withdraw(session, article.id, now=clock.now)

    with begin() as session:
        preview = preview_edition(session, edition_id, public_url=URL, now=clock()).rendered

    assert "Le budget" not in preview.html
    assert preview.subject == "Le festival ouvre"


def test_a_preview_after_the_freeze_shows_the_frozen_words(begin: Begin, clock: FakeClock) -> None:
    edition_id = an_edition(begin, clock)
    with begin() as session:
        for _, article, _ in edition_articles(session, edition_id):
            session.get_one(Article, article.id).title = "Réécrit"

    with begin() as session:
        preview = preview_edition(session, edition_id, public_url=URL, now=clock()).rendered

    assert "Le festival ouvre" in preview.text
    assert "Réécrit" not in preview.text


def test_a_preview_of_nothing_says_what_to_do(begin: Begin, clock: FakeClock) -> None:
    edition_id = an_edition(begin, clock)

    with (
        begin() as session,
        pytest.raises(OperationRefused, match="no articles to show: build it first"),
    ):
        preview_edition(session, edition_id, public_url=URL, now=clock(), mask=0b010)


def test_a_preview_of_an_unknown_edition_is_not_found(begin: Begin, clock: FakeClock) -> None:
    with begin() as session, pytest.raises(NotFound):
        preview_edition(session, 4711, public_url=URL, now=clock())


@pytest.mark.parametrize(("chosen", "mask"), [(None, 0b101), (0b110, 0b100), (0b010, 0)])
def test_a_readers_mask_has_only_sections_of_the_edition(
    begin: Begin, clock: FakeClock, chosen: int | None, mask: int
) -> None:
    edition_id = an_edition(begin, clock)
    subscribe(begin, clock, edition_id, "awa@example.org", mask=chosen)

    with begin() as session:
        assert reader_section_mask(session, edition_id, " Awa@Example.org ") == mask


def test_only_an_active_reader_of_the_newsletter_has_a_mask(begin: Begin, clock: FakeClock) -> None:
    edition_id = an_edition(begin, clock)
    subscribe(begin, clock, edition_id, "awa@example.org", state="pending")
    with begin() as session:
        other = a_newsletter(session, now=clock(), slug="le-soir")
        a_reader(session, other, now=clock(), address="yao@example.org")

    for address in ("awa@example.org", "yao@example.org", "fatou@example.org"):
        with begin() as session, pytest.raises(NotFound, match="does not subscribe"):
            reader_section_mask(session, edition_id, address)


def test_the_mask_of_what_is_no_address_is_refused(begin: Begin, clock: FakeClock) -> None:
    edition_id = an_edition(begin, clock)

    with begin() as session, pytest.raises(Invalid):
        reader_section_mask(session, edition_id, "awa")
