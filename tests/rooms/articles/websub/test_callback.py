"""At our callback only the hub that we asked is heard."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from service.articles.lifecycle import HubSubscriptionState as State
from service.articles.tables import PushedContent
from service.articles.websub.callback import MAX_LEASE, MAX_WAITING_PUSHES, MIN_LEASE
from service.jobs.outbox import OutboxRow
from tests.fakes.hub import path_of, signature
from tests.rooms.articles.websub.conftest import Subscriber, rss


def waiting(subscriber: Subscriber) -> int:
    with subscriber.runtime.begin() as session:
        return session.scalar(select(func.count()).select_from(PushedContent)) or 0


def test_the_challenge_is_echoed_and_the_feed_is_polled_hourly(subscriber: Subscriber) -> None:
    """From then on the hub says what is new."""
    subscriber.publish(1)
    subscriber.poll()
    subscriber.sweep()
    answered = subscriber.verify(subscriber.hub.asked[0], challenge="<b>défi</b>")
    subscriber.clock.advance(minutes=10)
    subscriber.poll()

    assert answered.text == "<b>défi</b>"
    assert answered.headers["content-type"] == "text/plain; charset=utf-8"
    assert answered.headers["x-content-type-options"] == "nosniff"
    assert subscriber.row().state is State.ACTIVE
    assert subscriber.feed().next_poll_at == subscriber.clock() + timedelta(hours=1)


@pytest.mark.parametrize(
    "changes",
    [
        {"topic": "https://other.example/flux"},
        {"topic": ""},
        {"mode": "unsubscribe"},
        {"mode": "publish"},
        {"mode": ""},
    ],
)
def test_what_was_not_asked_for_is_not_found_and_changes_nothing(
    subscriber: Subscriber, changes: dict[str, str]
) -> None:
    """A stranger could end or redirect a subscription otherwise."""
    subscriber.publish(1)
    subscriber.poll()
    subscriber.sweep()

    answered = subscriber.verify(subscriber.hub.asked[0], **changes)

    assert (answered.status_code, subscriber.row().state) == (404, State.REQUESTED)
    unknown = subscriber.client.get("/websub/none", params={"hub.challenge": "x"})
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    ("lease", "stored"),
    [
        ("3600", timedelta(hours=1)),
        ("1", MIN_LEASE),
        ("99999999999", MIN_LEASE),
        ("999999999", MAX_LEASE),
        ("-1", MIN_LEASE),
        ("", MIN_LEASE),
    ],
)
def test_a_lease_is_the_hubs_within_reason(
    subscriber: Subscriber, lease: str, stored: timedelta
) -> None:
    """A lease of a second would be renewed all day, one of a century never."""
    subscriber.publish(1)
    subscriber.poll()
    subscriber.sweep()
    subscriber.verify(subscriber.hub.asked[0], lease_seconds=lease)

    assert subscriber.row().lease_ends_at == subscriber.clock() + stored


def test_a_hub_may_deny_at_any_time_and_the_feed_is_polled_as_before(
    subscriber: Subscriber,
) -> None:
    """The specification lets it; the news must not wait for an hour."""
    form = subscriber.subscribe()
    subscriber.clock.advance(minutes=10)
    subscriber.poll()
    answered = subscriber.verify(form, mode="denied", reason="not here")

    assert (answered.status_code, subscriber.row().state) == (200, State.DENIED)
    feed = subscriber.feed()
    assert feed.next_poll_at == subscriber.clock() + feed.every


def test_signed_content_waits_for_its_job(subscriber: Subscriber) -> None:
    """A hub waits for the answer, so nothing is parsed meanwhile."""
    form = subscriber.subscribe()
    body = rss(2)
    answered = subscriber.client.post(
        path_of(form), content=body, headers=signature(body, form["hub.secret"])
    )

    assert (answered.status_code, waiting(subscriber)) == (202, 1)
    with subscriber.runtime.begin() as session:
        assert "take_push" in session.scalars(select(OutboxRow.job)).all()


def test_content_without_the_signature_is_acknowledged_and_ignored(
    subscriber: Subscriber,
) -> None:
    """Whoever finds the address makes no news, and learns nothing."""
    form = subscriber.subscribe()
    forged = signature(rss(2), "another secret")
    statuses = [
        subscriber.client.post(path_of(form), content=rss(2), headers=headers).status_code
        for headers in (forged, {})
    ]

    assert (statuses, waiting(subscriber)) == ([202, 202], 0)


def test_a_message_without_content_makes_the_feed_due(subscriber: Subscriber) -> None:
    """Some hubs say only that something is new."""
    form = subscriber.subscribe()
    subscriber.clock.advance(minutes=1)
    headers = signature(b"", form["hub.secret"])
    subscriber.client.post(path_of(form), content=b"", headers=headers)

    assert subscriber.feed().next_poll_at == subscriber.clock()


def test_a_flood_of_content_is_not_kept(subscriber: Subscriber) -> None:
    """The disk is not the hub's; a poll finds the same articles."""
    form = subscriber.subscribe()
    body = rss(2)
    for _ in range(MAX_WAITING_PUSHES + 5):
        subscriber.client.post(
            path_of(form), content=body, headers=signature(body, form["hub.secret"])
        )

    assert waiting(subscriber) == MAX_WAITING_PUSHES


def test_a_hub_that_was_left_is_told_so(subscriber: Subscriber) -> None:
    """410 ends what it still sends (WebSub, 7)."""
    form = subscriber.subscribe()
    subscriber.clock.advance(hours=2)
    subscriber.publish(1, hub=False)
    subscriber.poll()
    subscriber.sweep()
    body = rss(2)
    answered = subscriber.client.post(
        path_of(form), content=body, headers=signature(body, form["hub.secret"])
    )

    assert (answered.status_code, waiting(subscriber)) == (410, 0)
    assert subscriber.client.post("/websub/none", content=body).status_code == 404


def test_a_large_body_needs_a_signature(subscriber: Subscriber) -> None:
    """Strangers fill no memory."""
    form = subscriber.subscribe()
    body = rss(2).ljust(1_000_000)
    unsigned = subscriber.client.post(path_of(form), content=body)
    signed = subscriber.client.post(
        path_of(form), content=body, headers=signature(body, form["hub.secret"])
    )

    assert (unsigned.status_code, signed.status_code) == (413, 202)
