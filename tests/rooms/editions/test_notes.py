"""What an edition's note says, and what it says no longer."""

from service.editions.notes import append_note, drop_web_version_failure
from service.kit.translatable import translatable, verbatim

FAILED = translatable("edition.failed.web_version", why="KeyError")


def test_a_note_keeps_what_it_said_and_a_failure_that_was_mended_goes() -> None:
    note = append_note(verbatim("Paused by Awa."), FAILED)

    assert str(note).startswith("Paused by Awa. Its web version could not be rendered again: ")
    assert append_note(None, FAILED) == FAILED
    assert drop_web_version_failure(note) == verbatim("Paused by Awa.")
    assert drop_web_version_failure(FAILED) is None
    assert drop_web_version_failure(None) is None


def test_another_note_stays_when_the_web_version_is_rendered() -> None:
    other = append_note(verbatim("Paused by Awa."), verbatim("Again."))

    assert drop_web_version_failure(other) == other


def test_a_mended_failure_goes_wherever_it_stands_in_the_note() -> None:
    """Work may fail again in another way before the web version is rendered."""
    again = append_note(append_note(append_note(verbatim("A."), FAILED), FAILED), verbatim("B."))

    assert str(drop_web_version_failure(again)) == "A. B."
    assert drop_web_version_failure(append_note(FAILED, verbatim("B."))) == verbatim("B.")
