"""Everybody who has the old version of an article gets one letter, and nobody else."""

import threading
from collections import Counter
from email import message_from_bytes, policy

import pytest

from service.audience.address import parse_address
from service.audience.suppress import suppress
from service.delivery.enrolment.correction_readers import correction_readers
from service.delivery.leasing import leases
from service.delivery.progress.queries import counters
from service.delivery.smtp.retry import UncertainPolicy
from service.delivery.workflow import advance, resend
from service.delivery.workflow.queries import returned
from service.editions import control, corrections, curate, plan, stop_press
from service.editions.curate import Editor
from service.editions.find import get_edition, series_editions
from service.editions.kind import EditionKind
from service.editions.lifecycle import EditionState
from service.kit.db import Begin
from service.newsletters.frequency import Frequency
from service.rendering.correction_text import begin_correction
from service.reports.revisions import revision_counts
from tests.conftest import FakeClock
from tests.fakes.relay import Kept, Relay
from tests.rooms.delivery.harness import (
    POST,
    Issue,
    abandon,
    an_issue,
    leave,
    rows,
    send,
    send_deps,
    states,
    web_version_of,
)
from tests.rooms.delivery.sending.test_revision import (
    articles,
    carry_on,
    first_in_doubt,
    some_first,
    take_back,
    title_of,
    words,
)

PLENTY = 2_000


def a_correction(begin: Begin, clock: FakeClock, issue: Issue) -> Issue:
    """Begin the correction of an edition's latest revision; its readers are those it may reach."""
    with begin() as session:
        made = begin_correction(session, issue.edition_id, now=clock.now)
    return Issue(edition_id=made, newsletter_id=issue.newsletter_id, readers=issue.readers)


def dispatch(begin: Begin, clock: FakeClock, correction: Issue) -> list[Kept]:
    """Send a correction as an editor does; return what arrived."""
    with begin() as session:
        plan.send_draft(session, correction.edition_id, now=clock.now)
    return deliver(begin, clock, correction)


def deliver(begin: Begin, clock: FakeClock, correction: Issue) -> list[Kept]:
    carry_on(begin, clock, correction)
    with Relay() as relay:
        send(correction, send_deps(begin, clock, relay.url))
    return relay.accepted


def readers_of(begin: Begin, correction: Issue) -> int:
    with begin() as session:
        return correction_readers(session, correction.edition_id).count


def revised_after_the_first(
    begin: Begin, clock: FakeClock, *, masks: list[int | None] | None = None
) -> Issue:
    """An edition of which the first reader has what was frozen, and the others do not."""
    issue = an_issue(begin, clock, masks=masks or [None] * 3)
    with Relay(some_first) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        clock.advance(minutes=2)
        take_back(begin, clock, issue, 0)
        send(issue, deps)
    return issue


def test_in_the_middle_of_a_large_send_counts_bytes_and_letters_agree(
    begin: Begin, clock: FakeClock
) -> None:
    """The journey: 2,000 readers, an article withdrawn under way, and who has it is told."""
    issue = an_issue(begin, clock, masks=[None] * PLENTY)
    gone = title_of(begin, issue, 0)
    first = articles(begin, issue)[0]
    enough = threading.Event()
    arrived = Counter[str]()

    def count(_: Kept) -> None:
        arrived["all"] += 1
        if arrived["all"] == PLENTY // 3:
            with begin() as session:
                stop_press.withdraw_article(session, first, now=clock.now)
            enough.set()

    with Relay(on_kept=count) as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        assert enough.is_set()
        carry_on(begin, clock, issue)
        send(issue, deps)
    old = {mail.recipient for mail in relay.accepted if gone in words(mail)}
    new = {mail.recipient for mail in relay.accepted} - old
    with begin() as session:
        counts = [
            (each.number, each.accepted) for each in revision_counts(session, issue.edition_id)
        ]
    letters = dispatch(begin, clock, a_correction(begin, clock, issue))

    assert len(relay.accepted) == PLENTY
    assert old
    assert new
    assert counts == [(1, len(old)), (2, len(new))]
    assert sorted(mail.recipient for mail in letters) == sorted(old)
    assert {mail.recipient for mail in letters if gone in words(mail)} == old


