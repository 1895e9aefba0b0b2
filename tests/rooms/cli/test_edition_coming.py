"""`crieur edition coming`, and `show` of a coming edition."""

import json

from service.boot import Runtime
from service.cli.edition import app
from service.editions import control, curate
from service.editions.curate import Editor
from service.kit.clock import system_clock
from tests.rooms.cli.conftest import Run, told
from tests.rooms.cli.drafts import a_coming_edition


def test_the_coming_editions_say_when_they_go_and_what_they_have(
    runtime: Runtime, run: Run
) -> None:
    """The first question of the morning: what goes out, when, and does it wait for me?"""
    draft, _ = a_coming_edition(runtime)

    [row] = told(run(app, "coming", "le-matin", "--json"))
    shown = run(app, "coming").stdout

    assert (row["edition"], row["newsletter"], row["frequency"]) == (draft, "le-matin", "each")
    assert row["slot"].endswith(" 07:00")
    assert row["goes_out_at"].endswith("T07:00:00+00:00")
    assert (row["held"], row["approved_at"], row["article_count"]) == (False, None, 3)
    assert "07:00 Africa/Abidjan" in shown


def test_what_waits_for_an_operator_says_so(runtime: Runtime, run: Run) -> None:
    """Else it is found out when readers ask where the newsletter is."""
    draft, _ = a_coming_edition(runtime, needs_approval=True)
    words = []

    words.append(run(app, "coming").stdout)
    with runtime.begin() as session:
        control.hold(session, draft, now=system_clock())
    words.append(run(app, "coming").stdout)
    [held] = told(run(app, "coming", "--json"))
    with runtime.begin() as session:
        control.approve(session, draft, now=system_clock())
    words.append(run(app, "coming").stdout)

    assert "waits for approval" in words[0]
    assert " held " in words[1]
    assert held["goes_out_at"] is None
    assert " approved " in words[2]


def test_a_coming_edition_is_shown_as_it_would_go_out_now(runtime: Runtime, run: Run) -> None:
    """With what editors changed, what they dropped, and what has no room."""
    draft, ids = a_coming_edition(runtime, articles_per_section=1)
    now = system_clock()
    with runtime.begin() as session:
        curate.rewrite(session, draft, ids["Deux"], {"title": "Second"}, Editor(), now=now)
        curate.pin(session, draft, ids["Deux"], Editor(), now=now)
        curate.drop(session, draft, ids["Un match"], Editor(), now=now)
        curate.write_text(session, draft, {"subject": "Ce matin"}, Editor(), now=now)

    stored = json.loads(run(app, "show", draft, "--json").stdout)
    shown = run(app, "show", draft).stdout

    [article] = stored["articles"]
    assert (article["id"], article["title"], article["pinned"]) == (ids["Deux"], "Second", True)
    assert article["publishers_title"] == "Deux"
    assert [each["title"] for each in stored["dropped"]] == ["Un match"]
    assert [each["title"] for each in stored["left_over"]] == ["Un"]
    assert (stored["texts"]["subject"], stored["version"]) == ("Ce matin", 4)
    assert "pinned, rewritten" in shown
    assert "(dropped)" in shown
    assert "(no room)" in shown
    assert "Ce matin" in shown


def test_an_edition_without_articles_is_shown_too(runtime: Runtime, run: Run) -> None:
    """It has just opened."""
    draft, ids = a_coming_edition(runtime)
    with runtime.begin() as session:
        for number in ids.values():
            curate.drop(session, draft, number, Editor(), now=system_clock())

    assert json.loads(run(app, "show", draft, "--json").stdout)["articles"] == []
