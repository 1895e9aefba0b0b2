"""What a digest says of itself: subject, preheader, sections, and whether it is personal."""

from dataclasses import replace

import pytest

from service.rendering.views import PREHEADER_LENGTH, SUBJECT_LENGTH, ArticleView, MarkedView
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
