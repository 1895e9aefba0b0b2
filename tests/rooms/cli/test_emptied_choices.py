"""Sections that are removed or renamed: whose choice is empty, and what to do."""

import json

from service.boot import Runtime
from service.cli import newsletter
from tests.builders import a_newsletter, a_reader
from tests.rooms.cli.conftest import Run

NEWS, SPORT, ARTS = 0b001, 0b010, 0b100


def test_readers_who_chose_only_a_renamed_section_are_counted(run: Run, runtime: Runtime) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        alpha = a_newsletter(session, "News", "Sport", "Arts", now=now, slug="alpha")
        beta = a_newsletter(session, "News", "Sport", now=now, slug="beta")
        for mask in (SPORT, SPORT, SPORT | ARTS, SPORT | NEWS, NEWS, None):
            a_reader(session, alpha, now=now, mask=mask)
        a_reader(session, alpha, now=now, mask=SPORT, state="pending")
        a_reader(session, beta, now=now, mask=SPORT)
    edit = (newsletter.app, "edit", "alpha", "--section", "News", "--section")

    renamed = run(*edit, "Sports", "--section", "Arts", "--json")
    reduced = run(*edit, "Sports", "--json")
    restored = run(*edit, "Sport", "--section", "Arts", "--json")

    assert renamed.exit_code == 0
    assert "2 readers had chosen only sections that are gone now (Sport)" in renamed.stderr
    assert "Add the former sections again" in renamed.stderr
    assert [each["name"] for each in json.loads(renamed.stdout)["sections"]] == [
        "News",
        "Sports",
        "Arts",
    ]
    assert "1 reader had chosen only sections that are gone now (Arts)" in reduced.stderr
    assert restored.stderr == ""


def test_an_edit_that_empties_no_choice_prints_no_warning(run: Run, runtime: Runtime) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        alpha = a_newsletter(session, "News", "Sport", now=now, slug="alpha")
        a_reader(session, alpha, now=now, mask=NEWS)
        a_reader(session, alpha, now=now)

    removed = run(newsletter.app, "edit", "alpha", "--section", "News")
    named = run(newsletter.app, "edit", "alpha", "--name", "Alpha")

    assert [(each.exit_code, each.stderr) for each in (removed, named)] == [(0, ""), (0, "")]
