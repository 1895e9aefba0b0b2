"""Pure: the body and the authors of an item, as feeds and WordPress's REST API list them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from service.articles.parsing.boilerplate import is_boilerplate
from service.articles.parsing.bylines import is_account_name, parse_byline, split_byline
from service.articles.parsing.related_links import extract_related_links, strip_feed_footer
from service.articles.parsing.sanitise import html_to_paragraphs, html_to_text

_ACCOUNT_NAMES = re.compile(
    r"(?:wp-?)?admin\d*|administrat(?:or|eur|rice)|webmaster|root|editor|user\d*|author|auteur"
    r"|nobody|support|contact|no-?reply|publisher|moderat(?:or|eur)|anonym(?:e|ous)|unknown|inconnu",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemBody:
    """An item's paragraphs as plain text, the headlines it links to, and who signed it below."""

    paragraphs: tuple[str, ...]
    related: tuple[str, ...]
    signed: tuple[str, ...]


def parse_body(markup: str) -> ItemBody:
    """Parse the HTML of an item's text."""
    body, related = extract_related_links(
        [text for part in html_to_paragraphs(markup) if (text := strip_feed_footer(part))]
    )
    while body and is_boilerplate(body[-1]):
        body = body[:-1]
    # WordPress themes also print the byline below the text.
    body, signed = split_byline(body)
    return ItemBody(paragraphs=tuple(body), related=tuple(related), signed=signed)


def parse_authors(names: Iterable[str]) -> tuple[str, ...]:
    """Return the persons and agencies that an item names as its authors, each once.

    Names of accounts, such as "admin", and email addresses are left out.
    """
    found: list[str] = []
    for name in names:
        plain = re.sub(r"\S+@\S+", "", html_to_text(name)).strip(" ()-")
        if not _ACCOUNT_NAMES.fullmatch(plain) and not is_account_name(plain):
            found += parse_byline(plain) or ([plain] if plain else [])
    return tuple(dict.fromkeys(found))
