"""News sitemaps and indexes, as a site would serve them."""

SITEMAP = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">{}</urlset>'
)
INDEX = '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</sitemapindex>'


def an_entry(
    n: int, *, title: str | None = "", day: str = "2023-02-08T05:00:00+00:00", more: str = ""
) -> str:
    headline = "" if title is None else f"<news:title>{title or f'Titre {n}'}</news:title>"
    return (
        f"<url><loc>https://courrier.example/{n}</loc><news:news><news:publication>"
        "<news:name>Le Courrier</news:name><news:language>fr</news:language></news:publication>"
        f"<news:publication_date>{day}</news:publication_date>{headline}</news:news>{more}</url>"
    )


def a_sitemap(*entries: str) -> bytes:
    return SITEMAP.format("".join(entries)).encode()


def an_index(*parts: tuple[str, str]) -> bytes:
    return INDEX.format(
        "".join(f"<sitemap><loc>{url}</loc><lastmod>{at}</lastmod></sitemap>" for url, at in parts)
    ).encode()
