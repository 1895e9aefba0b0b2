"""What an API key may approve where an edition needs a second editor: a key is no person."""

from service.editions.locking import lock_edition
from service.kit.db import Session
from service.kit.errors import Conflict
from service.kit.translatable import translatable
from service.newsletters import catalogue


def require_other_editor(session: Session, edition_id: int, *, owner_id: int | None) -> None:
    """Refuse a key's approval of an edition that itself, or its owner, may have changed last.

    `owner_id` is the operator who made the key. A change by a key or a command names no editor, so
    that no key approves what a key has changed.

    Raises:
        Conflict: the newsletter needs a second editor, and the key cannot be that.
    """
    edition = lock_edition(session, edition_id)
    newsletter = catalogue.get_by_id(session, edition.newsletter_id)
    is_unnamed = edition.curated_at is not None and edition.curated_by is None
    is_owners = owner_id is not None and owner_id == edition.curated_by
    if newsletter.needs_second_editor and (is_unnamed or is_owners):
        raise Conflict(translatable("edition.conflict.key_approval", edition=str(edition_id)))
