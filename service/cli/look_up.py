"""What receivers look up about us in DNS, looked up by us first, for `crieur doctor`."""

from collections.abc import Collection, Iterator, Sequence
from functools import partial

import dns.exception
import dns.rdtypes.txtbase
import dns.resolver
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from service.cli import spf
from service.cli.finding import Finding, Verdict, judge
from service.delivery.dkim import DkimKey, DkimKeys
from service.delivery.dkim_keys import NEW_BITS, is_open_to_others, path_of
from service.delivery.dkim_record import compare

PATIENCE = 5
"""Seconds for one name."""


def make_resolver() -> dns.resolver.Resolver:
    """Return the resolver of this machine; without one nothing is found."""
    try:
        resolver = dns.resolver.Resolver()
    except dns.exception.DNSException:
        resolver = dns.resolver.Resolver(configure=False)
    resolver.lifetime = PATIENCE
    return resolver


def look_up_bounces(resolver: dns.resolver.Resolver, domain: str) -> Iterator[Finding]:
    """Look where bounces go, and who may send under their domain.

    Receivers check SPF against the return path (RFC 7208 section 2.4), and that is this domain.
    """
    yield _expect(
        f"MX of {domain}",
        ask(resolver, domain, "MX"),
        advice="Without it no bounce comes back: add an MX record.",
    )
    yield spf.examine(
        domain,
        partial(ask, resolver, kind="TXT"),
        missing="Receivers check SPF of the return path, which is this domain: add a TXT record "
        "'v=spf1 include:your-relay -all'.",
    )


def look_up_sender(resolver: dns.resolver.Resolver, domain: str) -> Iterator[Finding]:
    """Look who may send for a sender's domain, and what is to become of mails by others."""
    yield spf.examine(domain, partial(ask, resolver, kind="TXT"), sends=False)
    yield _expect(
        f"DMARC of {domain}",
        ask(resolver, f"_dmarc.{domain}", "TXT"),
        starts="v=DMARC1",
        advice="Large receivers ask for it: add a TXT record 'v=DMARC1; p=none'.",
    )


def look_up_keys(
    resolver: dns.resolver.Resolver, keys: DkimKeys, *, senders: Collection[str]
) -> Iterator[Finding]:
    """Compare every DKIM key with the published one, and name senders that have none."""
    for key in keys.keys:
        yield from _look_up_key(resolver, key)
    for domain in sorted(senders):
        if not keys.of(domain):
            yield Finding(
                f"DKIM of {domain}",
                Verdict.WARNING,
                "Its mails leave unsigned: let the relay sign them, or make a key with "
                f"'crieur dkim keygen --domain {domain}' and name it in CRIEUR_DKIM_KEYS.",
            )


def look_at_key_files(entries: Sequence[str]) -> Iterator[Finding]:
    """Look who may read the private keys."""
    for path in sorted({path_of(entry) for entry in entries}):
        yield judge(
            f"DKIM key file {path}",
            good=not is_open_to_others(path),
            advice=f"Everybody on this machine may read it: chmod 600 {path}.",
            otherwise=Verdict.WARNING,
        )


def ask(resolver: dns.resolver.Resolver, name: str, kind: str) -> list[str] | None:
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


def _look_up_key(resolver: dns.resolver.Resolver, key: DkimKey) -> Iterator[Finding]:
    check = f"DKIM key {key.name}"
    records = ask(resolver, key.name, "TXT")
    if records is None:
        yield spf.silence(check)
        return
    remarks = compare(key, records)
    for remark in remarks:
        yield Finding(check, Verdict.BAD if remark.is_bad else Verdict.WARNING, remark.advice)
    if isinstance(key.private, RSAPrivateKey) and key.private.key_size < NEW_BITS:
        yield Finding(
            check,
            Verdict.WARNING,
            f"It has {key.private.key_size} bits, which some receivers no longer trust: make one "
            f"of {NEW_BITS} with 'crieur dkim keygen --type rsa'.",
        )
    elif not remarks:
        yield Finding(check, Verdict.GOOD)


def _expect(check: str, records: list[str] | None, *, advice: str, starts: str = "") -> Finding:
    if records is None:
        return spf.silence(check)
    found = any(record.startswith(starts) for record in records)
    return judge(check, good=found, advice=advice, otherwise=Verdict.WARNING)
