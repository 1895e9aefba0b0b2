"""The links of an edition that are counted: each address has a number, which it keeps."""

from collections.abc import Sequence

from service.kit.db import Session
from service.kit.tokens import Keyring
from service.measurement import queries
from service.measurement.counting_token import (
    MAX_LINKS,
    CountingToken,
    link_url,
    sign_counting_token,
)


def store_links(session: Session, edition_id: int, urls: Sequence[str]) -> None:
    """Give addresses that are new to an edition the next numbers.

    One process at a time renders an edition, so that no other one takes the same number.
    """
    known = queries.links_of(session, edition_id)
    new = [url for url in dict.fromkeys(urls) if url not in known]
    first = max(known.values(), default=0) + 1
    queries.add_links(
        session,
        edition_id,
        {url: number for number, url in enumerate(new, start=first) if number <= MAX_LINKS},
    )


def wrapped_links(
    session: Session, edition_id: int, *, subject: int, keyring: Keyring, public_url: str
) -> dict[str, str]:
    """Return the counting address for each stored link, in messages with a subject."""
    return {
        url: link_url(
            public_url,
            sign_counting_token(
                keyring, CountingToken(edition_id=edition_id, subject=subject, number=number)
            ),
        )
        for url, number in queries.links_of(session, edition_id).items()
    }


def find_link(session: Session, token: CountingToken) -> str | None:
    """Return where a counted link leads; None if it is none of its edition."""
    return queries.url_of(session, token.edition_id, token.number)
