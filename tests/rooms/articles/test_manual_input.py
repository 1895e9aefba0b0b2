"""What an operator hands over, and what overrides it."""

from datetime import UTC

import pytest

from service.articles.ingest import ArticleKind
from service.articles.input_format import InputFormat
from service.articles.manual_input import ManualInput, ManualOverrides, parse_input
from service.kit.errors import OperationRefused

CLIPPING = """Politique

Le parlement adopte le budget de l'année

08/02/2023

Les députés ont voté le texte dans la nuit, après trois jours de débats dans la capitale.
""".encode()
EMPTY_FEED = b'<rss version="2.0"><channel><title>Flux</title></channel></rss>'


def test_a_clipping_is_detected_and_parsed() -> None:
    kind, (article,) = parse_input(ManualInput(data=CLIPPING), ManualOverrides(zone=UTC))

    assert (kind, article.section) == (ArticleKind.CLIPPING, "Politique")
    assert article.title == "Le parlement adopte le budget de l'année"


def test_what_the_operator_says_overrides_the_input() -> None:
    overrides = ManualOverrides(zone=UTC, section="Économie", language="en")

    (article,) = parse_input(ManualInput(data=CLIPPING), overrides).articles

    assert (article.section, article.language) == ("Économie", "en")


@pytest.mark.parametrize(
    ("source", "title", "said"),
    [
        (ManualInput(data=CLIPPING), "  ", "The headline is empty"),
        (ManualInput(data=EMPTY_FEED), None, "no article in the feed"),
        (ManualInput(data=EMPTY_FEED), "Un titre", "leave --title out"),
        (
            ManualInput(data=b"\x00\x01\x02", input_format=InputFormat.CLIPPING),
            None,
            "The clipping is not text",
        ),
    ],
)
def test_an_input_without_an_article_is_refused(
    source: ManualInput, title: str | None, said: str
) -> None:
    with pytest.raises(OperationRefused, match=said):
        parse_input(source, ManualOverrides(zone=UTC, title=title))
