"""Pure: a reader's choice of sections as a set of bits.

`None` means every section, also those that will be added later.
"""

from collections.abc import Iterable


def mask_of(chosen: Iterable[int], *, offered: Iterable[int]) -> int | None:
    """Return the mask for chosen bits; who ticks everything on offer wants everything."""
    all_bits = set(offered)
    bits = set(chosen) & all_bits
    return None if bits == all_bits else sum(1 << bit for bit in bits)


def is_chosen(mask: int | None, bit: int) -> bool:
    """Tell whether a section is in the choice."""
    return mask is None or bool(mask >> bit & 1)
