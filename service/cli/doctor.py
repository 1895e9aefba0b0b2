"""`crieur doctor`: checks everything Crieur depends on, and advises."""

import asyncio
import shutil
from collections.abc import Iterator
from datetime import timedelta

import typer

from service.audience import suppression_hashes
from service.boot import Runtime, build_runtime
from service.cli.check_result import CheckResult, CheckStatus, make_result
from service.cli.dns_checks import (
    check_bounce_domain,
    check_dkim_keys,
    check_key_files,
    check_sender_domain,
    make_resolver,
)
from service.cli.output import print_json_lines, print_table
from service.cli.runtime import open_settings
from service.config import unknown_settings
from service.delivery.guard import sending_guard
from service.delivery.notices import send_notice
from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.delivery.smtp.relay import Relay, RelayUnreachable
from service.kit.db import connection_error, server_time
from service.kit.errors import CrieurError
from service.migrations.upgrade import is_current
from service.newsletters import catalogue

MAX_CLOCK_DRIFT = timedelta(seconds=5)
MIN_FREE_BYTES = 1 << 30


def doctor(json: bool = typer.Option(False, "--json", help="JSON on stdout.")) -> None:
    """Check settings, database, schema, Redis, relay, DNS, clock and disk; exit 1 if one is bad.

    Example: crieur doctor
    """
    with open_settings() as settings:
        runtime = build_runtime(settings)
        try:
            findings = list(_examine(runtime))
        finally:
            runtime.close()
    if json:
        print_json_lines(
            {"check": f.check, "verdict": f.verdict, "advice": f.advice} for f in findings
        )
    else:
        print_table(["check", "", "what to do"], [(f.check, f.verdict, f.advice) for f in findings])
    if any(finding.verdict is CheckStatus.BAD for finding in findings):
        raise typer.Exit(1)


def _examine(runtime: Runtime) -> Iterator[CheckResult]:
    yield from _settings()
    why = connection_error(runtime.engine)
    if why is None:
        yield CheckResult("database", CheckStatus.GOOD)
        yield from (check(runtime) for check in (_schema, _sending, _clock))
        yield from _suppressions(runtime)
        yield from _stuck(runtime)
    else:
        advice = f"It does not answer ({why}): check CRIEUR_DATABASE_URL."
        yield CheckResult("database", CheckStatus.BAD, advice)
    yield from _redis(runtime)
    yield _disk(runtime)
    yield from _relays(runtime)
    yield from _names(runtime, is_known=why is None and is_current(runtime.engine))


def _settings() -> Iterator[CheckResult]:
    """Report misspelt names: the settings that were meant have their defaults."""
    for name, meant in unknown_settings().items():
        yield CheckResult(
            f"setting {name}",
            CheckStatus.WARNING,
            f"Nothing reads it: write {meant}." if meant else "Nothing reads it: remove it.",
        )


def _schema(runtime: Runtime) -> CheckResult:
    return make_result("schema", good=is_current(runtime.engine), advice="Run 'crieur db upgrade'.")


def _sending(runtime: Runtime) -> CheckResult:
    """Check whether this database may send; an older schema cannot tell."""
    if not is_current(runtime.engine):
        return make_result("sending", good=False, advice="Run 'crieur db upgrade' first.")
    with runtime.begin() as session:
        is_allowed = sending_guard.is_sending_allowed(session)
        status = sending_guard.sending_status(session)
    return make_result(
        "sending", good=is_allowed, advice="" if is_allowed else sending_guard.ADVICE[status]
    )


def _suppressions(runtime: Runtime) -> Iterator[CheckResult]:
    """Report suppressions that no key recognises: erased readers could be signed up again."""
    if not is_current(runtime.engine):
        return
    with runtime.begin() as session:
        lost = suppression_hashes.count_under_unknown_secrets(session, keyring=runtime.keyring)
    if lost:
        yield CheckResult(
            "suppressions",
            CheckStatus.BAD,
            f"{lost:,} were made with a secret that is no longer set, and have no effect: add it "
            "to CRIEUR_RETIRED_KEYS.",
        )


def _stuck(runtime: Runtime) -> Iterator[CheckResult]:
    """Report what silently waits for ever: notices, and newsletters without a time zone."""
    if not is_current(runtime.engine):
        return
    with runtime.begin() as session:
        stuck = send_notice.find_stuck_notices(session)
        lost = [
            each for each in catalogue.list_newsletters(session) if catalogue.has_unknown_zone(each)
        ]
    for each in stuck:
        yield CheckResult(
            "confirmation messages",
            CheckStatus.BAD,
            f"{each.count:,} wait since {each.since:%Y-%m-%d %H:%M} UTC: {each.reason}.",
        )
    for newsletter in lost:
        yield CheckResult(
            f"newsletter {newsletter.slug}",
            CheckStatus.BAD,
            f"No slot of it runs: this machine knows no time zone “{newsletter.time_zone}”. "
            "Install the system's tzdata, or choose another one.",
        )


