"""What the publisher takes back in the middle of a send goes out no more, and nobody gets two."""

import re
from datetime import datetime
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select, text

from service.articles.withdraw import withdraw
from service.delivery.workflow import advance
from service.delivery.workflow.queries import editions as queries
from service.editions import control, revise
from service.editions.find import edition_articles, editions_under_construction, get_edition
from service.editions.tables import EditionArticle
from service.jobs import outbox
from service.kit.db import Begin
from service.kit.translatable import translatable
from service.rendering.tables import Rendition
from tests.conftest import FakeClock
from tests.fakes.relay import Kept, Mood, Relay
from tests.rooms.delivery.harness import (
    POST,
    Issue,
    abandon,
    an_issue,
    batches,
    books,
    rows,
    send,
    send_deps,
    states,
    web_version_of,
)


def articles(begin: Begin, issue: Issue) -> list[int]:
    """Return the edition's articles in the order of the page."""
    with begin() as session:
        return [article.id for _, article, _ in edition_articles(session, issue.edition_id)]


def take_back(begin: Begin, clock: FakeClock, issue: Issue, *places: int) -> None:
    """Withdraw articles, and let a worker answer the job message."""
    ids = articles(begin, issue)
    with begin() as session:
        for place in places:
            withdraw(session, ids[place], now=clock.now)
    carry_on(begin, clock, issue)


def carry_on(begin: Begin, clock: FakeClock, issue: Issue) -> None:
    advance.advance_edition(begin, issue.edition_id, clock=clock, public_url=POST.public_url)


def rename(begin: Begin, clock: FakeClock, issue: Issue, place: int, title: str) -> None:
    """Correct a headline, as a feed or an event does."""
    ids = articles(begin, issue)
    with begin() as session:
        session.execute(
            text("UPDATE article SET title = :title, revised_at = :now WHERE id = :id"),
            {"title": title, "now": clock.now, "id": ids[place]},
        )


def words(mail: Kept) -> str:
    """Return the text of a mail."""
    part = message_from_bytes(mail.raw, policy=policy.default).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def title_of(begin: Begin, issue: Issue, place: int) -> str:
    with begin() as session:
        return edition_articles(session, issue.edition_id)[place][1].title


def some_first(recipient: str, attempt: int) -> Mood:
    """The first reader's mail is taken at once, the others' at the second try."""
    return Mood.ACCEPT if recipient.startswith("r0.") or attempt > 1 else Mood.DEFER_DOT


def first_in_doubt(recipient: str, attempt: int) -> Mood:
    """The first reader's mail may have been taken, the others' are tried again."""
    if attempt > 1:
        return Mood.ACCEPT
    return Mood.DROP_AFTER_DOT if recipient.startswith("r0.") else Mood.DEFER_DOT


def an_older_variant(issue: Issue, *, now: datetime) -> Rendition:
    """Return the variant of all sections, stored in one piece as it was before there were parts."""
    return Rendition(
        edition_id=issue.edition_id,
        mask=0b111,
        subject="Comme avant",
        html="<p>Comme avant crieurtokenx</p>",
        text="Comme avant crieurtokenx",
        placeholder="crieurtokenx",
        warnings=[],
        rendered_at=now,
    )


def test_whoever_has_not_got_it_gets_it_without_what_was_withdrawn(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    gone = title_of(begin, issue, 0)

    with Relay(some_first) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        take_back(begin, clock, issue, 0)
        clock.advance(minutes=2)
        send(issue, deps)

    first, *others = [words(mail) for mail in relay.accepted]
    assert gone in first
    assert len(others) == 2
    assert all(gone not in each and title_of(begin, issue, 1) in each for each in others)
    assert books(begin, issue).accepted == 3
    assert books(begin, issue).state == "finished"


def test_nothing_begins_between_the_withdrawal_and_the_revision(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        withdraw(session, articles(begin, issue)[0], now=clock.now)

    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))
        assert relay.accepted == []
        with begin() as session:
            status = queries.edition_send_status(session, edition_id=issue.edition_id)
            assert status is not None
            assert not status.is_sendable
            assert revise.due_revisions(session, now=clock.now) == [issue.edition_id]
        carry_on(begin, clock, issue)
        with begin() as session:
            rung = [bell.job for bell in outbox.dequeue_due(session, now=clock.now)]
        send(issue, send_deps(begin, clock, relay.url))

    assert "send_edition" in rung
    assert len(relay.accepted) == 3


