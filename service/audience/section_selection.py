"""Pure: a reader's section selection as a bit mask.

`None` means every section, including those that will be added later.
"""

from collections.abc import Iterable


def mask_of(chosen: Iterable[int], *, offered: Iterable[int]) -> int | None:
    """Return the mask for selected bits; a selection of every offered section is None."""
    all_bits = set(offered)
    bits = set(chosen) & all_bits
    return None if bits == all_bits else bit_mask(bits)


def bit_mask(bits: Iterable[int]) -> int:
    """Return the mask of exactly these bits."""
    return sum(1 << bit for bit in set(bits))


def is_chosen(mask: int | None, bit: int) -> bool:
    """Return whether a section is selected."""
    return mask is None or bool(mask >> bit & 1)
