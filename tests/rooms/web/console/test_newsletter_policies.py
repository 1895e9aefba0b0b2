"""The form's fields that say what an edition does when things are not as usual."""

from datetime import time, timedelta

import pytest

from service.kit.errors import Invalid
from service.newsletters.limits import ThinEditions
from service.newsletters.missed_slots import MissedSlots
from service.web.console.newsletter_form import NewsletterForm, form_from_draft, parse_newsletter
from tests.builders import a_draft


def test_policies_become_a_draft_and_a_form_again() -> None:
    """An edit of another field must not lose them."""
    draft = a_draft(
        missed_slots=MissedSlots.SKIP,
        late_within=timedelta(minutes=90),
        least_per_section=2,
        most_articles=20,
        least_articles=5,
        thin_editions=ThinEditions.SKIP,
        quiet_from=time(22),
        quiet_to=time(6),
    )

    shown = form_from_draft(draft)

    assert (shown.missed_slots, shown.late_hours) == ("skip", "1.5")
    assert parse_newsletter(shown).draft == draft


@pytest.mark.parametrize("ticked", ["needs_approval", "needs_second_editor"])
def test_a_tick_is_kept_and_can_be_taken_away(ticked: str) -> None:
    """A browser sends nothing for a box that is not ticked."""
    shown = form_from_draft(a_draft(**{ticked: True}))

    assert getattr(parse_newsletter(shown).draft, ticked) is True
    left_out = shown.model_copy(update={ticked: ""})
    assert parse_newsletter(left_out).draft == a_draft()


@pytest.mark.parametrize("text", ["nan", "-1", "x", "0"])
def test_hours_that_are_none_are_refused_beside_their_field(text: str) -> None:
    shown = form_from_draft(a_draft()).model_copy(update={"late_hours": text})

    assert parse_newsletter(shown).problems == {
        "late_within": "console.newsletter.wrong.late_within"
    }


@pytest.mark.parametrize(
    ("field", "text"),
    [("least_per_section", "9"), ("most_articles", "x"), ("least_articles", "0")],
)
def test_limits_that_contradict_each_other_are_refused_beside_their_field(
    field: str, text: str
) -> None:
    """A section of at most 8 with at least 9 would never be shown."""
    shown = form_from_draft(a_draft()).model_copy(update={field: text})

    assert parse_newsletter(shown).problems == {field: f"console.newsletter.wrong.{field}"}


@pytest.mark.parametrize(
    ("start", "end"), [("22:00", ""), ("", "06:00"), ("22:00", "22:00"), ("x", "06:00"), ("x", "y")]
)
def test_quiet_hours_need_two_times(start: str, end: str) -> None:
    """One of them alone would be silent for ever, or never."""
    typed = {"quiet_from": start, "quiet_to": end}
    shown = form_from_draft(a_draft()).model_copy(update=typed)

    assert parse_newsletter(shown).problems == {
        "quiet_hours": "console.newsletter.wrong.quiet_hours"
    }


def test_a_choice_that_the_page_does_not_offer_is_refused() -> None:
    """The form was not filled in on our page."""
    with pytest.raises(Invalid, match="missed_slots"):
        parse_newsletter(NewsletterForm(missed_slots="perhaps"))
