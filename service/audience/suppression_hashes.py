"""Suppression hashes: rehash them with the newest secret, export and import suppressions.

A suppression is stored under a keyed hash (HMAC), so that a list of suppressions reveals no
address. The hash depends on the secret, so each row names the secret that made it.
`rehash_suppressions` gives rows with a known address the newest hash. The others, of readers who
were erased or never signed up, can be matched only while their secret is in the keyring, if only as
a retired one (docs/decisions/0018-suppression-hashes.md).
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
from service.kit.translatable import TranslatableMessage, verbatim

log = get_logger(__name__)

EXPORT_FORMAT = "crieur-suppressions-1"
MAX_LINE_LENGTH = 4000
_HASH = re.compile(r"[0-9a-f]{64}")
_SECRET_NAME = re.compile(r"[0-9a-f]{8}")
_LONGEST_REASON = 60
_LONGEST_EVIDENCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedSuppression:
    """One suppression in an export: its hash, and its address if known."""

    address_hash: str
    # Names the secret that made the hash; None if unknown.
    secret_name: str | None
    address: str | None
    reason: str
    evidence: TranslatableMessage | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionImportResult:
    """How many imported suppressions were new, and how many were known."""

    new: int = 0
    known: int = 0
    # New ones that match no address yet: their secret is not in the keyring.
    unmatchable: int = 0

    def __add__(self, other: "SuppressionImportResult") -> "SuppressionImportResult":
        return SuppressionImportResult(
            new=self.new + other.new,
            known=self.known + other.known,
            unmatchable=self.unmatchable + other.unmatchable,
        )


def rehash_suppressions(
    session: Session, *, keyring: Keyring, after: str = "", size: int = 1000
) -> tuple[int, str | None]:
    """Rehash a batch of suppressions; return how many, and the `after` of the next batch or None.

    Only rows with a known address can be rehashed; `count_under_old_secrets` counts the others.
    """
    newest = keyring.names[0]
    rows = queries.hashes_to_renew(session, newest=newest, after=after, limit=size)
    codes = {old: keyring.code(HASH_PURPOSE, key.encode()) for old, key in rows}
    queries.replace_hashes(session, codes, key=newest)
    if rows:
        log.info("suppression.rehashed", count=len(rows))
    return len(rows), rows[-1][0] if len(rows) == size else None


def count_under_old_secrets(session: Session, *, keyring: Keyring) -> dict[str, int]:
    """Count suppressions under older secrets, by the secret's name; “?” if it is unknown."""
    counts = queries.count_by_secret(session)
    return {name or "?": count for name, count in counts.items() if name != keyring.names[0]}


def count_under_unknown_secrets(session: Session, *, keyring: Keyring) -> int:
    """Count suppressions under named secrets that are not in the keyring."""
    counts = queries.count_by_secret(session)
    return sum(count for name, count in counts.items() if name and name not in keyring.names)


