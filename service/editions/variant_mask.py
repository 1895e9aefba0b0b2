"""Pure: the mask of a variant: which sections it has, and whether it leaves out what alerts had.

Bits 0 to 61 are sections. Readers who had articles of a digest as alerts get it without those, and
share a variant with all who have chosen the same sections and had the same.
"""

WITHOUT_ALERTED = 1 << 62
"""The bit of variants for readers who had what alerts carried."""


def is_without_alerted(mask: int) -> bool:
    """Return whether a variant leaves out what alerts had; -1 is everything."""
    return mask >= 0 and bool(mask & WITHOUT_ALERTED)


def within(mask: int, section_mask: int) -> int:
    """Return what is left of a variant's mask in an edition that has these sections; 0 if none."""
    sections = mask & section_mask
    return sections | WITHOUT_ALERTED if sections and is_without_alerted(mask) else sections
