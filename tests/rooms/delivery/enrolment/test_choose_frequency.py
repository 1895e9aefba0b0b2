"""Readers say how often: when they sign up, when they come back, and on their page."""

from datetime import time, timedelta

import pytest
from sqlalchemy import select

from service.audience import consent
from service.audience.address import parse_address
from service.audience.consent import ConsentOrigin, ConsentSource
from service.audience.pending_notice import PendingNotice
from service.audience.reader_token import ReaderToken
from service.audience.signup import SignupRequest
from service.audience.tables import Subscriber, Subscription
from service.delivery.enrolment import choose_frequency
from service.kit.db import Begin, Session
from service.kit.errors import Conflict, NotFound
from service.kit.tokens import Keyring
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency
from tests.builders import a_newsletter, a_reader
from tests.conftest import FakeClock

EACH, DAILY, WEEKLY = Frequency
ORIGIN = ConsentOrigin(source=ConsentSource.FORM)
AWA = "awa@example.org"


@pytest.fixture
def paper(begin: Begin, clock: FakeClock) -> NewsletterDetails:
    with begin() as session:
        return a_newsletter(
            session,
            now=clock(),
            days=(1,),
            times=(time(7),),
            daily_at=time(18),
            weekly_at=time(9),
            default_frequency=DAILY,
        )


def sign_up(
    session: Session,
    paper: NewsletterDetails,
    frequency: Frequency | None,
    *,
    keyring: Keyring,
    clock: FakeClock,
) -> PendingNotice | None:
    application = SignupRequest(
        newsletter_id=paper.id,
        address=parse_address(AWA),
        section_mask=None,
        frequency=frequency,
        origin=ORIGIN,
    )
    return choose_frequency.sign_up(
        session, application, now=clock(), keyring=keyring, valid_for=timedelta(days=3)
    )


def stored(session: Session) -> Subscription:
    return session.scalars(
        select(Subscription)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscriber.address_key == AWA)
    ).one()


@pytest.mark.parametrize(("chosen", "expected"), [(WEEKLY, WEEKLY), (None, DAILY)])
def test_a_new_reader_gets_what_they_chose_or_what_is_proposed(
    begin: Begin,
    clock: FakeClock,
    keyring: Keyring,
    paper: NewsletterDetails,
    chosen: Frequency | None,
    expected: Frequency,
) -> None:
    """A form in the publisher's own HTML may not ask; then the publisher's choice counts."""
    with begin() as session:
        due = sign_up(session, paper, chosen, keyring=keyring, clock=clock)

        assert stored(session).frequency is expected
        assert due is not None
        assert due.facts["frequency"] == expected
        [proof] = consent.list_proofs(session, [stored(session).id])
        assert proof.frequency == expected


def test_a_strangers_sign_up_changes_nothing_for_an_active_reader(
    begin: Begin, clock: FakeClock, keyring: Keyring, paper: NewsletterDetails
) -> None:
    """Anybody can type anybody's address."""
    with begin() as session:
        a_reader(session, paper, now=clock(), address=AWA, frequency=WEEKLY)

    with begin() as session:
        due = sign_up(session, paper, EACH, keyring=keyring, clock=clock)

        assert stored(session).frequency is WEEKLY
        assert due is not None
        assert due.facts["frequency"] == WEEKLY


@pytest.mark.parametrize(("state", "chosen"), [("ended", EACH), ("pending", EACH), ("ended", None)])
def test_a_returning_reader_chooses_again(
    begin: Begin,
    clock: FakeClock,
    keyring: Keyring,
    paper: NewsletterDetails,
    state: str,
    chosen: Frequency | None,
) -> None:
    """Without a choice they keep the one that they had."""
    expected = chosen or WEEKLY
    with begin() as session:
        a_reader(session, paper, now=clock(), address=AWA, frequency=WEEKLY, state=state)

    with begin() as session:
        due = sign_up(session, paper, chosen, keyring=keyring, clock=clock)

        assert stored(session).frequency is expected
        assert due is not None
        assert due.facts["frequency"] == expected


def test_who_is_added_with_a_proof_has_a_choice_too(
    begin: Begin, clock: FakeClock, keyring: Keyring, paper: NewsletterDetails
) -> None:
    with begin() as session:
        a_reader(session, paper, now=clock(), address=AWA, frequency=WEEKLY, state="ended")

    with begin() as session:
        choose_frequency.add_with_consent(
            session,
            parse_address(AWA),
            newsletter_id=paper.id,
            section_mask=None,
            frequency=EACH,
            proof="a paper form",
            now=clock(),
            keyring=keyring,
        )

        assert stored(session).frequency is EACH
        [proof] = consent.list_proofs(session, [stored(session).id])
        assert proof.frequency == EACH


def test_an_active_reader_chooses_and_it_is_proved_once(
    begin: Begin, clock: FakeClock, paper: NewsletterDetails
) -> None:
    """Saving the page again is no new consent."""
    with begin() as session:
        reader = a_reader(session, paper, now=clock(), address=AWA)
        token = a_token(paper, reader.subscriber_id)

    changed: list[bool] = []
    for _ in range(2):
        with begin() as session:
            changed.append(
                choose_frequency.choose_frequency(
                    session, token, WEEKLY, now=clock(), origin=ORIGIN
                )
            )

    with begin() as session:
        assert changed == [True, False]
        assert stored(session).frequency is WEEKLY
        [proof] = consent.list_proofs(session, [stored(session).id])
        assert (proof.act, proof.frequency, proof.has_choice) == ("changed", "weekly", False)


def test_who_has_left_or_was_erased_chooses_nothing(
    begin: Begin, clock: FakeClock, paper: NewsletterDetails
) -> None:
    with begin() as session:
        left = a_reader(session, paper, now=clock(), state="ended").subscriber_id

    with begin() as session:
        with pytest.raises(Conflict):
            choose_frequency.choose_frequency(
                session, a_token(paper, left), WEEKLY, now=clock(), origin=ORIGIN
            )
        with pytest.raises(NotFound):
            choose_frequency.choose_frequency(
                session, a_token(paper, left + 1), WEEKLY, now=clock(), origin=ORIGIN
            )


def a_token(paper: NewsletterDetails, subscriber_id: int) -> ReaderToken:
    return ReaderToken(newsletter_id=paper.id, edition_id=0, subscriber_id=subscriber_id)
