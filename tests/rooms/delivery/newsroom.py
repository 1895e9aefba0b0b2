"""A newsroom in which everything may happen in any order, each act in a transaction of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time, timedelta

from sqlalchemy import select, text

from service.articles.tables import Article
from service.articles.withdraw import withdraw
from service.audience import add_with_consent, confirm, confirm_token, erase, signup, unsubscribe
from service.audience.address import EmailAddress, parse_address
from service.audience.consent import ConsentOrigin, ConsentSource
from service.audience.pending_notice import PendingNotice
from service.audience.reader_token import ReaderToken
from service.audience.signup import SignupRequest
from service.audience.suppress import suppress
from service.audience.tables import Subscription
from service.delivery.enrolment.enrol import enrol_next_chunk
from service.delivery.notices.send_notice import queue_pending_notice, send_notice
from service.delivery.progress.queries import counters
from service.delivery.tables import Delivery, Notice
from service.delivery.workflow import close, resend
from service.delivery.workflow.queries import returned
from service.editions import build, control, drafts, lapse, plan, transitions
from service.editions.tables import Edition
from service.kit.db import Begin, Session
from service.kit.errors import NotFound
from service.kit.tokens import Keyring
from service.rendering.render_edition import render_edition
from tests.builders import a_newsletter, an_article
from tests.conftest import FakeClock
from tests.fakes.relay import Mood
from tests.rooms.delivery.harness import POST, abandon, send_deps
from tests.rooms.delivery.harness import Issue as Sent
from tests.rooms.delivery.harness import send as send_edition

TRANSITION_LOG = """
    CREATE TABLE transition_log (
        id bigint GENERATED ALWAYS AS IDENTITY, thing text, before text, after text);
    CREATE FUNCTION log_transition() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO transition_log (thing, before, after)
        VALUES (TG_TABLE_NAME, CASE TG_OP WHEN 'UPDATE' THEN OLD.state ELSE '' END, NEW.state);
        RETURN NULL;
    END $$;
"""
TRIGGERS = """
    CREATE TRIGGER log_new AFTER INSERT ON {0} FOR EACH ROW EXECUTE FUNCTION log_transition();
    CREATE TRIGGER log_change AFTER UPDATE ON {0} FOR EACH ROW
        WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION log_transition();
