"""`crieur article`, as an operator types it."""

from pathlib import Path

import pytest

from service.articles import ingest
from service.articles.ingest import ArticleKind
from service.articles.parsed_article import ParsedArticle
from service.boot import Runtime
from service.cli import article
from tests.builders import a_newsletter
from tests.fakes.site import Site
from tests.rooms.cli.conftest import DATA, Run, told

CLIPPING = DATA / "clippings" / "01-the-whole-shape.txt"


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


def test_an_article_is_not_moved_to_a_section_that_no_newsletter_has(
    run: Run, runtime: Runtime
) -> None:
    with runtime.begin() as session:
        a_newsletter(session, "Politique", "Culture", now=runtime.clock())
    run(article.app, "add", CLIPPING, "--section", "Politique")

    refused = run(article.app, "add", CLIPPING, "--section", "Missing")
    (kept,) = told(run(article.app, "list", "--json"))
    moved = run(article.app, "add", CLIPPING, "--section", "CULTURE", "--json")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "No newsletter has the section “Missing”" in str(refused.exception)
    assert "There are: Politique, Culture." in str(refused.exception)
    assert kept["section"] == "Politique"
    assert told(moved)[0]["section_key"] == "culture"


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


def test_a_clipping_is_given_its_address_and_so_its_identity(run: Run, runtime: Runtime) -> None:
    """The same article, when a feed or an event brings it later, is one with it."""
    url = "https://courrier.example/port?utm_source=x#suite"
    cleaned = "https://courrier.example/port"

    (added,) = told(run(article.app, "add", CLIPPING, "--url", url, "--json"))
    with runtime.begin() as session:
        other = ParsedArticle(title="Autre titre", summary="Autre.", url=cleaned)
        again = ingest.upsert(session, other, kind=ArticleKind.EVENT, now=runtime.clock())

    assert added["url"] == cleaned
    assert again.article.id == added["id"]


@pytest.mark.parametrize(
    ("sources", "url", "sentence"),
    [
        ((CLIPPING,), "courrier", "not a web address"),
        ((CLIPPING,), "https://a:b@courrier.example/x", "user name or password"),
        ((CLIPPING,), "https://courrier.example/", "address of a site"),
        ((CLIPPING, CLIPPING), "https://courrier.example/x", "one article in a file"),
        (("https://courrier.example/y",), "https://courrier.example/x", "one article in a file"),
    ],
)
def test_an_address_that_identifies_no_article_is_refused(
    run: Run, sources: tuple[object, ...], url: str, sentence: str
) -> None:
    """An article under a wrong address would swallow others, or link to nothing."""
    refused = run(article.app, "add", *sources, "--url", url)

    assert refused.exit_code == 1
    assert sentence in refused.stderr + str(refused.exception)
    assert run(article.app, "list").stdout == ""
