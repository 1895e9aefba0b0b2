"""Past editions: what has appeared is listed, fed and readable; nothing else is."""

import re
from datetime import date, time
from xml.etree import ElementTree as ET

from starlette.testclient import TestClient

from service.articles.withdraw import withdraw
from service.boot import Runtime
from service.editions.lifecycle import FINAL
from service.editions.snapshot import snapshot_article
from service.editions.tables import Edition, EditionArticle
from service.newsletters.tables import Section
from service.rendering.tables import WEB_MASK, Rendition
from tests.builders import a_newsletter, an_article, store_row
from tests.rooms.web.reader.conftest import Back

ATOM = "{http://www.w3.org/2005/Atom}"


def _edition(back: Back, number: int, *, state: str = "finished", **columns: object) -> str:
    """An edition with its web version, named by its number."""
    now = back.runtime.clock()
    subject = f"Numéro {number} & <suite>"
    with back.runtime.begin() as session:
        edition_id = store_row(
            session,
            Edition,
            key=f"key{number}",
            newsletter_id=back.newsletter.id,
            slot_date=date(2023, 2, 1 + number % 28),
            slot_time=time(7, number // 28),
            origin="schedule",
            state=state,
            window_to=now,
            subject=subject,
            planned_at=now,
            frozen_at=now,
            finished_at=now if state in FINAL else None,
            **columns,
        )
        session.add(
            Rendition(
                edition_id=edition_id,
                mask=WEB_MASK,
                subject=subject,
                html=f'<!DOCTYPE html><p style="color:red">Numéro {number}</p>',
                text="",
                placeholder="",
                rendered_at=now,
            )
        )
    return f"/e/key{number}"


def test_an_edition_is_a_page_that_runs_nothing(browser: TestClient, back: Back) -> None:
    path = _edition(back, 1)

    answer = browser.get(path)

    policy = answer.headers["content-security-policy"]
    assert "Numéro 1" in answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src 'none'" in policy
    assert "style-src 'unsafe-inline'" in policy


def test_an_unknown_edition_is_not_found(browser: TestClient, back: Back) -> None:
    assert browser.get("/e/nothing").status_code == 404


def test_only_editions_that_have_appeared_are_listed(browser: TestClient, back: Back) -> None:
    _edition(back, 1)
    _edition(back, 2, state="sending")
    _edition(back, 3, state="rendered")
    _edition(back, 4, state="cancelled")

    page = browser.get("/n/le-matin/archive").text

    assert 'href="/e/key1"' in page
    assert 'href="/e/key2"' in page
    assert "key3" not in page
    assert "key4" not in page
    assert "Numéro 1 &amp; &lt;suite&gt;" in page
    assert "jeudi 2 février 2023" in page


def test_a_long_archive_is_read_page_by_page(browser: TestClient, back: Back) -> None:
    for number in range(35):
        _edition(back, number)

    first = browser.get("/n/le-matin/archive").text
    older = first.partition('href="?before=')[2].partition('"')[0]
    second = browser.get(f"/n/le-matin/archive?before={older}").text

    assert (first.count('href="/e/'), second.count('href="/e/')) == (30, 5)
    assert "?before=" not in second


def test_a_place_in_the_archive_that_is_no_number_is_a_sentence(
    browser: TestClient, back: Back
) -> None:
    answer = browser.get("/n/le-matin/archive?before=x", headers={"accept-language": "fr"})

    assert answer.status_code == 422
    assert "Saisie incomprise" in answer.text


def test_the_feed_is_atom_with_absolute_addresses(
    browser: TestClient, back: Back, runtime: Runtime
) -> None:
    _edition(back, 1)

    answer = browser.get("/n/le-matin/feed.xml")

    feed = ET.fromstring(answer.content)
    [entry] = feed.findall(f"{ATOM}entry")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert entry.findtext(f"{ATOM}title") == "Numéro 1 & <suite>"
    assert entry.findtext(f"{ATOM}id") == f"{runtime.settings.public_url}/e/key1"
    assert feed.findtext(f"{ATOM}updated") == "2023-02-08T06:00:00+00:00"


def test_an_empty_archive_says_so_and_its_feed_is_valid(browser: TestClient, back: Back) -> None:
    assert "Aucune édition" in browser.get("/n/le-matin/archive").text
    assert ET.fromstring(browser.get("/n/le-matin/feed.xml").content).tag == f"{ATOM}feed"


def test_words_typed_with_plain_spaces_are_set_as_french_wants_them(
    runtime: Runtime, browser: TestClient
) -> None:
    with runtime.begin() as session:
        a_newsletter(
            session,
            now=runtime.clock(),
            slug="soir",
            name="Le Soir : l’essentiel !",
            description="Ce qui bouge « vraiment » ; le reste aussi",
        )

    for path in ("/", "/n/soir"):
        page = browser.get(path).text
        assert "Le Soir\u00a0: l’essentiel\u00a0!" in page
        assert "«\u00a0vraiment\u00a0»\u00a0; le reste" in page


def _clipping(back: Back, key: str) -> int:
    """A clipping in an edition, with what was frozen of it."""
    now = back.runtime.clock()
    with back.runtime.begin() as session:
        article = an_article(
            session, "Politique", seen=now, url=None, body=["Un <b>texte</b>.", "La suite."]
        )
        edition = session.query(Edition).filter_by(key=key).one()
        section = session.get_one(Section, back.newsletter.sections[0].id)
        session.add(
            EditionArticle(
                edition_id=edition.id,
                newsletter_id=back.newsletter.id,
                article_id=article.id,
                section_id=section.id,
                position=0,
                frozen=snapshot_article(article, section).to_json(),
            )
        )
        return article.id


def test_an_article_without_an_address_has_a_page_with_its_whole_text(
    browser: TestClient, back: Back
) -> None:
    path = _edition(back, 1)
    article_id = _clipping(back, "key1")

    answer = browser.get(f"{path}/a/{article_id}")

    assert answer.status_code == 200
    assert "Un &lt;b&gt;texte&lt;/b&gt;." in answer.text
    assert "La suite." in answer.text
    assert f'href="{path}"' in answer.text
    # It may be withdrawn, too.
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert re.search(r"<time datetime=[^>]+>\w+ \d+(er)? \w+ \d{4}</time>", answer.text)


def test_a_withdrawn_articles_page_is_gone(browser: TestClient, back: Back) -> None:
    path = _edition(back, 1)
    article_id = _clipping(back, "key1")
    with back.runtime.begin() as session:
        withdraw(session, article_id, now=back.runtime.clock())

    assert browser.get(f"{path}/a/{article_id}").status_code == 404
    assert browser.get(f"{path}/a/{article_id + 1}").status_code == 404


def test_the_archive_has_one_series_and_no_catch_up_editions(
    browser: TestClient, back: Back
) -> None:
    """With the digests beside the editions, each article would be there two or three times."""
    _edition(back, 1)
    _edition(back, 2, frequency="weekly")
    _edition(back, 3, previous_edition_id=1)

    listed = browser.get("/n/le-matin/archive").text
    feed = browser.get("/n/le-matin/feed.xml").text

    for text in (listed, feed):
        assert [f"/e/key{number}" in text for number in (1, 2, 3)] == [True, False, False]
    assert browser.get("/e/key3").status_code == 200, "its readers' links lead to it"
