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
    from service.delivery.messages.dkim import DkimKeys
    from service.delivery.smtp.relay import Relay
    from service.delivery.smtp.relay_pool import RelayPool
    from service.delivery.throttling.pacing import PacingRules
    from service.delivery.throttling.throttle import Throttle
    from service.jobs.broker import WakeableBroker
    from service.kit.metrics import Metric
    from service.kit.redis_store import RedisStore


def _make_redis_store(runtime: "Runtime") -> "RedisStore":
    from service.kit.redis_store import RedisStore

    with _naming("CRIEUR_REDIS_URL", "redis://cache.example.org:6379/0"):
        return RedisStore(_redis_url(runtime.settings))


def _make_broker(runtime: "Runtime") -> "WakeableBroker":
    from service.jobs.broker import make_broker

    with _naming("CRIEUR_REDIS_URL", "redis://cache.example.org:6379/0"):
        return make_broker(_redis_url(runtime.settings))


def _make_relays(runtime: "Runtime") -> "Sequence[Relay]":
    from service.delivery.smtp.relay import Relay

    settings = runtime.settings
    urls = [url.get_secret_value() for url in settings.smtp_url]
    return [Relay.parse(url, helo=settings.bounce_domain) for url in urls]


def _make_relay_pool(runtime: "Runtime") -> "RelayPool[Relay]":
    from service.delivery.smtp.relay_pool import RelayPool

    return RelayPool(runtime.relays)


def _read_rules(runtime: "Runtime") -> "PacingRules":
    from service.delivery.throttling.pacing import PacingRules

    file = runtime.settings.pacing_file
    if file is None:
        return PacingRules.load()
    try:
        return PacingRules.load(override=file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise Misconfigured(f"CRIEUR_PACING_FILE cannot be read: {reason}.") from None


def _make_throttle(runtime: "Runtime") -> "Throttle":
    from service.delivery.throttling.throttle import Throttle

    settings = runtime.settings
    return Throttle(runtime.redis_store, runtime.pacing_rules, warm_up=settings.warm_up)


def _read_dkim(runtime: "Runtime") -> "DkimKeys":
    from service.delivery.messages.dkim_keys import load_dkim_keys

    return load_dkim_keys(runtime.settings.dkim_keys)


@dataclass(frozen=True, kw_only=True, eq=False)
class Runtime:
    """What a process needs to run any room."""

    settings: Settings
    engine: Engine
    begin: Begin
    clock: Clock
    keyring: Keyring
    redis_store: "RedisStore" = lazy_field(_make_redis_store)
    broker: "WakeableBroker" = lazy_field(_make_broker)
    relays: "Sequence[Relay]" = lazy_field(_make_relays)
    relay_pool: "RelayPool[Relay]" = lazy_field(_make_relay_pool)
    # What the pacing file says, which names providers, too; the throttle counts by it in Redis.
    pacing_rules: "PacingRules" = lazy_field(_read_rules)
    throttle: "Throttle" = lazy_field(_make_throttle)
    dkim: "DkimKeys" = lazy_field(_read_dkim)

    def make_all(self) -> None:
        """Make every part now.

        Raises:
            Misconfigured: the address of a store or of a relay, a DKIM key or the pacing file
                cannot be read.
        """
        for part in (
            self.redis_store,
            self.broker,
            self.relays,
            self.relay_pool,
            self.throttle,
            self.dkim,
        ):
            del part

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
        if is_computed(self, "redis_store"):
            self.redis_store.close()
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
    from service.delivery.messages.mail_identity import MailIdentity
    from service.delivery.progress.thresholds import Thresholds
    from service.delivery.smtp.retry import UncertainPolicy

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
        relay_pool=runtime.relay_pool,
        throttle=runtime.throttle,
        mail_identity=MailIdentity(
            public_url=settings.public_url,
            bounce_domain=settings.bounce_domain,
            dkim=runtime.dkim,
        ),
        connections=settings.smtp_connections,
        lease_for=timedelta(seconds=settings.lease_seconds),
        when_uncertain=UncertainPolicy(settings.uncertain),
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
