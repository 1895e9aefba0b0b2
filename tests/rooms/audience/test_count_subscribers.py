"""How many readers there are: the same figures by every way of counting, and when they are new."""

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from service.audience import count_subscribers, erase, suppress
from service.audience.address import parse_address
from service.audience.subscriber_counts import NewsletterCounts
from service.audience.tables import StoredSubscriberCounts, Subscriber, Subscription, Suppression
from service.kit.db import Begin
from service.kit.tokens import Keyring
from tests.builders import a_newsletter, a_reader, store_row
from tests.conftest import FakeClock

BITS = range(62)
MASKS = st.none() | st.integers(0, 7) | st.integers(0, 2**62 - 1)


@dataclass(frozen=True, kw_only=True)
class Kin:
    """A subscriber with subscriptions by newsletter, and the hashes that forbid writing to them."""

    subscriptions: dict[int, tuple[str, int | None]]
    hashes: int


def kin() -> st.SearchStrategy[Kin]:
    states = st.sampled_from(["pending", "active", "active", "ended"])
    return st.builds(
        Kin,
        subscriptions=st.dictionaries(st.integers(0, 2), st.tuples(states, MASKS)),
        hashes=st.sampled_from([0, 0, 1, 2]),
    )


def one_by_one(readers: list[Kin], newsletter_ids: list[int]) -> dict[int, NewsletterCounts]:
    """Count by looking at each reader in turn, as a person would."""
    counted = {}
    for number, newsletter_id in enumerate(newsletter_ids):
        mine = [
            ("suppressed" if each.hashes and state == "active" else state, mask)
            for each in readers
            for state, mask in [each.subscriptions.get(number, ("none", None))]
            if state != "none"
        ]
        getting = [mask for standing, mask in mine if standing == "active"]
        by_bit = {
            bit: sum(mask is not None and mask >> bit & 1 for mask in getting) for bit in BITS
        }
        if mine:
            counted[newsletter_id] = NewsletterCounts(
                states=dict(Counter(standing for standing, _ in mine)),
                all_sections=getting.count(None),
                by_bit={bit: count for bit, count in by_bit.items() if count},
                by_frequency={"each": len(getting)} if getting else {},
            )
    return counted


@pytest.fixture
def newsletter_ids(begin: Begin, clock: FakeClock) -> list[int]:
    with begin() as session:
        return [
            a_newsletter(session, now=clock(), slug=slug).id for slug in ("matin", "midi", "soir")
        ]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(readers=st.lists(kin(), max_size=12))
def test_what_is_kept_what_is_counted_and_what_a_person_counts_are_the_same(
    begin: Begin, clock: FakeClock, newsletter_ids: list[int], readers: list[Kin]
) -> None:
    with begin() as session:
        for table in (StoredSubscriberCounts, Suppression, Subscriber):
            session.execute(delete(table))
        # A hash that is nobody's any more stands among the others.
        session.add(Suppression(address_hash="erased", reason="erased", since=clock()))
        for each in readers:
            _enter(session, each, newsletter_ids, clock)

    with begin() as session:
        assert count_subscribers.refresh_counts(session, now=clock())
        live = count_subscribers.current_counts(session)
        # From here on there are many.
        session.execute(
            update(StoredSubscriberCounts).values(subscriptions=count_subscribers.LARGE_AUDIENCE)
        )
        kept = count_subscribers.current_counts(session)

    assert kept.by_newsletter == live.by_newsletter == one_by_one(readers, newsletter_ids)
    assert live.subscriptions == sum(len(each.subscriptions) for each in readers)
    assert (live.counted_at, kept.counted_at) == (None, clock())


def _enter(session: Session, reader: Kin, newsletter_ids: list[int], clock: FakeClock) -> None:
    subscriber = Subscriber(created_at=clock())
    session.add(subscriber)
    session.flush()
    for number, (state, mask) in reader.subscriptions.items():
        store_row(
            session,
            Subscription,
            newsletter_id=newsletter_ids[number],
            subscriber_id=subscriber.id,
            state=state,
            section_mask=mask,
            requested_at=clock(),
        )
    for number in range(reader.hashes):
        session.add(
            Suppression(
                address_hash=f"{number}-{subscriber.id}",
                subscriber_id=subscriber.id,
                reason="complaint",
                since=clock(),
            )
        )


def test_who_is_suppressed_or_erased_counts_no_more_as_active(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    with begin() as session:
        newsletter = a_newsletter(session, now=clock())
        for name in ("awa", "kofi", "ines"):
            a_reader(session, newsletter, now=clock(), address=f"{name}@example.org", mask=0b1)
        suppress.suppress(
            session,
            address=parse_address("awa@example.org"),
            reason="hard_bounce",
            now=clock(),
            keyring=keyring,
        )
        erase.erase(session, parse_address("kofi@example.org"), now=clock(), keyring=keyring)

    with begin() as session:
        counted = count_subscribers.current_counts(session).of(newsletter.id)

    assert counted.states == {"active": 1, "suppressed": 1, "ended": 1}
    assert counted.receiving(0) == 1


@pytest.mark.parametrize(
    ("took", "age", "due"),
    [
        (0.1, 9.9, False),
        (0.1, 10, True),
        (3, 149, False),
        (3, 150, True),
        # The clock that was there before was ahead of this one.
        (0.1, -5, True),
    ],
)
def test_a_count_is_followed_by_the_next_after_fifty_times_its_own_length(
    begin: Begin, clock: FakeClock, took: float, age: float, *, due: bool
) -> None:
    with begin() as session:
        assert count_subscribers.refresh_counts(session, now=clock())
        session.execute(update(StoredSubscriberCounts).values(took=timedelta(seconds=took)))

    clock.advance(seconds=age)
    with begin() as session:
        assert count_subscribers.refresh_counts(session, now=clock()) is due
        kept = session.scalars(select(StoredSubscriberCounts)).one()

    assert (kept.counted_at == clock()) is due


def test_a_second_counter_does_not_wait_for_the_first(begin: Begin, clock: FakeClock) -> None:
    with begin() as first:
        assert count_subscribers.refresh_counts(first, now=clock())
        with begin() as second:
            second.execute(text("SET LOCAL lock_timeout = '1s'"))
            assert not count_subscribers.refresh_counts(second, now=clock())

    with begin() as third:
        assert not count_subscribers.refresh_counts(third, now=clock())


def test_of_many_counters_at_once_one_counts(begin: Begin, clock: FakeClock) -> None:
    ready, counted = threading.Barrier(4, timeout=30), []

    def run() -> None:
        with begin() as session:
            ready.wait()
            counted.append(count_subscribers.refresh_counts(session, now=clock()))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(counted) == [False, False, False, True]


def test_a_choice_is_emptied_by_removing_all_its_sections(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        newsletter = a_newsletter(session, now=clock())
        for mask in (0b001, 0b010, 0b011, 0b1000, 1 << 61, None):
            a_reader(session, newsletter, now=clock(), mask=mask)
        a_reader(session, newsletter, now=clock(), mask=0b001, state="ended")

        def count(before: list[int], after: list[int]) -> int:
            return count_subscribers.count_emptied_choices(
                session, newsletter.id, before=before, after=after
            )

        counts = [
            count([0, 1, 2], [1, 2]),
            count([0, 1, 2], [2]),
            count([0, 1, 2], [0, 1, 2, 3]),
            count([0, 61], []),
            count([], []),
        ]

    # The fourth choice was empty before.
    assert counts == [1, 3, 0, 3, 0]
