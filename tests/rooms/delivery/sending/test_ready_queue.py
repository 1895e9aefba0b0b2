"""Where carriers take their next reader: in order, and no crowd at one receiver's door."""

import asyncio

from service.delivery.leasing.queries.batches import LeasedBatch
from service.delivery.leasing.queries.deliveries import ClaimedDelivery
from service.delivery.sending.held_lease import HeldLease, QueuedDelivery
from service.delivery.sending.ready_queue import ReadyQueue

HOLDING = HeldLease(
    batch=LeasedBatch(id=1, edition_id=1, first_id=1, last_id=9, members=None, fence=1, deaths=0),
    until=10.0,
)


def a_ticket(number: int, provider: str = "", looked_at: float = 0.0) -> QueuedDelivery:
    address = f"r{number}@example.org"
    return QueuedDelivery(
        ClaimedDelivery(number, 1, 0, 0, 0, address, address), HOLDING, looked_at, provider
    )


def numbers(*tickets: QueuedDelivery | None) -> list[int | None]:
    return [None if ticket is None else ticket.claimed.subscriber_id for ticket in tickets]


async def test_tickets_are_taken_in_their_order_until_there_are_no_more() -> None:
    desk = ReadyQueue()
    desk.put([a_ticket(1), a_ticket(2)])
    desk.close()

    assert numbers(*[await desk.take() for _ in range(3)]) == [1, 2, None]


async def test_a_crowd_for_one_receiver_stands_aside_and_nobody_behind_it_waits() -> None:
    desk = ReadyQueue()
    crowd = [a_ticket(1, "orange"), a_ticket(2, "orange"), a_ticket(3, "orange")]
    desk.put([*crowd, a_ticket(4)], in_flight_limit={"orange": 1})

    first, other, nobody = (desk.take_now() for _ in range(3))
    desk.done(crowd[0])
    second = desk.take_now()

    assert numbers(first, other, nobody, second) == [1, 4, None, 2]
    assert len(desk) == 1


async def test_who_waits_gets_what_comes_and_goes_home_at_the_end() -> None:
    desk = ReadyQueue()
    waiting = [asyncio.create_task(desk.take()) for _ in range(3)]
    await asyncio.sleep(0)

    desk.put([a_ticket(1)])
    await asyncio.sleep(0)
    desk.close()

    assert sorted(map(str, numbers(*await asyncio.gather(*waiting)))) == ["1", "None", "None"]


async def test_room_at_a_receiver_wakes_who_waits() -> None:
    desk = ReadyQueue()
    crowd = [a_ticket(1, "free"), a_ticket(2, "free")]
    desk.put(crowd, in_flight_limit={"free": 1})
    assert numbers(desk.take_now()) == [1]
    waiting = asyncio.create_task(desk.take())
    await asyncio.sleep(0)

    desk.done(crowd[0])

    assert numbers(await waiting) == [2]


async def test_low_comes_when_few_are_left_and_at_the_latest_after_the_patience() -> None:
    desk = ReadyQueue()
    desk.put([a_ticket(number) for number in range(4)])
    low = asyncio.create_task(desk.low(1, patience=60))
    await asyncio.sleep(0)
    early = low.done()

    for _ in range(3):
        desk.take_now()
    await low

    assert not early
    desk.put([a_ticket(number) for number in range(4)])
    await desk.low(1, patience=0.01)


def test_a_ticket_is_stale_a_while_after_the_look_and_when_the_lease_ends() -> None:
    ticket = a_ticket(1, looked_at=5.0)

    assert ticket.is_fresh(6.0, fresh_for=1.0)
    assert not ticket.is_fresh(6.1, fresh_for=1.0)
    assert not a_ticket(1, looked_at=9.9).is_fresh(10.0, fresh_for=1.0)


def test_what_was_left_can_be_taken_back() -> None:
    desk = ReadyQueue()
    desk.put([a_ticket(1, "sfr"), a_ticket(2, "sfr"), a_ticket(3)], in_flight_limit={"sfr": 0})
    desk.take_now()

    assert sorted(map(str, numbers(*desk.take_all()))) == ["1", "2"]
    assert len(desk) == 0
