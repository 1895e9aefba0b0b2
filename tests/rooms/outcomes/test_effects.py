"""What a finding does to delivery, address and subscription, and when it does nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.audience.reader_token import ReaderToken
from service.audience.tables import Subscription, Suppression
from service.delivery.tables import Delivery
from service.editions import plan
from service.kit.db import Begin
from service.kit.tokens import Keyring
from service.kit.translatable import TranslatableMessage
from service.outcomes.effects import MACHINE_REPORT, NOT_SENT, MatchedFinding, apply_finding
from service.outcomes.parsing.findings import ClassifiedFinding, ReportKind
from service.outcomes.tables import InboundReport, Outcome
from service.replies.classification import Fault
from tests.builders import a_delivery, a_newsletter, a_reader
from tests.conftest import FakeClock

_numbers = count()
BOUNCE = ClassifiedFinding(
    address="awa@example.com",
    kind=ReportKind.FAILED,
    reason="userunknown",
    hard=True,
    status="5.1.1",
    text="550 5.1.1 User unknown",
    fault=Fault.READER,
)
SOFT = replace(BOUNCE, hard=False, reason="mailboxfull", status="4.2.2", text="452 4.2.2 Full")
COMPLAINT = ClassifiedFinding(
    address="awa@example.com",
    kind=ReportKind.COMPLAINT,
    reason="feedback",
    hard=False,
    status="",
    text="abuse",
)


@dataclass(kw_only=True)
class Accepted:
    """One accepted delivery, in a transaction of its own."""

    session: Session
    clock: FakeClock
    keyring: Keyring
    reader: ReaderToken

    def apply(self, finding: ClassifiedFinding) -> TranslatableMessage | None:
        """Apply a finding from a new report; return why nothing was done."""
        report = InboundReport(
            channel="smtp", fingerprint=f"{next(_numbers):064x}", received_at=self.clock()
        )
        self.session.add(report)
        self.session.flush()
        return apply_finding(
            self.session,
            MatchedFinding(report_id=report.id, reader=self.reader, finding=finding),
            keyring=self.keyring,
            provider_of=str.lower,
            now=self.clock(),
        )

    @property
    def outcome(self) -> str | None:
        return self.session.scalar(
            select(Delivery.outcome).where(Delivery.edition_id == self.reader.edition_id)
        )

    @property
    def suppressed(self) -> str | None:
        return self.session.scalar(select(Suppression.reason))

    @property
    def subscription(self) -> str | None:
        return self.session.scalar(select(Subscription.state))

    @property
    def stored(self) -> list[str]:
        return list(self.session.scalars(select(Outcome.kind)))


@pytest.fixture
def accepted(begin: Begin, clock: FakeClock, keyring: Keyring) -> Iterator[Accepted]:
    with begin() as session:
        newsletter = a_newsletter(session, now=clock())
        subscriber_id = a_reader(session, newsletter, now=clock()).subscriber_id
        edition_id = plan.plan_now(session, newsletter.id, now=clock()).id
        a_delivery(session, edition_id, subscriber_id, state="accepted")
        yield Accepted(
            session=session,
            clock=clock,
            keyring=keyring,
            reader=ReaderToken(
                newsletter_id=newsletter.id, edition_id=edition_id, subscriber_id=subscriber_id
            ),
        )


def test_a_hard_bounce_marks_the_delivery_and_suppresses_the_address(accepted: Accepted) -> None:
    ignored = accepted.apply(BOUNCE)

    assert ignored is None
    assert (accepted.outcome, accepted.suppressed) == ("bounced", "hard_bounce")
    assert accepted.stored == ["failed"]


def test_a_soft_bounce_alone_suppresses_no_address(accepted: Accepted) -> None:
    accepted.apply(SOFT)

    assert (accepted.outcome, accepted.suppressed) == ("soft_bounced", None)


def test_a_complaint_ends_the_subscription_and_suppresses_the_address(accepted: Accepted) -> None:
    accepted.apply(COMPLAINT)

    assert (accepted.outcome, accepted.suppressed) == ("complained", "complaint")
    assert accepted.subscription != "active"


def test_a_reader_who_wants_to_leave_leaves_and_has_not_complained(accepted: Accepted) -> None:
    accepted.apply(replace(COMPLAINT, text="opt-out"))

    assert (accepted.outcome, accepted.suppressed) == (None, None)
    assert accepted.subscription != "active"


@pytest.mark.parametrize("kind", ["auth-failure", "virus"])
def test_a_report_of_a_machine_is_no_readers_complaint(accepted: Accepted, kind: str) -> None:
    ignored = accepted.apply(replace(COMPLAINT, text=kind))

    assert ignored == MACHINE_REPORT
    assert (accepted.outcome, accepted.suppressed, accepted.stored) == (None, None, [])
    assert accepted.subscription == "active"


@pytest.mark.parametrize("kind", [ReportKind.DELAYED, ReportKind.DELIVERED])
def test_a_delay_and_a_success_are_stored_and_change_nothing(
    accepted: Accepted, kind: ReportKind
) -> None:
    ignored = accepted.apply(replace(BOUNCE, kind=kind, hard=False))

    assert ignored is None
    assert (accepted.outcome, accepted.suppressed, accepted.stored) == (None, None, [kind])


@pytest.mark.parametrize("state", ["refused", "suppressed", "expired"])
def test_a_bounce_of_a_message_that_was_never_sent_counts_for_nothing(
    accepted: Accepted, state: str
) -> None:
    accepted.session.execute(update(Delivery).values(state=state))

    assert accepted.apply(BOUNCE) == NOT_SENT
    assert (accepted.suppressed, accepted.stored) == (None, [])


@pytest.mark.parametrize("state", ["pending", "uncertain"])
def test_a_bounce_may_overtake_the_record_of_its_message(accepted: Accepted, state: str) -> None:
    accepted.session.execute(update(Delivery).values(state=state))

    assert accepted.apply(BOUNCE) is None
    assert accepted.suppressed == "hard_bounce"


def test_the_second_report_of_one_bounce_does_not_count_again(accepted: Accepted) -> None:
    accepted.apply(SOFT)
    accepted.clock.now += timedelta(days=1)
    accepted.apply(BOUNCE)

    assert accepted.stored == ["failed", "failed"]
    assert accepted.outcome == "bounced"


def test_a_notice_that_was_never_queued_bounces_for_nothing(accepted: Accepted) -> None:
    accepted.reader = replace(accepted.reader, edition_id=0)

    assert accepted.apply(BOUNCE) == NOT_SENT
