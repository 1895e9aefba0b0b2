"""What a reader can change on the preference page."""

import pytest

from service.audience import preferences
from service.audience.address import parse_address
from service.audience.consent import UNKNOWN_ORIGIN
from service.audience.reader_token import ReaderToken
from service.audience.unsubscribe import EndedBy
from service.kit.errors import Conflict
from tests.rooms.audience.conftest import Desk

AWA = parse_address("awa@example.org")


def _choose(desk: Desk, reader: ReaderToken, mask: int | None) -> None:
    with desk.begin() as session:
        preferences.choose_sections(
            session, reader, section_mask=mask, now=desk.clock(), origin=UNKNOWN_ORIGIN
        )


def test_a_reader_chooses_sections_and_the_change_is_proven_once(desk: Desk) -> None:
    reader = desk.join()

    _choose(desk, reader, 0b011)
    _choose(desk, reader, 0b011)

    assert desk.subscription(reader).section_mask == 0b011
    assert desk.acts() == ["requested", "confirmed", "changed"]


def test_choosing_nothing_is_refused_and_changes_nothing(desk: Desk) -> None:
    reader = desk.join(mask=0b001)

    with pytest.raises(Conflict, match="unsubscribe"):
        _choose(desk, reader, 0)

    assert desk.subscription(reader).section_mask == 0b001


def test_who_has_left_cannot_choose(desk: Desk) -> None:
    reader = desk.join()
    desk.end(reader, EndedBy.PAGE)

    with pytest.raises(Conflict, match="sign up again"):
        _choose(desk, reader, 1)
