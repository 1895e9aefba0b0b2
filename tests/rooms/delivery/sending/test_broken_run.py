"""A run that fails in the middle writes down what it has handed over, so that nobody gets two."""

from collections import Counter

import pytest
from sqlalchemy import text

from service.boot import Runtime
from service.delivery.composer import MessageComposer
from service.delivery.leasing.queries.deliveries import ClaimedDelivery
from service.delivery.sending.run import send_once
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.replies import MessageDeferred, MessageRefused
from service.delivery.workflow import failures
from service.editions.find import get_edition
from service.kit.db import Begin, Session
from tests.conftest import FakeClock
from tests.fakes.relay import Mood, Relay
from tests.rooms.delivery.harness import Issue, an_issue, batches, books, send_deps, states


class Poisoned:
    """Composes messages as usual, but for some readers."""

    def __init__(self, composer: MessageComposer, poison: set[int], *, at: str = "write") -> None:
        self._composer = composer
        self._poison = poison
        self._at = at

    def prepare(self, session: Session, claimed: ClaimedDelivery) -> None:
        # One reader of each look at some is prepared for all of the same choice.
        if self._at == "prepare" and claimed.subscriber_id >= min(self._poison):
            raise KeyError("a poisoned reader")
        self._composer.prepare(session, claimed)

    def compose(
        self, claimed: ClaimedDelivery
    ) -> OutgoingMessage | MessageRefused | MessageDeferred:
        if self._at == "write" and claimed.subscriber_id in self._poison:
            raise KeyError("a poisoned reader")
        return self._composer.compose(claimed)


def run(
    begin: Begin,
    clock: FakeClock,
    issue: Issue,
    relay: Relay,
    poison: set[int],
    *,
    at: str = "write",
) -> None:
    deps = send_deps(begin, clock, relay.url)
    with begin() as session:
        composer = MessageComposer.load(
            session, issue.edition_id, keyring=deps.keyring, mail_identity=deps.mail_identity
        )
    send_once(
        issue.edition_id, deps, composer=Poisoned(composer, poison, at=at), stop=lambda: False
    )


def slow(recipient: str, attempt: int) -> Mood:
    """Answer so late that many mails are under way when the run fails."""
    del recipient, attempt
    return Mood.SLOW


@pytest.mark.parametrize("at", ["write", "prepare"])
def test_what_was_handed_over_before_a_run_failed_goes_to_nobody_twice(
    begin: Begin, clock: FakeClock, at: str
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 60)
    poison = set(list(issue.readers.values())[30:40])

    with Relay(slow) as relay:
        for _ in range(failures.MAX_FAILURES):
            with pytest.raises(KeyError):
                run(begin, clock, issue, relay, poison, at=at)
        taken = Counter(each.recipient for each in relay.accepted)

        assert taken
        assert set(taken.values()) == {1}
        assert states(begin, issue).count("accepted") == len(taken)
        # Nobody has to wait until a lease runs out, and no death is counted.
        assert {(each.leased_until, each.deaths) for each in batches(begin, issue)} == {(None, 0)}

        clock.advance(minutes=2)
        run(begin, clock, issue, relay, set())

    assert books(begin, issue).accepted == 60
    assert set(Counter(each.recipient for each in relay.accepted).values()) == {1}


def test_a_single_poisoned_reader_waits_and_the_others_get_theirs(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None] * 12)
    poisoned = list(issue.readers.values())[5]

    with Relay() as relay:
        run(begin, clock, issue, relay, {poisoned})

    assert states(begin, issue).count("accepted") == 11
    assert states(begin, issue)[5] == "deferred"


def test_an_edition_of_which_not_one_message_can_be_written_fails_however_few_they_are(
    runtime: Runtime, clock: FakeClock
) -> None:
    begin = runtime.begin
    issue = an_issue(begin, clock, masks=[None] * 2)

    with Relay() as relay:
        for _ in range(failures.MAX_FAILURES):
            with pytest.raises(KeyError) as failed:
                run(begin, clock, issue, relay, set(issue.readers.values()))
            failures.record_failure(begin, issue.edition_id, failed.value, now=clock())
            with begin() as session:
                session.execute(text("UPDATE delivery SET next_at = :now"), {"now": clock()})

    with begin() as session:
        assert "3 times in a row (KeyError in" in str(get_edition(session, issue.edition_id).note)
