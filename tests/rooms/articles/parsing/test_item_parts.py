"""Feeds and WordPress's API give the same post the same text."""

from service.articles.parsing.item_parts import parse_authors, parse_body


def test_a_body_has_no_boilerplate_and_no_links_to_other_articles() -> None:
    """Readers get the article; what it links to and who signed it are known apart."""
    body = parse_body(
        "<p>Le port s’agrandit.</p><p>A LIRE AUSSI : Le rail attend</p>"
        "<p>The post Le port appeared first on Le Courrier.</p>"
    )

    assert body.paragraphs == ("Le port s’agrandit.",)
    assert body.related == ("Le rail attend",)


def test_a_byline_below_the_text_is_its_author() -> None:
    """Themes print it there."""
    body = parse_body("<p>Le port s’agrandit et les travaux commencent.</p><p>Par Awa Koné</p>")

    assert body.paragraphs == ("Le port s’agrandit et les travaux commencent.",)
    assert body.signed == ("Awa Koné",)


def test_accounts_and_addresses_are_no_authors() -> None:
    """A byline names a person or an agency."""
    assert parse_authors(["admin", "desk@courrier.example", "Awa Koné", "Awa Koné"]) == (
        "Awa Koné",
    )


def test_what_a_theme_prints_below_the_text_is_cut_off() -> None:
    """An invitation to subscribe is the site's, and no part of the article."""
    body = parse_body("<p>Le port s’agrandit.</p><p>Abonnez-vous à notre newsletter</p>")

    assert body.paragraphs == ("Le port s’agrandit.",)
