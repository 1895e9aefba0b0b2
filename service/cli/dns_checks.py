"""Checks the DNS records that mailbox providers look up, for `crieur doctor`."""

from collections.abc import Collection, Iterator, Sequence
from functools import partial

import dns.exception
import dns.rdtypes.txtbase
import dns.resolver
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from service.cli import spf_check
from service.cli.check_result import CheckResult, CheckStatus, make_result
from service.delivery.messages.dkim import DkimKey, DkimKeys
from service.delivery.messages.dkim_keys import NEW_BITS, is_world_readable, key_path
from service.delivery.messages.dkim_record import check_published_key

DNS_TIMEOUT = 5
"""Seconds for one name."""


def make_resolver() -> dns.resolver.Resolver:
    """Return the resolver of this machine; without one nothing is found."""
    try:
        resolver = dns.resolver.Resolver()
    except dns.exception.DNSException:
        resolver = dns.resolver.Resolver(configure=False)
    resolver.lifetime = DNS_TIMEOUT
    return resolver


def check_bounce_domain(resolver: dns.resolver.Resolver, domain: str) -> Iterator[CheckResult]:
    """Check where bounces go, and which servers may send under their domain.

    Mailbox providers check SPF of the return path (RFC 7208 section 2.4), which is this domain.
    """
    yield _expect(
        f"MX of {domain}",
        query_dns(resolver, domain, "MX"),
        advice="Without it no bounce is received: add an MX record.",
    )
    yield spf_check.check_spf(
        domain,
        partial(query_dns, resolver, kind="TXT"),
        missing="Mailbox providers check SPF of the return path, which is this domain: add a TXT "
        "record 'v=spf1 include:your-relay -all'.",
    )


def check_sender_domain(resolver: dns.resolver.Resolver, domain: str) -> Iterator[CheckResult]:
    """Check which servers may send for a sender's domain, and the policy for others."""
    yield spf_check.check_spf(domain, partial(query_dns, resolver, kind="TXT"), sends=False)
    yield _expect(
        f"DMARC of {domain}",
        query_dns(resolver, f"_dmarc.{domain}", "TXT"),
        starts="v=DMARC1",
        advice="Large mailbox providers require it: add a TXT record 'v=DMARC1; p=none'.",
    )


def check_dkim_keys(
    resolver: dns.resolver.Resolver, keys: DkimKeys, *, senders: Collection[str]
) -> Iterator[CheckResult]:
    """Compare every DKIM key with the published one, and name senders that have none."""
    for key in keys.keys:
        yield from _look_up_key(resolver, key)
    for domain in sorted(senders):
        if not keys.of(domain):
            yield CheckResult(
                f"DKIM of {domain}",
                CheckStatus.WARNING,
                "Its messages leave unsigned: let the relay sign them, or make a key with "
                f"'crieur dkim keygen --domain {domain}' and name it in CRIEUR_DKIM_KEYS.",
            )


def check_key_files(entries: Sequence[str]) -> Iterator[CheckResult]:
    """Check which users may read the private keys."""
    for path in sorted({key_path(entry) for entry in entries}):
        yield make_result(
            f"DKIM key file {path}",
            good=not is_world_readable(path),
            advice=f"Every user of this machine may read it: chmod 600 {path}.",
            otherwise=CheckStatus.WARNING,
        )


def query_dns(resolver: dns.resolver.Resolver, name: str, kind: str) -> list[str] | None:
    """Return a name's records, the strings of each TXT record joined; None: DNS is silent."""
    try:
        answer = resolver.resolve(name, kind)
    except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
        return []
    except dns.exception.DNSException:
        return None
    return [
        b"".join(record.strings).decode("utf-8", "replace")
        if isinstance(record, dns.rdtypes.txtbase.TXTBase)
        else record.to_text()
        for record in answer
    ]


def _look_up_key(resolver: dns.resolver.Resolver, key: DkimKey) -> Iterator[CheckResult]:
    check = f"DKIM key {key.name}"
    records = query_dns(resolver, key.name, "TXT")
    if records is None:
        yield spf_check.dns_unavailable(check)
        return
    remarks = check_published_key(key, records)
    for remark in remarks:
        yield CheckResult(
            check, CheckStatus.BAD if remark.is_bad else CheckStatus.WARNING, remark.advice
        )
    if isinstance(key.private, RSAPrivateKey) and key.private.key_size < NEW_BITS:
        yield CheckResult(
            check,
            CheckStatus.WARNING,
            f"It has {key.private.key_size} bits, which some mailbox providers distrust: make one "
            f"of {NEW_BITS} with 'crieur dkim keygen --type rsa'.",
        )
    elif not remarks:
        yield CheckResult(check, CheckStatus.GOOD)


def _expect(check: str, records: list[str] | None, *, advice: str, starts: str = "") -> CheckResult:
    if records is None:
        return spf_check.dns_unavailable(check)
    found = any(record.startswith(starts) for record in records)
    return make_result(check, good=found, advice=advice, otherwise=CheckStatus.WARNING)
