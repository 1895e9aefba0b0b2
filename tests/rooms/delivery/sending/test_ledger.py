"""The equation holds whatever happens: random audiences, choices, relays, and readers who leave.

For every example: the ledger balances at each step and ends finished; nobody has two mails; who
had left before their delivery was leased gets none; what a reader gets is their own choice.
"""

import threading
from collections import Counter
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from service.audience import reader_token
from service.audience.suppress import suppress
from service.delivery.lifecycle import FINAL
from service.delivery.messages.return_path import parse_return_path
from service.kit.db import Begin
from service.kit.tokens import Keyring
from tests.conftest import FakeClock
from tests.fakes.relay import Kept, Mood, Relay
from tests.rooms.delivery.harness import Issue, an_issue, books, erase, leave, rows, send, send_deps

MASKS = st.one_of(st.none(), st.integers(0, 0b1111))
QUICK = (
    Mood.ACCEPT,
    Mood.DEFER,
    Mood.DEFER_DOT,
    Mood.CLOSING,
    Mood.REFUSE,
    Mood.REFUSE_DOT,
    Mood.GARBAGE,
    Mood.GARBAGE_DOT,
    Mood.DROP,
    Mood.DROP_AFTER_DOT,
)
"""Moods that do not wait for a timeout; hanging has tests of its own."""

MOODS = st.lists(st.sampled_from(QUICK), max_size=3)
ACTS = st.sampled_from(["stay", "stay", "leave", "bounce", "erase"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One reader: their choice, the relay's moods for their attempts, and what they do when."""

    mask: int | None
    moods: list[Mood]
    act: str
    # The act happens when the relay has kept so many mails.
    when: int


@dataclass
class Witness:
    """Does what the readers do while the relay is keeping mails, and remembers it."""

    begin: Begin
    clock: FakeClock
    keyring: Keyring
    issue: Issue
    plans: dict[str, Plan]
    untouchable: set[str] = field(default_factory=set)
    kept: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def saw(self, _kept: Kept) -> None:
        with self.lock:
            self.kept += 1
            self.act(self.kept)

    def act(self, now: int) -> None:
        for address, plan in self.plans.items():
            if plan.when == now and plan.act != "stay":
                self._do(address, plan.act)

    def _do(self, address: str, act: str) -> None:
        reader = self.issue.readers[address]
        match act:
            case "leave":
                leave(self.begin, self.issue, reader)
            case "erase":
                erase(self.begin, reader)
            case _:
                with self.begin() as session:
                    suppress(
                        session,
                        subscriber_id=reader,
                        reason="bounced",
                        now=self.clock.now,
                        keyring=self.keyring,
                    )
        # Only a look that was taken before may still lead to a mail.
        with self.begin() as session:
            waits = session.scalar(
                text("""
                    SELECT delivery.state = 'deferred' AND delivery.doubts = 0
                        OR delivery.state = 'pending' AND batch.leased_until IS NULL
                    FROM delivery JOIN batch ON batch.id = delivery.batch_id
                    WHERE delivery.edition_id = :e AND delivery.subscriber_id = :s
                    """),
                {"e": self.issue.edition_id, "s": reader},
            )
        if waits:
            self.untouchable.add(address)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    readers=st.lists(
        st.builds(Plan, mask=MASKS, moods=MOODS, act=ACTS, when=st.integers(0, 12)),
        max_size=25,
    ),
    connections=st.integers(1, 4),
    limit=st.sampled_from([None, 1, 3]),
)
def test_the_books_balance_whatever_happens(
    begin: Begin,
    clock: FakeClock,
    keyring: Keyring,
    readers: list[Plan],
    connections: int,
    limit: int | None,
) -> None:
    # Examples share a database and a clock, and an edition needs articles of its last day.
    clock.now = FakeClock().now
    issue = an_issue(begin, clock, masks=[plan.mask for plan in readers])
    plans = dict(zip(issue.readers, readers, strict=True))
    witness = Witness(begin=begin, clock=clock, keyring=keyring, issue=issue, plans=plans)
    witness.act(0)
    before = set(witness.untouchable)

    def moods(address: str, attempt: int) -> Mood:
        planned = plans[address].moods
        return planned[attempt - 1] if attempt <= len(planned) else Mood.ACCEPT

    with Relay(moods, messages_per_connection=limit, on_kept=witness.saw) as relay:
        deps = send_deps(begin, clock, relay.url, connections=connections)
        for _ in range(8):
            send(issue, deps)
            ledger = books(begin, issue)
            assert ledger.balanced
            assert ledger.leased == 0
            if ledger.state == "finished":
                break
            clock.advance(minutes=45)

    _check_books(begin, issue, plans)
    _check_mails(relay, witness, keyring)
    assert not any(relay.to(address) for address in before)


def _check_books(begin: Begin, issue: Issue, plans: dict[str, Plan]) -> None:
    ledger = books(begin, issue)
    wanted = sum(plan.mask is None or bool(plan.mask & 0b111) for plan in plans.values())
    assert (ledger.state, ledger.pending) == ("finished", 0)
    assert ledger.candidates == wanted
    assert ledger.candidates == ledger.settled
    assert {row.state for row in rows(begin, issue)} <= FINAL


def _check_mails(relay: Relay, witness: Witness, keyring: Keyring) -> None:
    issue = witness.issue
    mails = Counter(kept.recipient for kept in relay.accepted)
    state = {row.subscriber_id: row.state for row in rows(witness.begin, issue)}
    doubles = {address for address, count in mails.items() if count > 1}
    assert max(mails.values(), default=0) <= 2
    assert not {one for one in doubles if Mood.DROP_AFTER_DOT not in witness.plans[one].moods}
    assert not witness.untouchable & set(mails)
    for kept in relay.accepted:
        reader = issue.readers[kept.recipient]
        doubted = Mood.DROP_AFTER_DOT in witness.plans[kept.recipient].moods
        assert state[reader] in {"accepted", "uncertain"} or (
            doubted and state[reader] == "refused"
        )
        assert parse_return_path(keyring, kept.sender) == reader_token.ReaderToken(
            newsletter_id=issue.newsletter_id, edition_id=issue.edition_id, subscriber_id=reader
        )
        mask = witness.plans[kept.recipient].mask
        words = kept.raw.replace(b"=\r\n", b"")
        for bit, name in enumerate((b"Politique", b"Continent", b"Culture")):
            chosen = mask is None or bool(mask >> bit & 1)
            assert (name in words) is chosen
    for address, reader in issue.readers.items():
        if state.get(reader) == "accepted":
            assert mails[address] >= 1
