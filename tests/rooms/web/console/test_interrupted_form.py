"""Only a form that can be shown again is carried through the sign-in."""

import json

import pytest

from service.web.console.form_values import FormValues
from service.web.console.interrupted_form import (
    InterruptedForm,
    is_resumable,
    parse_interrupted_form,
)


def posted(action: str, fields: object) -> FormValues:
    return FormValues((("kept_action", action), ("kept", json.dumps(fields))))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/console/keys", True),
        ("/console/newsletters", True),
        ("/console/newsletters/le-matin/edit", True),
        ("/console/newsletters/le-matin/feeds/find", True),
        ("/console/articles/paste", True),
        ("/console/articles/12", False),
        ("/console/articles/12/edit", True),
        ("/console/newsletters/le-matin/feeds/12/edit", True),
        ("/console/newsletters/le-matin/send", False),
        ("/console/newsletters/le-matin/edit/x", False),
        ("https://evil.example/console/keys", False),
    ],
)
def test_forms_with_a_language_switch_are_resumable(path: str, expected: bool) -> None:
    assert is_resumable(path) is expected


def test_the_fields_come_back_in_their_order() -> None:
    form = InterruptedForm(action="/console/keys", pairs=(("b", "1"), ("a", "é")))

    again = FormValues((("kept_action", form.action), ("kept", form.to_json())))

    assert parse_interrupted_form(again) == form


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("/console/sign-out", [["a", "b"]]),
        ("/console/keys", [["act", "save"]]),
        ("/console/keys", [["speak", "fr"]]),
        ("/console/keys", [["a", 1]]),
        ("/console/keys", [["a"]]),
        ("/console/keys", 7),
        ("/console/keys", [["a", "x" * 40_000]]),
    ],
)
def test_what_our_page_would_not_carry_is_dropped(action: str, fields: object) -> None:
    assert parse_interrupted_form(posted(action, fields)) is None
