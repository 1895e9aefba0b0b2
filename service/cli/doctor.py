"""`crieur doctor`: looks at everything Crieur stands on, and says what to do."""

import asyncio
import shutil
from collections.abc import Iterator
from datetime import timedelta

import typer

from service.audience import suppression_hashes
from service.boot import Runtime, build_runtime
from service.cli.finding import Finding, Verdict, judge
from service.cli.look_up import (
    look_at_key_files,
    look_up_bounces,
    look_up_keys,
    look_up_sender,
    make_resolver,
)
from service.cli.runtime import open_settings
from service.cli.show import as_lines, as_table
from service.config import unknown_settings
from service.delivery.door import Timeouts
from service.delivery.guard import sending_guard
from service.delivery.notices import send_notice
from service.delivery.smtp import Relay, Unreachable
from service.kit.db import connection_error, server_time
from service.kit.errors import CrieurError
from service.migrations.upgrade import is_current
from service.newsletters import catalogue

MOST_DRIFT = timedelta(seconds=5)
LEAST_FREE = 1 << 30


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
        as_lines({"check": f.check, "verdict": f.verdict, "advice": f.advice} for f in findings)
    else:
        as_table(["check", "", "what to do"], [(f.check, f.verdict, f.advice) for f in findings])
    if any(finding.verdict is Verdict.BAD for finding in findings):
        raise typer.Exit(1)


def _examine(runtime: Runtime) -> Iterator[Finding]:
    yield from _settings()
    why = connection_error(runtime.engine)
    if why is None:
        yield Finding("database", Verdict.GOOD)
        yield from (check(runtime) for check in (_schema, _home, _clock))
        yield from _suppressions(runtime)
        yield from _stuck(runtime)
    else:
        advice = f"It does not answer ({why}): check CRIEUR_DATABASE_URL."
        yield Finding("database", Verdict.BAD, advice)
    yield from _redis(runtime)
    yield _disk(runtime)
    yield from _relays(runtime)
    yield from _names(runtime, is_known=why is None and is_current(runtime.engine))


def _settings() -> Iterator[Finding]:
    """Tell of names that are misspelt: the settings that were meant have their defaults."""
    for name, meant in unknown_settings().items():
        yield Finding(
            f"setting {name}",
            Verdict.WARNING,
            f"Nothing reads it: write {meant}." if meant else "Nothing reads it: take it away.",
        )


def _schema(runtime: Runtime) -> Finding:
    return judge("schema", good=is_current(runtime.engine), advice="Run 'crieur db upgrade'.")


def _home(runtime: Runtime) -> Finding:
    """Whether this is a copy; a schema that is behind does not know."""
    if not is_current(runtime.engine):
        return judge("home", good=False, advice="Run 'crieur db upgrade' first.")
    with runtime.begin() as session:
        free, place = (
            sending_guard.is_sending_allowed(session),
            sending_guard.sending_status(session),
        )
    return judge("home", good=free, advice="" if free else sending_guard.ADVICE[place])


def _suppressions(runtime: Runtime) -> Iterator[Finding]:
    """Tell of suppressions that nobody recognises: who was erased could be signed up again."""
    if not is_current(runtime.engine):
        return
    with runtime.begin() as session:
        lost = suppression_hashes.count_under_unknown_secrets(session, keyring=runtime.keyring)
    if lost:
        yield Finding(
            "suppressions",
            Verdict.BAD,
            f"{lost:,} were made under a secret that is not set any more, and stop nobody: put it "
            "into CRIEUR_RETIRED_KEYS.",
        )


def _stuck(runtime: Runtime) -> Iterator[Finding]:
    """Tell of what is never sent and makes no noise: mails, and newsletters without a clock."""
    if not is_current(runtime.engine):
        return
    with runtime.begin() as session:
        stuck = send_notice.find_stuck_notices(session)
        lost = [
            each for each in catalogue.list_newsletters(session) if catalogue.has_unknown_zone(each)
        ]
    for each in stuck:
        yield Finding(
            "confirmation mails",
            Verdict.BAD,
            f"{each.count:,} wait since {each.since:%Y-%m-%d %H:%M} UTC: {each.reason}. The log "
            "of the workers says more.",
        )
    for newsletter in lost:
        yield Finding(
            f"newsletter {newsletter.slug}",
            Verdict.BAD,
            f"No slot of it runs: this machine knows no time zone “{newsletter.time_zone}”. "
            "Install the system's tzdata, or choose another one.",
        )


