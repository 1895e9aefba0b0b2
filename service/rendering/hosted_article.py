"""The page of an article without a URL: its text is published nowhere else."""

from service.articles import find
from service.editions.find import get_edition_by_key
from service.editions.frozen import FrozenArticle
from service.editions.read_models import EditionDetails
from service.kit.db import Session
from service.kit.errors import NotFound
from service.rendering import queries
from service.rendering.render_edition import find_web_version


def find_hosted_article(
    session: Session, key: str, article_id: int
) -> tuple[EditionDetails, FrozenArticle]:
    """Return a published edition and its frozen article without a URL.

    Raises:
        NotFound: there is no such article, or it was withdrawn.
    """
    edition = get_edition_by_key(session, key)
    find_web_version(session, key)
    for frozen in queries.frozen_articles(session, edition.id):
        if frozen.article_id == article_id and frozen.body:
            if find.get_article(session, article_id).withdrawn_at is not None:
                raise NotFound("This article was withdrawn.")
            return edition, frozen
    raise NotFound("This article does not exist.")
