"""Wiring only: settings become a runtime that entry points hand to the rooms.

Its parts are made when they are first asked for, and what they stand on is loaded then: a command
that adds a reader needs neither Redis nor SMTP. Daemons ask for all of them at their start.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from service import schema
from service.config import Settings, is_scraped_by_supervisor
from service.kit.clock import Clock, DatabaseClock, system_clock
from service.kit.db import Begin, make_begin, make_engine, server_time_or_none
from service.kit.errors import Misconfigured
from service.kit.lazy_field import is_computed, lazy_field
from service.kit.tokens import Keyring

if TYPE_CHECKING:
    from service.delivery.dependencies import SendDependencies
    from service.delivery.dkim import DkimKeys
    from service.delivery.fleet import Fleet
    from service.delivery.pace import Pacer
    from service.delivery.pacing import Rules
    from service.delivery.smtp import Relay
    from service.jobs.broker import WakeableBroker
    from service.kit.metrics import Metric
    from service.kit.redis_store import RedisStore


def _make_cache(runtime: "Runtime") -> "RedisStore":
    from service.kit.redis_store import RedisStore

    with _naming("CRIEUR_REDIS_URL", "redis://cache.example.org:6379/0"):
        return RedisStore(_redis_url(runtime.settings))


def _make_broker(runtime: "Runtime") -> "WakeableBroker":
    from service.jobs.broker import make_broker

    with _naming("CRIEUR_REDIS_URL", "redis://cache.example.org:6379/0"):
        return make_broker(_redis_url(runtime.settings))


def _make_relays(runtime: "Runtime") -> "Sequence[Relay]":
    from service.delivery.smtp import Relay

    settings = runtime.settings
    urls = [url.get_secret_value() for url in settings.smtp_url]
    return [Relay.parse(url, helo=settings.bounce_domain) for url in urls]


def _make_fleet(runtime: "Runtime") -> "Fleet[Relay]":
    from service.delivery.fleet import Fleet

    return Fleet(runtime.relays)


def _read_rules(runtime: "Runtime") -> "Rules":
    from service.delivery.pacing import Rules

    file = runtime.settings.pacing_file
    if file is None:
        return Rules.load()
    try:
        return Rules.load(override=file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise Misconfigured(f"CRIEUR_PACING_FILE cannot be read: {reason}.") from None


def _make_pacer(runtime: "Runtime") -> "Pacer":
    from service.delivery.pace import Pacer

    settings = runtime.settings
    return Pacer(runtime.cache, runtime.pacing_rules, warm_up=settings.warm_up)


def _read_dkim(runtime: "Runtime") -> "DkimKeys":
    from service.delivery.dkim_keys import read_keys

    return read_keys(runtime.settings.dkim_keys)


@dataclass(frozen=True, kw_only=True, eq=False)
class Runtime:
    """What a process needs to run any room."""

    settings: Settings
    engine: Engine
    begin: Begin
    clock: Clock
    keyring: Keyring
    cache: "RedisStore" = lazy_field(_make_cache)
    broker: "WakeableBroker" = lazy_field(_make_broker)
    relays: "Sequence[Relay]" = lazy_field(_make_relays)
    fleet: "Fleet[Relay]" = lazy_field(_make_fleet)
    # What the pacing file says, which names providers, too; the pacer counts by it in Redis.
    pacing_rules: "Rules" = lazy_field(_read_rules)
    pacer: "Pacer" = lazy_field(_make_pacer)
    dkim: "DkimKeys" = lazy_field(_read_dkim)

    def make_all(self) -> None:
        """Make every part now.

        Raises:
            Misconfigured: the address of a store or of a relay, a DKIM key or the pacing file
                cannot be read.
        """
        for part in (self.cache, self.broker, self.relays, self.fleet, self.pacer, self.dkim):
            del part

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
        if is_computed(self, "cache"):
            self.cache.close()
        if is_computed(self, "broker"):
            self.broker.close()


def build_runtime(
    settings: Settings,
    *,
    clock: Clock | None = None,
    local: Clock = system_clock,
    lazily: bool = False,
) -> Runtime:
    """Wire a runtime; nothing is connected yet. The URLs must be known by now.

    Without a `clock` the database tells the time, and `local` only while it cannot. Made `lazily`,
    a setting that cannot be read is found when its part is needed.

    Raises:
        Misconfigured: the address of a store or of a relay, a DKIM key or the pacing file cannot
            be read.
    """
    schema.metadata()
    if settings.database_url is None or settings.redis_url is None:
        raise ValueError("embedded servers must be started before the runtime is built")
    with _naming("CRIEUR_DATABASE_URL", "postgresql://crieur:password@db.example.org/crieur"):
        engine = make_engine(settings.database_url.get_secret_value())
    built = Runtime(
        settings=settings,
        engine=engine,
        begin=make_begin(engine),
        clock=clock or DatabaseClock(partial(server_time_or_none, engine), local=local),
        keyring=Keyring(
            [secret.get_secret_value() for secret in settings.secret_key],
            retired=[secret.get_secret_value() for secret in settings.retired_keys],
        ),
    )
    if not lazily:
        built.make_all()
    return built


def _redis_url(settings: Settings) -> str:
    if settings.redis_url is None:
        raise ValueError("embedded servers must be started before the runtime is built")
    return settings.redis_url.get_secret_value()


@contextmanager
def _naming(setting: str, example: str) -> Iterator[None]:
    """Name the setting whose address cannot be read, without showing it."""
    try:
        yield
    except ValueError:
        raise Misconfigured(f"{setting} is not an address, such as {example}.") from None


def send_dependencies(runtime: Runtime) -> "SendDependencies":
    """Return what sending needs; raise Misconfigured when no relay is named."""
    from service.delivery.dependencies import SendDependencies
    from service.delivery.post import Post
    from service.delivery.progress.thresholds import Thresholds
    from service.delivery.retry import WhenUncertain

    settings = runtime.settings
    if not runtime.relays:
        raise Misconfigured(
            "CRIEUR_SMTP_URL is missing: set it to the relay that takes the mail, "
            "such as smtp://user:password@mail.example.org:587?starttls=required."
        )
    return SendDependencies(
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
def exposing_metrics(settings: Settings, metrics: "Sequence[Metric]") -> Iterator[None]:
    """Record a daemon's metrics, and serve them at CRIEUR_METRICS_LISTEN if that is set.

    Under a supervisor that serves the metrics of its children, they are only recorded.

    Raises:
        Misconfigured: the address cannot be bound.
    """
    from service.kit.metrics import activate

    if is_scraped_by_supervisor():
        activate(metrics)
        yield
    elif settings.metrics_listen is not None:
        from service.kit.metrics_exposition import serving_metrics

        activate(metrics)
        with serving_metrics(settings.metrics_listen):
            yield
    else:
        yield


@contextmanager
def runtime(settings: Settings, *, clock: Clock | None = None) -> Iterator[Runtime]:
    """Build a runtime and close it at the end."""
    built = build_runtime(settings, clock=clock)
    try:
        yield built
    finally:
        built.close()
