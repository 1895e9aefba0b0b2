"""API keys and the journal in the console."""

from service.accounts import api_keys, audit
from service.articles.feeds import poll
from service.boot import Runtime
from service.editions import plan
from service.editions.locking import lock_edition
from tests.builders import a_newsletter, a_reader, an_article
from tests.rooms.web.signed_in import an_operator


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


def test_a_key_allows_what_was_ticked_and_nothing_else(runtime: Runtime) -> None:
    """A screen that shows the coming edition must not be able to send it."""
    browser = an_operator(runtime)
    scopes = ["editions:read", "editions:write"]

    browser.post("/console/keys", data={"name": "Écran", "scopes": scopes})
    browser.post("/console/keys", data={"name": "WordPress"})
    wrong = browser.post("/console/keys", data={"name": "X", "scopes": "everything"})
    refused = browser.post("/console/keys", data={"name": "", "scopes": "editions:read"})

    assert wrong.status_code == 422
    assert 'value="editions:read" checked' in refused.text
    assert 'value="events:articles" checked' not in refused.text
    with runtime.begin() as session:
        kept = {each.name: each.scopes for each in api_keys.list_keys(session)}
    assert kept == {"Écran": tuple(scopes), "WordPress": ("events:articles",)}


def test_the_journal_says_what_was_done_with_a_key(runtime: Runtime) -> None:
    """It was no command on the server."""
    browser = an_operator(runtime, locale="en")
    browser.post("/console/keys", data={"name": "Rédaction"})
    with runtime.begin() as session:
        audit.record(session, None, "edition.hold", {"key_id": 1}, now=runtime.clock())

    page = browser.get("/console/journal").text

    assert "by the API" in page
    assert "Rédaction" in page


def test_a_key_without_a_name_is_refused(runtime: Runtime) -> None:
    answer = an_operator(runtime).post("/console/keys", data={"name": " "})

    assert answer.status_code == 422
    assert "Donnez à la clé un nom" in answer.text


def test_the_journal_names_what_was_done_and_leads_there(runtime: Runtime) -> None:
    """“newsletter 3, edition 12” told nobody anything."""
    now = runtime.clock()
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=now)
        reader = a_reader(session, newsletter, now=now, address="awa@example.org")
        article = an_article(session, "Politique", seen=now, title="Un titre")
        edition = plan.plan_now(session, newsletter.id, now=now)
        lock_edition(session, edition.id).subject = "La une du jour"
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
