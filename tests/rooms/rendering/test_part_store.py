"""What is stored of an edition's parts is what was rendered, and a loss is noticed."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from service.editions import build, plan
from service.editions.find import get_edition
from service.kit.db import Begin
from service.kit.errors import NotFound
from service.rendering import part_store
from service.rendering.parts import EditionParts
from service.rendering.render_edition import render_edition
from service.rendering.tables import Rendition
from tests.builders import a_newsletter, a_reader, an_article
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import an_issue

URL = "https://news.example"


def a_rendered_edition(begin: Begin, clock: FakeClock) -> int:
    """Store an edition whose newsletter has no postal address, which is a problem of its frame."""
    with begin() as session:
        paper = a_newsletter(session, now=clock.now, postal_address="")
        for section in ("Politique", "Culture"):
            an_article(session, section, seen=clock.now - timedelta(minutes=30))
        a_reader(session, paper, now=clock.now)
        edition_id = plan.plan_now(session, paper.id, now=clock.now).id
    with begin() as session:
        build.select_articles(session, edition_id, now=clock.now)
    with begin() as session:
        build.freeze(session, edition_id, now=clock.now)
    render_edition(begin, edition_id, public_url=URL, now=clock.now)
    return edition_id


def load(begin: Begin, edition_id: int, revision: int = 1) -> EditionParts | None:
    with begin() as session:
        return part_store.load_parts(session, get_edition(session, edition_id), revision)


def problems_of(parts: EditionParts | None) -> list[tuple[str, bool]]:
    assert parts is not None
    return [(str(each.message), each.fatal) for each in parts.frame.problems]


def test_parts_that_are_stored_again_are_the_same(begin: Begin, clock: FakeClock) -> None:
    """A reader's second attempt must have the bytes of the first, whoever makes it."""
    edition_id = a_rendered_edition(begin, clock)
    first = load(begin, edition_id)
    assert first is not None
    assert [section.name for section in first.view.sections] == ["Politique", "Culture"]
    assert first.frame.problems

    with begin() as session:
        session.execute(text("DELETE FROM part"))
        edition = get_edition(session, edition_id)
        part_store.store_frame(session, edition, first.frame)
        for level, blocks in first.blocks.items():
            part_store.store_blocks(session, edition, level, list(blocks.values()), first.view)

    assert load(begin, edition_id) == first


def test_a_revision_that_nobody_rendered_has_no_parts(begin: Begin, clock: FakeClock) -> None:
    """Those of another revision would send what was withdrawn."""
    assert load(begin, a_rendered_edition(begin, clock), revision=2) is None


def test_a_problem_that_an_older_version_stored_as_a_sentence_is_still_told(
    begin: Begin, clock: FakeClock
) -> None:
    """An upgrade in the middle of a send must not fail on what is stored."""
    edition_id = a_rendered_edition(begin, clock)
    with begin() as session:
        session.execute(
            text(
                "UPDATE part SET facts = jsonb_set(facts, '{problems}', "
                """'[["The footer has no address.", false]]')"""
            )
        )

    assert problems_of(load(begin, edition_id)) == [("The footer has no address.", False)]


@pytest.mark.parametrize("lost", [True, False])
def test_an_edition_whose_parts_are_lost_is_rendered_again(
    begin: Begin, clock: FakeClock, lost: bool
) -> None:
    """A dump without that table leaves readers waiting for an edition that cannot be composed."""
    issue = an_issue(begin, clock)
    with begin() as session:
        if lost:
            session.execute(text("DELETE FROM part"))

        assert part_store.reset_if_parts_lost(session, issue.edition_id) is lost

        edition = get_edition(session, issue.edition_id)
        assert (edition.rendered_revision == edition.revision) is not lost


def test_a_variant_in_one_piece_is_loaded_as_it_was_stored(begin: Begin, clock: FakeClock) -> None:
    """Whoever may have got those bytes already gets no others."""
    issue = an_issue(begin, clock)
    with begin() as session:
        session.add(
            Rendition(
                edition_id=issue.edition_id,
                mask=0b111,
                subject="Comme avant",
                html="<p>Comme avant",
                text="Comme avant",
                placeholder="crieurtokenx",
                warnings=[],
                rendered_at=clock.now,
            )
        )

    with begin() as session:
        assert part_store.stored_masks(session, issue.edition_id) == {0b111}
        assert part_store.load_variant(session, issue.edition_id, 0b111).subject == "Comme avant"
        with pytest.raises(NotFound):
            part_store.load_variant(session, issue.edition_id, 0b001)
