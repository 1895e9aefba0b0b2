"""What a returned mail does, and to whom it may do it."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from service.audience import reader_token
from service.audience.reader_token import ReaderToken
from service.audience.tables import Subscription, Suppression
from service.delivery.tables import Delivery
from service.editions import plan
from service.jobs.outbox import OutboxRow
from service.kit.db import Begin
from service.kit.tokens import Keyring
from service.kit.translatable import translatable
from service.outcomes import process_reports
from service.outcomes.tables import InboundReport, Outcome
from tests.builders import a_delivery, a_newsletter, a_reader
from tests.conftest import FakeClock
from tests.rooms.outcomes import returned_messages

DOMAIN = "bounces.crieur.test"
ADDRESS = "awa@example.com"


@dataclass
class Sent:
    """One delivery that the relay has accepted, and how to send something back."""

    begin: Begin
    clock: FakeClock
    keyring: Keyring
    reader: ReaderToken

    @property
    def path(self) -> str:
        return f"b-{reader_token.sign_reader_token(self.keyring, self.reader)}@{DOMAIN}"

    def comes_back(self, raw: bytes, *, to: str | None = None) -> int | None:
        incoming = process_reports.InboundMessage(raw=raw, envelope_to=to, channel="smtp")
        with self.begin() as session:
            report_id = process_reports.store_report(session, incoming, now=self.clock())
        if report_id is not None:
            self.take(report_id)
        return report_id

    def take(self, report_id: int) -> None:
        processor = process_reports.ReportProcessor(
            keyring=self.keyring, bounce_domain=DOMAIN, provider_of=str.lower
        )
        with self.begin() as session:
            process_reports.process_report(
                session, report_id, processor=processor, now=self.clock()
            )

    def next_edition(self) -> None:
        """Another edition goes out to the same reader."""
        with self.begin() as session:
            edition_id = _sent(session, self.reader.newsletter_id, self.reader, self.clock())
        self.reader = ReaderToken(
            newsletter_id=self.reader.newsletter_id,
            edition_id=edition_id,
            subscriber_id=self.reader.subscriber_id,
        )

    def suppressed(self) -> str | None:
        with self.begin() as session:
            return session.scalar(
                select(Suppression.reason).where(
                    Suppression.subscriber_id == self.reader.subscriber_id
                )
            )

    def outcome(self) -> str | None:
        with self.begin() as session:
            return session.scalar(
                select(Delivery.outcome).where(
                    Delivery.edition_id == self.reader.edition_id,
                    Delivery.subscriber_id == self.reader.subscriber_id,
                )
            )

    def outcomes(self) -> int:
        with self.begin() as session:
            return session.scalar(select(func.count()).select_from(Outcome)) or 0

    def subscription(self) -> str | None:
        with self.begin() as session:
            return session.scalar(
                select(Subscription.state).where(
                    Subscription.subscriber_id == self.reader.subscriber_id
                )
            )


def _sent(session: Session, newsletter_id: int, reader: ReaderToken, now: datetime) -> int:
    edition = plan.plan_now(session, newsletter_id, now=now)
    session.flush()
    a_delivery(session, edition.id, reader.subscriber_id, state="accepted")
    return edition.id


@pytest.fixture
def sent(begin: Begin, clock: FakeClock, keyring: Keyring) -> Sent:
    with begin() as session:
        newsletter = a_newsletter(session, now=clock())
        subscription = a_reader(session, newsletter, now=clock(), address=ADDRESS)
        reader = ReaderToken(
            newsletter_id=newsletter.id, edition_id=0, subscriber_id=subscription.subscriber_id
        )
    made = Sent(begin=begin, clock=clock, keyring=keyring, reader=reader)
    made.next_edition()
    return made


def test_a_hard_bounce_suppresses_the_address_and_marks_the_delivery(sent: Sent) -> None:
    sent.comes_back(returned_messages.dsn(address=ADDRESS), to=sent.path)

    assert sent.suppressed() == "hard_bounce"
    assert sent.outcome() == "bounced"
    assert sent.subscription() == "active"


def test_a_pipe_without_envelope_finds_the_return_path_in_the_mail(sent: Sent) -> None:
    sent.comes_back(returned_messages.dsn(to=sent.path, address=ADDRESS))

    assert sent.suppressed() == "hard_bounce"


def test_a_forwarder_that_wrapped_the_return_path_does_not_hide_it(sent: Sent) -> None:
    local, _, domain = sent.path.partition("@")

    sent.comes_back(returned_messages.dsn(to=f"SRS0=HHHH=TT={domain}={local}@forwarder.example"))

    assert sent.suppressed() == "hard_bounce"


def test_the_same_mail_twice_counts_once(sent: Sent) -> None:
    raw = returned_messages.dsn(address=ADDRESS)

    first = sent.comes_back(raw, to=sent.path)
    second = sent.comes_back(raw, to=sent.path.upper())
    assert first is not None
    sent.take(first)

    assert second is None
    assert sent.outcomes() == 1


def test_without_our_signature_nobody_is_hurt(sent: Sent) -> None:
    """Promise 7: who forges a bounce knows the address, but cannot sign."""
    forged = f"b-{'a' * 42}@{DOMAIN}"

    report_id = sent.comes_back(returned_messages.dsn(to=forged, address=ADDRESS), to=forged)

    assert sent.suppressed() is None
    assert sent.outcome() is None
    assert sent.outcomes() == 0
    with sent.begin() as session:
        report = session.get_one(InboundReport, report_id)
        assert report.processed_at is not None
        assert report.note == translatable("report.no_return_path")


def test_a_token_in_another_shape_or_by_another_secret_is_no_return_path(sent: Sent) -> None:
    token = reader_token.sign_reader_token(sent.keyring, sent.reader)
    other = Keyring(["another secret of at least 32 letters"])
    foreign = f"b-{reader_token.sign_reader_token(other, sent.reader)}@{DOMAIN}"

    for to in (f"{token}@{DOMAIN}", f"b-{token}x@{DOMAIN}", f"u-{token}@elsewhere.test", foreign):
        sent.comes_back(returned_messages.dsn(to=to, address=ADDRESS), to=to)

    assert sent.suppressed() is None


def test_a_bounce_of_a_mail_that_was_never_sent_counts_nothing(sent: Sent) -> None:
    never = ReaderToken(
        newsletter_id=sent.reader.newsletter_id,
        edition_id=sent.reader.edition_id + 1000,
        subscriber_id=sent.reader.subscriber_id,
    )
    to = f"b-{reader_token.sign_reader_token(sent.keyring, never)}@{DOMAIN}"

    sent.comes_back(returned_messages.dsn(to=to, address=ADDRESS), to=to)

    assert sent.suppressed() is None


@pytest.mark.parametrize(
    "diagnostic",
    [
        "smtp; 554 5.7.1 Message rejected as spam",
        "smtp; 550 5.7.26 Unauthenticated email is not accepted, DMARC policy",
        "smtp; 554 Service unavailable; client [203.0.113.5] blocked using dnsbl.example",
    ],
)
def test_what_is_our_fault_never_wears_a_reader_out(sent: Sent, diagnostic: str) -> None:
    for _ in range(5):
        raw = returned_messages.dsn(
            to=sent.path, address=ADDRESS, status="5.0.0", diagnostic=diagnostic
        )
        sent.comes_back(raw, to=sent.path)
        sent.clock.advance(days=4)
        sent.next_edition()

    assert sent.suppressed() is None
    assert sent.outcomes() == 5


def test_a_mailbox_that_stays_full_for_days_is_given_up(sent: Sent) -> None:
    seen = []
    for _ in range(3):
        raw = returned_messages.dsn(
            address=ADDRESS, status="5.2.2", diagnostic="smtp; 552 5.2.2 Mailbox full"
        )
        sent.comes_back(raw, to=sent.path)
        seen.append(sent.suppressed())
        sent.clock.advance(days=4)
        sent.next_edition()

    assert seen == [None, None, "soft_bounces"]


@pytest.mark.parametrize(
    "raw",
    [
        returned_messages.dsn(
            address=ADDRESS, action="delayed", status="4.4.1", diagnostic="smtp; 451 later"
        ),
        returned_messages.dsn(
            address=ADDRESS, action="delivered", status="2.0.0", diagnostic="smtp; 250 Ok"
        ),
        returned_messages.vacation(to=ADDRESS),
        b"",
        b"\x00\xff\x00" * 100,
    ],
    ids=["delayed", "delivered", "absence", "nothing", "noise"],
)
def test_delays_and_automatic_answers_count_nothing(sent: Sent, raw: bytes) -> None:
    report_id = sent.comes_back(raw, to=sent.path)

    assert sent.suppressed() is None
    assert sent.outcome() is None
    with sent.begin() as session:
        assert session.get_one(InboundReport, report_id).processed_at is not None


def test_a_complaint_ends_the_subscription_and_suppresses(sent: Sent) -> None:
    sent.comes_back(returned_messages.complaint(to=sent.path, address=ADDRESS))

    assert sent.subscription() == "ended"
    assert sent.suppressed() == "complaint"
    assert sent.outcome() == "complained"


def test_a_complaint_that_hides_the_message_is_known_by_the_senders_address(sent: Sent) -> None:
    sent.comes_back(returned_messages.redacted_complaint(mail_from=sent.path), to=f"fbl@{DOMAIN}")

    assert sent.suppressed() == "complaint"
    assert sent.outcome() == "complained"


def test_a_complaint_without_a_senders_address_is_known_by_the_way_out(sent: Sent) -> None:
    token = reader_token.sign_reader_token(sent.keyring, sent.reader)

    sent.comes_back(returned_messages.outlook_complaint(unsubscribe=f"u-{token}@{DOMAIN}"))

    assert sent.suppressed() == "complaint"
    assert sent.outcome() == "complained"


def test_a_bounce_that_shows_the_way_out_takes_nobody_there(sent: Sent) -> None:
    token = reader_token.sign_reader_token(sent.keyring, sent.reader)
    way_out = f"List-Unsubscribe: <mailto:u-{token}@{DOMAIN}>\r\n".encode()
    raw = returned_messages.dsn(address=ADDRESS).replace(
        b"Subject: Votre", way_out + b"Subject: Votre"
    )

    sent.comes_back(raw)

    assert sent.subscription() == "active"
    assert sent.suppressed() is None


@pytest.mark.parametrize("kind", ["auth-failure", "virus"])
def test_what_a_receivers_machines_report_is_no_readers_complaint(sent: Sent, kind: str) -> None:
    sent.comes_back(returned_messages.complaint(to=sent.path, address=ADDRESS, kind=kind))

    assert sent.subscription() == "active"
    assert sent.suppressed() is None
    assert sent.outcomes() == 0


def test_a_bounce_after_a_complaint_does_not_hide_it(sent: Sent) -> None:
    sent.comes_back(returned_messages.complaint(to=sent.path, address=ADDRESS))
    sent.comes_back(returned_messages.dsn(address=ADDRESS), to=sent.path)

    assert sent.outcome() == "complained"


def test_unsubscribing_by_mail_ends_the_subscription_only(sent: Sent) -> None:
    to = f"u-{reader_token.sign_reader_token(sent.keyring, sent.reader)}@{DOMAIN}"
    raw = b"From: awa@example.com\nTo: x\nSubject: unsubscribe\n\nunsubscribe\n"

    sent.comes_back(raw, to=to)

    assert sent.subscription() == "ended"
    assert sent.suppressed() is None


def test_a_report_about_several_addresses_that_disagree_is_read_mildly(sent: Sent) -> None:
    raw = returned_messages.dsn(address="one@example.com").replace(
        b"Final-Recipient",
        b"Final-Recipient: rfc822; two@example.com\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n"
        b"Final-Recipient",
        1,
    )

    sent.comes_back(raw, to=sent.path)

    assert sent.suppressed() is None
    assert sent.outcome() == "soft_bounced"


def test_what_is_kept_of_a_report_holds_no_address(sent: Sent) -> None:
    sent.comes_back(returned_messages.dsn(address=ADDRESS), to=sent.path)

    with sent.begin() as session:
        outcome = session.scalars(select(Outcome)).one()
        suppression = session.scalars(select(Suppression)).one()
        assert ADDRESS not in outcome.diagnostic
        assert "User unknown" in outcome.diagnostic
        assert ADDRESS not in str(suppression.evidence)


def test_a_kept_message_enqueues_a_job_and_is_found_again_when_that_is_lost(sent: Sent) -> None:
    incoming = process_reports.InboundMessage(
        raw=returned_messages.dsn(), envelope_to=sent.path, channel="smtp"
    )
    with sent.begin() as session:
        report_id = process_reports.store_report(session, incoming, now=sent.clock())
        jobs = list(session.scalars(select(OutboxRow.job)))

    with sent.begin() as session:
        at_once = process_reports.unprocessed_reports(session, now=sent.clock())
        later = process_reports.unprocessed_reports(session, now=sent.clock.advance(minutes=2))

    assert "record_outcome" in jobs
    assert (at_once, later) == ([], [report_id])


def test_raw_mails_are_forgotten_after_some_weeks(sent: Sent) -> None:
    report_id = sent.comes_back(returned_messages.dsn(), to=sent.path)

    with sent.begin() as session:
        early = process_reports.purge_raw_reports(session, now=sent.clock.advance(days=29))
        late = process_reports.purge_raw_reports(session, now=sent.clock.advance(days=2))

    assert (early, late) == (0, 1)
    with sent.begin() as session:
        assert session.get_one(InboundReport, report_id).raw is None


def test_many_raw_mails_are_forgotten_some_at_a_time_the_oldest_first(sent: Sent) -> None:
    with sent.begin() as session:
        session.execute(
            text(
                "INSERT INTO report (received_at, channel, fingerprint, raw, processed_at) "
                "SELECT :now, 'smtp', 'f' || n, 'x', :now + n * interval '1 second' "
                "FROM generate_series(1, :many) AS n"
            ),
            {"now": sent.clock(), "many": process_reports.PURGE_CHUNK + 20},
        )
    late = sent.clock.advance(days=31)

    with sent.begin() as session:
        first = process_reports.purge_raw_reports(session, now=late)
        left = text("SELECT min(fingerprint) FROM report WHERE raw IS NOT NULL")
        oldest_left = session.execute(left).scalar_one()
        counts = (
            first,
            process_reports.purge_raw_reports(session, now=late),
            process_reports.purge_raw_reports(session, now=late),
        )

    assert counts == (process_reports.PURGE_CHUNK, 20, 0)
    assert oldest_left == f"f{process_reports.PURGE_CHUNK + 1}"
