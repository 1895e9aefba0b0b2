"""`crieur feed`, as an operator types it."""

from datetime import UTC, datetime, timedelta

import pytest

from service.accounts import audit
from service.articles.feeds import registry
from service.boot import Runtime
from service.cli import article, feed
from service.kit.clock import system_clock
from tests.audit_trail import audited
from tests.builders import a_newsletter
from tests.fakes.site import Site, answer
from tests.fakes.wordpress import WordPress
from tests.rooms.cli.conftest import DATA, Run, told

CLIPPING = DATA / "clippings" / "01-the-whole-shape.txt"


def test_a_feed_is_added_polled_and_listed(run: Run, site: Site, runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, "Économie", now=datetime(2023, 2, 8, tzinfo=UTC))

    added = run(feed.app, "add", f"{site.url}/flux", "--newsletter", "le-matin")
    polled = run(feed.app, "poll")
    (listed,) = told(run(feed.app, "list", "--newsletter", "le-matin", "--json"))

    assert added.exit_code == 0
    assert "Le Courrier du Golfe”, 2 items" in added.stdout
    assert "2 new" in polled.stdout
    assert listed["state"] == "polled"
    assert listed["title"] == "Le Courrier du Golfe"


def test_a_feed_answers_only_after_it_was_read(run: Run, site: Site, runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=datetime(2023, 2, 8, tzinfo=UTC))

    run(feed.app, "add", f"{site.url}/flux", "--newsletter", "le-matin")
    wrong = run(feed.app, "add", f"{site.url}/rien", "--newsletter", "le-matin")

    states = [each["state"] for each in told(run(feed.app, "list", "--json"))]
    assert states == ["unread", "failing"]
    assert "cannot be read now: The site answered 404" in wrong.stdout
    assert "Was the address wrong? crieur feed remove 2" in wrong.stdout


def test_a_new_feeds_first_poll_is_when_the_site_said(
    run: Run, site: Site, runtime: Runtime
) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=datetime(2023, 2, 8, tzinfo=UTC))
    site.pages["/flux"] = answer(
        b"", status="429 Too Many Requests", headers={"Retry-After": "86400"}
    )

    added = run(feed.app, "add", f"{site.url}/flux", "--newsletter", "le-matin")
    polled = run(feed.app, "poll")

    (listed,) = told(run(feed.app, "list", "--json"))
    assert "The site answered 429 instead of a feed. It is asked again at" in added.stdout
    assert datetime.fromisoformat(listed["next_poll_at"]) > system_clock() + timedelta(hours=23)
    assert (polled.exit_code, polled.output) == (0, "")
    assert len(site.requests) == 1


def test_a_new_feed_that_is_gone_for_good_is_not_asked_again(
    run: Run, site: Site, runtime: Runtime
) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=datetime(2023, 2, 8, tzinfo=UTC))
    site.pages["/flux"] = answer(b"", status="410 Gone")

    added = run(feed.app, "add", f"{site.url}/flux", "--newsletter", "le-matin")

    (listed,) = told(run(feed.app, "list", "--json"))
    assert "is not asked again: The site says that this feed is gone for good" in added.stdout
    assert listed["state"] == "paused"


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/feed", "http://localhost/feed", "https://[::1]/feed"]
)
def test_a_feed_in_a_private_network_is_refused_unless_a_setting_allows_it(
    run: Run, environment: dict[str, str], runtime: Runtime, url: str
) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=datetime(2023, 2, 8, tzinfo=UTC))
    environment["CRIEUR_FETCH_ALLOW_PRIVATE"] = "false"

    refused = run(feed.app, "add", url, "--newsletter", "le-matin")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "leads to a private network" in str(refused.exception)
    assert run(feed.app, "list").stdout == ""


def test_the_same_address_is_added_once(run: Run, site: Site, runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=datetime(2023, 2, 8, tzinfo=UTC))
    other_spelling = f"{site.url.upper()}/rien?utm_source=x#top"

    run(feed.app, "add", f"{site.url}/rien", "--newsletter", "le-matin")
    again = run(feed.app, "add", f"{site.url}/rien", "--newsletter", "le-matin")
    spelled = run(feed.app, "add", other_spelling, "--newsletter", "le-matin")

    assert [again.exit_code, spelled.exit_code] == [1, 1]
    assert "polls that feed already" in str(again.exception)
    assert "polls that feed already" in str(spelled.exception)
    assert len(told(run(feed.app, "list", "--json"))) == 1


