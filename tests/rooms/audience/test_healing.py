"""Suppressions heal: by the reader who answers a confirmation mail, or by an operator."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from service.audience import confirm, suppress
from service.audience.address import parse_address
from service.audience.confirm import ConfirmationStatus
from service.audience.lifecycle import SubscriptionState
from service.audience.suppress import SuppressionFilter
from service.audience.tables import Subscription, Suppression
from service.kit.errors import Invalid
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


@pytest.fixture
def bad_days(desk: Desk, clock: FakeClock) -> None:
    """Suppress on three days, for three reasons, at three domains."""
    for day in range(3):
        for domain in ("gmail.com", "orange.fr", "example.org"):
            for reason in (*BOUNCES, "complaint"):
                reader = desk.join(f"{reason.replace('_', '-')}{day}@{domain}")
                block(desk, reader.subscriber_id, reason)
        clock.advance(days=1)


def provider_of(domain: str) -> str:
    return {"gmail.com": "google", "orange.fr": "orange"}.get(domain, domain)


@pytest.mark.usefixtures("bad_days")
@pytest.mark.parametrize(
    ("selection", "days", "lifted"),
    [
        (SuppressionFilter(), (None, None), 18),
        (SuppressionFilter(provider="google"), (None, None), 6),
        (SuppressionFilter(provider="example.org"), (1, 2), 2),
        (SuppressionFilter(), (0, 1), 6),
        (SuppressionFilter(), (1, None), 12),
        (SuppressionFilter(reasons=frozenset({"complaint"})), (None, 1), 3),
        # Or one of its domains.
        (SuppressionFilter(provider="gmail.com"), (None, None), 6),
    ],
)
def test_a_bad_day_is_undone_by_reason_provider_and_time(
    desk: Desk,
    clock: FakeClock,
    selection: SuppressionFilter,
    days: tuple[int | None, int | None],
    lifted: int,
) -> None:
    begun = clock.now - timedelta(days=3)
    since, until = (None if day is None else begun + timedelta(days=day) for day in days)
    chosen = replace(selection, since=since, until=until)
    with desk.begin() as session:
        found = suppress.iter_suppressions(session, chosen, provider_of=provider_of)
        shown = {each.subscriber_id for some in found for each in some}

    with desk.begin() as session:
        count = suppress.lift_matching(session, chosen, provider_of=provider_of)

    with desk.begin() as session:
        left = set(session.scalars(select(Suppression.subscriber_id)))
    assert (len(shown), count, len(left)) == (lifted, lifted, 27 - lifted)
    assert shown.isdisjoint(left)


def test_the_erased_are_nobodys_to_lift(desk: Desk) -> None:
    erased = SuppressionFilter(reasons=frozenset({suppress.ERASED}))

    with desk.begin() as session:
        suppress.suppress(
            session,
            address=parse_address("gone@example.org"),
            reason=suppress.ERASED,
            now=desk.clock(),
            keyring=desk.keyring,
        )
        with pytest.raises(Invalid):
            suppress.lift_matching(session, erased, provider_of=provider_of)
