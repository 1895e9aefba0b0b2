"""What the personal link in every mail opens: who the reader is, and of which newsletter."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from service.audience import preferences, reader_token
from service.audience.preferences import ReaderPreferences
from service.audience.reader_token import ReaderToken
from service.kit.errors import NotFound
from service.newsletters import catalogue
from service.newsletters.catalogue import Newsletter
from service.web.deps import CurrentRuntime, Transaction
from service.web.link_tokens import clean_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A reader who came by a link that only they have."""

    token: str
    reader: ReaderToken
    newsletter: Newsletter
    preferences: ReaderPreferences


def get_visitor(token: str, session: Transaction, running: CurrentRuntime) -> Visitor:
    """Return who holds the link; a forged or damaged one, and an erased reader, are NotFound."""
    token = clean_token(token)
    reader = reader_token.verify_reader_token(running.keyring, token)
    if reader is None:
        raise NotFound("This link is damaged or was not made by us.")
    return Visitor(
        token=token,
        reader=reader,
        newsletter=catalogue.get_by_id(session, reader.newsletter_id),
        preferences=preferences.get_preferences(session, reader),
    )


CurrentVisitor = Annotated[Visitor, Depends(get_visitor)]
