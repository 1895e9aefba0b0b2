"""What is said of an edition, and what of it asks for a person."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from service.kit.db import Begin
from service.newsletters.schedule import Slot, slot_at
from service.rehearsal.edition_notes import (
    approval_notes,
    begins_at,
    clock_notes,
    notes_of,
    same_slot_note,
)
from service.rehearsal.rehearsed import MissingArticles, RehearsedEdition, SlotStatus
from tests.rooms.rehearsal.one_week import NOW, a_paper

PARIS = ZoneInfo("Europe/Paris")
SEVEN = Slot(local_date=date(2026, 12, 1), local_time=time(7), instant=NOW + timedelta(hours=18))


def an_edition(
    begin: Begin, *, paper: dict[str, Any] | None = None, **changes: Any
) -> RehearsedEdition:
    given: dict[str, Any] = {
        "frequency": None,
        "slot": SEVEN,
        "status": SlotStatus.SENT,
        "begins_at": SEVEN.instant,
        "utc_offset": timedelta(0),
        "readers": 10,
        **changes,
    }
    return RehearsedEdition(newsletter=a_paper(begin, **(paper or {})), **given)


def keys(notes: Any) -> list[str]:
    return [f"{'!' * each.warns}{each.message.key}" for each in notes]


def test_a_good_edition_has_nothing_to_say(begin: Begin) -> None:
    edition = an_edition(begin)

    assert keys(notes_of(edition, ZoneInfo("UTC"))) == []
    assert edition.is_fine


def test_what_is_left_out_is_said_by_its_reason(begin: Begin) -> None:
    left_out = MissingArticles(no_room=1, dropped=2, waiting=3, too_old=4, no_section=5)

    notes = list(notes_of(an_edition(begin, left_out=left_out), ZoneInfo("UTC")))

    assert [str(each.message) for each in notes] == [
        "There is no room for 1 article, which is not carried later.",
        "Editors have dropped 2 articles.",
        "3 articles wait for the next edition, because their sections have too few.",
        "4 articles were too old when they were first seen.",
        "5 articles belong in none of its sections.",
    ]
    assert not any(each.warns for each in notes)


def test_an_edition_without_readers_is_a_warning_and_without_some_is_not(begin: Begin) -> None:
    alone = an_edition(begin, readers=0, readers_without=3)
    some = an_edition(begin, paper={"slug": "le-soir"}, readers_without=1)

    assert keys(notes_of(alone, PARIS)) == ["!rehearsal.no_readers"]
    assert keys(notes_of(some, PARIS)) == ["rehearsal.readers_without"]


def test_quiet_hours_move_the_first_messages(begin: Begin) -> None:
    paper = a_paper(begin, quiet_from=time(22), quiet_to=time(8))
    at = begins_at(paper, SEVEN.instant, PARIS)

    later = an_edition(begin, paper={"slug": "le-soir"}, begins_at=at)

    assert at == datetime(2026, 12, 1, 7, tzinfo=UTC)
    assert [str(each.message) for each in notes_of(later, PARIS)] == [
        "It is ready in quiet hours: the first messages go out at 08:00."
    ]
    assert begins_at(paper, NOW, PARIS) == NOW


def test_a_rate_too_low_for_its_validity_is_a_warning(begin: Begin) -> None:
    """The last readers would get nothing, and the ledger would say `expired`."""
    slow = {"per_minute": 10, "valid_for": timedelta(hours=1)}

    enough = an_edition(begin, paper=slow, readers=600)
    too_many = an_edition(begin, paper={**slow, "slug": "le-soir"}, readers=601)

    assert keys(notes_of(enough, PARIS)) == []
    assert keys(notes_of(too_many, PARIS)) == ["!rehearsal.too_slow"]


def test_the_clock_is_said_where_it_changes_and_nowhere_else() -> None:
    sunday = date(2026, 3, 29)
    saturday = slot_at(date(2026, 3, 28), time(7), PARIS).instant
    lord_howe = ZoneInfo("Australia/Lord_Howe")

    found = {
        "moved": clock_notes(slot_at(sunday, time(2, 30), PARIS), None, PARIS),
        "twice": clock_notes(slot_at(date(2026, 10, 25), time(2, 30), PARIS), None, PARIS),
        "after": clock_notes(slot_at(sunday, time(7), PARIS), saturday, PARIS),
        "monday": clock_notes(slot_at(date(2026, 3, 30), time(7), PARIS), saturday, PARIS),
        "half": clock_notes(
            slot_at(date(2026, 4, 5), time(7), lord_howe),
            slot_at(date(2026, 4, 4), time(7), lord_howe).instant,
            lord_howe,
        ),
        "never": clock_notes(SEVEN, NOW, PARIS),
    }

    said = {name: " ".join(str(each.message) for each in notes) for name, notes in found.items()}
    since = "Since the edition before, the clocks have gone"
    assert said == {
        "moved": "02:30 does not exist that day, because the clocks go forward: it goes out at "
        "03:30.",
        "twice": "02:30 exists twice that day, because the clocks go back: it goes out once, the "
        "first time.",
        "after": f"{since} forward by 60 minutes. This day has 23 hours.",
        "monday": f"{since} forward by 60 minutes.",
        "half": f"{since} back by 30 minutes. This day has 24.5 hours.",
        "never": "",
    }


def test_what_waits_for_a_person_is_a_warning(begin: Begin) -> None:
    paper = a_paper(begin, needs_approval=True)

    found = [
        keys(approval_notes(paper, is_held=held, is_approved=approved))
        for held, approved in ((True, False), (False, False), (False, True))
    ]

    assert found == [["!rehearsal.held"], ["!rehearsal.needs_approval"], []]


def test_other_newsletters_at_the_same_moment_are_named(begin: Begin) -> None:
    mine = an_edition(begin)
    quiet = an_edition(begin, paper={"slug": "sport"}, status=SlotStatus.SKIPPED)

    [note] = same_slot_note(mine, {"Le Matin", "Le Soir"})

    assert note.message.params == {"newsletters": ["Le Soir"]}
    assert list(same_slot_note(mine, {"Le Matin"})) == []
    assert list(same_slot_note(quiet, {"Le Matin", "Le Soir"})) == []
