"""Checks whether mailbox providers can evaluate an SPF record (RFC 7208), for `crieur doctor`.

A record that exists and cannot be evaluated is as bad as none, and looks fine.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from service.cli.check_result import CheckResult, CheckStatus

TxtLookup = Callable[[str], list[str] | None]
"""Returns a name's TXT records; None: DNS is silent."""

MAX_LOOKUPS = 10
"""Terms that cause DNS lookups, in all records together (RFC 7208 section 4.6.4)."""

MISSING = "Add a TXT record 'v=spf1 include:your-relay -all'."

_VERSION = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
_TERM = re.compile(
    r"(?P<sign>[-+~?]?)(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)(?P<value>[:/].*)?",
    re.IGNORECASE,
)
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>.*)", re.IGNORECASE)
_ASKING = frozenset({"include", "a", "mx", "ptr", "exists"})


class _Unusable(Exception):  # noqa: N818  It is the result of an evaluation.
    """An evaluation of this record ends with `permerror`."""


def check_spf(
    domain: str, ask: TxtLookup, *, missing: str = MISSING, sends: bool = True
) -> CheckResult:
    """Return what is to be done about a domain's SPF.

    `sends` means that it is a return path's domain: then a record must allow some server.
    """
    check = f"SPF of {domain}"
    records = _records(ask(domain))
    if records is None:
        return dns_unavailable(check)
    if not records:
        return CheckResult(check, CheckStatus.WARNING, missing)
    try:
        budget = iter(range(MAX_LOOKUPS))
        _walk(domain, ask, budget)
    except _Unusable as fault:
        return CheckResult(
            check, CheckStatus.BAD, f"Mailbox providers cannot evaluate it: {fault}."
        )
    return _judge_end(check, records[0], sends=sends)


def dns_unavailable(check: str) -> CheckResult:
    """Return the result for a DNS server that does not answer."""
    return CheckResult(
        check,
        CheckStatus.WARNING,
        "DNS did not answer: check this machine's resolver, then try again.",
    )


def _judge_end(check: str, record: str, *, sends: bool) -> CheckResult:
    """Check whether a valid record allows every server, or none."""
    terms = [term.lower() for term in record.split()[1:]]
    if any(term in {"all", "+all"} for term in terms):
        advice = "It allows everybody to send as this domain: end it with ~all or -all."
        return CheckResult(check, CheckStatus.BAD, advice)
    allowing = [each for each in terms if _TERM.fullmatch(each) and each[0] not in "-~?"]
    if sends and not allowing and not any(each.startswith("redirect=") for each in terms):
        return CheckResult(
            check, CheckStatus.BAD, "It allows no server to send: add include:your-relay."
        )
    if any(re.match(r"[-+~?]?ptr(?![a-z])", term) for term in terms):
        return CheckResult(
            check, CheckStatus.WARNING, "Some mailbox providers ignore ptr: remove it."
        )
    return CheckResult(check, CheckStatus.GOOD)


def _records(found: Sequence[str] | None) -> list[str] | None:
    return None if found is None else [each for each in found if _VERSION.match(each)]


def _walk(domain: str, ask: TxtLookup, budget: Iterator[int]) -> None:
    """Evaluate a record and those that it includes, in the worst case."""
    records = _records(ask(domain))
    if records is None:
        return  # Another day it answers; nothing is known to be wrong.
    if len(records) != 1:
        many = f"{domain} has {len(records)} SPF records; make them one"
        raise _Unusable(many if records else f"{domain}, which it leads to, has no SPF record")
    for term in records[0].split()[1:]:
        _follow(term, domain, ask, budget)


def _follow(term: str, domain: str, ask: TxtLookup, budget: Iterator[int]) -> None:
    modifier, mechanism = _MODIFIER.fullmatch(term), _TERM.fullmatch(term)
    name = (modifier or mechanism or {"name": ""})["name"].lower()
    if not name:
        raise _Unusable(f"“{term[:60]}” in the record of {domain} is no SPF term")
    if (name not in _ASKING or modifier) and name != "redirect":
        return
    if next(budget, None) is None:
        raise _Unusable(f"it takes more than {MAX_LOOKUPS} DNS lookups")
    value = (modifier or mechanism or {"value": ""})["value"] or ""
    # Macros (section 7) are only known with a message at hand.
    if name in {"include", "redirect"} and "%" not in value:
        target = value.lstrip(":").rstrip(".")
        if not target:
            raise _Unusable(f"“{term}” in the record of {domain} has no domain")
        _walk(target, ask, budget)
