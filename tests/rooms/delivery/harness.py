"""An edition ready to be sent, and the crew that sends it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text, update

from service.audience.tables import Subscriber, Subscription
from service.delivery.composer import MessageComposer
from service.delivery.dependencies import SendDependencies
from service.delivery.messages.mail_identity import MailIdentity
from service.delivery.sending.run import send_once
from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.delivery.smtp.relay import Relay
from service.delivery.smtp.relay_pool import RelayPool
from service.delivery.tables import Batch, Delivery
from service.delivery.workflow import advance
from service.editions import plan
from service.editions.find import get_edition
from service.kit.db import Begin, Session
from service.kit.tokens import Keyring
from service.newsletters.tables import Newsletter
from service.rendering.render_edition import find_web_version
from service.reports.ledger import EditionLedger, get_ledger
from tests.builders import a_newsletter, a_reader, an_article
from tests.conftest import SECRET, FakeClock

POST = MailIdentity(public_url="https://crieur.test", bounce_domain="bounces.crieur.test")
# For relays that answer: longer than any pause of a busy machine.
PATIENT = SmtpTimeouts(connect=60, command=60, data=60, block=60, dot=60)
# For those that never will.
SHORT = SmtpTimeouts(connect=5, command=0.4, data=0.4, block=0.4, dot=0.4)
SECTIONS = ("Politique", "Continent", "Culture")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An edition with its readers: subscriber ids by address, in the order of the masks."""

    edition_id: int
    newsletter_id: int
    readers: dict[str, int]


def an_issue(
    begin: Begin,
    clock: FakeClock,
    *,
    masks: Sequence[int | None] = (None,) * 3,
    produced: bool = True,
    **newsletter: Any,
) -> Issue:
    """Store an edition for readers with these choices, and carry it on until it is sending."""
    with begin() as session:
        number = session.scalar(select(func.count()).select_from(Newsletter)) or 0
        paper = a_newsletter(
            session, *SECTIONS, now=clock.now, slug=f"le-matin-{number}", **newsletter
        )
        if not number:
            for section in SECTIONS:
                an_article(session, section, seen=clock.now - timedelta(minutes=30))
        readers = {}
        for index, mask in enumerate(masks):
            address = f"r{index}.{number}@example.org"
            reader = a_reader(session, paper, now=clock.now, address=address, mask=mask)
            readers[address] = reader.subscriber_id
        edition_id = plan.plan_now(session, paper.id, now=clock.now).id
        issue = Issue(edition_id=edition_id, newsletter_id=paper.id, readers=readers)
    if produced:
        advance.advance_edition(begin, edition_id, clock=clock, public_url=POST.public_url)
    return issue


def send_deps(begin: Begin, clock: FakeClock, *urls: str, **changes: Any) -> SendDependencies:
    """Return a crew with four connections; a relay that hangs is for one with `SHORT` patience."""
    deps = SendDependencies(
        begin=begin,
        clock=clock,
        keyring=Keyring([SECRET]),
        relay_pool=RelayPool([Relay.parse(url) for url in urls]),
        mail_identity=POST,
        connections=4,
        timeouts=PATIENT,
    )
    return replace(deps, **changes)


def send(
    issue: Issue, deps: SendDependencies, *, stop: Callable[[], bool] = lambda: False
) -> Counter[str]:
    """Send what is due of an edition, as the worker does."""
    with deps.begin() as session:
        composer = MessageComposer.load(
            session, issue.edition_id, keyring=deps.keyring, mail_identity=deps.mail_identity
        )
    return send_once(issue.edition_id, deps, composer=composer, stop=stop)


def books(begin: Begin, issue: Issue) -> EditionLedger:
    """Return the ledger."""
    with begin() as session:
        return get_ledger(session, issue.edition_id)


def web_version_of(begin: Begin, issue: Issue) -> str:
    """Return the page of an edition as it is stored."""
    with begin() as session:
        return find_web_version(session, get_edition(session, issue.edition_id).key).html


def states(begin: Begin, issue: Issue) -> list[str]:
    """Return the deliveries' states in the order of the readers."""
    return [row.state for row in rows(begin, issue)]


def rows(begin: Begin, issue: Issue) -> Sequence[Delivery]:
    """Return the deliveries in the order of the readers."""
    with begin() as session:
        return session.scalars(
            select(Delivery)
            .where(Delivery.edition_id == issue.edition_id)
            .order_by(Delivery.subscriber_id)
        ).all()


def batches(begin: Begin, issue: Issue) -> Sequence[Batch]:
    """Return the edition's batches, the oldest first."""
    with begin() as session:
        return session.scalars(
            select(Batch).where(Batch.edition_id == issue.edition_id).order_by(Batch.id)
        ).all()


def abandon(begin: Begin) -> None:
    """Let every lease run out, as if its holder had been killed a while ago."""
    with begin() as session:
        let_run_out(session)


def let_run_out(session: Session) -> None:
    """Let every lease run out in a transaction in which somebody else may take one over."""
    session.execute(
        text(
            "UPDATE batch SET leased_until = clock_timestamp() - interval '1 second' "
            "WHERE leased_until IS NOT NULL"
        )
    )


def abandon_build(begin: Begin) -> None:
    """Let the lease of an edition's builder run out, as if it had been killed a while ago."""
    with begin() as session:
        session.execute(
            text("UPDATE building SET leased_until = clock_timestamp() - interval '1 second'")
        )


def scatter(begin: Begin) -> None:
    """Let every batch name its readers, as those do whose readers lie far apart."""
    with begin() as session:
        session.execute(
            text(
                "UPDATE batch SET members = ARRAY("
                "SELECT subscriber_id FROM delivery WHERE batch_id = batch.id ORDER BY 1)"
            )
        )


def leave(begin: Begin, issue: Issue, subscriber_id: int) -> str | None:
    """End a reader's subscription; return the state of their delivery just afterwards."""
    with begin() as session:
        session.execute(
            update(Subscription)
            .where(
                Subscription.newsletter_id == issue.newsletter_id,
                Subscription.subscriber_id == subscriber_id,
            )
            .values(state="ended")
        )
    # Another transaction: whoever leases the row from now on sees that the reader has left.
    with begin() as session:
        return session.scalar(
            select(Delivery.state).where(
                Delivery.edition_id == issue.edition_id, Delivery.subscriber_id == subscriber_id
            )
        )


def erase(begin: Begin, subscriber_id: int) -> None:
    """Take a reader's address away."""
    with begin() as session:
        session.execute(
            update(Subscriber)
            .where(Subscriber.id == subscriber_id)
            .values(address=None, address_key=None)
        )
