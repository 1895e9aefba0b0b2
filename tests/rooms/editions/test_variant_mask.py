"""Which sections a variant has, and whether it leaves out what alerts had."""

import pytest

from service.editions.variant_mask import WITHOUT_ALERTED, is_without_alerted, within


@pytest.mark.parametrize(
    ("mask", "sections", "left"),
    [
        (0b111, 0b101, 0b101),
        (0b010, 0b101, 0),
        (-1, 0b101, 0b101),
        (0b111 | WITHOUT_ALERTED, 0b101, 0b101 | WITHOUT_ALERTED),
        # Nothing that is left out is no message.
        (0b010 | WITHOUT_ALERTED, 0b101, 0),
    ],
)
def test_a_mask_is_cut_to_the_sections_that_there_are(mask: int, sections: int, left: int) -> None:
    assert within(mask, sections) == left


def test_everything_leaves_nothing_out() -> None:
    """-1, of a reader without a choice, has every bit set."""
    assert is_without_alerted(1 | WITHOUT_ALERTED)
    assert not is_without_alerted(-1)
    assert not is_without_alerted((1 << 62) - 1)


def test_the_bit_is_no_section_and_fits_a_bigint() -> None:
    assert WITHOUT_ALERTED >> 61 > 1
    assert WITHOUT_ALERTED | (1 << 62) - 1 < 1 << 63