def test_a_lease_of_the_older_revision_finds_nobody_any_more(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        from service.delivery.leasing import leases

        wish = leases.ClaimRequest(
            edition_id=issue.edition_id,
            lease_for=send_deps(begin, clock).lease_for,
            allow_quarantined=False,
        )
        batch = leases.claim_batch(session, wish, now=clock.now)
    assert batch is not None
    take_back(begin, clock, issue, 0)

    with begin() as session:
        keyring = send_deps(begin, clock).keyring
        looked = leases.recheck_readers(
            session, batch, after=0, limit=10, keyring=keyring, now=clock.now
        )
        leases.release_batch(session, batch, now=clock.now, due_at=clock.now)

    assert looked.ready == []
    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))
    assert len(relay.accepted) == 3
    assert all("Politique" not in words(mail).title() for mail in relay.accepted)


def test_an_edition_that_was_rendered_by_an_older_version_is_revised_in_one_run(
    begin: Begin, clock: FakeClock
) -> None:
    """The first may have got it already, and gets those bytes; the others get the new revision."""
    issue = an_issue(begin, clock)
    with begin() as session:
        session.execute(text("DELETE FROM part"))
        session.add(an_older_variant(issue, now=clock.now))
    gone = title_of(begin, issue, 0)

    with Relay(first_in_doubt) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        take_back(begin, clock, issue, 0)
        clock.advance(minutes=6)
        send(issue, deps)

    first = [words(mail) for mail in relay.accepted if mail.recipient.startswith("r0.")]
    others = [words(mail) for mail in relay.accepted if not mail.recipient.startswith("r0.")]
    assert first[0] == first[1]
    assert "Comme avant" in first[0]
    assert len(others) == 2
    assert all(gone not in each and title_of(begin, issue, 1) in each for each in others)


def test_a_corrected_headline_is_corrected_for_those_who_have_not_got_it(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    with Relay(some_first) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        rename(begin, clock, issue, 0, "Le titre corrigé")
        carry_on(begin, clock, issue)
        clock.advance(minutes=2)
        send(issue, deps)

    heard = ["Le titre corrigé" in words(mail) for mail in relay.accepted]
    assert heard == [False, True, True]
    assert "Le titre corrigé" in web_version_of(begin, issue)
    assert "un article a été corrigé" in web_version_of(begin, issue)


def test_who_may_have_got_it_gets_the_same_bytes_and_no_other_message(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None])

    def moods(_recipient: str, attempt: int) -> Mood:
        return Mood.DROP_AFTER_DOT if attempt == 1 else Mood.ACCEPT

    with Relay(moods) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        take_back(begin, clock, issue, 0)
        clock.advance(minutes=6)
        send(issue, deps)

    first, second = relay.accepted
    assert first.raw == second.raw
    assert states(begin, issue) == ["accepted"]
    assert rows(begin, issue)[0].revision == 1


def test_a_batch_that_outlived_its_holder_keeps_its_revision(
    begin: Begin, clock: FakeClock
) -> None:
    from service.delivery.leasing import leases

    issue = an_issue(begin, clock)
    gone = title_of(begin, issue, 0)
    deps = send_deps(begin, clock)
    with begin() as session:
        wish = leases.ClaimRequest(
            edition_id=issue.edition_id, lease_for=deps.lease_for, allow_quarantined=False
        )
        leases.claim_batch(session, wish, now=clock.now)
    abandon(begin)
    take_back(begin, clock, issue, 0)

    def moods(_recipient: str, attempt: int) -> Mood:
        return Mood.DEFER if attempt == 1 else Mood.ACCEPT

    with Relay(moods) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        clock.advance(minutes=2)
        send(issue, deps)

    assert len(relay.accepted) == 3
    assert all(gone in words(mail) for mail in relay.accepted)
    assert {batch.revision for batch in batches(begin, issue) if batch.deaths} == {1}


