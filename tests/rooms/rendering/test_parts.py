"""A choice is a join of parts, and has the bytes that a rendering of the whole choice has."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.editions.variant_mask import WITHOUT_ALERTED
from service.rendering.checks import find_problems
from service.rendering.locale_format import typeset
from service.rendering.parts import (
    AssembledMessage,
    EditionParts,
    LevelNotRendered,
    SectionBlock,
    render_level,
    render_parts,
)
from service.rendering.size_budget import render_within_budget
from service.rendering.views import ArticleView, DigestView, RelatedView, SectionView
from tests.rooms.rendering.a_digest import (
    PLACEHOLDER,
    a_letterhead,
    a_personal_digest,
    an_article_view,
)


def the_parts(view: DigestView, *, limit: int = 90_000, levels: int = 8) -> EditionParts:
    frame, blocks = render_parts(view, PLACEHOLDER)
    smaller = [render_level(view, level) for level in range(1, levels)]
    levels_of = dict(enumerate([blocks, *smaller]))
    by_bit = {level: {each.bit: each for each in found} for level, found in levels_of.items()}
    return EditionParts(view=view, frame=frame, blocks=by_bit, limit=limit)


def assert_as_whole(parts: EditionParts, mask: int) -> AssembledMessage:
    """Render a choice in one piece, too, and compare every byte."""
    joined = parts.assemble(mask)
    whole = render_within_budget(parts.view.for_sections(mask), limit=parts.limit)
    assert joined.rendered.html == whole.rendered.html
    assert joined.rendered.text == whole.rendered.text
    assert joined.rendered.subject == whole.rendered.subject
    assert joined.reductions == whole.reductions
    address = parts.view.branding.postal_address
    found = find_problems(whole.rendered, placeholder=PLACEHOLDER, postal_address=address)
    assert set(joined.problems) == set(found)
    return joined


def many_articles(*counts: int) -> tuple[SectionView, ...]:
    return tuple(
        SectionView(
            name=f"Rubrique {bit} & fils",
            slug=f"r{bit}",
            bit=bit,
            articles=tuple(
                an_article_view(
                    f"Titre {bit}.{number} : « l’été » <b>",
                    summary="Un mot de plus. " * 30,
                    image_url=f"https://echo.example/{bit}/{number}.jpg",
                )
                for number in range(count)
            ),
        )
        for bit, count in enumerate(counts)
    )


@pytest.mark.parametrize("mask", range(1, 8))
def test_every_choice_has_the_bytes_of_a_rendering_of_its_own(mask: int) -> None:
    assert_as_whole(the_parts(a_personal_digest(), levels=1), mask)


@pytest.mark.parametrize("limit", [20_000, 26_000, 30_000, 34_000, 40_000, 60_000])
def test_each_choice_is_made_smaller_only_as_far_as_it_has_to_be(limit: int) -> None:
    parts = the_parts(a_personal_digest(sections=many_articles(14, 2, 9)), limit=limit)

    steps = {mask: len(assert_as_whole(parts, mask).reductions) for mask in (0b010, 0b101, 0b111)}

    assert steps[0b010] < steps[0b111] or limit == 60_000


@pytest.mark.parametrize("limit", [24_000, 90_000])
@pytest.mark.parametrize("mask", [0b001, 0b010, 0b011, 0b111])
def test_what_is_left_without_alerts_is_a_part_like_any_other(mask: int, limit: int) -> None:
    """The first section keeps some articles, the second one none, the third one all."""
    some, gone, whole = many_articles(4, 2, 3)
    sections = (
        replace(some, articles=(replace(some.articles[0], was_alerted=True), *some.articles[1:])),
        replace(gone, articles=tuple(replace(each, was_alerted=True) for each in gone.articles)),
        whole,
    )
    parts = the_parts(a_personal_digest(sections=sections).with_fresh_parts(), limit=limit)

    assert_as_whole(parts, mask)
    joined = assert_as_whole(parts, mask | WITHOUT_ALERTED)

    html = joined.rendered.html
    assert "Titre 0.0 " not in html
    assert ("Titre 0.1 " in html) == bool(mask & 0b001)
    # No message is empty: who had all of it gets it again.
    assert ("Titre 1.0 " in html) == (mask == 0b010)
    assert ("Titre 2.0 " in html) == bool(mask & 0b100)


def test_a_single_article_shows_its_summary() -> None:
    view = a_personal_digest()

    joined = assert_as_whole(the_parts(view), 0b010)

    assert "Un résumé." in joined.rendered.html.partition("<table")[0]


def test_a_level_that_nobody_rendered_is_asked_for() -> None:
    view = a_personal_digest(sections=many_articles(14))
    whole = the_parts(view, limit=20_000)
    parts = replace(whole, blocks={0: whole.blocks[0]})

    with pytest.raises(LevelNotRendered) as missing:
        parts.assemble(0b1)

    assert missing.value.level == 1


def test_what_is_wrong_with_a_section_is_told_of_the_choices_that_have_it() -> None:
    first, second, _ = a_personal_digest().sections
    bad = replace(second, articles=(an_article_view("Ici {{ x }}", url="/no/address"),))
    parts = the_parts(a_personal_digest(sections=(first, bad)))

    assert assert_as_whole(parts, 0b01).problems == ()
    assert len(assert_as_whole(parts, 0b10).problems) == 2
    assert len(assert_as_whole(parts, 0b11).problems) == 2


def test_a_block_is_the_same_object_in_every_choice_that_has_it() -> None:
    parts = the_parts(a_personal_digest())
    block: SectionBlock = parts.blocks[0][1]

    for mask in (0b010, 0b110, 0b111):
        assert any(piece is block.html for piece in parts.assemble(mask).html)


WORDS = st.text(max_size=40).map(lambda text: typeset(text, "fr") or "x")


@settings(max_examples=15, deadline=None)
@given(
    titles=st.lists(WORDS, min_size=2, max_size=4),
    summary=WORDS,
    name=WORDS,
    mask=st.integers(1, 3),
)
def test_no_words_make_a_difference(titles: list[str], summary: str, name: str, mask: int) -> None:
    articles = [
        ArticleView(
            title=title,
            url=None,
            summary=summary,
            related=(RelatedView(title=title),) if summary else (),
        )
        for title in titles
    ]
    view = a_personal_digest(
        branding=a_letterhead(locale="fr"),
        sections=(
            SectionView(name=name, slug="a", bit=0, articles=tuple(articles[:1])),
            SectionView(name="B", slug="b", bit=1, articles=tuple(articles[1:])),
        ),
    )

    assert_as_whole(the_parts(view, levels=1), mask)
