"""A hub is asked, asked again, and left, as the specification wants it."""

from datetime import timedelta

import pytest

from service.articles.feeds import registry
from service.articles.lifecycle import HubSubscriptionState as State
from service.articles.websub.ask_hub import DENIED_FOR, FIRST_RETRY, MAX_TRIES, ask_hub
from tests.rooms.articles.websub.conftest import Subscriber


def test_a_hub_is_asked_with_a_secret_and_an_address_of_our_own(subscriber: Subscriber) -> None:
    """The address is known to the hub only, and so is the secret."""
    subscriber.publish(1)
    subscriber.poll()
    subscriber.sweep()

    (form,) = subscriber.hub.asked
    row = subscriber.row()
    assert form == {
        "hub.mode": "subscribe",
        "hub.topic": f"{subscriber.site.url}/flux",
        "hub.callback": f"https://newsletters.example.org/websub/{row.token}",
        "hub.lease_seconds": "864000",
        "hub.secret": row.secret,
    }


def test_a_hub_that_verifies_before_it_answers_is_verified(subscriber: Subscriber) -> None:
    """Many do; what we ask must be stored before the request."""
    verified = []
    subscriber.hub.before_answer = lambda form: verified.append(subscriber.verify(form).status_code)
    subscriber.publish(1)
    subscriber.poll()
    subscriber.sweep()

    assert verified == [200]
    assert subscriber.row().state is State.ACTIVE


def test_a_lease_is_renewed_before_it_ends(subscriber: Subscriber) -> None:
    """Otherwise an hour of news would wait each time."""
    form = subscriber.subscribe()
    subscriber.clock.advance(hours=19)
    assert subscriber.sweep() == 0

    subscriber.clock.advance(minutes=13)
    subscriber.sweep()
    assert (len(subscriber.hub.asked), subscriber.row().state) == (2, State.ACTIVE)
    assert subscriber.hub.asked[1] == form
    subscriber.verify(form)
    assert subscriber.row().lease_ends_at == subscriber.clock() + timedelta(days=1)


def test_a_lease_that_has_ended_is_asked_for_anew(subscriber: Subscriber) -> None:
    """After a week without a scheduler."""
    subscriber.subscribe()
    subscriber.clock.advance(days=7)
    subscriber.sweep()

    assert subscriber.row().state is State.REQUESTED


def test_a_hub_in_trouble_is_asked_later_each_time_and_then_after_a_day(
    subscriber: Subscriber,
) -> None:
    """Its trouble is not ours: meanwhile the feed is polled."""
    subscriber.hub.status = "503 Service Unavailable"
    subscriber.publish(1)
    subscriber.poll()
    for number in range(MAX_TRIES):
        assert subscriber.sweep() == 1
        subscriber.clock.advance(seconds=FIRST_RETRY.total_seconds() * 2**number)

    row = subscriber.row()
    assert (row.state, len(subscriber.hub.asked)) == (State.DENIED, MAX_TRIES)
    subscriber.hub.status = "202 Accepted"
    subscriber.clock.advance(days=DENIED_FOR.days)
    subscriber.sweep()
    assert subscriber.row().state is State.REQUESTED
    assert subscriber.verify(subscriber.hub.asked[-1]).status_code == 200


def test_a_hub_that_never_verifies_is_denied(subscriber: Subscriber) -> None:
    """Our address may not be reachable from where it is."""
    subscriber.publish(1)
    subscriber.poll()
    for number in range(MAX_TRIES + 1):
        subscriber.sweep()
        subscriber.clock.advance(seconds=FIRST_RETRY.total_seconds() * 2**number)

    assert subscriber.row().state is State.DENIED


@pytest.mark.parametrize("end", ["pause", "remove"])
def test_a_feed_that_is_not_polled_any_more_leaves_its_hub(
    subscriber: Subscriber, end: str
) -> None:
    """An operator who stops a feed wants its articles no more."""
    subscriber.subscribe()
    with subscriber.runtime.begin() as session:
        if end == "pause":
            registry.pause(session, subscriber.feed_id, now=subscriber.clock())
        else:
            registry.remove(session, subscriber.feed_id)
    subscriber.sweep()

    form = subscriber.hub.asked[-1]
    assert form["hub.mode"] == "unsubscribe"
    assert "hub.secret" not in form
    assert subscriber.verify(form).status_code == 200
    assert subscriber.row().state is State.ENDED
    assert subscriber.sweep() == 0


def test_a_feed_that_is_resumed_subscribes_again(subscriber: Subscriber) -> None:
    """With the next poll that finds the hub."""
    subscriber.subscribe()
    with subscriber.runtime.begin() as session:
        registry.pause(session, subscriber.feed_id, now=subscriber.clock())
    subscriber.sweep()
    subscriber.verify(subscriber.hub.asked[-1])
    with subscriber.runtime.begin() as session:
        registry.poll_now(session, subscriber.feed_id, now=subscriber.clock())
    subscriber.poll()
    subscriber.sweep()

    assert subscriber.hub.asked[-1]["hub.mode"] == "subscribe"
    assert subscriber.row().state is State.REQUESTED


def test_without_tls_no_hub_is_asked(subscriber: Subscriber) -> None:
    """The secret would be read on the way."""
    subscriber.publish(1)
    subscriber.poll()
    ask_hub(
        subscriber.runtime.begin,
        subscriber.row().id,
        clock=subscriber.clock,
        public_url="https://newsletters.example.org",
    )

    assert (subscriber.hub.asked, subscriber.row().state) == ([], State.DENIED)
