"""`crieur newsletter create|edit`: what a newsletter does when things are not as usual."""

import json

import pytest

from service.boot import Runtime
from service.cli.newsletter import app
from tests.builders import a_newsletter
from tests.rooms.cli.conftest import Run


def test_policies_are_set_and_shown(runtime: Runtime, run: Run) -> None:
    """What is set is what --json shows; 0 goes back to the default."""
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())

    edited = run(app, "edit", "le-matin", "--missed", "merge", "--late-hours", 2, "--json")
    limits = ["--least-per-section", 2, "--most-articles", 20, "--least-articles", 5]
    run(app, "edit", "le-matin", *limits, "--thin", "skip", "--quiet", "22:00-06:00")
    reset = run(app, "edit", "le-matin", "--late-hours", 0, "--most-articles", 0, "--json")

    assert json.loads(edited.stdout)["missed_slots"] == "merge"
    assert json.loads(edited.stdout)["late_within"] is not None
    shown = json.loads(reset.stdout)
    assert (shown["late_within"], shown["most_articles"]) == (None, None)
    assert (shown["least_per_section"], shown["least_articles"]) == (2, 5)
    assert shown["thin_editions"] == "skip"
    assert (shown["quiet_from"], shown["quiet_to"]) == ("22:00", "06:00")
    ended = json.loads(run(app, "edit", "le-matin", "--quiet", "", "--json").stdout)
    assert (ended["quiet_from"], ended["quiet_to"]) == (None, None)


def test_approval_is_required_of_a_newsletter_and_not_any_more(runtime: Runtime, run: Run) -> None:
    """An option that is not named changes neither of the two."""
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())

    told = [
        json.loads(run(app, "edit", "le-matin", *options, "--json").stdout)
        for options in (
            ["--needs-approval", "--second-editor"],
            ["--missed", "merge"],
            ["--no-second-editor"],
            ["--no-approval"],
        )
    ]

    assert [(each["needs_approval"], each["needs_second_editor"]) for each in told] == [
        (True, True),
        (True, True),
        (True, False),
        (False, False),
    ]


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--missed", "perhaps", "--missed is one of late, merge, skip."),
        ("--quiet", "22:00", "--quiet takes two times: write it like 22:00-06:00."),
        ("--quiet", "22:00-22:00", "Quiet hours need two different times, or none."),
        ("--quiet", "22:00-late", "“late” is not a time of day"),
        ("--thin", "perhaps", "--thin is one of merge, skip."),
        ("--least-per-section", 9, "A section that is shown has at least one article, and no more"),
        ("--most-articles", 501, "An edition has at most 1 to 500 articles in all."),
        ("--least-articles", 0, "An edition that is sent has at least one article, and no more"),
        ("--late-hours", 1000, "A missed edition is sent 5 minutes to 14 days late."),
    ],
)
def test_a_wrong_policy_is_refused_in_a_sentence(
    runtime: Runtime, run: Run, option: str, value: object, sentence: str
) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())

    refused = run(app, "edit", "le-matin", option, value)

    assert str(refused.exception).startswith(sentence)
