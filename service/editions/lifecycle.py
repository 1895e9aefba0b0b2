"""Pure: the states of an edition and the transitions between them.

`draft` is a coming edition, which fills as articles come and may be curated until its slot is due.
`planned` is a due slot. `selected` has its articles and may still be curated. `frozen` has a
content hash and a fixed audience. `rendered` has the parts of every variant. `sending` has its
deliveries. `finished` has none pending; an operator may send it again to readers who were refused
through no fault of theirs. `skipped` had no new articles; `cancelled` was stopped by an operator;
`lapsed` waited for one until its news was no longer valid.
"""

from enum import StrEnum

from service.kit.lifecycle import Lifecycle


class EditionState(StrEnum):
    """The state of an edition."""

    DRAFT = "draft"
    PLANNED = "planned"
    SELECTED = "selected"
    FROZEN = "frozen"
    RENDERED = "rendered"
    SENDING = "sending"
    FINISHED = "finished"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


TRANSITIONS: dict[EditionState, frozenset[EditionState]] = {
    EditionState.DRAFT: frozenset({EditionState.PLANNED, EditionState.CANCELLED}),
    EditionState.PLANNED: frozenset(
        {EditionState.SELECTED, EditionState.SKIPPED, EditionState.CANCELLED, EditionState.LAPSED}
    ),
    # Curation may leave nothing: then the slot is skipped like one that found nothing.
    EditionState.SELECTED: frozenset(
        {EditionState.FROZEN, EditionState.SKIPPED, EditionState.CANCELLED, EditionState.LAPSED}
    ),
    EditionState.FROZEN: frozenset({EditionState.RENDERED, EditionState.CANCELLED}),
    EditionState.RENDERED: frozenset({EditionState.SENDING, EditionState.CANCELLED}),
    EditionState.SENDING: frozenset({EditionState.FINISHED, EditionState.CANCELLED}),
    # Messages refused through the sender's or the relay's fault are sent again.
    EditionState.FINISHED: frozenset({EditionState.SENDING}),
    EditionState.SKIPPED: frozenset(),
    EditionState.CANCELLED: frozenset(),
    EditionState.LAPSED: frozenset(),
}

BEFORE_FREEZE = frozenset({EditionState.DRAFT, EditionState.PLANNED, EditionState.SELECTED})
"""States in which neither content nor audience is fixed."""

CURATABLE = frozenset({EditionState.DRAFT, EditionState.SELECTED})
"""States in which editors may change what is in an edition."""

FINAL = frozenset(
    {EditionState.FINISHED, EditionState.SKIPPED, EditionState.CANCELLED, EditionState.LAPSED}
)
"""States in which an edition has ended; only a resend leads out of `finished`."""


MAX_SETBACKS = 3
"""Consecutive failures without progress after which an edition is no longer tried."""

EDITION = Lifecycle(thing="edition", transitions=TRANSITIONS, final=FINAL)


class SubjectTestState(StrEnum):
    """The state of a subject test: set by an editor, being measured, decided, or not made."""

    PREPARED = "prepared"
    RUNNING = "running"
    DECIDED = "decided"
    DROPPED = "dropped"


SUBJECT_TEST = Lifecycle(
    thing="subject_test",
    transitions={
        SubjectTestState.PREPARED: frozenset({SubjectTestState.RUNNING, SubjectTestState.DROPPED}),
        SubjectTestState.RUNNING: frozenset({SubjectTestState.DECIDED, SubjectTestState.DROPPED}),
        SubjectTestState.DECIDED: frozenset(),
        SubjectTestState.DROPPED: frozenset(),
    },
    final=frozenset({SubjectTestState.DECIDED, SubjectTestState.DROPPED}),
)
"""A test begins when its edition starts to be sent; what is decided stays decided."""

UNDECIDED = (SubjectTestState.PREPARED, SubjectTestState.RUNNING)
"""States in which the readers outside the sample wait."""
