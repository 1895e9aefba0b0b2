from hypothesis import given
from hypothesis import strategies as st

from service.rendering.theme import DARK_PAPER, DEFAULT_ACCENT, LIGHT_PAPER, contrast, theme_for


@given(st.integers(min_value=0, max_value=0xFFFFFF))
def test_any_accent_gives_colours_that_can_be_read(number: int) -> None:
    look = theme_for(f"#{number:06X}")

    assert contrast(look.ink_on_accent, look.accent) >= 4.5
    assert contrast(look.accent_text, LIGHT_PAPER) >= 4.5
    assert contrast(look.accent_dark, DARK_PAPER) >= 4.5


def test_a_colour_that_reads_already_stays_as_the_operator_chose_it() -> None:
    assert theme_for("#9c1f2e").accent_text == "#9c1f2e"


@given(st.text(max_size=12))
def test_what_is_no_colour_becomes_the_house_red(text: str) -> None:
    assert theme_for(text + "x").accent == DEFAULT_ACCENT
    assert theme_for(None).accent == DEFAULT_ACCENT
