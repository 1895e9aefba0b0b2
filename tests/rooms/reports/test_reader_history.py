"""Everything about one reader on one page, and lists of readers."""

from datetime import timedelta

import pytest

from service.audience import suppress
from service.delivery.reasons import DeliveryReason
from service.delivery.tables import Attempt
from service.editions import control, plan
from service.kit.db import Begin
from service.kit.errors import NotFound
from service.kit.tokens import Keyring
from service.outcomes.tables import InboundReport, Outcome
from service.reports.reader_history import ReaderHistory, get_reader_history, list_readers
from tests.builders import a_delivery, a_goodbye, a_newsletter, a_reader, store_row
from tests.conftest import FakeClock
from tests.fakes.relay import Mood, Relay
from tests.rooms.delivery.harness import an_issue, send, send_deps


def history_of(begin: Begin, subscriber_id: int, keyring: Keyring) -> ReaderHistory:
    with begin() as session:
        return get_reader_history(session, subscriber_id, keyring=keyring)


def test_a_list_goes_on_where_it_stopped_and_names_each_readers_newsletters(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    """Support pages through a hundred thousand readers while new ones come."""
    with begin() as session:
        morning = a_newsletter(session, now=clock.now, name="Le Matin")
        evening = a_newsletter(session, now=clock.now, slug="soir", name="Le Soir")
        first, second, third = (a_reader(session, morning, now=clock.now) for _ in range(3))
        ended = a_reader(session, evening, now=clock.now, state="ended")
        suppress.suppress(
            session,
            subscriber_id=third.subscriber_id,
            reason="hard_bounce",
            now=clock.now,
            keyring=keyring,
        )

    with begin() as session:
        newest = list_readers(session, newsletter_id=morning.id, limit=2)
        rest = list_readers(session, newsletter_id=morning.id, before_id=newest.after, limit=2)
        others = list_readers(session, newsletter_id=evening.id)

    assert [each.subscriber_id for each in newest.rows] == [
        third.subscriber_id,
        second.subscriber_id,
    ]
    assert [each.is_suppressed for each in newest.rows] == [True, False]
    assert [each.subscriber_id for each in rest.rows] == [first.subscriber_id]
    assert rest.after is None
    assert [each.subscriptions for each in others.rows] == [[("Le Soir", "ended")]]
    assert others.rows[0].subscriber_id == ended.subscriber_id


def test_what_an_operator_cancelled_is_told_apart_from_what_became_too_old(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    """Both end in the same state, and a reader who asks is answered differently."""
    issue = an_issue(begin, clock, masks=[None])
    (subscriber_id,) = issue.readers.values()
    with begin() as session:
        control.cancel(session, issue.edition_id, now=clock.now)
    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))

    (delivery,) = history_of(begin, subscriber_id, keyring).deliveries

    assert (delivery.state, delivery.reason) == ("cancelled", None)


@pytest.mark.parametrize(("mood", "state"), [(Mood.ACCEPT, "accepted"), (Mood.REFUSE, "refused")])
def test_a_reply_is_shown_where_it_explains_something(
    begin: Begin, clock: FakeClock, keyring: Keyring, mood: Mood, state: str
) -> None:
    """“250 ok” beside every message would hide the one that matters."""
    issue = an_issue(begin, clock, masks=[None])
    (subscriber_id,) = issue.readers.values()
    with Relay(lambda _recipient, _attempt: mood) as relay:
        send(issue, send_deps(begin, clock, relay.url))

    (delivery,) = history_of(begin, subscriber_id, keyring).deliveries

    assert (delivery.state, delivery.reply is not None) == (state, state == "refused")


def test_each_delivery_has_its_own_attempts_the_newest_edition_first(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    """An attempt beside the wrong edition sends support to the wrong log."""
    with begin() as session:
        newsletter = a_newsletter(session, now=clock.now, name="Le Matin")
        reader = a_reader(session, newsletter, now=clock.now).subscriber_id
        editions = []
        for hours in range(2):
            at = clock.now + timedelta(hours=hours)
            edition = plan.plan_now(session, newsletter.id, now=at).id
            editions.append(edition)
            a_delivery(session, edition, reader, state="deferred", next_at=at)
            for number in range(hours + 1):
                store_row(
                    session,
                    Attempt,
                    edition_id=edition,
                    subscriber_id=reader,
                    at=at + timedelta(minutes=number),
                    result="deferred",
                    reason=DeliveryReason.RELAY_UNREACHABLE,
                    reply=f"421 {hours}.{number}",
                )

    found = history_of(begin, reader, keyring).deliveries

    assert [each.edition_id for each in found] == editions[::-1]
    assert [[attempt.reply for attempt in each.attempts] for each in found] == [
        ["421 1.0", "421 1.1"],
        ["421 0.0"],
    ]


def test_notices_outcomes_and_subscriptions_stand_beside_the_profile(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    """One page answers a reader's letter."""
    with begin() as session:
        evening = a_newsletter(session, now=clock.now, slug="soir", name="Le Soir")
        reader = a_reader(session, evening, now=clock.now).subscriber_id
        a_goodbye(session, evening.id, reader, now=clock.now)
        report_id = store_row(
            session,
            InboundReport,
            received_at=clock.now,
            channel="smtp",
            envelope_to="bounce@bounces.crieur.test",
            fingerprint="f",
        )
        store_row(
            session,
            Outcome,
            report_id=report_id,
            hard=False,
            subscriber_id=reader,
            newsletter_id=evening.id,
            at=clock.now,
            kind="failed",
            reason="mailboxfull",
        )

    found = history_of(begin, reader, keyring)

    assert [each.newsletter.name for each in found.subscriptions] == ["Le Soir"]
    assert [(each.kind, each.newsletter_name, each.state, each.at) for each in found.notices] == [
        ("goodbye", "Le Soir", "pending", clock.now)
    ]
    assert [(each.kind, each.reason) for each in found.outcomes] == [("failed", "mailboxfull")]


def test_a_reader_who_is_not_there_is_not_found(begin: Begin, keyring: Keyring) -> None:
    """The number comes from the address bar."""
    with pytest.raises(NotFound):
        history_of(begin, 404, keyring)
