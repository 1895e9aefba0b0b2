"""Whatever happens in whatever order, states change as their lifecycles say and books balance.

The database writes down every change itself, also those inside of a transaction. Each change must
be a transition, and of a verb that the step has called: docs/lifecycle.md shows the same verbs.
"""

from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from service.editions.tables import Edition
from service.kit.db import Begin
from service.kit.errors import CrieurError
from service.kit.tokens import Keyring
from service.reports.ledger import get_ledger
from tests.conftest import FakeClock
from tests.fakes.relay import Relay
from tests.rooms.delivery.newsroom import (
    THINGS,
    Change,
    Newsroom,
    log_transitions,
    transitions_since,
)
from tests.rules.lifecycles import VERBS, stored_as, stored_verbs

_SENDING = {
    "delivery.leasing.leases.claim_batch",
    "delivery.leasing.leases.recheck_readers",
    "delivery.leasing.leases.record_acceptances",
    "delivery.leasing.leases.record_outcomes",
    "delivery.leasing.leases.release_batch",
    "delivery.workflow.close.finish_or_wake",
}
_QUEUE = "delivery.notices.send_notice.queue_notice"
STEPS = {
    "publish": set[str](),
    "withdraw": set[str](),
    "open_drafts": {"editions.drafts.open_drafts"},
    "plan": {"editions.plan.plan_now"},
    "select": {"editions.build.select_articles"},
    "freeze": {"editions.build.freeze"},
    "enrol": {"delivery.enrolment.enrol.enrol_next_chunk"},
    "render": {"editions.transitions.mark_rendered"},
    "start": {
        "delivery.enrolment.enrol.enrol_next_chunk",
        "editions.transitions.start_sending",
    },
    "control": set[str](),
    "cancel": {"editions.control.cancel"},
    "lapse": {"editions.lapse.lapse_due"},
    "send": _SENDING,
    "crash": set[str](),
    "close": {
        "delivery.workflow.close.finish_or_wake",
        "delivery.workflow.close.expire_cancelled",
    },
    "return_messages": {"outcomes.suppression_reviews.decide_review"},
    "resend": {"delivery.workflow.resend.resend_refused", "editions.control.reopen"},
    "sign_up": {"audience.signup.sign_up", _QUEUE},
    "confirm": {"audience.confirm.confirm", _QUEUE},
    "add": {"audience.add_with_consent.add_with_consent"},
    "unsubscribe": {"audience.unsubscribe.end_subscription", _QUEUE},
    "bounce": set[str](),
    "erase": {"audience.unsubscribe.end_subscription"},
    "send_notices": {"delivery.notices.send_notice.send_notice"},
}
"""What may happen, and the verbs of docs/lifecycle.md that it calls."""

Story = list[tuple[str, int]]

BUILD: Story = [(step, 1) for step in ("plan", "select", "freeze", "enrol", "render", "start")]
EVERYBODY: Story = [("add", number) for number in range(4)]
STORIES: list[Story] = [
    # Deferred, then in doubt, then accepted.
    [*EVERYBODY, *BUILD, ("send", 5), ("crash", 0), ("send", 1), ("crash", 3), ("send", 0)],
    # Accepted, but returned by the sender's fault; sent again, and cancelled before that.
    [*EVERYBODY, *BUILD, ("send", 0), ("return_messages", 1), ("resend", 1), ("cancel", 1),
     ("close", 1)],
    # Refused; another edition for readers of whom one has bounced, and one that is too late.
    [*EVERYBODY, *BUILD, ("send", 8), *BUILD, ("bounce", 0), ("send", 0)],
    [*EVERYBODY, *BUILD, ("lapse", 3), ("send", 0), ("close", 1)],
    # Cancelled at every stage, before its slot, too.
    [("open_drafts", 0), ("cancel", 1), ("open_drafts", 0), *BUILD],
    [step for end in range(1, 7) for step in (*BUILD[:end], ("cancel", 1), ("close", 1))],
    [*EVERYBODY, *BUILD, ("cancel", 1), ("close", 1)],
    # Nothing is left, before and after the selection; held until it is too late.
    [("plan", 1), ("withdraw", 1), ("select", 1), ("plan", 1), ("select", 1), ("withdraw", 1),
     ("freeze", 1)],
    [("plan", 0), ("lapse", 3), ("plan", 0), ("select", 1), ("lapse", 3)],
    # A reader comes and goes.
    [("sign_up", 0), ("confirm", 0), ("unsubscribe", 0), ("sign_up", 0), ("unsubscribe", 0),
     ("add", 0), ("erase", 0)],
    # Notices meet a relay of every mood, and readers who have left.
    [
        ("sign_up", 0), ("send_notices", 0), ("sign_up", 1), ("send_notices", 2), ("sign_up", 2),
        ("send_notices", 3), ("sign_up", 3), ("send_notices", 1), ("erase", 3), ("crash", 3),
        ("send_notices", 0),
    ],
    [
        ("sign_up", 0), ("erase", 0), ("send_notices", 0), ("sign_up", 1), ("lapse", 3),
        ("send_notices", 0), ("sign_up", 2), ("send_notices", 1), ("crash", 3),
        ("send_notices", 0), ("sign_up", 3), ("send_notices", 1), ("lapse", 3),
        ("send_notices", 0),
    ],
]  # fmt: skip
"""Together they make every transition but a few."""

