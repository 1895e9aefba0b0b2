"""Pure: turn a section's name into the key that newsletters compare."""

from service.kit.slug import slugify


def section_key(name: str | None) -> str | None:
    """Return the key of a section's name: 'Économie' → 'economie'; None for no name."""
    return slugify(name) or None if name else None
