import re
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from service.rendering.checks import find_problems
from service.rendering.inline import inline_styles
from service.rendering.locale_format import typeset
from service.rendering.render import render_message
from tests.rooms.rendering.a_digest import (
    PLACEHOLDER,
    PUBLIC_URL,
    a_digest,
    a_letterhead,
    a_personal_digest,
    an_article_view,
)


class _Outline(HTMLParser):
    """Headings, pictures and links, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[tuple[str, str]] = []
        self.images: list[dict[str, str | None]] = []
        self.links: list[str | None] = []
        self.tags: list[str] = []
        self._open: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self._open = tag
            self.headings.append((tag, ""))
        if tag == "img":
            self.images.append(dict(attrs))
        if tag == "a":
            self.links.append(dict(attrs).get("href"))

    def handle_endtag(self, tag: str) -> None:
        if tag == self._open:
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open:
            tag, words = self.headings[-1]
            self.headings[-1] = (tag, words + data)


def test_a_digest_has_one_main_heading_a_heading_a_section_and_one_an_article() -> None:
    outline = _Outline(render_message("digest", a_personal_digest()).html)

    assert outline.headings == [
        ("h1", "Le Matin d’Abidjan"),
        ("h2", "Politique"),
        ("h3", "Le budget adopté"),
        ("h3", "Le calendrier fixé"),
        ("h2", "Continent"),
        ("h3", "Sommet à Accra"),
        ("h2", "Culture"),
        ("h3", "Une coupure"),
    ]


def test_pictures_have_their_size_and_a_text_for_those_who_do_not_see_them() -> None:
    lead, thumb = _Outline(render_message("digest", a_personal_digest()).html).images

    assert (lead["width"], lead["height"], lead["alt"]) == ("552", "311", "L’hémicycle")
    assert (thumb["width"], thumb["height"], thumb["alt"]) == ("168", "112", "")


def test_the_html_is_what_mail_readers_want() -> None:
    html = render_message("digest", a_personal_digest()).html

    assert html.startswith('<!DOCTYPE html>\n<html lang="fr" dir="ltr">')
    assert html.count("<style>") == 1
    assert "prefers-color-scheme: dark" in html
    assert "[data-ogsc]" in html
    assert "!important" in html
    assert "<!--[if mso]><table" in html
    assert 'name="color-scheme" content="light dark"' in html
    assert html.count("<table") == html.count('role="presentation"')
    assert re.search(r"<h1[^>]* style=", html)
    assert "data-premailer" not in html
    assert len(html.encode()) < 30_000


def test_french_text_is_made_by_hand() -> None:
    text = render_message("digest", a_personal_digest()).text

    assert text.startswith("Le Matin d’Abidjan\nLundi 6 février 2023\n")
    assert "POLITIQUE\n=========\n" in text
    assert "  Par Awa Koné, Yao N’Dri et Fatou Diallo\n  1er février 2023\n" in text
    assert "  À lire aussi\u00a0:\n  - Les communes inquiètes\n  - Ce que dit la loi\n" in text
    assert f"\n{PUBLIC_URL}/unsubscribe/{PLACEHOLDER}\n" in text
    assert "<" not in text
    assert all(len(line) <= 78 for line in text.splitlines())


def test_english_speaks_english() -> None:
    view = a_personal_digest(branding=a_letterhead(locale="en"))

    rendered = render_message("digest", view)

    assert "Monday 6 February 2023" in rendered.html
    assert "By Awa Koné, Yao N’Dri and Fatou Diallo" in rendered.text
    assert "Unsubscribe" in rendered.html
    assert 'lang="en"' in rendered.html
    assert "abonn" not in rendered.html.lower()


def test_a_digest_without_flaws_passes_every_check() -> None:
    view = a_personal_digest()

    problems = find_problems(
        render_message("digest", view),
        placeholder=PLACEHOLDER,
        postal_address=view.branding.postal_address,
    )

    assert problems == []


def test_the_web_version_offers_to_subscribe_instead_of_personal_links() -> None:
    outline = _Outline(render_message("digest", a_digest()).html)

    assert f"{PUBLIC_URL}/n/matin" in outline.links
    assert not any("/unsubscribe/" in (link or "") for link in outline.links)


def test_the_subject_is_the_first_headline() -> None:
    assert render_message("digest", a_digest()).subject == "Le budget adopté"


def test_a_variant_has_only_the_chosen_sections() -> None:
    view = a_digest().for_sections(0b110)

    assert [section.slug for section in view.sections] == ["continent", "culture"]
    assert view.subject == "Sommet à Accra"


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=120))
def test_no_headline_can_become_markup_or_break_the_page(title: str) -> None:
    clean = typeset(title, "fr") or "x"
    evil = f'{clean}"><script>alert(1)</script>{{{{ 7*7 }}}}</td>'
    sections = a_digest().sections
    article = an_article_view(evil, url="https://echo.example/a", image_url="https://e.example/i")
    view = a_personal_digest(
        sections=(type(sections[0])(name=evil, slug="a", bit=0, articles=(article,)),)
    )

    rendered = render_message("digest", view)

    outline = _Outline(rendered.html)
    assert "script" not in outline.tags
    assert [words for tag, words in outline.headings if tag == "h3"] == [evil]
    assert " ".join(evil.split()) in " ".join(rendered.text.split())


def test_styles_move_into_elements_and_the_rest_survives() -> None:
    html = inline_styles(
        "<!DOCTYPE html><html><head><style>p { color: #1a2b3c; }</style>"
        '<style data-premailer="ignore">@media print { p { color: red !important; } }</style>'
        '<link rel="stylesheet" href="https://nowhere.invalid/x.css"></head>'
        "<body><p>é&nbsp;œ</p></body></html>"
    )

    assert html.startswith("<!DOCTYPE html>\n<html>")
    assert '<p style="color:#1a2b3c">é\u00a0œ</p>' in html.replace("&#160;", "\u00a0").replace(
        "&nbsp;", "\u00a0"
    )
    assert "@media print { p { color: red !important; } }" in html
