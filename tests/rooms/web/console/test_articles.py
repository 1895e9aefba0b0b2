"""Articles in the console."""

from service.boot import Runtime
from tests.audit_trail import audited
from tests.builders import a_newsletter, an_article
from tests.rooms.web.signed_in import an_operator


def test_articles_are_listed_by_section_and_alias_and_walked(runtime: Runtime) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        a_newsletter(session, "Continent", now=now)
        for number in range(45):
            an_article(session, "Continent", seen=now, title=f"Continent {number:02}")
        an_article(session, "Sport", seen=now, title="Un match")
    browser = an_operator(runtime)

    first = browser.get("/console/articles?newsletter=le-matin&section=continent").text
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = browser.get(older).text

    assert "Un match" not in first
    assert "Continent 44" in first
    assert "Continent 05" in first
    assert "Continent 04" in second
    assert 'rel="next"' not in second
    assert "dans aucune newsletter" in browser.get("/console/articles").text


def test_a_lead_that_begins_the_text_is_shown_once(runtime: Runtime) -> None:
    with runtime.begin() as session:
        article_id = an_article(
            session,
            "Sport",
            seen=runtime.clock(),
            summary="Le stade est plein.",
            body=["Le stade est plein. On chante."],
        ).id

    page = an_operator(runtime).get(f"/console/articles/{article_id}").text

    assert page.count("Le stade est plein.") == 1


def test_a_withdrawn_article_says_so(runtime: Runtime) -> None:
    with runtime.begin() as session:
        article = an_article(
            session, "Sport", seen=runtime.clock(), title="<script>alert(1)</script>"
        )
    browser = an_operator(runtime)
    here = f"/console/articles/{article.id}"

    assert "<script>alert" not in browser.get(here).text
    browser.post(f"{here}/withdraw")

    assert "L’article est retiré" in browser.get(here).text
    browser.post(f"{here}/withdraw")
    assert "déjà retiré" in browser.get(here).text
    assert audited(runtime.begin) == [("article.withdrawn", {"article_id": article.id})]