def _clock(runtime: Runtime) -> CheckResult:
    drift = abs(server_time(runtime.engine) - runtime.clock())
    return make_result(
        "clock",
        good=drift <= MAX_CLOCK_DRIFT,
        advice=f"This machine and the database differ by {drift.total_seconds():.0f} s: run NTP.",
    )


def _redis(runtime: Runtime) -> Iterator[CheckResult]:
    is_there = runtime.redis_store.is_reachable()
    yield make_result(
        "redis",
        good=is_there,
        advice="It does not answer: check CRIEUR_REDIS_URL. Meanwhile work starts some seconds "
        "later; nothing is lost.",
    )
    if not is_there:
        return
    yield make_result(
        "redis eviction",
        good=runtime.redis_store.eviction_policy() in {"noeviction", None},
        advice="Set maxmemory-policy to noeviction: an evicted job message delays work.",
        otherwise=CheckStatus.WARNING,
    )


def _disk(runtime: Runtime) -> CheckResult:
    folder = runtime.settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return make_result(
        "disk",
        good=free >= MIN_FREE_BYTES,
        advice=f"Only {free >> 20} MB are free at {folder}.",
        otherwise=CheckStatus.WARNING,
    )


def _relays(runtime: Runtime) -> Iterator[CheckResult]:
    settings = runtime.settings
    if not settings.smtp_url:
        yield CheckResult(
            "relay", CheckStatus.BAD, "Set CRIEUR_SMTP_URL: no message can be sent without it."
        )
    for url in settings.smtp_url:
        try:
            relay = Relay.parse(url.get_secret_value(), helo=settings.bounce_domain)
        except CrieurError as error:
            yield CheckResult("relay", CheckStatus.BAD, str(error))
            continue
        answer = asyncio.run(_try_relay(relay))
        name = f"relay {relay.host}:{relay.port}"
        advice = _sentence(f"{answer.reason}: {answer.advice}.") if answer else ""
        yield make_result(name, good=answer is None, advice=advice)


def _relay_of(runtime: Runtime, sender: str) -> Iterator[CheckResult]:
    """Report a sender whose messages would wait for ever: all relays are for others."""
    if runtime.relays and not runtime.relay_pool.serving(sender):
        yield CheckResult(
            f"relay for {sender}",
            CheckStatus.BAD,
            "All relays in CRIEUR_SMTP_URL are for other sender domains, so its messages wait: add "
            "it to the from= of one, or a relay without from=.",
        )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


async def _try_relay(relay: Relay) -> RelayUnreachable | None:
    """Connect, secure and sign in as a worker would; return what went wrong."""
    connection = await relay.connect(SmtpTimeouts())
    if isinstance(connection, RelayUnreachable):
        return connection
    await connection.close()
    return None


def _names(runtime: Runtime, *, is_known: bool) -> Iterator[CheckResult]:
    """Check DNS; the senders are only known from a database that is current."""
    settings = runtime.settings
    resolver = make_resolver()
    yield from check_bounce_domain(resolver, settings.bounce_domain)
    senders = _sender_domains(runtime) if is_known else set()
    for domain in sorted(senders):
        if domain != settings.bounce_domain.lower():
            yield from check_sender_domain(resolver, domain)
        else:
            # Its SPF was checked just now.
            yield from (
                each for each in check_sender_domain(resolver, domain) if "SPF" not in each.check
            )
        yield from _relay_of(runtime, domain)
    if is_known:
        yield from _new_senders(runtime, senders)
    yield from check_dkim_keys(resolver, runtime.dkim, senders=senders)
    yield from check_key_files(settings.dkim_keys)


def _new_senders(runtime: Runtime, senders: set[str]) -> Iterator[CheckResult]:
    """Report the day's limit of a warm-up; a wrong domain or day has no other sign."""
    today = runtime.clock().date()
    for domain, first in runtime.settings.warm_up.items():
        limit = runtime.throttle.limit_of_day(domain, today)
        check = f"warm-up of {domain}"
        if domain not in senders:
            advice = "No newsletter sends from it: name the domain of a sender in CRIEUR_WARM_UP."
            yield CheckResult(check, CheckStatus.WARNING, advice)
        elif first > today:
            advice = f"No edition of it leaves before {first} (CRIEUR_WARM_UP)."
            yield CheckResult(check, CheckStatus.WARNING, advice)
        elif limit is None:
            yield CheckResult(check, CheckStatus.GOOD, "It is over: remove it from CRIEUR_WARM_UP.")
        else:
            day = (today - first).days + 1
            advice = (
                f"Day {day}: each mailbox provider gets at most {limit:,} messages today (UTC)."
            )
            yield CheckResult(check, CheckStatus.GOOD, advice)


def _sender_domains(runtime: Runtime) -> set[str]:
    with runtime.begin() as session:
        senders = {each.sender_address for each in catalogue.list_newsletters(session)}
    return {sender.rpartition("@")[2].lower() for sender in senders}
