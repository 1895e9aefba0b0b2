"""Spaces, quotes and accents."""

import pytest

from service.articles.parsing.typography import (
    count_words,
    cut_sentences,
    fold,
    is_sentence,
    opens_quote,
    tidy,
    unquote,
)


def test_a_tidy_text_is_one_line_without_invisible_characters() -> None:
    assert tidy(" Un\u00a0titre\n\u200bde\u00ad plus ") == "Un titre de plus"


def test_spellings_of_one_text_fold_to_the_same_key() -> None:
    assert fold("« L’ÉTÉ » – à Cotonou…") == fold('"L\'été" - a cotonou ...')
    assert fold("Œuvre") == "oeuvre"


@pytest.mark.parametrize("text", ["Il dort.", "« Oui. »", "Pourquoi ?", "终于。"])
def test_a_sentence_ends_with_its_mark(text: str) -> None:
    assert is_sentence(text)
    assert not is_sentence(text.rstrip(" .?»。") + ",")


def test_words_have_a_letter_or_digit() -> None:
    assert count_words("Un – deux, « trois » !") == 3


def test_a_text_is_cut_after_a_sentence_but_not_after_an_abbreviation() -> None:
    assert cut_sentences("M. Koné dort. Il rêve encore.", limit=20) == "M. Koné dort."
    assert cut_sentences("Un texte sans fin ni point", limit=12) == "Un texte…"
    assert cut_sentences("Court.", limit=20) == "Court."


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("« Oui »", "Oui"),
        ("“Oui”.", "Oui."),
        ('"Oui"', "Oui"),
        ("« Oui », dit-il. « Non »", None),
        ("Oui", None),
    ],
)
def test_a_single_quotation_is_unquoted(text: str, inner: str | None) -> None:
    assert unquote(text) == inner


def test_a_quotation_may_stay_open() -> None:
    assert opens_quote("« Oui, dit-il")
    assert not opens_quote("« Oui »")