"""
Change = tuple[str, str, str]
"""What has changed, from which state ("" if it is new), to which."""
THINGS = ("edition", "subscription", "delivery", "notice")


def log_transitions(begin: Begin) -> None:
    """Let the database itself write down every change of a state."""
    with begin() as session:
        for statement in (TRANSITION_LOG, *(TRIGGERS.format(thing) for thing in THINGS)):
            session.connection().exec_driver_sql(statement)


@dataclass
class Newsroom:
    """A newsletter, four people who may read it, and a relay whose mood changes."""

    begin: Begin
    clock: FakeClock
    keyring: Keyring
    relay_url: str
    name: str
    mood: Mood = Mood.ACCEPT
    newsletter_id: int = 0
    last_notice: PendingNotice | None = None
    people: list[EmailAddress] = field(default_factory=list)

    def __post_init__(self) -> None:
        with self.begin() as session:
            newsletter = a_newsletter(
                session, now=self.clock.now, slug=self.name, days=(1,), times=(time(23, 59),)
            )
            self.newsletter_id = newsletter.id
        self.people = [parse_address(f"p{number}@{self.name}.example") for number in range(4)]

    def publish(self, choice: int) -> None:
        with self.begin() as session:
            seen = self.clock.now - timedelta(minutes=1)
            article = an_article(session, "Politique", seen=seen)
            if choice % 3 == 0:
                withdraw(session, article.id, now=self.clock.now)

    def withdraw(self, choice: int) -> None:
        del choice
        with self.begin() as session:
            for article_id in session.scalars(select(Article.id)).all():
                withdraw(session, article_id, now=self.clock.now)

    def plan(self, choice: int) -> None:
        self.publish(1)
        with self.begin() as session:
            plan.plan_now(session, self.newsletter_id, now=self.clock.now, held=choice % 4 == 0)

    def open_drafts(self, choice: int) -> None:
        del choice
        with self.begin() as session:
            drafts.open_drafts(session, now=self.clock.now)

    def select(self, choice: int) -> None:
        with self.begin() as session:
            build.select_articles(session, self._edition(session, choice), now=self.clock.now)

    def freeze(self, choice: int) -> None:
        with self.begin() as session:
            edition_id = self._edition(session, choice)
            build.freeze(session, edition_id, now=self.clock.now)

    def enrol(self, choice: int) -> None:
        with self.begin() as session:
            enrol_next_chunk(session, self._edition(session, choice), now=self.clock.now)

    def render(self, choice: int) -> None:
        with self.begin() as session:
            edition_id = self._edition(session, choice)
        render_edition(self.begin, edition_id, public_url=POST.public_url, now=self.clock.now)

    def start(self, choice: int) -> None:
        with self.begin() as session:
            edition_id = self._edition(session, choice)
            # As the workflow does: an edition that is rendered has its audience.
            enrol_next_chunk(session, edition_id, now=self.clock.now)
            transitions.start_sending(session, edition_id, subject="Le sujet", now=self.clock.now)

    def control(self, choice: int) -> None:
        verbs: list[Callable[..., object]] = [
            control.hold, control.approve, control.pause, control.resume, control.approve,
        ]  # fmt: skip
        with self.begin() as session:
            verbs[choice % 5](session, self._edition(session, choice // 5), now=self.clock.now)

    def cancel(self, choice: int) -> None:
        with self.begin() as session:
            control.cancel(session, self._edition(session, choice), now=self.clock.now)

    def lapse(self, choice: int) -> None:
        self.clock.advance(hours=13 * (1 + choice % 4))
        with self.begin() as session:
            lapse.lapse_due(session, now=self.clock.now)

    def send(self, choice: int) -> None:
        moods = list(Mood)[: list(Mood).index(Mood.REFUSE_DOT) + 1]
        self.mood = [Mood.ACCEPT, Mood.DROP_AFTER_DOT, Mood.DROP, *moods][choice % 9]
        with self.begin() as session:
            edition_id = self._edition(session, choice // 9)
            is_sending = session.get_one(Edition, edition_id).state == "sending"
        if is_sending:
            sent = Sent(edition_id=edition_id, newsletter_id=self.newsletter_id, readers={})
            send_edition(sent, send_deps(self.begin, self.clock, self.relay_url))

    def crash(self, choice: int) -> None:
        abandon(self.begin)
        self.clock.advance(minutes=1 + 10 * (choice % 4))

    def close(self, choice: int) -> None:
        with self.begin() as session:
            edition_id = self._edition(session, choice)
            close.finish_or_wake(session, edition_id, now=self.clock.now, wake_in=None)
        close.expire_cancelled(self.begin, edition_id, clock=self.clock, stop=lambda: False)

    def return_messages(self, choice: int) -> None:
        """Messages come back, and an operator says that it was our fault."""
        with self.begin() as session:
            edition_id = self._edition(session, choice)
            accepted = session.scalars(
                select(Delivery.subscriber_id).where(
                    Delivery.edition_id == edition_id, Delivery.state == "accepted"
                )
            ).all()
            for one in accepted:
                returned.mark_delivery(
                    session,
                    edition_id=edition_id,
                    subscriber_id=one,
                    outcome="bounced",
                    at=self.clock.now,
                )
            count = returned.attribute_to_sender(session, edition_id, accepted, now=self.clock.now)
            counters.reverse_acceptances(session, edition_id, count)

    def resend(self, choice: int) -> None:
        with self.begin() as session:
            resend.resend_refused(
                session,
                self._edition(session, choice),
                faults=resend.RESENDABLE_FAULTS,
                now=self.clock.now,
                valid_for=timedelta(hours=5),
            )

    def sign_up(self, choice: int) -> None:
        self.clock.advance(minutes=6)
        request = SignupRequest(
            newsletter_id=self.newsletter_id,
            address=self.people[choice % 4],
            section_mask=None,
            origin=ConsentOrigin(source=ConsentSource.FORM),
        )
        with self.begin() as session:
            notice = signup.sign_up(
                session,
                request,
                now=self.clock.now,
                keyring=self.keyring,
                valid_for=timedelta(days=2),
            )
            queue_pending_notice(session, notice, now=self.clock.now)
        if notice is not None and notice.kind == "confirm":
            self.last_notice = notice

    def confirm(self, choice: int) -> None:
        del choice
        notice = self.last_notice
        if notice is None:
            return
        token = confirm_token.token_from_notice(
            notice.newsletter_id, notice.subscriber_id, notice.facts
        )
        origin = ConsentOrigin(source=ConsentSource.FORM)
        with self.begin() as session:
            _, welcome = confirm.confirm(
                session, token, now=self.clock.now, origin=origin, keyring=self.keyring
            )
            queue_pending_notice(session, welcome, now=self.clock.now)

    def add(self, choice: int) -> None:
        with self.begin() as session:
            add_with_consent.add_with_consent(
                session,
                self.people[choice % 4],
                newsletter_id=self.newsletter_id,
                section_mask=None,
                proof="a paper form",
                now=self.clock.now,
                keyring=self.keyring,
            )

    def unsubscribe(self, choice: int) -> None:
        reasons = list(unsubscribe.EndedBy)
        with self.begin() as session:
            readers = session.scalars(
                select(Subscription.subscriber_id)
                .where(Subscription.newsletter_id == self.newsletter_id)
                .order_by(Subscription.id)
            ).all()
            if readers:
                reader = ReaderToken(
                    newsletter_id=self.newsletter_id,
                    edition_id=0,
                    subscriber_id=readers[choice % len(readers)],
                )
                by = reasons[choice % len(reasons)]
                due = unsubscribe.end_subscription(session, reader, by=by, now=self.clock.now)
                queue_pending_notice(session, due, now=self.clock.now)

    def bounce(self, choice: int) -> None:
        with self.begin() as session:
            suppress(
                session,
                address=self.people[choice % 4],
                reason="hard_bounce",
                now=self.clock.now,
                keyring=self.keyring,
            )

    def erase(self, choice: int) -> None:
        with self.begin() as session:
            erase.erase(session, self.people[choice % 4], now=self.clock.now, keyring=self.keyring)

    def send_notices(self, choice: int) -> None:
        self.mood = [Mood.ACCEPT, Mood.DEFER, Mood.REFUSE, Mood.DROP_AFTER_DOT][choice % 4]
        with self.begin() as session:
            waiting = session.scalars(
                select(Notice.id).where(Notice.newsletter_id == self.newsletter_id)
            ).all()
        for notice_id in waiting:
            send_notice(notice_id, send_deps(self.begin, self.clock, self.relay_url))

    def _edition(self, session: Session, choice: int) -> int:
        """Return the latest edition of the newsletter, or the one before it."""
        found = session.scalars(
            select(Edition.id)
            .where(Edition.newsletter_id == self.newsletter_id)
            .order_by(Edition.id.desc())
            .limit(2)
        ).all()
        if not found:
            raise NotFound("No edition is planned yet.")
        return found[choice % 4 == 3 and len(found) > 1]


def transitions_since(begin: Begin, seen: int) -> tuple[int, list[Change]]:
    """Return what the database wrote down after entry `seen`, and the number of its last entry."""
    with begin() as session:
        rows = session.execute(
            text("SELECT * FROM transition_log WHERE id > :seen ORDER BY id"), {"seen": seen}
        ).all()
    last = rows[-1].id if rows else seen
    return last, [(row.thing, row.before, row.after) for row in rows]
