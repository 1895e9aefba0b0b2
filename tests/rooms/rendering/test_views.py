"""What a digest says of itself: subject, preheader, sections, and whether it is personal."""

from dataclasses import replace

import pytest

from service.editions.variant_mask import WITHOUT_ALERTED
from service.rendering.simple_text import parse_simple_text
from service.rendering.views import (
    FRESH_BIT,
    PREHEADER_LENGTH,
    SUBJECT_LENGTH,
    ArticleView,
    DigestView,
    EditorsView,
    MarkedView,
)
from tests.rooms.rendering.a_digest import a_personal_digest

DIGEST = a_personal_digest()


def test_the_subject_is_the_first_headline_or_the_newsletters_name() -> None:
    empty = replace(DIGEST, sections=())
    section = DIGEST.sections[0]
    long = replace(
        DIGEST,
        sections=(replace(section, articles=(ArticleView(title="mot " * 60, url=None),)),),
    )

    assert DIGEST.subject == DIGEST.articles[0].title
    assert empty.subject == DIGEST.branding.newsletter_name
    assert empty.preheader == ""
    assert len(long.subject) <= SUBJECT_LENGTH


def test_the_preheader_has_the_next_headlines_or_the_first_summary() -> None:
    section = DIGEST.sections[0]
    articles = tuple(ArticleView(title=f"Titre {number}", url=None) for number in range(6))
    many = replace(DIGEST, sections=(replace(section, articles=articles),))
    alone = replace(
        DIGEST,
        sections=(replace(section, articles=(replace(articles[0], summary="Un résumé. " * 40),)),),
    )

    assert many.preheader == "Titre 1 · Titre 2 · Titre 3"
    assert alone.preheader.startswith("Un résumé.")
    assert len(alone.preheader) <= PREHEADER_LENGTH


def test_a_variant_has_the_chosen_sections_in_their_order() -> None:
    bits = [section.bit for section in DIGEST.sections]
    last = DIGEST.sections[-1]

    assert DIGEST.for_sections(1 << last.bit).contents == last.name
    assert DIGEST.for_sections(sum(1 << bit for bit in bits)) == DIGEST
    assert DIGEST.for_sections(0).sections == ()


def _alerted(view: DigestView, *titles: str) -> DigestView:
    """The digest in which alerts have carried the articles of these headlines."""
    return replace(
        view,
        sections=tuple(
            replace(
                section,
                articles=tuple(
                    replace(each, was_alerted=each.title in titles) for each in section.articles
                ),
            )
            for section in view.sections
        ),
    )


def _all_of(view: DigestView) -> int:
    return sum(1 << section.bit for section in view.sections)


def test_readers_who_had_the_alerts_get_what_is_left() -> None:
    """A section of which nothing is left is not there for them."""
    first, *others = DIGEST.sections
    view = _alerted(DIGEST, first.articles[0].title, *(each.title for each in others[0].articles))

    variant = view.for_sections(_all_of(view) | WITHOUT_ALERTED)

    left = [each.title for each in first.articles[1:]]
    left += [each.title for section in others[1:] for each in section.articles]
    assert [each.title for each in variant.articles] == left
    assert view.for_sections(_all_of(view)) == view


def test_a_variant_of_which_nothing_is_left_has_everything_again() -> None:
    """An article was withdrawn after readers were enrolled for it: no message is empty."""
    view = _alerted(DIGEST, *(each.title for each in DIGEST.articles))

    assert view.for_sections(_all_of(view) | WITHOUT_ALERTED) == view


def test_a_section_and_what_is_left_of_it_stand_side_by_side() -> None:
    """Both are rendered once, and each variant takes one of them."""
    first = DIGEST.sections[0]
    view = _alerted(DIGEST, first.articles[0].title).with_fresh_parts()

    assert [section.is_fresh_part for section in view.sections][:2] == [False, True]
    assert view.sections[1].bit == first.bit + FRESH_BIT
    assert len(view.sections) == len(DIGEST.sections) + 1
    assert DIGEST.with_fresh_parts() == DIGEST


def test_a_letter_is_what_its_editors_have_written() -> None:
    """It has no articles, and is not empty for that."""
    written = EditorsView(subject="Rectificatif", introduction=parse_simple_text("Pardon.", "fr"))
    letter = replace(DIGEST, sections=(), editors=written, is_letter=True)

    assert (letter.template, letter.is_empty) == ("correction", False)
    assert (letter.subject, letter.preheader) == ("Rectificatif", "Pardon.")
    assert replace(letter, is_letter=False).is_empty
    chosen = replace(letter, editors=replace(written, preheader="Une erreur de notre part."))
    assert chosen.preheader == "Une erreur de notre part."


def test_a_copy_is_personal_by_its_link_to_leave() -> None:
    assert DIGEST.personal
    assert not replace(DIGEST, unsubscribe_url=None).personal


@pytest.mark.parametrize("name", ["subject", "preheader", "contents"])
def test_a_marked_digest_has_marks_where_its_variants_differ(name: str) -> None:
    marked = MarkedView(
        branding=DIGEST.branding,
        edition_date=DIGEST.edition_date,
        sections=DIGEST.sections,
        web_url=DIGEST.web_url,
        seam="x7k",
    )

    assert getattr(marked, name) == f"x7k{name}"
