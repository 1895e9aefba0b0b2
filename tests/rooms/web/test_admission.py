"""Each kind of visitor has places of its own, and nobody waits for one for ever."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from service.kit.errors import Unavailable
from service.web.admission import CONCURRENCY, AdmissionControl, ClientClass, client_class_of


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", ClientClass.READERS),
        ("/unsubscribe/token", ClientClass.READERS),
        ("/consolé", ClientClass.READERS),
        ("/console", ClientClass.CONSOLE),
        ("/console/editions/7", ClientClass.CONSOLE),
        ("/console/sign-in", ClientClass.SIGN_IN),
        ("/console/link/secret", ClientClass.SIGN_IN),
        ("/api/v1/events/articles", ClientClass.API),
    ],
)
def test_whose_place_a_request_takes(path: str, kind: ClientClass) -> None:
    assert client_class_of(path) is kind


def test_there_are_fewer_places_than_connections() -> None:
    assert set(CONCURRENCY) == set(ClientClass)
    assert sum(CONCURRENCY.values()) < 20


async def test_a_kind_that_is_full_refuses_after_a_while_and_leaves_the_others_theirs() -> None:
    places = AdmissionControl(timeout=0.05)
    async with AsyncExitStack() as stack:
        for _ in range(CONCURRENCY[ClientClass.CONSOLE]):
            await stack.enter_async_context(places.acquire(ClientClass.CONSOLE))

        with pytest.raises(Unavailable):
            await stack.enter_async_context(places.acquire(ClientClass.CONSOLE))
        for _ in range(CONCURRENCY[ClientClass.READERS]):
            await stack.enter_async_context(places.acquire(ClientClass.READERS))

    async with places.acquire(ClientClass.CONSOLE):
        pass


async def test_a_place_is_given_back_when_its_request_fails_or_is_cancelled() -> None:
    places = AdmissionControl(timeout=0.05)

    async def fail() -> None:
        async with places.acquire(ClientClass.SIGN_IN):
            raise RuntimeError

    async def wait() -> None:
        async with places.acquire(ClientClass.SIGN_IN):
            await asyncio.Event().wait()

    for _ in range(CONCURRENCY[ClientClass.SIGN_IN] * 2):
        with pytest.raises(RuntimeError):
            await fail()
        waiting = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    async with AsyncExitStack() as stack:
        for _ in range(CONCURRENCY[ClientClass.SIGN_IN]):
            await stack.enter_async_context(places.acquire(ClientClass.SIGN_IN))
