"""Microdata as news pages really carry it, and as nobody should write it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.articles.html_page.jsonld import image_of, names_of, text_of
from service.articles.html_page.microdata import find_described_article
from service.articles.parsing.markup import parse_document

ARTICLE = '<{tag} itemscope itemtype="{scheme}://schema.org/{type}">{inner}</{tag}>'


def described(markup: str) -> dict[str, object]:
    return dict(find_described_article(parse_document(markup)))


def an_article(inner: str, *, kind: str = "NewsArticle", scheme: str = "https") -> str:
    return ARTICLE.format(tag="div", scheme=scheme, type=kind, inner=inner)


HEADLINE = '<h1 itemprop="headline">Le port <b>agrandit</b> ses quais</h1>'


def test_an_article_with_its_author_image_and_dates_is_found() -> None:
    """The shape that schema.org documents, with items inside the item."""
    found = described(
        an_article(
            HEADLINE
            + '<meta itemprop="datePublished" content="2023-02-08T02:39:00+01:00">'
            + '<time itemprop="dateModified" datetime="2023-02-09">jeudi</time>'
            + '<a itemprop="author" itemscope itemtype="https://schema.org/Person" href="/awa">'
            + '<span itemprop="name">Awa Koné</span><img itemprop="image" src="/awa.jpg"></a>'
            + '<span itemprop="author">Jean Sossou</span>'
            + '<figure itemprop="image" itemscope itemtype="https://schema.org/ImageObject">'
            + '<meta itemprop="url" content="https://courrier.example/quai.jpg"></figure>'
            + '<p itemprop="description">Les travaux commencent.</p>'
            + '<a itemprop="articleSection" href="/eco">Économie</a>'
            + '<link itemprop="mainEntityOfPage" href="https://courrier.example/48213">'
        )
    )

    assert text_of(found["headline"]) == "Le port agrandit ses quais"
    assert names_of(found["author"]) == ["Awa Koné", "Jean Sossou"]
    assert image_of(found["image"]) == ("https://courrier.example/quai.jpg", "")
    assert found["datePublished"] == "2023-02-08T02:39:00+01:00"
    assert found["dateModified"] == "2023-02-09"
    assert found["articleSection"] == "Économie"
    assert found["description"] == "Les travaux commencent."
    assert found["mainEntityOfPage"] == "https://courrier.example/48213"


@pytest.mark.parametrize("kind", ["NewsArticle", "Article", "BlogPosting", "ReportageNewsArticle"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_kind_of_article_counts_in_both_schemes(kind: str, scheme: str) -> None:
    """schema.org was http for years, and pages still say so."""
    assert described(an_article(HEADLINE, kind=kind, scheme=scheme))["headline"]


@pytest.mark.parametrize("kind", ["WebPage", "Product", "Person", ""])
def test_what_is_no_article_does_not_count(kind: str) -> None:
    """A page of a shop has headlines, too."""
    assert described(an_article(HEADLINE, kind=kind)) == {}
    assert described(HEADLINE) == {}


def test_what_belongs_to_an_item_inside_is_not_the_articles() -> None:
    """A comment has an author and a date of its own."""
    comment = (
        '<div itemprop="comment" itemscope itemtype="https://schema.org/Comment">'
        '<span itemprop="author">Un lecteur</span><time itemprop="datePublished" '
        'datetime="2023-03-01">mars</time></div>'
    )

    found = described(an_article(comment + HEADLINE + '<span itemprop="author">Awa Koné</span>'))

    assert names_of(found["author"]) == ["Awa Koné"]
    assert "datePublished" not in found


def test_of_several_articles_the_one_with_the_pages_headline_counts() -> None:
    """Teasers below an article, or above it, are articles in microdata, too."""
    teaser = an_article('<h2 itemprop="headline">Un autre sujet</h2>')

    inside = described(teaser + an_article(HEADLINE) + teaser)
    outside = described(
        "<h1>Le port agrandit ses quais</h1>"
        + teaser
        + an_article('<meta itemprop="headline" content="Le port agrandit ses quais">')
    )

    assert text_of(inside["headline"]) == text_of(outside["headline"])
    assert described(teaser + teaser + "<h1>Économie</h1>") == {}


def test_properties_elsewhere_on_the_page_are_referred_to() -> None:
    """`itemref` names elements outside the item (HTML, 5.2.2)."""
    markup = (
        '<article itemscope itemtype="https://schema.org/Article" itemref="when nowhere">'
        f'{HEADLINE}</article><p id="when"><time itemprop="datePublished">2023-02-08</time></p>'
    )

    assert described(markup)["datePublished"] == "2023-02-08"


def test_breadcrumbs_are_names_in_their_order() -> None:
    """The section of an article is often named only there."""
    step = (
        '<li itemprop="itemListElement" itemscope itemtype="https://schema.org/ListItem">'
        '<a itemprop="item" href="/"><span itemprop="name">{}</span></a></li>'
    )
    trail = '<ol itemscope itemtype="https://schema.org/BreadcrumbList">{}</ol>'

    found = described(trail.format(step.format("Accueil") + step.format("Économie")))

    assert found == {"breadcrumb": ["Accueil", "Économie"]}


def test_items_that_hold_each_other_take_no_time() -> None:
    """Each property could hold all of the page, and each item refer to it again."""
    inner = '<p itemprop="author description image">' + "x " * 200_000
    opening = '<div itemscope itemtype="https://schema.org/Article" id="a" itemref="a b c">'
    markup = opening * 200 + inner + '<i itemprop="headline author">' * 2_000
    tree = parse_document(markup)
    began = time.process_time()

    find_described_article(tree)

    assert time.process_time() - began < 2


PIECES = [
    *('<div itemscope itemtype="https://schema.org/Article">', "</div>", '<p itemprop="headline">'),
    *('<a itemprop="author" itemscope>', '<b itemprop="name image url">', "<h1>", "Texte", "</p>"),
    *('<div itemscope itemref="x">', '<p id="x" itemprop="author">', '<img itemprop="image" src=>'),
    *('<ol itemscope itemtype="https://schema.org/BreadcrumbList">', "&#0;", "<meta itemprop>"),
]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=40).map("".join))
def test_any_page_is_described_in_texts(markup: str) -> None:
    """Whatever stands there, the callers get texts and lists of names."""
    found = described(f"<p>.</p>{markup}")

    for name, value in found.items():
        if name in {"author", "creator", "publisher"}:
            assert all(isinstance(each, str) for each in names_of(value))
        elif name == "breadcrumb":
            assert all(isinstance(each, str) for each in value)  # type: ignore[attr-defined]
        else:
            assert isinstance(value, str)
