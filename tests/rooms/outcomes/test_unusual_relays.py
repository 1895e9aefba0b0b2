"""Relays that refuse in unusual ways, from the first command to what follows for the readers."""

import pytest
from sqlalchemy import func, select

from service.audience.tables import Suppression
from service.boot import Runtime
from service.delivery.progress.thresholds import MAX_CONSECUTIVE_REFUSALS, MIN_SAMPLE
from service.editions import control
from service.replies.classification import SmtpStage
from tests.conftest import FakeClock
from tests.fakes.saying import Saying, always
from tests.rooms.delivery.harness import an_issue, books, send, send_deps, states
from workers import record_refusals


def _suppressed(runtime: Runtime) -> int:
    with runtime.begin() as session:
        return session.scalar(select(func.count()).select_from(Suppression)) or 0


def _nothing(_stage: SmtpStage, _recipient: str) -> None:
    """Answer as usual."""


@pytest.mark.parametrize(
    "said",
    [
        "550 Adresse d'expédition invalide",
        "550 Submission user unknown",
        "550 Dirección de respuesta no existe",
        "550 Adres zwrotny nie istnieje",
        "550 Gönderen adresi bulunamadı",
    ],
)
def test_an_unknown_sender_in_any_language_costs_no_reader(
    runtime: Runtime, clock: FakeClock, said: str
) -> None:
    issue = an_issue(runtime.begin, clock, masks=[None] * 60)

    with Saying(always(SmtpStage.RCPT, said)) as relay:
        send(issue, send_deps(runtime.begin, clock, relay.url))
    record_refusals.run(runtime, edition_id=issue.edition_id)

    assert _suppressed(runtime) == 0
    assert books(runtime.begin, issue).pending > 0


def test_a_relay_that_refuses_every_third_stops_soon_and_loses_nobody(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock, masks=[None] * MIN_SAMPLE)
    third = set(list(issue.readers)[::3])

    def says(stage: SmtpStage, recipient: str) -> str | None:
        if stage is SmtpStage.RCPT and recipient in third:
            return "550 5.7.1 Your network is on our block list"
        return None

    with Saying(says) as relay:
        deps = send_deps(runtime.begin, clock, relay.url)
        send(issue, deps)
        record_refusals.run(runtime, edition_id=issue.edition_id)
        stopped = books(runtime.begin, issue)
        relay.says = _nothing
        with runtime.begin() as session:
            control.resume(session, issue.edition_id, now=clock.now)
        clock.advance(seconds=1)
        send(issue, deps)

    assert MAX_CONSECUTIVE_REFUSALS <= stopped.refused < len(third)
    assert stopped.pending > 0
    assert stopped.balanced
    assert _suppressed(runtime) == 0
    assert max(relay.copies.values()) == 1
    assert books(runtime.begin, issue).accepted == len(issue.readers) - stopped.refused


def test_a_relay_that_is_busy_at_every_mail_costs_nobody_anything(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock, masks=[None] * 30)

    with Saying(always(SmtpStage.MAIL, "421 4.7.0 Too busy, mailbox unknown")) as relay:
        deps = send_deps(runtime.begin, clock, relay.url)
        send(issue, deps)
        waiting = set(states(runtime.begin, issue))
        relay.says = _nothing
        for _ in range(3):
            clock.advance(hours=1)
            send(issue, deps)
    record_refusals.run(runtime, edition_id=issue.edition_id)

    assert waiting <= {"pending", "deferred"}
    assert set(states(runtime.begin, issue)) == {"accepted"}
    assert _suppressed(runtime) == 0
