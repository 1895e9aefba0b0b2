"""Who got which revision: sums and rows say the same, and what is unknown is said to be."""

from sqlalchemy import text

from service.kit.db import Begin
from service.reports.revisions import RevisionCount, revision_counts
from tests.conftest import FakeClock
from tests.fakes.relay import Mood, Relay
from tests.rooms.delivery.harness import Issue, an_issue, books, rows, send, send_deps
from tests.rooms.delivery.sending.test_revision import some_first, take_back


def counted(begin: Begin, issue: Issue) -> list[tuple[int | None, int, int]]:
    with begin() as session:
        counts = revision_counts(session, issue.edition_id)
    return [(each.number, each.accepted, each.uncertain) for each in counts]


def revised_in_the_middle(begin: Begin, clock: FakeClock, *, readers: int = 5) -> Issue:
    """Send the first reader what was frozen, and the others the second revision."""
    issue = an_issue(begin, clock, masks=[None] * readers)
    with Relay(some_first) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        clock.advance(minutes=2)
        take_back(begin, clock, issue, 0)
        send(issue, deps)
    return issue


def test_each_revision_has_the_number_of_readers_who_got_it(begin: Begin, clock: FakeClock) -> None:
    issue = revised_in_the_middle(begin, clock)

    with begin() as session:
        first, second = revision_counts(session, issue.edition_id)
    assert (first.number, first.accepted, first.made_at, first.withdrawn) == (1, 1, None, 0)
    assert (second.number, second.accepted, second.withdrawn) == (2, 4, 1)
    assert second.as_dict()["made_at"] == clock.now.isoformat()
    assert [row.revision for row in rows(begin, issue)] == [1, 2, 2, 2, 2]
    assert books(begin, issue).as_dict()["revisions"] == [
        {"revision": 1, "accepted": 1, "uncertain": 0},
        {"revision": 2, "accepted": 4, "uncertain": 0},
    ]


def test_an_uncertain_message_counts_with_the_revision_that_it_had(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)

    def moods(recipient: str, _attempt: int) -> Mood:
        return Mood.DROP_AFTER_DOT if recipient.startswith("r0.") else Mood.ACCEPT

    with Relay(moods) as relay:
        deps = send_deps(begin, clock, relay.url)
        for _ in range(3):
            send(issue, deps)
            clock.advance(hours=1)

    assert counted(begin, issue) == [(1, 2, 1)]
    assert [row.revision for row in rows(begin, issue)] == [1, 1, 1]
    assert RevisionCount(number=1, accepted=2, uncertain=1).readers == 3


def test_messages_from_before_revisions_were_kept_are_the_first_or_unknown(
    begin: Begin, clock: FakeClock
) -> None:
    issue = revised_in_the_middle(begin, clock)
    with begin() as session:
        session.execute(text("UPDATE tally SET revision = NULL"))
        session.execute(text("UPDATE delivery SET revision = NULL"))

    assert counted(begin, issue) == [(1, 1, 0), (2, 0, 0), (None, 4, 0)]
    assert [(each.revision, each.accepted) for each in books(begin, issue).revisions] == [
        (1, 1),
        (None, 4),
    ]


def test_an_edition_that_was_never_revised_has_one_revision(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))
    with begin() as session:
        session.execute(text("UPDATE tally SET revision = NULL"))

    assert counted(begin, issue) == [(1, 3, 0)]
