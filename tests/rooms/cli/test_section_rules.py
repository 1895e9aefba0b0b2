"""`crieur feed rule`, as an operator types it."""

from datetime import UTC, datetime

from service.boot import Runtime
from service.cli import article, section_rules
from tests.builders import a_newsletter
from tests.fakes.site import Site
from tests.rooms.cli.conftest import Run, told


def test_rules_are_added_tried_and_removed(run: Run, site: Site, runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, "Politique", now=datetime(2023, 2, 8, tzinfo=UTC))
    run(article.app, "add", f"{site.url}/flux")

    fallen = told(run(section_rules.app, "test", "le-matin", "--fallen", "--json"))
    added = run(
        section_rules.app, "add", "le-matin", "category", "économie", "--section", "politique"
    )
    filed = told(run(section_rules.app, "test", "le-matin", "--json"))
    nowhere = run(section_rules.app, "add", "le-matin", "tag", "x")
    run(section_rules.app, "remove", "le-matin", 1)

    assert len(fallen) == 2
    assert added.exit_code == 0
    assert ("politique", "rule", 1) in {
        (each["section"], each["why"], each["rule"]) for each in filed
    }
    assert nowhere.exit_code != 0
    assert told(run(section_rules.app, "list", "le-matin", "--json")) == []
