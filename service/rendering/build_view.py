"""Pure: build the view of a digest from an edition's frozen content.

Publishers' texts are put on one line, with no-break spaces where French requires them. URLs that
are not http(s) are dropped, because a message must never carry a `javascript:` link.
"""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from service.editions.frozen import FrozenArticle, FrozenText
from service.rendering.locale_format import shorten, typeset
from service.rendering.simple_text import parse_simple_text
from service.rendering.views import (
    PREHEADER_LENGTH,
    SUBJECT_LENGTH,
    ArticleView,
    Branding,
    DigestView,
    EditorsView,
    RelatedView,
    SectionView,
    SponsorView,
)

SUMMARY_LENGTH = 400
MAX_RELATED = 5
MAX_URL_LENGTH = 2_000


def build_digest_view(  # noqa: PLR0913  Every fact is a named argument.
    branding: Branding,
    articles: Sequence[FrozenArticle],
    *,
    edition_date: date,
    time_zone: str,
    web_url: str,
    text: FrozenText | None = None,
    is_alert: bool = False,
) -> DigestView:
    """Return the whole digest without personal links; `articles` are in the order of the page.

    `text` is what editors have written around them.
    """
    zone = ZoneInfo(time_zone)
    sections = tuple(
        SectionView(
            name=typeset(group[0].section, branding.locale),
            slug=group[0].section_slug,
            bit=bit,
            articles=tuple(
                _article(frozen, branding.locale, zone, web_url=web_url) for frozen in group
            ),
        )
        for bit, group in (
            (bit, list(found)) for bit, found in groupby(articles, lambda frozen: frozen.bit)
        )
    )
    return DigestView(
        branding=branding,
        edition_date=edition_date,
        sections=sections,
        web_url=web_url,
        is_alert=is_alert,
        editors=editors_view(text or FrozenText(), branding.locale),
    )


def editors_view(text: FrozenText, locale: str) -> EditorsView:
    """Return what editors have written, set as the language wants it."""
    sponsor = None
    if text.sponsor_text:
        sponsor = SponsorView(
            label=typeset(text.sponsor_label, locale),
            paragraphs=parse_simple_text(text.sponsor_text, locale),
            url=safe_url(text.sponsor_url),
        )
    return EditorsView(
        subject=shorten(typeset(text.subject, locale), SUBJECT_LENGTH) if text.subject else None,
        preheader=shorten(typeset(text.preheader, locale), PREHEADER_LENGTH)
        if text.preheader
        else None,
        introduction=parse_simple_text(text.introduction, locale),
        sign_off=parse_simple_text(text.sign_off, locale),
        sponsor=sponsor,
    )


def _article(frozen: FrozenArticle, locale: str, zone: ZoneInfo, *, web_url: str) -> ArticleView:
    title = typeset(frozen.title, locale)
    return ArticleView(
        title=title,
        url=safe_url(frozen.url) or hosted_url(frozen, web_url),
        summary=shorten(typeset(frozen.summary, locale), SUMMARY_LENGTH),
        image_url=safe_url(frozen.image_url),
        image_alt=typeset(frozen.image_alt or "", locale),
        authors=tuple(typeset(name, locale) for name in frozen.authors),
        published=_local_date(frozen.published, zone),
        body=tuple(typeset(each, locale) for each in frozen.body) if frozen.is_whole else (),
        related=tuple(
            RelatedView(title=typeset(line, locale)) for line in frozen.related[:MAX_RELATED]
        ),
        was_alerted=frozen.alerted_in is not None,
    )


def hosted_url(frozen: FrozenArticle, web_url: str) -> str | None:
    """Return the URL where the edition shows the text of an article that has no URL of its own."""
    is_hosted = frozen.article_id is not None and frozen.body
    return f"{web_url}/a/{frozen.article_id}" if is_hosted else None


def safe_url(url: str | None) -> str | None:
    """Return an http(s) URL unchanged, and None for anything else."""
    if not url or len(url) > MAX_URL_LENGTH or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None


def _local_date(instant: datetime | None, zone: ZoneInfo) -> date | None:
    return instant.astimezone(zone).date() if instant else None
