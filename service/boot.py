"""Wiring only: settings become a runtime that entry points hand to the rooms."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from service import schema
from service.config import Settings
from service.delivery.crew import Crew
from service.delivery.dkim import DkimKeys
from service.delivery.dkim_keys import read_keys
from service.delivery.fleet import Fleet
from service.delivery.pace import Pacer
from service.delivery.pacing import Rules
from service.delivery.post import Post
from service.delivery.retry import WhenUncertain
from service.delivery.smtp import Relay
from service.delivery.thresholds import Thresholds
from service.kit.broker import Bells, make_broker
from service.kit.cache import Cache
from service.kit.clock import AgreedClock, Clock, system_clock
from service.kit.db import Begin, make_begin, make_engine, server_time_if_there
from service.kit.errors import Misconfigured
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
    broker: Bells
    relays: Sequence[Relay]
    fleet: Fleet[Relay]
    pacer: Pacer
    dkim: DkimKeys

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
        self.cache.close()
        self.broker.close()


def build(
    settings: Settings, *, clock: Clock | None = None, local: Clock = system_clock
) -> Runtime:
    """Wire a runtime; nothing is connected yet. The URLs must be known by now.

    Without a `clock` the database tells the time, and `local` only while it cannot.

    Raises:
        Misconfigured: the address of a store or of a relay, a DKIM key or the pacing file cannot
            be read.
    """
    schema.metadata()
    if settings.database_url is None or settings.redis_url is None:
        raise ValueError("embedded servers must be started before the runtime is built")
    redis_url = settings.redis_url.get_secret_value()
    with _naming("CRIEUR_DATABASE_URL", "postgresql://crieur:password@db.example.org/crieur"):
        engine = make_engine(settings.database_url.get_secret_value())
    with _naming("CRIEUR_REDIS_URL", "redis://cache.example.org:6379/0"):
        cache = Cache(redis_url)
    relays = [
        Relay.parse(url.get_secret_value(), helo=settings.bounce_domain)
        for url in settings.smtp_url
    ]
    return Runtime(
        settings=settings,
        engine=engine,
        begin=make_begin(engine),
        clock=clock or AgreedClock(partial(server_time_if_there, engine), local=local),
        cache=cache,
        keyring=Keyring([secret.get_secret_value() for secret in settings.secret_key]),
        broker=make_broker(redis_url),
        relays=relays,
        fleet=Fleet(relays),
        pacer=Pacer(cache, _read_rules(settings.pacing_file), warm_up=settings.warm_up),
        dkim=read_keys(settings.dkim_keys),
    )


def _read_rules(file: Path | None) -> Rules:
    if file is None:
        return Rules.load()
    try:
        return Rules.load(override=file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise Misconfigured(f"CRIEUR_PACING_FILE cannot be read: {reason}.") from None


@contextmanager
def _naming(setting: str, example: str) -> Iterator[None]:
    """Name the setting whose address cannot be read, without showing it."""
    try:
        yield
    except ValueError:
        raise Misconfigured(f"{setting} is not an address, such as {example}.") from None


def crew(runtime: Runtime) -> Crew:
    """Return what sending needs; raise Misconfigured when no relay is named."""
    settings = runtime.settings
    if not runtime.relays:
        raise Misconfigured(
            "CRIEUR_SMTP_URL is missing: set it to the relay that takes the mail, "
            "such as smtp://user:password@mail.example.org:587?starttls=required."
        )
    return Crew(
        begin=runtime.begin,
        clock=runtime.clock,
        keyring=runtime.keyring,
        fleet=runtime.fleet,
        pacer=runtime.pacer,
        post=Post(
            public_url=settings.public_url,
            bounce_domain=settings.bounce_domain,
            dkim=runtime.dkim,
        ),
        connections=settings.smtp_connections,
        lease_for=timedelta(seconds=settings.lease_seconds),
        when_uncertain=WhenUncertain(settings.uncertain),
        thresholds=Thresholds(
            hard_bounces=settings.pause_at_hard_bounces,
            complaints=settings.pause_at_complaints,
            policy=settings.pause_at_policy,
        ),
    )


@contextmanager
def runtime(settings: Settings, *, clock: Clock | None = None) -> Iterator[Runtime]:
    """Build a runtime and close it at the end."""
    built = build(settings, clock=clock)
    try:
        yield built
    finally:
        built.close()
