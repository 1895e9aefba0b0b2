"""The edition equation, read by SQL."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from service.kit.db import Begin
from service.kit.errors import NotFound
from service.reports.ledger import get_ledger
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import an_issue, books

INTERFACE = {
    "edition",
    "state",
    "candidates",
    "accepted",
    "refused",
    "suppressed",
    "expired",
    "uncertain",
    "pending",
    "balanced",
}


def test_every_state_has_its_place_and_the_places_add_up(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * 9)
    found = ["accepted", "accepted", "refused", "suppressed", "expired", "uncertain"]
    with begin() as session:
        for reader, state in zip(
            issue.readers.values(), [*found, "pending", "pending", "deferred"], strict=True
        ):
            session.execute(
                text(
                    "UPDATE delivery SET state = :state, next_at = :next_at "
                    "WHERE subscriber_id = :reader"
                ),
                {
                    "state": state,
                    "reader": reader,
                    "next_at": clock.now if state == "deferred" else None,
                },
            )

    read = books(begin, issue)
    with begin() as session:
        session.execute(text("UPDATE batch SET leased_until = clock_timestamp() + '1 hour'"))
    held = books(begin, issue)

    assert (read.candidates, read.accepted, read.pending) == (9, 2, 3)
    assert (read.refused, read.suppressed, read.expired, read.uncertain) == (1, 1, 1, 1)
    assert (read.leased, read.deferred, read.settled) == (0, 1, 6)
    assert (held.leased, held.pending) == (2, 3)
    assert read.balanced


def test_a_row_in_no_known_state_is_refused_by_the_database(begin: Begin, clock: FakeClock) -> None:
    an_issue(begin, clock)
    lost = text("UPDATE delivery SET state = 'lost'")

    with pytest.raises(IntegrityError, match="ck_delivery_state"), begin() as session:
        session.execute(lost)


def test_finished_with_something_pending_does_not_balance(begin: Begin, clock: FakeClock) -> None:
    sending = books(begin, an_issue(begin, clock))

    assert sending.balanced
    assert not replace(sending, state="finished").balanced


def test_what_came_back_is_counted_beside_the_equation(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None] * 3)
    with begin() as session:
        session.execute(text("UPDATE delivery SET state = 'accepted', outcome = 'bounced'"))
        session.execute(text("UPDATE delivery SET outcome = 'complained' WHERE subscriber_id = 1"))

    read = books(begin, issue)

    assert (read.accepted, read.bounced, read.complained, read.balanced) == (3, 2, 1, True)


def test_the_json_form_has_the_promised_names(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)

    shown = json.loads(json.dumps(books(begin, issue).as_dict()))

    assert set(shown) >= INTERFACE
    assert shown["edition"] == issue.edition_id
    assert shown["newsletter"].startswith("le-matin")
    assert shown["balanced"] is True


def test_an_edition_that_does_not_exist_has_no_books(begin: Begin) -> None:
    with begin() as session, pytest.raises(NotFound, match="no edition 404"):
        get_ledger(session, 404)
