"""`crieur rehearse`: the coming days in a terminal."""

import json
from datetime import time, timedelta

import typer

from service.boot import Runtime
from service.cli.rehearse import rehearse_days
from service.kit.clock import system_clock
from service.kit.errors import NotFound
from tests.builders import a_newsletter, a_reader, an_article
from tests.fakes.site import Site
from tests.rooms.cli.conftest import Run

app = typer.Typer()
app.command()(rehearse_days)


def two_papers(runtime: Runtime) -> None:
    now = system_clock()
    with runtime.begin() as session:
        for slug in ("le-matin", "le-soir"):
            paper = a_newsletter(
                session,
                "Sport",
                now=now,
                slug=slug,
                name=slug.title(),
                days=(1, 2, 3, 4, 5, 6, 7),
                times=(time(7),),
            )
            a_reader(session, paper, now=now)
        an_article(session, "Sport", seen=now - timedelta(days=2, minutes=5), title="Un but")


def test_the_table_has_every_slot_and_the_notes_below(runtime: Runtime, run: Run) -> None:
    two_papers(runtime)

    shown = run(app, "--newsletter", "le-matin")

    assert shown.exit_code == 0
    assert shown.stdout.count("le-matin") >= 7
    assert "le-soir" not in shown.stdout
    assert "1 (Sport 1)" in shown.stdout
    assert "Un but" in shown.stdout
    assert "Nothing new in any section since the last edition" in shown.stdout
    assert "1 of 7 slots are fine." in shown.stdout


def test_a_newsletter_without_a_schedule_is_said_to_have_none(runtime: Runtime, run: Run) -> None:
    """One sentence: no empty table, and no count of nothing."""
    with runtime.begin() as session:
        a_newsletter(session, "Sport", now=system_clock(), slug="sans", name="Sans", times=())

    shown = run(app, "--newsletter", "sans").stdout

    assert shown == "- Sans: It has no edition in these days.\n"


def test_scripts_get_all_newsletters_as_json(runtime: Runtime, run: Run) -> None:
    two_papers(runtime)

    found = json.loads(run(app, "--json", "--days", 3).stdout)

    assert [each["newsletter"] for each in found["newsletters"]] == ["le-matin", "le-soir"]
    assert [len(each["editions"]) for each in found["newsletters"]] == [3, 3]


def test_a_mistake_is_said_in_a_sentence(runtime: Runtime, run: Run) -> None:
    assert isinstance(run(app, "--newsletter", "le-midi").exception, NotFound)
    assert run(app, "--days", 32).exit_code == 2


def test_links_are_checked_when_that_is_asked_for(runtime: Runtime, run: Run, site: Site) -> None:
    """The fake site has no such page."""
    now = system_clock()
    two_papers(runtime)
    with runtime.begin() as session:
        url = f"{site.url}/nowhere"
        an_article(session, "Sport", seen=now - timedelta(days=2), title="Perdu", url=url)

    plain = run(app, "--newsletter", "le-matin").stdout
    shown = run(app, "--newsletter", "le-matin", "--days", 6, "--links").stdout

    assert "is dead" not in plain
    assert "1 link is dead: “Perdu”." in shown
    assert "links and pictures checked: 0 answered well." in shown
    assert "answered well" not in plain