def test_a_feed_is_filed_only_in_a_section_that_its_newsletter_has(
    run: Run, site: Site, runtime: Runtime
) -> None:
    with runtime.begin() as session:
        a_newsletter(session, "Politique", now=datetime(2023, 2, 8, tzinfo=UTC))
    add = (feed.app, "add", f"{site.url}/flux", "--newsletter", "le-matin", "--section")

    wrong = run(*add, "Sport")
    right = run(*add, "POLITIQUE")

    assert wrong.exit_code != 0
    assert "no section “Sport”: it has Politique." in str(wrong.exception)
    assert right.exit_code == 0
    (listed,) = told(run(feed.app, "list", "--json"))
    assert listed["section_key"] == "politique"


def test_a_feed_is_removed_once_asked_and_its_articles_stay(
    run: Run, site: Site, runtime: Runtime
) -> None:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, "Économie", now=datetime(2023, 2, 8, tzinfo=UTC))
    run(feed.app, "add", f"{site.url}/flux", "--newsletter", "le-matin")
    run(feed.app, "poll")
    taken = told(run(article.app, "list", "--json"))

    kept = run(feed.app, "remove", 1, stdin=b"n\n")
    still = told(run(feed.app, "list", "--json"))
    removed = run(feed.app, "remove", 1, stdin=b"y\n")
    again = run(feed.app, "remove", 1, "--yes")

    assert kept.exit_code == 1
    assert len(still) == 1
    assert removed.exit_code == 0
    assert told(run(feed.app, "list", "--json")) == []
    assert told(run(article.app, "list", "--json")) == taken
    assert len(taken) == 2
    assert "no feed 1" in str(again.exception)
    with runtime.begin() as session:
        last = audit.recent_entries(session)[0]
    facts = {"url": f"{site.url}/flux", "newsletter_id": newsletter.id}
    assert (last.event, last.facts) == ("feed.removed", facts)


def test_a_failing_poll_makes_the_exit_status_1(run: Run, site: Site, runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=datetime(2023, 2, 8, tzinfo=UTC))
    run(feed.app, "add", f"{site.url}/rien", "--newsletter", "le-matin")

    polled = run(feed.app, "poll", 1)

    assert polled.exit_code == 1
    assert "answered 404" in polled.stderr


def test_what_a_terminal_decides_about_articles_and_feeds_stands_in_the_audit_trail(
    run: Run, site: Site, runtime: Runtime
) -> None:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=datetime(2023, 2, 8, tzinfo=UTC))
    (article_told,) = told(run(article.app, "add", CLIPPING, "--json"))

    run(article.app, "withdraw", article_told["id"])
    run(article.app, "withdraw", article_told["id"])
    run(feed.app, "add", f"{site.url}/flux", "--newsletter", "le-matin")
    run(feed.app, "add", f"{site.url}/flux", "--newsletter", "le-matin")
    (listed,) = told(run(feed.app, "list", "--json"))
    run(feed.app, "poll")
    run(feed.app, "poll", listed["id"])
    with runtime.begin() as session:
        registry.pause(session, listed["id"], now=runtime.clock())
    run(feed.app, "poll", listed["id"])

    assert audited(runtime.begin) == [
        ("article.withdrawn", {"article_id": article_told["id"]}),
        ("feed.added", {"feed_id": listed["id"], "newsletter_id": newsletter.id}),
        ("feed.poll", {"feed_id": listed["id"]}),
        ("feed.resume", {"feed_id": listed["id"]}),
    ]


def test_the_rest_api_of_wordpress_is_added_by_the_sites_address(
    run: Run, site: Site, runtime: Runtime
) -> None:
    """An operator knows that the site is WordPress, and not what a REST API is."""
    WordPress(site).publish(1, at=system_clock())
    with runtime.begin() as session:
        a_newsletter(session, now=datetime(2023, 2, 8, tzinfo=UTC))

    added = run(feed.app, "add", site.url, "--newsletter", "le-matin", "--kind", "wordpress")
    polled = run(feed.app, "poll")

    assert "WordPress's REST API: " in added.stdout
    assert "1 new" in polled.stdout
    (listed,) = told(run(feed.app, "list", "--json"))
    assert (listed["kind"], listed["title"]) == ("wordpress", "Le Courrier & Cie")
