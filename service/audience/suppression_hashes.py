"""The imprints under which suppressed addresses are known: renewed, handed on, and taken in.

An imprint is a keyed hash, so that a list of suppressions tells nobody an address. It depends on
the secret: under another one the same address has another imprint. So each row says which secret
made it, by a name that gives nothing away; rows whose address is known get the newest imprint by
`renew`; the others, of people who were erased or never signed up, stay readable as long as their
secret is in the keyring, if only among the retired ones (docs/decisions/0018-imprints.md).
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.audience.address import address_key
from service.audience.queries import suppression_hashes as queries
from service.audience.queries import suppressions as suppressions_under
from service.audience.suppress import HASH_PURPOSE
from service.kit.db import Session
from service.kit.errors import Invalid
from service.kit.log import get_logger
from service.kit.tokens import Keyring

log = get_logger(__name__)

EXPORT_FORMAT = "crieur-suppressions-1"
MAX_LINE_LENGTH = 4000
_IMPRINT = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9a-f]{8}")
_LONGEST_REASON = 60
_LONGEST_EVIDENCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedSuppression:
    """One suppression as it is handed on: by its imprint, and by the address where it is known."""

    imprint: str
    key: str | None
    address: str | None
    reason: str
    evidence: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionImportResult:
    """What became of some lines."""

    new: int = 0
    known: int = 0
    # New ones that nobody here can recognise yet: their secret is not in the keyring.
    sealed: int = 0

    def __add__(self, other: "SuppressionImportResult") -> "SuppressionImportResult":
        return SuppressionImportResult(
            new=self.new + other.new,
            known=self.known + other.known,
            sealed=self.sealed + other.sealed,
        )


def rehash_suppressions(
    session: Session, *, keyring: Keyring, after: str = "", size: int = 1000
) -> tuple[int, str | None]:
    """Give some suppressions the newest imprint; return how many, and where to go on, or None.

    Only those whose address is known can have one; `left_behind` counts the others.
    """
    newest = keyring.names[0]
    rows = queries.hashes_to_renew(session, newest=newest, after=after, limit=size)
    codes = {old: keyring.code(HASH_PURPOSE, key.encode()) for old, key in rows}
    queries.replace_hashes(session, codes, key=newest)
    if rows:
        log.info("suppression.rehashed", count=len(rows))
    return len(rows), rows[-1][0] if len(rows) == size else None


def count_under_old_secrets(session: Session, *, keyring: Keyring) -> dict[str, int]:
    """Count suppressions under other secrets than the newest, by name; “?” was not noted."""
    counts = queries.count_by_secret(session)
    return {name or "?": count for name, count in counts.items() if name != keyring.names[0]}


def count_under_unknown_secrets(session: Session, *, keyring: Keyring) -> int:
    """Count suppressions under secrets that are known to be none of ours."""
    counts = queries.count_by_secret(session)
    return sum(count for name, count in counts.items() if name and name not in keyring.names)


def export_suppressions(
    session: Session, *, after: str = "", size: int = 1000
) -> list[ExportedSuppression]:
    """Return some suppressions in the order of their imprints, from just behind one."""
    return [
        ExportedSuppression(
            imprint=row.address_hash,
            key=row.imprint_key,
            address=address,
            reason=row.reason,
            evidence=row.evidence,
            since=row.since,
        )
        for row, address in queries.suppressions_by_hash(session, after=after, limit=size)
    ]


def import_suppressions(
    session: Session, lines: Sequence[ExportedSuppression], *, keyring: Keyring
) -> SuppressionImportResult:
    """Store suppressions that are not here yet; what is here keeps its reason and date."""
    newest = keyring.names[0]
    keys = {each: address_key(each.address) for each in lines if each.address is not None}
    codes = {each: keyring.codes(HASH_PURPOSE, key.encode()) for each, key in keys.items() if key}
    wanted = [code for each in lines for code in codes.get(each, [each.imprint])]
    known = {row.address_hash for row in suppressions_under(session, wanted)}
    owners = queries.subscribers_by_keys(session, [key for key in keys.values() if key])
    values = {}
    for each in lines:
        own = codes.get(each)
        if known.isdisjoint(own or [each.imprint]):
            values[own[0] if own else each.imprint] = {
                "address_hash": own[0] if own else each.imprint,
                "imprint_key": newest if own else each.key,
                "subscriber_id": owners.get(keys.get(each) or ""),
                "reason": each.reason,
                "evidence": each.evidence,
                "since": each.since,
            }
    # In one order, so that two of these never wait for each other in circles.
    stored = queries.add_missing_suppressions(session, [values[code] for code in sorted(values)])
    sealed = [
        code
        for code in stored
        if (name := values[code]["imprint_key"]) and name not in keyring.names
    ]
    return SuppressionImportResult(
        new=len(stored), known=len(lines) - len(stored), sealed=len(sealed)
    )


def write_export(lines: Iterable[ExportedSuppression]) -> Iterator[str]:
    """Write a file for `read`: a heading and a line of JSON a suppression."""
    yield json.dumps({"format": EXPORT_FORMAT})
    for each in lines:
        yield json.dumps(
            {
                "imprint": each.imprint,
                "key": each.key,
                "address": each.address,
                "reason": each.reason,
                "evidence": each.evidence,
                "since": each.since.isoformat(),
            },
            ensure_ascii=False,
        )


def parse_export(rows: Iterable[str], *, now: datetime) -> Iterator[ExportedSuppression]:
    """Read what `write` has written.

    Raises:
        Invalid: it is no such file, or a line of it cannot be used; the sentence says which.
    """
    lines = iter(rows)
    if _fields(next(lines, ""), 1).get("format") != EXPORT_FORMAT:
        raise Invalid("This is no list of suppressions that 'crieur suppression export' wrote.")
    for number, row in enumerate(lines, start=2):
        if row.strip():
            yield _line(_fields(row, number), number, now=now)


def _fields(row: str, number: int) -> dict[str, object]:
    try:
        fields = json.loads(row) if len(row) <= MAX_LINE_LENGTH else None
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise Invalid(f"Line {number} is not one of a list of suppressions; nothing is imported.")
    return fields


def _line(fields: dict[str, object], number: int, *, now: datetime) -> ExportedSuppression:
    imprint, key, address = fields.get("imprint"), fields.get("key"), fields.get("address")
    since = _moment(fields.get("since"))
    reason, evidence = fields.get("reason"), fields.get("evidence", "")
    wrong = (
        ("imprint", not _is(_IMPRINT, imprint)),
        ("key", key is not None and not _is(_KEY, key)),
        ("address", address is not None and address_key(str(address)) is None),
        ("since", since is None or since > now),
        ("reason", not _is_line(reason, most=_LONGEST_REASON) or not reason),
        ("evidence", not _is_line(evidence, most=_LONGEST_EVIDENCE)),
    )
    for name, is_wrong in wrong:
        if is_wrong:
            raise Invalid(f"Line {number}: “{name}” cannot be used; nothing is imported.")
    assert since is not None
    return ExportedSuppression(
        imprint=str(imprint),
        key=None if key is None else str(key),
        address=None if address is None else str(address),
        reason=str(reason),
        evidence=str(evidence),
        since=since,
    )


def _is(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_line(value: object, *, most: int) -> bool:
    return isinstance(value, str) and len(value) <= most and "\x00" not in value


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
