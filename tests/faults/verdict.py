"""The verdict of a fault: what the relay wrote down, compared with what our books say.

Set differences, computed from the relay's own ledger, so that a flaw of ours cannot hide itself.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from service.kit.db import Begin
from tests.fakes.ledger import Entry

WRONG = ("unfinished", "lost", "to_suppressed", "unbooked", "bytes_differ", "strangers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is wrong; every field is empty or 0 when all is well."""

    # Readers who were active at the freeze and have no row, or whose row is not final.
    unfinished: frozenset[str]
    # Readers whose mail we believe accepted, and whom the relay does not know.
    lost: frozenset[str]
    # Mails that the relay took and whose readers our books call suppressed.
    to_suppressed: frozenset[str]
    # Mails that the relay took and that our books call refused or expired.
    unbooked: frozenset[str]
    # Copies beyond the first, and by reader.
    duplicates: int
    duplicated: frozenset[str]
    # Readers whose copies were not the same mail, byte by byte and in their Message-ID.
    bytes_differ: frozenset[str]
    # Readers whom nobody enrolled.
    strangers: frozenset[str]
    # Candidates by state.
    states: Mapping[str, int]
    balanced: bool

    @property
    def nothing_lost(self) -> bool:
        """Every reader is accounted for, and what we believe is so."""
        return self.balanced and not any(getattr(self, name) for name in WRONG)

    def once_each(self, readers: int) -> bool:
        """So many readers have their mail, each of them once."""
        return self.nothing_lost and self.states == {"accepted": readers} and not self.duplicates

    def __str__(self) -> str:
        names = (*WRONG, "duplicated")
        found = {name: _few(getattr(self, name)) for name in names if getattr(self, name)}
        return f"{dict(self.states)} duplicates={self.duplicates} balanced={self.balanced} {found}"


_ROWS = text("""
    SELECT subscription.subscriber_id, delivery.state
    FROM edition JOIN subscription ON subscription.newsletter_id = edition.newsletter_id
    LEFT JOIN delivery ON delivery.subscriber_id = subscription.subscriber_id
                      AND delivery.edition_id = edition.id
    WHERE edition.id = :edition_id
    """)

_BALANCE = text("""
    SELECT edition.state = 'finished' AND count(delivery.subscriber_id) = count(*) FILTER (
        WHERE delivery.state IN ('accepted', 'refused', 'suppressed', 'expired', 'uncertain'))
    FROM edition JOIN delivery ON delivery.edition_id = edition.id
    WHERE edition.id = :edition_id GROUP BY edition.state
    """)


def judge(
    begin: Begin, edition_id: int, entries: Sequence[Entry], *, readers: Mapping[int, str]
) -> Verdict:
    """Compare; `readers` are the addresses by subscriber id, as they were before the send."""
    with begin() as session:
        rows = session.execute(_ROWS, {"edition_id": edition_id}).all()
        balanced = bool(session.scalar(_BALANCE, {"edition_id": edition_id}))
    state_of = {readers[row.subscriber_id]: row.state for row in rows}
    final = {"accepted", "refused", "suppressed", "expired", "uncertain"}
    copies = Counter(entry.recipient for entry in entries)
    taken = frozenset(copies)
    return Verdict(
        unfinished=frozenset(who for who, state in state_of.items() if state not in final),
        lost=_in_state(state_of, {"accepted"}) - taken,
        to_suppressed=taken & _in_state(state_of, {"suppressed"}),
        unbooked=taken & _in_state(state_of, {"refused", "expired"}),
        duplicates=copies.total() - len(copies),
        duplicated=frozenset(who for who, count in copies.items() if count > 1),
        bytes_differ=_differing(entries),
        strangers=taken - frozenset(state_of),
        states=Counter(str(state) for state in state_of.values()),
        balanced=balanced,
    )


def _in_state(state_of: Mapping[str, str | None], states: Collection[str]) -> frozenset[str]:
    return frozenset(who for who, state in state_of.items() if state in states)


def _differing(entries: Sequence[Entry]) -> frozenset[str]:
    kinds: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for entry in entries:
        kinds[entry.recipient].add((entry.message_id, entry.digest))
    return frozenset(who for who, found in kinds.items() if len(found) > 1)


def _few(names: Collection[str]) -> list[str]:
    return [*sorted(names)[:5], *([f"… {len(names)} in all"] if len(names) > 5 else [])]
