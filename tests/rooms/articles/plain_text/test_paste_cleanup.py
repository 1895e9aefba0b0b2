"""What messengers, email clients and PDF files add to a text."""

import pytest

from service.articles.plain_text.paste_cleanup import clean_paste

PROSE = "Les députés ont voté le texte dans la nuit de mardi."


@pytest.mark.parametrize(
    ("pasted", "cleaned"),
    [
        ("> Un\n> deux\n>\n> trois", "Un\ndeux\n\ntrois"),
        ("> Un\ndeux\ntrois", "> Un\ndeux\ntrois"),
        ("*Le port rouvre*", "Le port rouvre"),
        ("[08/02/2023, 14:39:00] Awa: Le port rouvre", "Le port rouvre"),
        ("De : Awa\nObjet : TR: Le port\nUn titre", "Un titre"),
        (f"De : Awa\nObjet : TR: Le port\n{PROSE}", f"Le port\n\n{PROSE}"),
        ("le gouver-\nnement dit", "le gouvernement\ndit"),
        ("dit-\nil hier", "dit-il\nhier"),
    ],
)
def test_the_markup_of_the_medium_is_removed(pasted: str, cleaned: str) -> None:
    assert clean_paste(pasted) == cleaned
