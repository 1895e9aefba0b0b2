"""A form that two operators edit carries what its editor has seen."""

from service.web.console.edit_form import EditForm, compare_edit
from service.web.console.form_values import FormValues


class Note(EditForm):
    """A form of two fields."""

    title: str = ""
    text: str = ""


def sent(*, opened: str = "", **fields: str) -> FormValues:
    return FormValues((*fields.items(), ("opened", opened)))


SEEN = Note(title="Un", text="Texte").as_opened()


def test_what_nobody_else_has_changed_is_saved_as_it_was_typed() -> None:
    """Line breaks come as CR LF from every browser, and are stored without CR."""
    attempt = compare_edit(
        sent(title="Deux", text="a\r\nb", opened=SEEN), Note(title="Un", text="Texte")
    )

    assert attempt.merged is None
    assert attempt.fields == Note(title="Deux", text="a\nb")


def test_what_another_has_changed_is_taken_over_or_put_beside() -> None:
    """A field that only they changed is theirs; one that both changed stays as typed."""
    stored = Note(title="Leur titre", text="Leur texte")

    attempt = compare_edit(sent(title="Mon titre", text="Texte", opened=SEEN), stored)

    assert attempt.merged is not None
    assert attempt.fields == Note(title="Mon titre", text="Leur texte")
    assert [each.name for each in attempt.merged.differences] == ["title", "text"]
    assert attempt.opened == stored


def test_a_form_without_what_was_seen_is_taken_as_typed() -> None:
    """A program, or a field that was tampered with: nothing can be compared."""
    for opened in ("", "{}x", '{"other": 1}', "[]"):
        attempt = compare_edit(sent(title="Deux", opened=opened), Note(title="Autre"))

        assert (attempt.merged, attempt.fields.title) == (None, "Deux")
