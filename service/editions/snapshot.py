"""Take newsletters and articles as they are now, in the form that an edition freezes."""

from service.articles.read_models import ArticleDetails
from service.articles.tables import Article
from service.editions.curation import CuratedArticle
from service.editions.frozen import FrozenArticle, FrozenNewsletter
from service.newsletters.details import NewsletterDetails, SectionDetails
from service.newsletters.tables import Section


def snapshot_newsletter(newsletter: NewsletterDetails) -> FrozenNewsletter:
    """Return a newsletter as it is now; its addresses are not checked."""
    return FrozenNewsletter(
        name=newsletter.name,
        slug=newsletter.slug,
        locale=newsletter.locale,
        time_zone=newsletter.time_zone,
        sender_name=newsletter.sender_name,
        sender_address=newsletter.sender_address,
        reply_to=newsletter.reply_to,
        description=newsletter.description,
        postal_address=newsletter.postal_address,
        site_url=newsletter.site_url,
        accent_colour=newsletter.accent_colour,
    )


def snapshot_article(
    article: Article | ArticleDetails,
    section: Section | SectionDetails,
    curated: CuratedArticle | None = None,
    *,
    is_whole: bool = False,
) -> FrozenArticle:
    """Return an article as it is now, in its section, with what editors wrote for the message.

    `is_whole` takes its text along, which otherwise only an article without an address has.
    """
    title = curated.title if curated else None
    summary = curated.summary if curated else None
    is_hosted = not article.url
    return FrozenArticle(
        section=section.name,
        section_slug=section.slug,
        bit=section.bit,
        title=title or article.title,
        publishers_title=article.title if title else None,
        summary=article.summary if summary is None else summary,
        url=article.url,
        image_url=article.image_url,
        image_alt=article.image_alt,
        authors=tuple(article.authors),
        related=tuple(article.related),
        published=article.published_at,
        updated=article.updated_at,
        article_id=article.id if is_hosted else None,
        body=tuple(article.body) if is_hosted or is_whole else (),
        is_whole=is_whole,
    )