def export_suppressions(
    session: Session, *, after: str = "", size: int = 1000
) -> list[ExportedSuppression]:
    """Return a batch of suppressions in the order of their hashes, after the hash `after`."""
    return [
        ExportedSuppression(
            address_hash=row.address_hash,
            secret_name=row.imprint_key,
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
    """Store suppressions that are new; known ones keep their reason and date."""
    newest = keyring.names[0]
    keys = {each: address_key(each.address) for each in lines if each.address is not None}
    codes = {each: keyring.codes(HASH_PURPOSE, key.encode()) for each, key in keys.items() if key}
    wanted = [code for each in lines for code in codes.get(each, [each.address_hash])]
    known = {row.address_hash for row in suppressions_under(session, wanted)}
    owners = queries.subscribers_by_keys(session, [key for key in keys.values() if key])
    values = {}
    for each in lines:
        own = codes.get(each)
        if known.isdisjoint(own or [each.address_hash]):
            values[own[0] if own else each.address_hash] = {
                "address_hash": own[0] if own else each.address_hash,
                "imprint_key": newest if own else each.secret_name,
                "subscriber_id": owners.get(keys.get(each) or ""),
                "reason": each.reason,
                "evidence": each.evidence,
                "since": each.since,
            }
    # Sorted, so that two of these never deadlock.
    stored = queries.add_missing_suppressions(session, [values[code] for code in sorted(values)])
    unmatchable = [
        code
        for code in stored
        if (name := values[code]["imprint_key"]) and name not in keyring.names
    ]
    return SuppressionImportResult(
        new=len(stored), known=len(lines) - len(stored), unmatchable=len(unmatchable)
    )


def write_export(lines: Iterable[ExportedSuppression]) -> Iterator[str]:
    """Yield the lines of an export file: a header, then one JSON object per suppression."""
    yield json.dumps({"format": EXPORT_FORMAT})
    for each in lines:
        yield json.dumps(
            {
                "imprint": each.address_hash,
                "key": each.secret_name,
                "address": each.address,
                "reason": each.reason,
                "evidence": str(each.evidence or ""),
                "evidence_message": each.evidence.to_json() if each.evidence else None,
                "since": each.since.isoformat(),
            },
            ensure_ascii=False,
        )


def parse_export(rows: Iterable[str], *, now: datetime) -> Iterator[ExportedSuppression]:
    """Parse the lines of `write_export`.

    Raises:
        Invalid: it is no export file, or a line is invalid; the sentence names the line.
    """
    lines = iter(rows)
    if _fields(next(lines, ""), 1).get("format") != EXPORT_FORMAT:
        raise Invalid("This is no list of suppressions that 'crieur suppression export' wrote.")
    for number, row in enumerate(lines, start=2):
        if row.strip():
            yield _exported(_fields(row, number), number, now=now)


def _fields(row: str, number: int) -> dict[str, object]:
    try:
        fields = json.loads(row) if len(row) <= MAX_LINE_LENGTH else None
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise Invalid(f"Line {number} is not one of a list of suppressions; nothing is imported.")
    return fields


def _exported(fields: dict[str, object], number: int, *, now: datetime) -> ExportedSuppression:
    imprint, key, address = fields.get("imprint"), fields.get("key"), fields.get("address")
    since = _timestamp(fields.get("since"))
    reason, evidence = fields.get("reason"), fields.get("evidence", "")
    checks = (
        ("imprint", not _is(_HASH, imprint)),
        ("key", key is not None and not _is(_SECRET_NAME, key)),
        ("address", address is not None and address_key(str(address)) is None),
        ("since", since is None or since > now),
        ("reason", not _is_line(reason, most=_LONGEST_REASON) or not reason),
        ("evidence", not _is_line(evidence, most=_LONGEST_EVIDENCE)),
        ("evidence_message", not _is_message(fields.get("evidence_message"))),
    )
    wrong = next((name for name, is_wrong in checks if is_wrong), None)
    if wrong is not None or since is None:
        raise Invalid(f"Line {number}: “{wrong}” cannot be used; nothing is imported.")
    return ExportedSuppression(
        address_hash=str(imprint),
        secret_name=None if key is None else str(key),
        address=None if address is None else str(address),
        reason=str(reason),
        evidence=_stored_evidence(str(evidence), fields.get("evidence_message")),
        since=since,
    )


def _stored_evidence(text: str, message: object) -> TranslatableMessage | None:
    """Return the evidence of a line; lists of older versions have the text only."""
    if isinstance(message, dict):
        return TranslatableMessage.from_json(message)
    return verbatim(text) if text else None


def _is_message(value: object) -> bool:
    """Return whether a value is missing, or a message whose parameters are lines of text."""
    if value is None:
        return True
    if not isinstance(value, dict) or value.keys() != {"key", "params"}:
        return False
    params = value["params"]
    texts = [value["key"], *params, *params.values()] if isinstance(params, dict) else [None]
    return all(_is_line(text, most=_LONGEST_EVIDENCE) for text in texts)


def _is(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_line(value: object, *, most: int) -> bool:
    return isinstance(value, str) and len(value) <= most and "\x00" not in value


def _timestamp(value: object) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return parsed if parsed.tzinfo else None
