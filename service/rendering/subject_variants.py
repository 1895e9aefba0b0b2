"""The variants of an edition whose subject is tested: each subject, and what the sample gets.

A variant is the same parts with another subject; those for the sample also have other addresses in
their links, so that each subject's clicks are counted. So there are two more variants of a choice
while a test runs, and none for a reader.
"""

from collections.abc import Mapping
from dataclasses import replace

from service.editions.frozen import FrozenNewsletter
from service.editions.subject_test import find_subject_test
from service.editions.subject_test_rules import FIRST, SECOND, Measure
from service.kit.db import Session
from service.kit.tokens import Keyring
from service.measurement.counted_links import wrapped_links
from service.measurement.counting_token import (
    LENGTH,
    PIXEL,
    CountingToken,
    link_url,
    pixel_url,
    sign_counting_token,
)
from service.rendering.build_view import editors_view
from service.rendering.link_wrapping import links_in, wrap_links
from service.rendering.parts import EditionParts

_STAND_IN = "a" * LENGTH


def with_subject(parts: EditionParts, frozen: FrozenNewsletter, subject: int) -> EditionParts:
    """Return the parts with one of an edition's subjects."""
    text = (frozen if subject == FIRST else frozen.with_second_subject()).text
    editors = replace(parts.view.editors, subject=editors_view(text, frozen.locale).subject)
    return replace(parts, view=replace(parts.view, editors=editors))


def for_sample(
    parts: EditionParts,
    frozen: FrozenNewsletter,
    subject: int,
    *,
    wrapped: Mapping[str, str],
    pixel: str | None,
) -> EditionParts:
    """Return the parts that readers of the sample get, with counted links."""
    return wrap_links(with_subject(parts, frozen, subject), wrapped, pixel_url=pixel)


def load_for_sample(  # noqa: PLR0913  Every fact is a named argument.
    session: Session,
    parts: EditionParts,
    frozen: FrozenNewsletter,
    subject: int,
    *,
    edition_id: int,
    keyring: Keyring,
    public_url: str,
) -> EditionParts:
    """Return the parts of an edition as its sample gets them; a pixel only if opens decide."""
    pixel = None
    test = find_subject_test(session, edition_id)
    if test is not None and test.plan.measure is Measure.OPENS:
        token = CountingToken(edition_id=edition_id, subject=subject, number=PIXEL)
        pixel = pixel_url(public_url, sign_counting_token(keyring, token))
    wrapped = wrapped_links(
        session, edition_id, subject=subject, keyring=keyring, public_url=public_url
    )
    return for_sample(parts, frozen, subject, wrapped=wrapped, pixel=pixel)


def counted_links(parts: EditionParts, *, public_url: str, edition_key: str) -> list[str]:
    """Return the addresses of an edition's links, in the order of the message."""
    return links_in(parts, own_pages=public_url, edition_page=f"{public_url}/e/{edition_key}")


def variants_to_check(
    parts: EditionParts, frozen: FrozenNewsletter, *, public_url: str, edition_key: str
) -> tuple[EditionParts, ...]:
    """Return all variants of a tested edition, with addresses of the right length in their links.

    Another length of subject or links may need another level of reduction.
    """
    links = counted_links(parts, public_url=public_url, edition_key=edition_key)
    wrapped = dict.fromkeys(links, link_url(public_url, _STAND_IN))
    pixel = pixel_url(public_url, _STAND_IN)
    return (
        with_subject(parts, frozen, FIRST),
        with_subject(parts, frozen, SECOND),
        for_sample(parts, frozen, FIRST, wrapped=wrapped, pixel=pixel),
        for_sample(parts, frozen, SECOND, wrapped=wrapped, pixel=pixel),
    )