IN_TESTS_OF_NOTICES = {
    # A worker crashed, and the reader has left since.
    ("notice", "leased", "suppressed"),
    # The last attempt is in the last minute.
    ("notice", "leased", "expired"),
}

STEP = st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 99))
ANYTHING = st.builds(
    lambda story, cut, steps: [*story[:cut], *steps],
    st.sampled_from(STORIES),
    st.integers(0, 20),
    st.lists(STEP, max_size=12),
)
names = count(1)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=ANYTHING)
def test_whatever_happens_states_change_by_transitions_of_the_verbs_that_make_them(
    begin: Begin, clock: FakeClock, keyring: Keyring, story: Story
) -> None:
    _live(begin, clock, keyring, story)


def test_every_transition_happens(begin: Begin, clock: FakeClock, keyring: Keyring) -> None:
    """One that no verb makes would be prose, and stay on the page for ever."""
    made = {change for story in STORIES for change in _live(begin, clock, keyring, story)}

    wanted = {
        (thing, stored_as(thing, before), stored_as(thing, after))
        for thing, verbs in VERBS.items()
        if thing in THINGS  # Those of hubs and subject tests have tests of their own.
        for before, after in verbs
    }
    # A lease that ended is written to no delivery; a notice may be leased again.
    changes = {(thing, before, after) for thing, before, after in wanted if before != after}
    assert changes - made == IN_TESTS_OF_NOTICES


def _live(begin: Begin, clock: FakeClock, keyring: Keyring, story: Story) -> list[Change]:
    """Let a story happen in a newsroom of its own; return how states have changed."""
    clock.now = FakeClock().now
    _log_once(begin)
    seen, _ = transitions_since(begin, 0)
    made = []

    with Relay(lambda _recipient, _attempt: newsroom.mood) as relay:
        newsroom = Newsroom(begin, clock, keyring, relay.url, f"le-matin-{next(names)}")
        for step, choice in story:
            clock.advance(seconds=61)
            refused = _try(newsroom, step, choice)
            seen, changes = transitions_since(begin, seen)
            for change in changes:
                assert stored_verbs(*change) & STEPS[step], (step, choice, change)
            assert not (refused and changes)
            _check_books(begin, newsroom)
            made += changes
    return made


def _log_once(begin: Begin) -> None:
    """Examples share a database."""
    with begin() as session:
        is_logged = session.scalar(text("SELECT to_regclass('transition_log') IS NOT NULL"))
    if not is_logged:
        log_transitions(begin)


def _try(newsroom: Newsroom, step: str, choice: int) -> bool:
    """Do a step; return whether it was refused."""
    try:
        getattr(newsroom, step)(choice)
    except CrieurError:
        return True
    return False


def _check_books(begin: Begin, newsroom: Newsroom) -> None:
    with begin() as session:
        editions = session.scalars(
            select(Edition.id).where(Edition.newsletter_id == newsroom.newsletter_id)
        ).all()
        for edition_id in editions:
            assert get_ledger(session, edition_id).balanced
