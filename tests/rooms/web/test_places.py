"""Each kind of visitor has places of its own, and nobody waits for one for ever."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from service.kit.errors import Unavailable
from service.web.places import PLACES, Kind, Places, kind_of


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", Kind.READERS),
        ("/unsubscribe/token", Kind.READERS),
        ("/consolé", Kind.READERS),
        ("/console", Kind.CONSOLE),
        ("/console/editions/7", Kind.CONSOLE),
        ("/console/sign-in", Kind.DOOR),
        ("/console/link/secret", Kind.DOOR),
        ("/api/v1/events/articles", Kind.PROGRAMS),
    ],
)
def test_whose_place_a_request_takes(path: str, kind: Kind) -> None:
    assert kind_of(path) is kind


def test_there_are_fewer_places_than_connections() -> None:
    assert set(PLACES) == set(Kind)
    assert sum(PLACES.values()) < 20


async def test_a_kind_that_is_full_refuses_after_a_while_and_leaves_the_others_theirs() -> None:
    places = Places(patience=0.05)
    async with AsyncExitStack() as stack:
        for _ in range(PLACES[Kind.CONSOLE]):
            await stack.enter_async_context(places.take(Kind.CONSOLE))

        with pytest.raises(Unavailable):
            await stack.enter_async_context(places.take(Kind.CONSOLE))
        for _ in range(PLACES[Kind.READERS]):
            await stack.enter_async_context(places.take(Kind.READERS))

    async with places.take(Kind.CONSOLE):
        pass


async def test_a_place_is_given_back_when_its_request_fails_or_is_cancelled() -> None:
    places = Places(patience=0.05)

    async def fail() -> None:
        async with places.take(Kind.DOOR):
            raise RuntimeError

    async def wait() -> None:
        async with places.take(Kind.DOOR):
            await asyncio.Event().wait()

    for _ in range(PLACES[Kind.DOOR] * 2):
        with pytest.raises(RuntimeError):
            await fail()
        waiting = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    async with AsyncExitStack() as stack:
        for _ in range(PLACES[Kind.DOOR]):
            await stack.enter_async_context(places.take(Kind.DOOR))
