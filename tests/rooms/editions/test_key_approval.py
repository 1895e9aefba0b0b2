"""Four eyes: what an API key may approve."""

from datetime import time

import pytest

from service.accounts import operators
from service.accounts.roles import Role
from service.editions import curate, drafts
from service.editions.curate import Editor
from service.editions.key_approval import require_other_editor
from service.kit.db import Begin, Session
from service.kit.errors import Conflict
from tests.builders import a_newsletter
from tests.conftest import FakeClock


def a_draft_edition(session: Session, clock: FakeClock, *, second_editor: bool) -> int:
    a_newsletter(
        session,
        now=clock(),
        days=(1, 2, 3, 4, 5, 6, 7),
        times=(time(7),),
        needs_second_editor=second_editor,
    )
    [draft_id] = drafts.open_drafts(session, now=clock())
    return draft_id


def an_editor(session: Session, name: str, clock: FakeClock) -> int:
    return operators.add(
        session, address=f"{name}@example.org", name=name, role=Role.OWNER, now=clock()
    ).id


@pytest.mark.parametrize(
    ("last", "is_refused"), [(None, True), ("awa", True), ("kofi", False)], ids=str
)
def test_a_key_is_no_second_pair_of_eyes_for_its_own_changes(
    begin: Begin, clock: FakeClock, last: str | None, is_refused: bool
) -> None:
    """A change without a name may be the key's; a change of its owner is the same person's."""
    with begin() as session:
        draft = a_draft_edition(session, clock, second_editor=True)
        editors = {name: an_editor(session, name, clock) for name in ("awa", "kofi")}
        editor = Editor(operator_id=editors[last] if last else None)
        curate.write_text(session, draft, {"subject": "Ce matin"}, editor, now=clock())

        if is_refused:
            with pytest.raises(Conflict, match="needs another editor’s approval"):
                require_other_editor(session, draft, owner_id=editors["awa"])
        else:
            require_other_editor(session, draft, owner_id=editors["awa"])


def test_what_no_editor_has_changed_needs_no_second_one(begin: Begin, clock: FakeClock) -> None:
    """The rule is nobody's work."""
    with begin() as session:
        draft = a_draft_edition(session, clock, second_editor=True)

        require_other_editor(session, draft, owner_id=None)


def test_where_one_editor_is_enough_a_key_is_too(begin: Begin, clock: FakeClock) -> None:
    """Most newsrooms at five in the morning are one person."""
    with begin() as session:
        draft = a_draft_edition(session, clock, second_editor=False)
        curate.write_text(session, draft, {"subject": "Ce matin"}, Editor(), now=clock())

        require_other_editor(session, draft, owner_id=None)
