"""The form's fields that say which alerts a newsletter offers."""

import pytest

from service.web.console.newsletter_form import form_from_draft, parse_newsletter
from tests.builders import a_draft


def test_alerts_become_a_draft_and_a_form_again() -> None:
    """An edit of another field must not lose them."""
    draft = a_draft(
        offers_alerts=True,
        alerts_per_day=3,
        alerts_per_reader=2,
        alerts_merge_minutes=0,
        digests_repeat_alerts=True,
    )

    assert parse_newsletter(form_from_draft(draft)).draft == draft


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("alerts_per_day", "0"),
        ("alerts_per_day", "51"),
        ("alerts_merge_minutes", "-1"),
        ("alerts_merge_minutes", "x"),
        ("alerts_merge_minutes", "121"),
    ],
)
def test_a_number_that_is_out_of_range_is_refused_beside_its_field(field: str, text: str) -> None:
    shown = form_from_draft(a_draft()).model_copy(update={field: text})

    assert parse_newsletter(shown).problems == {field: f"console.newsletter.wrong.{field}"}
