"""Feeds are imported from an uploaded file, and downloaded as one."""

import pytest

from service.accounts.roles import Role
from service.articles import find
from service.articles.feeds import poll
from service.articles.opml.parse_opml import MAX_BYTES
from service.boot import Runtime
from tests.audit_trail import audited
from tests.builders import a_newsletter
from tests.rooms.web.signed_in import an_operator

HERE = "/console/newsletters/le-matin/feeds"
FILE = b"""<opml version="2.0"><body><outline text="Culture">
<outline text="Les &lt;arts>" xmlUrl="https://courrier.example/arts"/></outline>
<outline text="Dedans" xmlUrl="http://[::1"/></body></opml>"""


@pytest.fixture(autouse=True)
def newsletter_id(runtime: Runtime) -> int:
    with runtime.begin() as session:
        return a_newsletter(session, "Culture", now=runtime.clock()).id


def test_a_file_is_checked_and_then_imported(runtime: Runtime, newsletter_id: int) -> None:
    """Each feed with its line and its section; checking stores nothing."""
    browser = an_operator(runtime)
    upload = {"file": ("feeds.opml", FILE, "text/x-opml")}

    checked = browser.post(f"{HERE}/import", files=upload, data={"act": "check"})
    with runtime.begin() as session:
        before = find.list_feeds(session)
    done = browser.post(f"{HERE}/import", files=upload, data={"act": "import"})

    with runtime.begin() as session:
        (feed,) = find.list_feeds(session)
    assert (checked.status_code, done.status_code) == (200, 200)
    assert "Rien n’est encore enregistré" in checked.text
    assert "Les &lt;arts&gt;" in checked.text
    assert "Refusé" in checked.text
    assert before == []
    assert "1 flux est importé" in done.text
    assert (feed.url, feed.section_key) == ("https://courrier.example/arts", "culture")
    facts = {"newsletter_id": newsletter_id, "count": 1}
    assert audited(runtime.begin) == [("feed.imported", facts)]
    assert "Flux importés" in browser.get("/console/journal").text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Choisissez d’abord un fichier"),
        (b"hello", "pas un fichier OPML"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><opml/>', "entités XML"),
        (b" " * (MAX_BYTES + 1), "dépasse 1 Mo"),
    ],
)
def test_what_is_no_list_of_feeds_is_refused_with_a_sentence(
    runtime: Runtime, data: bytes, sentence: str
) -> None:
    """In the operator's language; a large file is answered, too."""
    page = an_operator(runtime).post(
        f"{HERE}/import", files={"file": ("x.opml", data)}, data={"act": "import"}
    )

    assert page.status_code == 422
    assert sentence in page.text


def test_a_form_without_a_file_is_no_error(runtime: Runtime) -> None:
    """Programs and old browsers send one."""
    page = an_operator(runtime).post(f"{HERE}/import", data={"act": "import", "file": "x"})

    assert page.status_code == 422


def test_feeds_are_downloaded_as_a_file(runtime: Runtime, newsletter_id: int) -> None:
    """Looking at it changes nothing, and whoever may read may have it."""
    with runtime.begin() as session:
        url = "https://courrier.example/rss"
        poll.add_feed(session, url, newsletter_id=newsletter_id, now=runtime.clock())

    answer = an_operator(runtime, Role.VIEWER).get(f"{HERE}/export")

    assert answer.headers["content-disposition"] == 'attachment; filename="le-matin.opml"'
    assert f'xmlUrl="{url}"' in answer.text
    assert f"{HERE}/export" in an_operator(runtime).get(HERE).text


def test_who_may_not_edit_imports_nothing(runtime: Runtime) -> None:
    """A viewer reads."""
    browser = an_operator(runtime, Role.VIEWER)
    upload = {"file": ("feeds.opml", FILE)}

    assert browser.get(f"{HERE}/import").status_code == 403
    refused = browser.post(f"{HERE}/import", files=upload, data={"act": "import"})
    assert refused.status_code == 403
    with runtime.begin() as session:
        assert find.list_feeds(session) == []
