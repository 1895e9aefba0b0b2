"""Each subject, and each with counted links, is a variant of the same parts."""

from dataclasses import replace

from service.editions.frozen import FrozenNewsletter, FrozenText
from service.editions.subject_test_rules import FIRST, SECOND
from service.rendering.parts import EditionParts, render_parts
from service.rendering.subject_variants import for_sample, variants_to_check, with_subject
from tests.rooms.rendering.a_digest import PLACEHOLDER, a_personal_digest

FROZEN = FrozenNewsletter(
    name="Le Matin",
    slug="le-matin",
    locale="fr",
    time_zone="UTC",
    sender_name="Le Matin",
    sender_address="le-matin@example.org",
    second_subject="Le port reprend : enfin",
)
URL = "https://crieur.test"


def the_parts() -> EditionParts:
    view = a_personal_digest()
    frame, blocks = render_parts(view, PLACEHOLDER)
    return EditionParts(view=view, frame=frame, blocks={0: {each.bit: each for each in blocks}})


def test_the_first_subject_is_the_headline_and_the_second_the_editors() -> None:
    parts = the_parts()

    first = with_subject(parts, FROZEN, FIRST).assemble(-1)
    second = with_subject(parts, FROZEN, SECOND).assemble(-1)

    assert first.rendered == parts.assemble(-1).rendered
    assert second.subject == "Le port reprend\u00a0: enfin"
    assert f"<title>{second.subject}</title>" in second.rendered.html


def test_the_first_subject_may_be_an_editors_too() -> None:
    written = replace(FROZEN, text=FrozenText(subject="Ce matin"))

    assert with_subject(the_parts(), written, FIRST).assemble(-1).subject == "Ce matin"
    assert with_subject(the_parts(), replace(written, second_subject=None), SECOND).assemble(
        -1
    ).subject == ("Ce matin")


def test_all_variants_are_checked_with_addresses_as_long_as_real_ones() -> None:
    variants = variants_to_check(the_parts(), FROZEN, public_url=URL, edition_key="abc")

    joined = [each.assemble(-1) for each in variants]
    assert len({each.rendered for each in joined}) == 4
    real = f"{URL}/l/{'b' * 34}"
    links = dict.fromkeys(["https://courrier.example/articles/1"], real)
    sample = for_sample(the_parts(), FROZEN, FIRST, wrapped=links, pixel=None)
    assert sample.assemble(-1).subject == joined[2].subject
