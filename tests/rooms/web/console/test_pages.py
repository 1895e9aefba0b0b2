"""Readers, articles, feeds, keys and the first page, with as few statements as it takes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from service.accounts import audit
from service.articles import find, section_rules
from service.articles.feeds import poll
from service.articles.placement import RuleField
from service.articles.tables import Feed
from service.audience import suppress
from service.boot import Runtime
from service.delivery.relay_incidents import queries as relays
from service.delivery.tables import Delivery
from service.editions import plan
from service.jobs.outbox import OutboxRow
from service.kit.translatable import translatable, untranslated, verbatim
from tests.builders import a_newsletter, a_reader, an_article, some_sums, store_row
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
            store_row(
                session,
                Delivery,
                edition_id=edition.id,
                subscriber_id=reader.subscriber_id,
                batch_id=0,
                mask=1,
                state="refused",
            )
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

    assert len(few) == len(many) <= 15


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


def find_newsletter(runtime: Runtime) -> int:
    from service.newsletters import catalogue

    with runtime.begin() as session:
        return catalogue.list_newsletters(session)[0].id


def acts(runtime: Runtime) -> list[tuple[str, Mapping[str, object]]]:
    """What the audit trail holds, the oldest first."""
    with runtime.begin() as session:
        return [(entry.event, entry.facts) for entry in reversed(audit.recent_entries(session))]


def test_a_feed_is_added_polled_and_paused(runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())
    browser = an_operator(runtime)
    here = "/console/newsletters/le-matin/feeds"

    browser.post(here, data={"url": "https://courrier.example/rss", "section": "culture"})

    with runtime.begin() as session:
        (feed,) = find.list_feeds(session)
        assert feed.section_key == "culture"
        assert {"feed_id": feed.id} in session.scalars(
            select(OutboxRow.args).where(OutboxRow.job == "poll_feed")
        ).all()
    browser.post(f"{here}/{feed.id}/pause")
    with runtime.begin() as session:
        assert find.get_feed(session, feed.id).paused_at is not None
    assert "Reprendre" in browser.get(here).text
    browser.post(f"{here}/{feed.id}/resume")
    with runtime.begin() as session:
        assert find.get_feed(session, feed.id).paused_at is None
    newsletter_id = find_newsletter(runtime)
    assert acts(runtime) == [
        ("feed.added", {"feed_id": feed.id, "newsletter_id": newsletter_id}),
        ("feed.pause", {"feed_id": feed.id}),
        ("feed.resume", {"feed_id": feed.id}),
    ]


def test_a_feed_is_removed_after_a_question(runtime: Runtime) -> None:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=runtime.clock())
        url = "https://courrier.example/rss"
        feed_id = poll.add_feed(session, url, newsletter_id=newsletter.id, now=runtime.clock())
    browser = an_operator(runtime)
    here = "/console/newsletters/le-matin/feeds"

    listed = browser.get(here).text
    asked = browser.get(f"{here}/{feed_id}/remove")
    with runtime.begin() as session:
        assert [feed.id for feed in find.list_feeds(session)] == [feed_id]
    done = browser.post(f"{here}/{feed_id}/remove")

    assert f'href="{here}/{feed_id}/remove"' in listed
    assert "Retirer ce flux" in asked.text
    assert done.status_code == 303
    with runtime.begin() as session:
        assert find.list_feeds(session) == []
    assert acts(runtime) == [("feed.removed", {"url": url, "newsletter_id": newsletter.id})]
    assert f'Flux retiré <span class="sub">{url}' in browser.get("/console/journal").text


def test_a_feed_that_a_rule_names_is_kept_until_the_rule_is_gone(runtime: Runtime) -> None:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=runtime.clock())
        feed_id = poll.add_feed(
            session, "https://a.example/rss", newsletter_id=newsletter.id, now=runtime.clock()
        )
        section_rules.add_rule(
            session, newsletter, field=RuleField.FEED, pattern=str(feed_id), section=None
        )
    browser = an_operator(runtime)

    answers = [
        ask(f"/console/newsletters/le-matin/feeds/{feed_id}/remove")
        for ask in (browser.get, browser.post)
    ]

    for answer in answers:
        assert f"Une règle de rubrique nomme le flux n° {feed_id}" in answer.text
        assert '<button class="quiet bad"' not in answer.text
    with runtime.begin() as session:
        assert len(find.list_feeds(session)) == 1


@pytest.mark.parametrize(
    "url", ["", "courrier", "ftp://courrier.example/rss", "file:///etc/passwd"]
)
def test_a_feed_that_is_no_web_address_is_refused_and_kept(runtime: Runtime, url: str) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())

    answer = an_operator(runtime).post("/console/newsletters/le-matin/feeds", data={"url": url})

    assert answer.status_code == 422
    assert "Ce n’est pas une adresse web" in answer.text
    assert f'value="{url}"' in answer.text


def test_another_newsletters_feed_is_out_of_reach(runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())
        other = a_newsletter(session, now=runtime.clock(), slug="le-soir")
        feed_id = poll.add_feed(
            session, "https://a.example/rss", newsletter_id=other.id, now=runtime.clock()
        )

    browser = an_operator(runtime)
    here = f"/console/newsletters/le-matin/feeds/{feed_id}"

    assert browser.post(f"{here}/pause").status_code == 404
    assert browser.get(f"{here}/remove").status_code == 404
    assert browser.post(f"{here}/remove").status_code == 404


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
    assert acts(runtime) == [("article.withdrawn", {"article_id": article.id})]


def test_readers_are_counted_by_section(runtime: Runtime) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        newsletter = a_newsletter(session, "Politique", "Sport", now=now)
        a_reader(session, newsletter, now=now)
        a_reader(session, newsletter, now=now, mask=0b10)
        a_reader(session, newsletter, now=now, mask=0b10, state="ended")

    page = an_operator(runtime).get("/console/readers?newsletter=le-matin").text
    rows = [
        part.split("</tr>")[0] for part in page.split('<table class="counts">')[1].split("<tr>")
    ]

    assert '<td class="number">1</td>' in next(row for row in rows if "Politique" in row)
    assert '<td class="number">2</td>' in next(row for row in rows if "Sport" in row)


def test_a_reader_who_may_not_be_written_to_is_not_counted_as_active(runtime: Runtime) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        newsletter = a_newsletter(session, "Politique", now=now)
        readers = [a_reader(session, newsletter, now=now) for _ in range(3)]
        suppress.suppress(
            session,
            subscriber_id=readers[0].subscriber_id,
            reason="hard_bounce",
            evidence=verbatim("550 5.1.1 no such user"),
            now=now,
            keyring=runtime.keyring,
        )
    browser = an_operator(runtime, locale="en")

    page = browser.get("/console/readers?newsletter=le-matin").text

    assert "<b>2</b> active readers" in page
    assert "Left: 0. Suppressed: 1." in page
    assert '<td class="number">2</td>' in page.split('<table class="counts">')[1]
    assert "<b>2</b>" in browser.get("/console").text


@pytest.mark.parametrize(
    ("search", "found"), [("awa", True), ("AWA@", True), ("%", False), ("_wa", False)]
)
def test_a_reader_is_found_by_a_part_of_the_address(
    runtime: Runtime, search: str, *, found: bool
) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        a_reader(session, a_newsletter(session, now=now), now=now, address="Awa@example.org")

    page = an_operator(runtime).get("/console/readers", params={"q": search}).text

    assert ("Awa@example.org" in page) is found


def test_a_readers_suppression_is_shown_with_its_reason_and_lifted(runtime: Runtime) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        reader = a_reader(session, a_newsletter(session, now=now), now=now)
        suppress.suppress(
            session,
            subscriber_id=reader.subscriber_id,
            reason="userunknown",
            evidence=verbatim("550 5.1.1 no such user"),
            now=now,
            keyring=runtime.keyring,
        )
    browser = an_operator(runtime)
    here = f"/console/readers/{reader.subscriber_id}"

    page = browser.get(here).text
    assert "adresse inconnue" in page
    assert "550 5.1.1 no such user" in page
    browser.post(f"{here}/lift")

    assert "Le blocage est levé." in browser.get(here).text
    browser.post(f"{here}/lift")
    assert "n’est pas bloquée" in browser.get(here).text
    assert acts(runtime) == [("suppression.lifted", {"subscriber_id": reader.subscriber_id})]


@pytest.mark.parametrize(
    ("is_paused", "told"),
    [(False, "waiting for its turn"), (True, "waiting until the edition is resumed")],
)
def test_a_reader_for_whom_a_message_waits_is_shown(
    runtime: Runtime, *, is_paused: bool, told: str
) -> None:
    """What a throttle or a pause holds back has no next attempt; the page was an error."""
    now = runtime.clock()
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=now)
        reader = a_reader(session, newsletter, now=now)
        edition = plan.plan_now(session, newsletter.id, now=now)
        edition.paused_at = now if is_paused else None
        store_row(
            session,
            Delivery,
            edition_id=edition.id,
            subscriber_id=reader.subscriber_id,
            batch_id=0,
            mask=1,
            state="pending",
        )

    page = an_operator(runtime, locale="en").get(f"/console/readers/{reader.subscriber_id}")

    assert page.status_code == 200
    assert told in page.text


def test_an_unknown_reader_is_not_found(runtime: Runtime) -> None:
    assert an_operator(runtime).get("/console/readers/12345").status_code == 404


def test_a_key_is_shown_once(runtime: Runtime) -> None:
    browser = an_operator(runtime)

    made = browser.post("/console/keys", data={"name": "WordPress"})

    secret = made.text.split('id="secret" tabindex="0">')[1].split("<")[0]
    assert secret.startswith("crieur_")
    assert made.headers["cache-control"] == "no-store"
    again = browser.get("/console/keys").text
    assert "WordPress" in again
    assert secret not in again


def test_a_revoked_key_stays_in_the_list(runtime: Runtime) -> None:
    browser = an_operator(runtime)
    browser.post("/console/keys", data={"name": "WordPress"})

    browser.post("/console/keys/1/revoke")
    browser.post("/console/keys/1/revoke")

    page = browser.get("/console/keys").text
    assert "déjà révoquée" in page
    assert 'state-revoked">Révoquée' in page


def test_a_key_without_a_name_is_refused(runtime: Runtime) -> None:
    answer = an_operator(runtime).post("/console/keys", data={"name": " "})

    assert answer.status_code == 422
    assert "Donnez à la clé un nom" in answer.text


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
    assert "Input should" not in page.text
    assert document.status_code == 422
    assert document.json()["detail"].startswith("edition_id: ")


def test_the_journal_names_what_was_done_and_leads_there(runtime: Runtime) -> None:
    """“newsletter 3, edition 12” told nobody anything."""
    now = runtime.clock()
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=now)
        reader = a_reader(session, newsletter, now=now, address="awa@example.org")
        article = an_article(session, "Politique", seen=now, title="Un titre")
        edition = plan.plan_now(session, newsletter.id, now=now)
        edition.subject = "La une du jour"
        feed_id = poll.add_feed(
            session, "https://courrier.example/rss", newsletter_id=newsletter.id, now=now
        )
        for event_, facts in (
            ("newsletter.edited", {"newsletter_id": newsletter.id}),
            ("article.withdrawn", {"article_id": article.id}),
            ("edition.pause", {"edition_id": edition.id}),
            ("feed.pause", {"feed_id": feed_id}),
            ("subscriber.ended", {"subscriber_id": reader.subscriber_id, "newsletter_id": 999}),
            ("database.released", {"waiting": 3, "something_new": "x"}),
        ):
            audit.record(session, None, event_, facts, now=now)

    page = an_operator(runtime, locale="en").get("/console/journal").text

    for link in (
        '<a href="/console/newsletters/le-matin">newsletter Le Matin</a>',
        f'<a href="/console/articles/{article.id}">article Un titre</a>',
        f'<a href="/console/editions/{edition.id}">edition La une du jour</a>',
        '<a href="/console/newsletters/le-matin/feeds">feed https://courrier.example/rss</a>',
        f'<a href="/console/readers/{reader.subscriber_id}">reader awa@example.org</a>',
    ):
        assert link in page
    assert "newsletter 999" in page
    assert "something_new: x" in page
