"""`crieur feed edit|pause|resume`, as an operator types it."""

from datetime import UTC, datetime

import pytest

from service.boot import Runtime
from service.cli import feed
from tests.audit_trail import audited
from tests.builders import a_newsletter
from tests.fakes.site import Site
from tests.rooms.cli.conftest import Run, told


@pytest.fixture
def newsletter_id(run: Run, site: Site, runtime: Runtime) -> int:
    """A newsletter with one feed, number 1."""
    with runtime.begin() as session:
        newsletter = a_newsletter(session, "Politique", now=datetime(2023, 2, 8, tzinfo=UTC))
    run(feed.app, "add", f"{site.url}/flux", "--newsletter", "le-matin", "--every", 30)
    return newsletter.id


def test_what_is_given_is_changed_and_nothing_else(
    run: Run, site: Site, runtime: Runtime, newsletter_id: int
) -> None:
    """Each option stands for itself, and the trail says that something was changed."""
    moved = run(feed.app, "edit", 1, "--url", f"{site.url}/neuf", "--section", "politique")
    again = run(feed.app, "edit", 1, "--section", "Politique")
    cleared = run(feed.app, "edit", 1, "--no-section", "--every", 10)

    (listed,) = told(run(feed.app, "list", "--json"))
    assert "Feed 1 is changed" in moved.stdout
    assert "changes nothing" in again.stdout
    assert cleared.exit_code == 0
    assert (listed["url"], listed["section_key"], listed["state"]) == (
        f"{site.url}/neuf",
        None,
        "unread",
    )
    facts = {"feed_id": 1, "newsletter_id": newsletter_id}
    assert audited(runtime.begin) == [
        ("feed.added", facts),
        ("feed.edited", facts),
        ("feed.edited", facts),
    ]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--section", "Sport"), "no section “Sport”: it has Politique."),
        (("--section", "Politique", "--no-section"), "not both"),
        (("--url", "courrier"), "not a web address"),
    ],
)
@pytest.mark.usefixtures("newsletter_id")
def test_what_cannot_be_is_refused_with_a_sentence(
    run: Run, options: tuple[str, ...], sentence: str
) -> None:
    """One sentence that says what to do, and nothing is changed."""
    before = run(feed.app, "list", "--json").stdout

    refused = run(feed.app, "edit", 1, *options)

    assert refused.exit_code == 1
    assert sentence in str(refused.exception)
    assert run(feed.app, "list", "--json").stdout == before


def test_an_address_in_a_private_network_is_refused(
    run: Run, environment: dict[str, str], newsletter_id: int
) -> None:
    """As when a feed is added."""
    environment["CRIEUR_FETCH_ALLOW_PRIVATE"] = "false"

    refused = run(feed.app, "edit", newsletter_id, "--url", "http://10.0.0.1/feed")

    assert "leads to a private network" in str(refused.exception)


def test_a_feed_is_paused_and_resumed_once(run: Run, runtime: Runtime, newsletter_id: int) -> None:
    """Asking twice changes nothing, and the trail has each change once."""
    said = [
        run(feed.app, act, newsletter_id).stdout for act in ("pause", "pause", "resume", "resume")
    ]

    assert "is paused" in said[0]
    assert "paused before" in said[1]
    assert "polled again" in said[2]
    assert "not paused" in said[3]
    acts = [event for event, _ in audited(runtime.begin)]
    assert acts == ["feed.added", "feed.pause", "feed.resume"]