def _clock(runtime: Runtime) -> Finding:
    drift = abs(server_time(runtime.engine) - runtime.clock())
    return judge(
        "clock",
        good=drift <= MOST_DRIFT,
        advice=f"This machine and the database differ by {drift.total_seconds():.0f} s: run NTP.",
    )


def _redis(runtime: Runtime) -> Iterator[Finding]:
    is_there = runtime.cache.is_answering()
    yield judge(
        "redis",
        good=is_there,
        advice="It does not answer: check CRIEUR_REDIS_URL. Meanwhile work begins some seconds "
        "later; nothing is lost.",
    )
    if not is_there:
        return
    yield judge(
        "redis eviction",
        good=runtime.cache.eviction_policy() in {"noeviction", None},
        advice="Set maxmemory-policy to noeviction: an evicted job message makes mail late.",
        otherwise=Verdict.WARNING,
    )


def _disk(runtime: Runtime) -> Finding:
    folder = runtime.settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return judge(
        "disk",
        good=free >= LEAST_FREE,
        advice=f"Only {free >> 20} MB are free at {folder}.",
        otherwise=Verdict.WARNING,
    )


def _relays(runtime: Runtime) -> Iterator[Finding]:
    settings = runtime.settings
    if not settings.smtp_url:
        yield Finding("relay", Verdict.BAD, "Set CRIEUR_SMTP_URL: no mail can leave without it.")
    for url in settings.smtp_url:
        try:
            relay = Relay.parse(url.get_secret_value(), helo=settings.bounce_domain)
        except CrieurError as error:
            yield Finding("relay", Verdict.BAD, str(error))
            continue
        answer = asyncio.run(_talk(relay))
        name = f"relay {relay.host}:{relay.port}"
        advice = (
            f"{answer.reason[:1].upper()}{answer.reason[1:]}: {answer.advice}." if answer else ""
        )
        yield judge(name, good=answer is None, advice=advice)


def _relay_of(runtime: Runtime, sender: str) -> Iterator[Finding]:
    """Tell of a sender whose mails would wait for ever: all relays are for others."""
    if runtime.relays and not runtime.fleet.serving(sender):
        yield Finding(
            f"relay for {sender}",
            Verdict.BAD,
            "All relays in CRIEUR_SMTP_URL are for other sender domains, so its mails wait: add it "
            "to the from= of one, or a relay without from=.",
        )


async def _talk(relay: Relay) -> Unreachable | None:
    """Connect, secure and sign in as a worker would; return what went wrong."""
    line = await relay.connect(Timeouts())
    if isinstance(line, Unreachable):
        return line
    await line.close()
    return None


def _names(runtime: Runtime, *, is_known: bool) -> Iterator[Finding]:
    """What receivers look up; the senders are only known from a database that is current."""
    settings = runtime.settings
    resolver = make_resolver()
    yield from look_up_bounces(resolver, settings.bounce_domain)
    senders = _sender_domains(runtime) if is_known else set()
    for domain in sorted(senders):
        if domain != settings.bounce_domain.lower():
            yield from look_up_sender(resolver, domain)
        else:
            # Its SPF was looked up just now.
            yield from (
                each for each in look_up_sender(resolver, domain) if "SPF" not in each.check
            )
        yield from _relay_of(runtime, domain)
    if is_known:
        yield from _new_senders(runtime, senders)
    yield from look_up_keys(resolver, runtime.dkim, senders=senders)
    yield from look_at_key_files(settings.dkim_keys)


def _new_senders(runtime: Runtime, senders: set[str]) -> Iterator[Finding]:
    """Say how many mails a day holds just now; a wrong domain or day has no other sign."""
    today = runtime.clock().date()
    for domain, first in runtime.settings.warm_up.items():
        limit = runtime.pacer.limit_of_day(domain, today)
        check = f"warm-up of {domain}"
        if domain not in senders:
            advice = "No newsletter sends from it: name the domain of a sender in CRIEUR_WARM_UP."
            yield Finding(check, Verdict.WARNING, advice)
        elif first > today:
            advice = f"No edition of it leaves before {first} (CRIEUR_WARM_UP)."
            yield Finding(check, Verdict.WARNING, advice)
        elif limit is None:
            yield Finding(check, Verdict.GOOD, "It is over: take it out of CRIEUR_WARM_UP.")
        else:
            day = (today - first).days + 1
            advice = f"Day {day}: each receiver gets {limit:,} mails today (UTC) at most."
            yield Finding(check, Verdict.GOOD, advice)


def _sender_domains(runtime: Runtime) -> set[str]:
    with runtime.begin() as session:
        senders = {each.sender_address for each in catalogue.list_newsletters(session)}
    return {sender.rpartition("@")[2].lower() for sender in senders}
