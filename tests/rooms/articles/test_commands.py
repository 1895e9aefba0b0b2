"""`crieur article` and `crieur feed`, as an operator types them."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from service.accounts import audit
from service.articles.feeds import registry
from service.boot import Runtime
from service.cli import article, feed, section_rules
from service.config import Settings
from service.kit.clock import system_clock
from tests.builders import a_newsletter
from tests.fakes.site import Site, answer

DATA = Path(__file__).parents[2] / "data"
CLIPPING = DATA / "clippings" / "01-the-whole-shape.txt"
Run = Callable[..., Result]


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    assert settings.database_url is not None
    assert settings.redis_url is not None
    return {
        "CRIEUR_DATABASE_URL": settings.database_url.get_secret_value(),
        "CRIEUR_REDIS_URL": settings.redis_url.get_secret_value(),
        "CRIEUR_SECRET_KEY": settings.secret_key[0].get_secret_value(),
        "CRIEUR_PUBLICATION_TIME_ZONE": "Africa/Porto-Novo",
        "CRIEUR_FETCH_ALLOW_PRIVATE": "true",
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def call(app: Any, *arguments: object, stdin: bytes = b"") -> Result:
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(app, words, input=stdin, env=environment)

    return call


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        running.pages["/flux"] = answer((DATA / "feeds" / "rss2.xml").read_bytes())
        running.pages["/page"] = answer(
            (DATA / "pages" / "opengraph.html").read_bytes(),
            headers={"Content-Type": "text/html; charset=iso-8859-1"},
        )
        yield running


def told(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_clipping_is_shown_as_stored_with_the_publications_offset(run: Run) -> None:
    result = run(article.app, "add", CLIPPING, "--json")

    assert result.exit_code == 0
    (shown,) = told(result)
    assert shown["state"] == "new"
    assert shown["section"] == "Continent"
    assert shown["published"] == "2023-02-08T02:39:00+01:00"
    assert shown["updated"] == "2023-02-08T00:00:00+01:00"
    assert shown["authors"] == ["Rodrigue Ahouansou"]
    assert shown["language"] == "fr"
    assert shown["url"] is None
    assert len(shown["related"]) == 2


def test_the_options_win_over_what_is_recognised(run: Run) -> None:
    result = run(
        article.app,
        *("add", "-", "--json", "--kind", "clipping", "--section", "Pêche"),
        *("--timezone", "Europe/Paris", "--language", "en"),
        stdin=CLIPPING.read_bytes(),
    )

    (shown,) = told(result)
    assert (shown["section"], shown["section_key"], shown["language"]) == ("Pêche", "peche", "en")
    assert shown["published"] == "2023-02-08T02:39:00+01:00"


def test_feeds_and_pages_are_taken_from_addresses(run: Run, site: Site) -> None:
    result = run(article.app, "add", f"{site.url}/flux", f"{site.url}/page", "--json")

    assert result.exit_code == 0
    assert [shown["kind"] for shown in told(result)] == ["feed", "feed", "page"]
    assert told(result)[2]["section"] == "Économie"


def test_a_bad_source_is_told_and_the_others_are_taken(
    run: Run, site: Site, tmp_path: Path
) -> None:
    (tmp_path / "vide.txt").write_text("")

    result = run(
        article.app,
        "add",
        tmp_path / "absent.txt",
        tmp_path / "vide.txt",
        tmp_path,
        f"{site.url}/rien",
        "ftp://courrier.example/",
        CLIPPING,
        "--json",
    )

    assert result.exit_code == 1
    assert [shown["state"] for shown in told(result)] == ["new"]
    *bad, missing = result.stderr.strip().splitlines()
    assert len(bad) == 5
    assert "No newsletter has this section" in missing
    assert "empty" in result.stderr
    assert "404" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_wrong_kind_is_a_sentence(run: Run) -> None:
    result = run(article.app, "add", CLIPPING, "--kind", "feed")

    assert result.exit_code == 1
    assert "no feed" in result.stderr


def test_articles_are_listed_shown_and_withdrawn(run: Run) -> None:
    (added,) = told(run(article.app, "add", CLIPPING, "--json"))

    (listed,) = told(run(article.app, "list", "--section", "continent", "--json"))
    shown = run(article.app, "show", added["id"])
    withdrawn = run(article.app, "withdraw", added["id"])
    again = run(article.app, "add", CLIPPING, "--json")

    assert listed["title"] == added["title"]
    assert "La météo marine annonce une semaine de mer calme." in shown.stdout
    assert withdrawn.exit_code == 0
    assert told(again)[0]["state"] == "withdrawn"


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

    with runtime.begin() as session:
        trail = [(entry.event, entry.facts) for entry in reversed(audit.recent_entries(session))]
    assert trail == [
        ("article.withdrawn", {"article_id": article_told["id"]}),
        ("feed.added", {"feed_id": listed["id"], "newsletter_id": newsletter.id}),
        ("feed.poll", {"feed_id": listed["id"]}),
        ("feed.resume", {"feed_id": listed["id"]}),
    ]


def test_what_keeps_an_article_out_of_editions_is_said_and_mended(
    run: Run, runtime: Runtime, tmp_path: Path
) -> None:
    with runtime.begin() as session:
        a_newsletter(session, "Politique", "Culture", now=runtime.clock())
    clipping = tmp_path / "clipping.txt"
    text = "Le marché de Bohicon rouvre lundi\n\nLe marché a rouvert après deux mois de travaux.\n"
    clipping.write_text(text, encoding="utf-8")

    bare = run(article.app, "add", clipping, "--json")
    filed = run(article.app, "add", clipping, "--section", "Politique", "--json")

    assert "Politique, Culture" in told(bare)[0]["missing"]["section"]
    assert "--section" in bare.stderr
    assert (told(filed)[0]["section"], told(filed)[0]["missing"]) == ("Politique", {})
    assert told(filed)[0]["id"] == told(bare)[0]["id"]


def test_a_headline_may_be_told(run: Run) -> None:
    text = (
        "Menu\nAccueil\nUn autre titre du jour\nLe marché de Bohicon rouvre\nEncore un titre ici\n"
    )
    page = f"{text}\nLe marché a rouvert lundi, après deux mois de travaux de voirie.\n".encode()

    asked = run(article.app, "add", "-", stdin=page)
    given = run(article.app, "add", "-", "--title", "Le marché rouvre", "--json", stdin=page)

    assert asked.exit_code == 1
    assert "--title" in asked.stderr
    assert told(given)[0]["title"] == "Le marché rouvre"