def test_it_is_a_letter_of_the_newsletter_with_the_links_that_every_message_has(
    begin: Begin, clock: FakeClock
) -> None:
    issue = revised_after_the_first(begin, clock)
    gone = title_of(begin, issue, 0)
    correction = a_correction(begin, clock, issue)
    with begin() as session:
        texts = {"introduction": "Voyez [notre page](https://example.org/rectificatif)."}
        curate.write_text(session, correction.edition_id, texts, Editor(), now=clock.now)

    (letter,) = dispatch(begin, clock, correction)

    message = message_from_bytes(letter.raw, policy=policy.default)
    html = message.get_body(("html",))
    assert html is not None
    assert message["Subject"] == f"Rectificatif\N{NO-BREAK SPACE}: {gone}"
    assert "One-Click" in message["List-Unsubscribe-Post"]
    assert "correction" in message["Feedback-ID"]
    assert 'href="https://example.org/rectificatif"' in str(html.get_content())
    assert "Me désinscrire" in words(letter)
    assert "Vous recevez ce message parce que" in words(letter)
    assert "notre page" in web_version_of(begin, correction)
    assert states(begin, correction) == ["accepted"]
    with begin() as session:
        edition = get_edition(session, correction.edition_id)
        archived = series_editions(
            session,
            issue.newsletter_id,
            Frequency.EACH,
            states=[EditionState.SENDING, EditionState.FINISHED],
        )
    assert (edition.kind, edition.state) == (EditionKind.CORRECTION, EditionState.FINISHED)
    assert [each.id for each in archived] == [issue.edition_id]


def test_readers_of_other_sections_have_not_seen_it(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock, masks=[None, 0b001, 0b110])
    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))
    take_back(begin, clock, issue, 0)
    correction = a_correction(begin, clock, issue)

    assert readers_of(begin, correction) == 2
    letters = dispatch(begin, clock, correction)

    assert sorted(mail.recipient[:2] for mail in letters) == ["r0", "r1"]