def test_a_mail_that_surely_went_nowhere_goes_out_as_it_is_now(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None])

    def moods(_recipient: str, attempt: int) -> Mood:
        return Mood.DEFER_DOT if attempt == 1 else Mood.ACCEPT

    with Relay(moods) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        assert states(begin, issue) == ["deferred"]
        take_back(begin, clock, issue, 0)
        clock.advance(minutes=2)
        send(issue, deps)

    (mail,) = relay.accepted
    assert title_of(begin, issue, 0) not in words(mail)
    assert rows(begin, issue)[0].revision == 2


def test_readers_of_whose_sections_nothing_is_left_get_nothing(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[0b001, 0b011])
    take_back(begin, clock, issue, 0)

    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))

    assert states(begin, issue) == ["expired", "accepted"]
    assert rows(begin, issue)[0].reason == "withdrawn"
    assert books(begin, issue).state == "finished"
    assert len(relay.accepted) == 1


def test_an_edition_with_nothing_left_waits_for_a_person(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    take_back(begin, clock, issue, 0, 1, 2)

    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))
        with begin() as session:
            edition = get_edition(session, issue.edition_id)
            assert edition.paused_at is not None
            assert edition.note == translatable("edition.all_withdrawn")
            assert editions_under_construction(session) == []
            control.resume(session, issue.edition_id, now=clock.now)
            assert editions_under_construction(session) == [issue.edition_id]
        send(issue, send_deps(begin, clock, relay.url))
        carry_on(begin, clock, issue)
        assert relay.accepted == []

    with begin() as session:
        assert get_edition(session, issue.edition_id).paused_at is not None
        control.cancel(session, issue.edition_id, now=clock.now)
    assert "3 articles ont été retirés" in web_version_of(begin, issue)
    assert "<h3" not in web_version_of(begin, issue)


@pytest.mark.parametrize("after", ["frozen", "finished"])
def test_it_is_taken_out_before_the_first_mail_and_long_after_the_last(
    begin: Begin, clock: FakeClock, after: str
) -> None:
    issue = an_issue(begin, clock, produced=after == "finished")
    with Relay() as relay:
        if after == "finished":
            send(issue, send_deps(begin, clock, relay.url))
            clock.advance(hours=30)
        else:
            from service.delivery.enrolment.enrol import enrol_next_chunk
            from service.editions import build

            with begin() as session:
                build.select_articles(session, issue.edition_id, now=clock.now)
                build.freeze(session, issue.edition_id, now=clock.now)
                enrol_next_chunk(session, issue.edition_id, now=clock.now)
        ids = articles(begin, issue)
        with begin() as session:
            withdraw(session, ids[0], now=clock.now)
            assert revise.due_revisions(session, now=clock.now) == [issue.edition_id]
        carry_on(begin, clock, issue)
        with begin() as session:
            assert revise.due_revisions(session, now=clock.now) == []
        send(issue, send_deps(begin, clock, relay.url))

    gone = title_of(begin, issue, 0)
    assert len(relay.accepted) == 3
    assert all((gone in words(mail)) == (after == "finished") for mail in relay.accepted)
    assert gone not in web_version_of(begin, issue)
    with begin() as session:
        left_out = session.scalars(
            select(EditionArticle.left_out_in).where(EditionArticle.article_id == ids[0])
        ).all()
    assert left_out == [2]


def test_a_subject_and_a_preheader_never_name_what_was_withdrawn(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[None])
    gone = title_of(begin, issue, 0)
    take_back(begin, clock, issue, 0)

    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))

    (mail,) = relay.accepted
    message = message_from_bytes(mail.raw, policy=policy.default)
    html = message.get_body(("html",))
    assert html is not None
    assert message["Subject"] == title_of(begin, issue, 1)
    assert not re.search(re.escape(gone), str(html.get_content()))
