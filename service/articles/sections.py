"""Pure: turn a section's name into the key that newsletters compare."""

from functools import lru_cache

from service.kit.slug import slugify


@lru_cache(maxsize=10_000)  # A site names the same few sections in all of its articles.
def section_key(name: str | None) -> str | None:
    """Return the key of a section's name: 'Économie' → 'economie'; None for no name."""
    return slugify(name) or None if name else None
