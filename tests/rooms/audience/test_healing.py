"""Suppressions heal: by the reader who answers a confirmation message, or by an operator."""

import pytest
from sqlalchemy import select, update

from service.audience import confirm, suppress
from service.audience.confirm import ConfirmationStatus
from service.audience.lifecycle import SubscriptionState
from service.audience.tables import Subscription, Suppression
from tests.conftest import FakeClock
from tests.rooms.audience.conftest import Desk

BOUNCES = ["hard_bounce", "soft_bounces"]


def suppressed(desk: Desk) -> set[str]:
    with desk.begin() as session:
        return set(session.scalars(select(Suppression.reason)))


def block(desk: Desk, subscriber_id: int, reason: str) -> None:
    with desk.begin() as session:
        suppress.suppress(
            session,
            subscriber_id=subscriber_id,
            reason=reason,
            now=desk.clock(),
            keyring=desk.keyring,
        )


@pytest.mark.parametrize("reason", BOUNCES)
@pytest.mark.parametrize("ended", [False, True])
def test_who_signs_up_again_after_bounces_is_asked_and_by_confirming_is_active(
    desk: Desk, clock: FakeClock, reason: str, ended: bool
) -> None:
    reader = desk.join(mask=0b01)
    block(desk, reader.subscriber_id, reason)
    if ended:
        with desk.begin() as session:
            session.execute(update(Subscription).values(state="ended"))
    clock.advance(days=2)

    token = desk.token_of(desk.sign_up(mask=0b10))
    waiting = suppressed(desk)
    with desk.begin() as session:
        looked = confirm.confirmation_status(session, token, now=clock.now)
    answer, welcome = desk.confirm(token)

    assert (waiting, looked) == ({reason}, ConfirmationStatus.READY)
    assert answer is ConfirmationStatus.CONFIRMED
    assert welcome is not None
    assert suppressed(desk) == set()
    assert desk.confirm(token) == (ConfirmationStatus.ALREADY, None)
    with desk.begin() as session:
        (subscription,) = session.scalars(select(Subscription)).all()
    assert subscription.state == SubscriptionState.ACTIVE
    # A stranger who fills in the form changes nothing for who was active.
    assert subscription.section_mask == (0b10 if ended else 0b01)


@pytest.mark.parametrize("reason", ["complaint", "operator"])
def test_a_complaint_and_an_operators_word_do_not_heal_by_a_form(desk: Desk, reason: str) -> None:
    reader = desk.join()
    block(desk, reader.subscriber_id, reason)

    assert desk.sign_up() is None
    assert suppressed(desk) == {reason}


def test_an_old_link_heals_nothing(desk: Desk, clock: FakeClock) -> None:
    """Only whoever answers the mail of today has a mailbox today."""
    first = desk.token_of(desk.sign_up())
    desk.confirm(first)
    block(desk, first.subscriber_id, "hard_bounce")
    clock.advance(days=2)
    newest = desk.token_of(desk.sign_up())

    assert desk.confirm(first) == (ConfirmationStatus.ALREADY, None)
    assert suppressed(desk) == {"hard_bounce"}
    clock.advance(days=4)
    assert desk.confirm(newest) == (ConfirmationStatus.ALREADY, None)
    assert suppressed(desk) == {"hard_bounce"}


def test_mails_to_a_suppressed_mailbox_stay_few(desk: Desk, clock: FakeClock) -> None:
    reader = desk.join()
    block(desk, reader.subscriber_id, "hard_bounce")
    clock.advance(days=2)

    written = 0
    for _ in range(30):
        written += desk.sign_up() is not None
        clock.advance(minutes=10)

    assert written == 5
