"""`crieur feed add` with the address of a site, as an operator types it."""

from datetime import UTC, datetime

import pytest

from service.boot import Runtime
from service.cli import feed
from tests.builders import a_newsletter
from tests.fakes.site import Site, answer
from tests.rooms.cli.conftest import DATA, Run, told

FRONT = b"""<!doctype html><html lang=fr><head>
<link rel="https://api.w.org/" href="/wp-json/">
<link rel="alternate" type="application/rss+xml" href="/flux">
<link rel="alternate" type="application/rss+xml" href="/commentaires"></head><p>Bonjour."""
HTML = {"Content-Type": "text/html"}


@pytest.fixture(autouse=True)
def front(site: Site, runtime: Runtime) -> None:
    """A site whose front page declares two feeds, and a newsletter."""
    site.pages["/"] = answer(FRONT, headers=HTML)
    site.pages["/commentaires"] = answer((DATA / "feeds" / "rss2.xml").read_bytes())
    with runtime.begin() as session:
        a_newsletter(session, "Économie", now=datetime(2023, 2, 8, tzinfo=UTC))


def test_a_sites_address_is_enough(run: Run, site: Site) -> None:
    """What was found is listed with its figures, and the articles' feed is polled."""
    added = run(feed.app, "add", site.url, "--newsletter", "le-matin")

    (listed,) = told(run(feed.app, "list", "--json"))
    assert added.exit_code == 0
    assert f"* RSS: {site.url}/flux (“Le Courrier du Golfe”, 2 items, the newest" in added.stdout
    assert "comments)" in added.stdout
    assert f"REST API is at {site.url}/wp-json/" in added.stdout
    assert f"Feed 1 is polled from now on: {site.url}/flux" in added.stdout
    assert (listed["url"], listed["state"]) == (f"{site.url}/flux", "unread")


def test_a_dry_run_only_looks(run: Run, site: Site) -> None:
    """The same list, and nothing is stored."""
    looked = run(feed.app, "add", site.url, "--newsletter", "le-matin", "--dry-run")

    assert looked.exit_code == 0
    assert "teasers" in looked.stdout
    assert "is polled from now on" not in looked.stdout
    assert run(feed.app, "list").stdout == ""


def test_a_script_gets_what_was_found_as_json(run: Run, site: Site) -> None:
    """With the id under which the choice was stored, or the reason why none was."""
    (found,) = told(run(feed.app, "add", site.url, "--newsletter", "le-matin", "--json"))
    site.pages["/"] = answer(b"<!doctype html><p>Bonjour.", headers=HTML)
    nothing = run(feed.app, "add", site.url, "--newsletter", "le-matin", "--json")

    assert (found["id"], found["choice"]) == (1, f"{site.url}/flux")
    assert [each["items"] for each in found["feeds"]] == [2, 2]
    assert nothing.exit_code == 1
    (said,) = told(nothing)
    assert (said["id"], said["problem_key"]) == (None, "discovery.nothing")


def test_an_address_that_cannot_be_read_is_an_error_of_a_dry_run(run: Run, site: Site) -> None:
    """There is nothing to show, and a script sees it by the status."""
    looked = run(feed.app, "add", f"{site.url}/rien", "--newsletter", "le-matin", "--dry-run")

    assert looked.exit_code == 1
    assert "answered 404" in str(looked.exception)
