"""Wiring only: settings become a runtime that entry points hand to the rooms."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import dramatiq
from sqlalchemy import Engine

from service import schema
from service.config import Settings
from service.kit.broker import make_broker
from service.kit.cache import Cache
from service.kit.clock import Clock, system_clock
from service.kit.db import Begin, make_begin, make_engine
from service.kit.tokens import Keyring


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What a process needs to run any room."""

    settings: Settings
    engine: Engine
    begin: Begin
    clock: Clock
    cache: Cache
    keyring: Keyring
    broker: dramatiq.Broker

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
        self.cache.close()
        self.broker.close()


def build(settings: Settings, *, clock: Clock = system_clock) -> Runtime:
    """Wire a runtime; nothing is connected yet. The URLs must be known by now."""
    schema.metadata()
    if settings.database_url is None or settings.redis_url is None:
        raise ValueError("embedded servers must be started before the runtime is built")
    engine = make_engine(settings.database_url.get_secret_value())
    redis_url = settings.redis_url.get_secret_value()
    return Runtime(
        settings=settings,
        engine=engine,
        begin=make_begin(engine),
        clock=clock,
        cache=Cache(redis_url),
        keyring=Keyring([secret.get_secret_value() for secret in settings.secret_key]),
        broker=make_broker(redis_url),
    )


@contextmanager
def runtime(settings: Settings, *, clock: Clock = system_clock) -> Iterator[Runtime]:
    """Build a runtime and close it at the end."""
    built = build(settings, clock=clock)
    try:
        yield built
    finally:
        built.close()
