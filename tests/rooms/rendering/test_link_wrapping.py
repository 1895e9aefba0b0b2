"""Links that are counted lead through our address; personal links and our pages do not."""

from service.rendering.link_wrapping import links_in, wrap_links
from service.rendering.parts import EditionParts, MessageFrame, SectionBlock
from tests.rooms.rendering.a_digest import a_personal_digest

OURS = "https://crieur.test"
PAGE = f"{OURS}/e/abc"
HTML = (
    '<a href="https://a.example/1?x=1&amp;y=2">Un</a>\n'
    '<a class="m" href="https://a.example/%C3%A9t%C3%A9">Deux</a>\n'
    f'<a href="{PAGE}/a/7">Trois</a> <a href="{PAGE}">en ligne</a>\n'
)
TEXT = f"* Un\n  https://a.example/1?x=1&y=2\n\n  https://a.example/été\n  {PAGE}/a/7\n  {PAGE}\n"
FRAME = (
    '<html><body><a href="https://sponsor.example/">Partenaire</a>\n<!--mark-->\n'
    f'<a href="{OURS}/unsubscribe/placeholder">Se désabonner</a>\n</body>\n</html>'
)


def the_parts() -> EditionParts:
    frame = MessageFrame(
        html=FRAME,
        text=f"Voir (https://sponsor.example/).\nmark\n{OURS}/unsubscribe/placeholder\n",
        mark="mark",
        placeholder="placeholder",
    )
    block = SectionBlock(bit=0, html=HTML, text=TEXT)
    return EditionParts(
        view=a_personal_digest(), frame=frame, blocks={0: {0: block}, 1: {0: block}}
    )


def test_links_are_those_to_articles_and_sponsors_each_once() -> None:
    assert links_in(the_parts(), own_pages=OURS, edition_page=PAGE) == [
        "https://a.example/1?x=1&y=2",
        "https://a.example/%C3%A9t%C3%A9",
        f"{PAGE}/a/7",
        "https://sponsor.example/",
    ]


def test_both_parts_lead_through_our_address_and_the_rest_stays() -> None:
    parts = the_parts()
    links = links_in(parts, own_pages=OURS, edition_page=PAGE)

    wrapped = wrap_links(parts, {url: f"{OURS}/l/{n}" for n, url in enumerate(links)})

    for level in (0, 1):
        block = wrapped.blocks[level][0]
        assert block.html == (
            f'<a href="{OURS}/l/0">Un</a>\n<a class="m" href="{OURS}/l/1">Deux</a>\n'
            f'<a href="{OURS}/l/2">Trois</a> <a href="{PAGE}">en ligne</a>\n'
        )
        assert block.text == f"* Un\n  {OURS}/l/0\n\n  {OURS}/l/1\n  {OURS}/l/2\n  {PAGE}\n"
    assert wrapped.frame.text.startswith(f"Voir ({OURS}/l/3).\n")
    assert f"{OURS}/unsubscribe/placeholder" in wrapped.frame.html
    assert "<img" not in wrapped.frame.html


def test_a_pixel_stands_at_the_end_of_the_page() -> None:
    wrapped = wrap_links(the_parts(), {}, pixel_url=f"{OURS}/o/x.gif")

    end = f'<img src="{OURS}/o/x.gif" width="1" height="1" alt="">\n</body>\n</html>'
    assert wrapped.frame.html.endswith(end)