def test_who_may_have_the_old_one_gets_the_letter_too(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    with Relay(first_in_doubt) as relay:
        deps = send_deps(begin, clock, relay.url, when_uncertain=UncertainPolicy.LEAVE)
        send(issue, deps)
        clock.advance(minutes=2)
        take_back(begin, clock, issue, 0)
        send(issue, deps)

    letters = dispatch(begin, clock, a_correction(begin, clock, issue))

    assert [mail.recipient[:2] for mail in letters] == ["r0"]


def test_who_has_left_or_is_suppressed_since_gets_nothing(begin: Begin, clock: FakeClock) -> None:
    issue = an_issue(begin, clock)
    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
    take_back(begin, clock, issue, 0)
    gone, blocked, _ = issue.readers.items()
    leave(begin, issue, gone[1])
    with begin() as session:
        suppress(
            session,
            address=parse_address(blocked[0]),
            reason="asked",
            now=clock.now,
            keyring=deps.keyring,
        )
    correction = a_correction(begin, clock, issue)

    assert readers_of(begin, correction) == 1
    letters = dispatch(begin, clock, correction)

    assert [mail.recipient[:2] for mail in letters] == ["r2"]
    assert states(begin, correction) == ["suppressed", "accepted"]


def test_a_reader_gets_one_letter_for_a_revision_and_one_for_the_next(
    begin: Begin, clock: FakeClock
) -> None:
    issue = revised_after_the_first(begin, clock)
    dispatch(begin, clock, a_correction(begin, clock, issue))
    again = a_correction(begin, clock, issue)

    assert readers_of(begin, again) == 0
    with begin() as session:
        control.cancel(session, again.edition_id, now=clock.now)

    take_back(begin, clock, issue, 1)
    letters = dispatch(begin, clock, a_correction(begin, clock, issue))

    assert len(letters) == 3


def test_a_reader_who_got_it_in_two_editions_gets_one_letter(
    begin: Begin, clock: FakeClock
) -> None:
    """The piece goes whole to everybody; the digest has it again for who pins it."""
    issue = an_issue(begin, clock)
    article = articles(begin, issue)[0]
    with begin() as session:
        from service.editions import manual

        piece = manual.create_manually(
            session, issue.newsletter_id, EditionKind.PIECE, now=clock.now
        )
        curate.pin(session, piece, article, Editor(), now=clock.now)
        plan.send_draft(session, piece, now=clock.now)
    both = [issue, Issue(edition_id=piece, newsletter_id=issue.newsletter_id, readers={})]
    with Relay() as relay:
        for each in both:
            carry_on(begin, clock, each)
            send(each, send_deps(begin, clock, relay.url))
    with begin() as session:
        stop_press.correct_article(session, article, title="Le titre exact", now=clock.now)
    for each in both:
        carry_on(begin, clock, each)
    correction = a_correction(begin, clock, issue)
    with begin() as session:
        about = corrections.corrected_editions(session, correction.edition_id)

    letters = dispatch(begin, clock, correction)

    assert len(relay.accepted) == 6
    assert [each.as_dict() for each in about] == [
        {"edition": issue.edition_id, "revision": 2},
        {"edition": piece, "revision": 2},
    ]
    assert Counter(mail.recipient for mail in letters) == dict.fromkeys(issue.readers, 1)
    assert all("Le titre exact" in words(mail) for mail in letters)


def test_it_waits_for_messages_of_the_old_revision_that_are_on_their_way(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock)
    deps = send_deps(begin, clock)
    wish = leases.ClaimRequest(
        edition_id=issue.edition_id, lease_for=deps.lease_for, allow_quarantined=False
    )
    with begin() as session:
        leases.claim_batch(session, wish, now=clock.now)
    take_back(begin, clock, issue, 0)
    correction = a_correction(begin, clock, issue)
    with begin() as session:
        assert correction_readers(session, correction.edition_id).waits_for == [issue.edition_id]

    with begin() as session:
        plan.send_draft(session, correction.edition_id, now=clock.now)
    carry_on(begin, clock, correction)
    with begin() as session:
        assert get_edition(session, correction.edition_id).state is EditionState.SELECTED
    abandon(begin)
    with Relay() as relay:
        send(issue, send_deps(begin, clock, relay.url))
    letters = deliver(begin, clock, correction)

    assert [row.revision for row in rows(begin, issue)] == [1, 1, 1]
    assert len(letters) == 3


def test_acceptances_from_before_revisions_were_kept_count_by_their_time(
    begin: Begin, clock: FakeClock
) -> None:
    from sqlalchemy import text

    issue = revised_after_the_first(begin, clock)
    with begin() as session:
        session.execute(text("UPDATE delivery SET revision = NULL"))

    letters = dispatch(begin, clock, a_correction(begin, clock, issue))

    assert [mail.recipient[:2] for mail in letters] == ["r0"]


@pytest.mark.parametrize("needs", ["approval", "second"])
def test_it_is_approved_as_other_editions_are(begin: Begin, clock: FakeClock, needs: str) -> None:
    from service.kit.errors import Conflict

    issue = revised_after_the_first(begin, clock)
    with begin() as session:
        from sqlalchemy import text

        session.execute(
            text("UPDATE newsletter SET needs_approval = true, needs_second_editor = :two"),
            {"two": needs == "second"},
        )
    correction = a_correction(begin, clock, issue)
    with begin() as session:
        curate.write_text(
            session,
            correction.edition_id,
            {"introduction": "Nous avons fait une erreur."},
            Editor(operator_id=7),
            now=clock.now,
        )
    if needs == "second":
        with begin() as session, pytest.raises(Conflict):
            plan.send_draft(session, correction.edition_id, now=clock.now, operator_id=7)
    with begin() as session:
        plan.send_draft(session, correction.edition_id, now=clock.now, operator_id=8)
    advance.advance_edition(begin, correction.edition_id, clock=clock, public_url=POST.public_url)

    with begin() as session:
        assert get_edition(session, correction.edition_id).state is EditionState.SENDING


def test_a_message_that_came_back_is_sent_again_as_it_is_now_and_counts_so(
    begin: Begin, clock: FakeClock
) -> None:
    """Nobody has a copy of what bounced: it must not bring the withdrawn article again."""
    issue = an_issue(begin, clock, masks=[None])
    gone = title_of(begin, issue, 0)
    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url)
        send(issue, deps)
        ids = list(issue.readers.values())
        with begin() as session:
            returned.mark_delivery(
                session,
                edition_id=issue.edition_id,
                subscriber_id=ids[0],
                outcome="bounced",
                at=clock.now,
            )
            came_back = returned.attribute_to_sender(session, issue.edition_id, ids, now=clock.now)
            counters.reverse_acceptances(session, issue.edition_id, came_back)
            resend.resend_refused(
                session, issue.edition_id, faults=resend.RESENDABLE_FAULTS, now=clock.now
            )
        take_back(begin, clock, issue, 0)
        send(issue, deps)
    correction = a_correction(begin, clock, issue)

    assert came_back == {1: 1}
    assert [gone in words(mail) for mail in relay.accepted] == [True, False]
    assert rows(begin, issue)[0].revision == 2
    assert readers_of(begin, correction) == 0
    with begin() as session:
        counts = revision_counts(session, issue.edition_id)
    assert [(each.number, each.accepted) for each in counts] == [(1, 0), (2, 1)]
