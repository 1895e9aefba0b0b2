"""All pages of the console, with as few statements as it takes, and its first page."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, update

from service.articles.feeds import poll
from service.articles.tables import Feed
from service.boot import Runtime
from service.delivery.relay_incidents import queries as relays
from service.editions import plan
from service.kit.translatable import translatable, untranslated
from tests.builders import a_delivery, a_newsletter, a_reader, an_article, some_sums
from tests.rooms.web.console.newsroom import find_newsletter
from tests.rooms.web.signed_in import an_operator


@contextmanager
def counting(runtime: Runtime) -> Iterator[list[str]]:
    """Collect the statements that are sent to the database."""
    statements: list[str] = []

    def note(*given: object) -> None:
        statements.append(str(given[2]))

    event.listen(runtime.engine, "before_cursor_execute", note)
    yield statements
    event.remove(runtime.engine, "before_cursor_execute", note)


def some_newsletters(runtime: Runtime, count: int) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        for number in range(count):
            newsletter = a_newsletter(
                session, now=now, slug=f"lettre-{number}", name=f"Lettre {number}"
            )
            reader = a_reader(session, newsletter, now=now)
            edition = plan.plan_now(session, newsletter.id, now=now)
            a_delivery(session, edition.id, reader.subscriber_id, state="refused")
            some_sums(session, edition.id, at=now)


@pytest.mark.parametrize(
    "address",
    [
        "/console",
        "/console/newsletters",
        "/console/editions",
        "/console/readers",
        "/console/articles",
    ],
)
def test_more_rows_need_no_more_statements(runtime: Runtime, address: str) -> None:
    some_newsletters(runtime, 1)
    browser = an_operator(runtime)
    with counting(runtime) as few:
        assert browser.get(address).status_code == 200
    with runtime.begin() as session:
        for number in range(6):
            newsletter = a_newsletter(session, now=runtime.clock(), slug=f"autre-{number}")
            a_reader(session, newsletter, now=runtime.clock())
            an_article(session, "Continent", seen=runtime.clock())
            plan.plan_now(session, newsletter.id, now=runtime.clock())

    with counting(runtime) as many:
        assert browser.get(address).status_code == 200

    assert len(few) == len(many) <= 16


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_every_page_of_an_empty_console_is_shown(runtime: Runtime, locale: str) -> None:
    browser = an_operator(runtime, locale=locale)

    for page in (
        "",
        "/newsletters",
        "/newsletters/new",
        "/editions",
        "/articles",
        "/readers",
        "/journal",
        "/keys",
        "/account",
    ):
        answer = browser.get(f"/console{page}")

        assert answer.status_code == 200, page
        assert f'<html lang="{locale}" dir="ltr">' in answer.text
        assert 'aria-current="page"' in answer.text


def test_the_first_page_tells_what_needs_attention(runtime: Runtime) -> None:
    some_newsletters(runtime, 1)
    now = runtime.clock()
    with runtime.begin() as session:
        newsletter_id = find_newsletter(runtime)
        feed_id = poll.add_feed(
            session, "https://courrier.example/rss", newsletter_id=newsletter_id, now=now
        )
        session.execute(
            update(Feed)
            .where(Feed.id == feed_id)
            .values(failures=2, last_error=untranslated("Gone."))
        )
        an_article(session, "Météo", seen=now - timedelta(days=1))
        an_article(session, "Continent", seen=now - timedelta(days=1))

    page = an_operator(runtime).get("/console").text

    assert "Gone." in page
    assert "Refusés\u00a0: 1" in page
    assert "«\u00a0Météo\u00a0»" in page
    assert "Continent" not in page


def test_the_first_page_names_relays_that_let_nobody_in(runtime: Runtime) -> None:
    why = {
        "reason": translatable("relay.not_listening"),
        "advice": translatable("relay.advice.address"),
    }
    now = runtime.clock()
    with runtime.begin() as session:
        relays.keep(session, "mail.example.org:587", why, now=now, old=now)

    page = an_operator(runtime).get("/console").text

    assert "mail.example.org:587" in page
    assert "rien n’écoute à cette adresse" in page
    assert "pare-feu" in page


@pytest.mark.parametrize("place", ["editions", "articles", "readers"])
def test_a_number_that_no_column_holds_is_not_found(runtime: Runtime, place: str) -> None:
    assert an_operator(runtime).get(f"/console/{place}/{10**30}").status_code == 404


def test_a_text_that_no_column_holds_finds_nothing(runtime: Runtime) -> None:
    browser = an_operator(runtime)

    assert browser.get("/console/readers?q=%00").status_code == 404
    assert browser.get("/n/%00").status_code == 404


def test_a_mistyped_address_is_not_found_and_a_program_is_told_which_part(runtime: Runtime) -> None:
    browser = an_operator(runtime)

    page = browser.get("/console/editions/none")
    document = browser.get("/console/editions/none", headers={"accept": "application/json"})

    assert page.status_code == 404
    assert "Page introuvable" in page.text
    assert "edition_id" not in page.text
    assert document.status_code == 422
    assert document.json()["detail"] == "edition_id must be a whole number."
