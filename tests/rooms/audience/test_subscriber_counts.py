"""Counted rows are summed by newsletter, state and section."""

from service.audience import count_subscribers, subscriber_counts
from service.audience.lifecycle import SubscriptionState
from service.audience.subscriber_counts import ChoiceCounts, NewsletterCounts, SubscriberCounts
from service.audience.unsubscribe import EndedBy
from tests.rooms.audience.conftest import Desk


def test_readers_receive_an_edition_with_one_of_their_sections() -> None:
    """Who made no choice receives every edition that has a section at all."""
    choices = ChoiceCounts(
        rows=(("each", None, 5), ("each", 0b01, 3), ("each", 0b10, 2), ("daily", None, 7))
    )

    assert [choices.receiving("each", mask) for mask in (0b01, 0b10, 0b11, 0)] == [8, 7, 10, 0]
    assert (choices.in_series("each"), choices.in_series("weekly"), choices.total) == (10, 0, 17)


def test_rows_are_added_up_without_a_database() -> None:
    rows = [
        (1, "active", None, "each", 5),
        (1, "active", 0b101, "weekly", 4),
        (1, "active", 0b100, "each", 1),
        (1, "pending", None, "daily", 2),
        (1, "suppressed", 0b100, "each", 1),
        (1, "suppressed", None, "each", 2),
        (2, "active", 0b1, "each", 1),
        (2, "suppressed", 0b1, "each", 1),
    ]

    counted = subscriber_counts.sum_counts(rows)

    assert counted == {
        1: NewsletterCounts(
            states={"active": 7, "pending": 2, "suppressed": 3},
            all_sections=3,
            by_bit={0: 4, 2: 4},
            by_frequency={"each": 3, "weekly": 4},
        ),
        2: NewsletterCounts(states={"suppressed": 1}, all_sections=0, by_bit={}),
    }
    older = {"1": {"states": {}, "every": 0, "by_bit": {}}}
    assert subscriber_counts.counts_from_json(older)[1].by_frequency == {}
    assert [counted[1].receiving(bit) for bit in (0, 1, 2)] == [7, 3, 7]
    assert subscriber_counts.counts_from_json(subscriber_counts.counts_to_json(counted)) == counted
    assert SubscriberCounts(by_newsletter=counted).of(3) == subscriber_counts.NO_SUBSCRIBERS


def test_readers_are_counted_by_state_and_section(desk: Desk) -> None:
    desk.join("a@example.org")
    desk.join("b@example.org", mask=0b001)
    desk.join("c@example.org", mask=0b110)
    desk.sign_up("d@example.org")
    desk.end(desk.join("e@example.org"), EndedBy.PAGE)

    with desk.begin() as session:
        counts = count_subscribers.count_now(session).of(desk.newsletter.id)

    assert counts.states == {
        SubscriptionState.ACTIVE: 3,
        SubscriptionState.PENDING: 1,
        SubscriptionState.ENDED: 1,
    }
    assert [counts.receiving(bit) for bit in (0, 1, 2)] == [2, 2, 2]
