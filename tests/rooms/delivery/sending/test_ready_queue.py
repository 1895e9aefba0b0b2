"""Where connections take their next reader: in order, and no crowd at one provider's door."""

import asyncio

from service.delivery.leasing.queries.batches import LeasedBatch
from service.delivery.leasing.queries.deliveries import ClaimedDelivery
from service.delivery.sending.held_lease import HeldLease, QueuedDelivery
from service.delivery.sending.ready_queue import ReadyQueue

LEASE = HeldLease(
    batch=LeasedBatch(
        id=1, edition_id=1, first_id=1, last_id=9, members=None, fence=1, crash_count=0
    ),
    valid_until=10.0,
)


def a_queued_delivery(number: int, provider: str = "", rechecked_at: float = 0.0) -> QueuedDelivery:
    address = f"r{number}@example.org"
    return QueuedDelivery(
        ClaimedDelivery(number, 1, 0, 0, 0, address, address), LEASE, rechecked_at, provider
    )


def numbers(*deliveries: QueuedDelivery | None) -> list[int | None]:
    return [None if queued is None else queued.claimed.subscriber_id for queued in deliveries]


async def test_tickets_are_taken_in_their_order_until_there_are_no_more() -> None:
    ready = ReadyQueue()
    ready.put([a_queued_delivery(1), a_queued_delivery(2)])
    ready.close()

    assert numbers(*[await ready.get() for _ in range(3)]) == [1, 2, None]


async def test_a_crowd_for_one_provider_stands_aside_and_nobody_behind_it_waits() -> None:
    ready = ReadyQueue()
    crowd = [
        a_queued_delivery(1, "orange"),
        a_queued_delivery(2, "orange"),
        a_queued_delivery(3, "orange"),
    ]
    ready.put([*crowd, a_queued_delivery(4)], limits={"orange": 1})

    first, other, nobody = (ready.get_nowait() for _ in range(3))
    ready.done(crowd[0])
    second = ready.get_nowait()

    assert numbers(first, other, nobody, second) == [1, 4, None, 2]
    assert len(ready) == 1


async def test_who_waits_gets_what_comes_and_goes_home_at_the_end() -> None:
    ready = ReadyQueue()
    waiting = [asyncio.create_task(ready.get()) for _ in range(3)]
    await asyncio.sleep(0)

    ready.put([a_queued_delivery(1)])
    await asyncio.sleep(0)
    ready.close()

    assert sorted(map(str, numbers(*await asyncio.gather(*waiting)))) == ["1", "None", "None"]


async def test_room_at_a_provider_wakes_who_waits() -> None:
    ready = ReadyQueue()
    crowd = [a_queued_delivery(1, "free"), a_queued_delivery(2, "free")]
    ready.put(crowd, limits={"free": 1})
    assert numbers(ready.get_nowait()) == [1]
    waiting = asyncio.create_task(ready.get())
    await asyncio.sleep(0)

    ready.done(crowd[0])

    assert numbers(await waiting) == [2]


async def test_low_comes_when_few_are_left_and_at_the_latest_after_the_patience() -> None:
    ready = ReadyQueue()
    ready.put([a_queued_delivery(number) for number in range(4)])
    low = asyncio.create_task(ready.wait_until_low(1, timeout=60))
    await asyncio.sleep(0)
    early = low.done()

    for _ in range(3):
        ready.get_nowait()
    await low

    assert not early
    ready.put([a_queued_delivery(number) for number in range(4)])
    await ready.wait_until_low(1, timeout=0.01)


def test_a_queued_delivery_is_stale_a_while_after_the_look_and_when_the_lease_ends() -> None:
    queued = a_queued_delivery(1, rechecked_at=5.0)

    assert queued.is_fresh(6.0, valid_for=1.0)
    assert not queued.is_fresh(6.1, valid_for=1.0)
    assert not a_queued_delivery(1, rechecked_at=9.9).is_fresh(10.0, valid_for=1.0)


def test_what_was_left_can_be_taken_back() -> None:
    ready = ReadyQueue()
    ready.put(
        [a_queued_delivery(1, "sfr"), a_queued_delivery(2, "sfr"), a_queued_delivery(3)],
        limits={"sfr": 0},
    )
    ready.get_nowait()

    assert sorted(map(str, numbers(*ready.drain()))) == ["1", "2"]
    assert len(ready) == 0
