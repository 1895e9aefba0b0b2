"""Pages behind the links in messages: looking changes nothing, forged links open nothing."""

import pytest
from starlette.testclient import TestClient

from service.audience import erase
from service.audience.address import parse_address
from service.boot import Runtime
from service.editions.find import get_edition
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import an_issue
from tests.rooms.web.reader.conftest import Back

AWA = {"email": "awa@example.org"}


def test_a_reader_signs_up_confirms_chooses_and_leaves(browser: TestClient, back: Back) -> None:
    browser.post("/n/le-matin", data=AWA)
    shown = browser.get(back.confirm_path())
    done = browser.post(back.confirm_path())
    personal = done.text.partition('href="/preferences/')[2].partition('"')[0]
    chosen = browser.post(f"/preferences/{personal}", data={"section": ["culture"]})
    saved = browser.get(chosen.headers["location"])
    left = browser.post(f"/unsubscribe/{personal}", data={"by_page": "1"})

    assert "Confirmer mon inscription" in shown.text
    assert "bienvenue" in done.text
    assert chosen.status_code == 303
    assert "enregistré" in saved.text
    assert saved.text.count(" checked") == 1
    assert "Désinscription faite" in left.text
    assert back.subscriptions() == [("ended", 0b100)]
    assert [kind for kind, _ in back.mails()] == ["confirm", "welcome", "goodbye"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_any_page_changes_nothing(browser: TestClient, back: Back, method: str) -> None:
    browser.post("/n/le-matin", data=AWA)
    token = back.reader()
    paths = [
        "/",
        "/n/le-matin",
        "/n/le-matin/embed",
        "/n/le-matin/archive",
        "/n/le-matin/feed.xml",
        "/n/le-matin/theme.css",
        back.confirm_path(),
        f"/preferences/{token}",
        f"/preferences/{token}?saved=1",
        f"/unsubscribe/{token}",
        "/healthz",
        "/readyz",
    ]
    before = back.everything()

    answers = [browser.request(method, path) for path in paths]

    assert [answer.status_code for answer in answers] == [200] * len(paths)
    assert back.everything() == before
    assert all(answer.content for answer in answers) == (method == "GET")


@pytest.mark.parametrize("page", ["preferences", "unsubscribe"])
def test_the_link_of_an_erased_reader_opens_nothing(
    browser: TestClient, back: Back, page: str
) -> None:
    token = back.reader(address="awa@example.org")
    with back.runtime.begin() as session:
        erase.erase(
            session,
            parse_address("awa@example.org"),
            now=back.runtime.clock(),
            keyring=back.runtime.keyring,
        )

    assert browser.get(f"/{page}/{token}").status_code == 404


@pytest.mark.parametrize("page", ["confirm", "preferences", "unsubscribe"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("damage", ["changed", "cut", "longer", "other purpose", "nonsense"])
def test_forged_and_damaged_links_open_nothing(
    browser: TestClient, back: Back, page: str, method: str, damage: str
) -> None:
    browser.post("/n/le-matin", data=AWA)
    confirm = back.confirm_path().rpartition("/")[2]
    personal = back.reader()
    token = confirm if page == "confirm" else personal
    forged = {
        "changed": token[:-1] + ("a" if token[-1] != "a" else "b"),
        "cut": token[:-2],
        "longer": token + "aa",
        "other purpose": personal if page == "confirm" else confirm,
        "nonsense": "%00%0d%0a..%2f",
    }[damage]
    before = back.everything()

    answer = browser.request(method, f"/{page}/{forged}")

    assert answer.status_code == 404
    assert "text/html" in answer.headers["content-type"]
    assert "Il n’a pas été copié en entier" in answer.text
    assert back.everything() == before


@pytest.mark.parametrize("page", ["preferences", "unsubscribe"])
def test_a_forwarded_link_does_not_tell_whose_it_is(
    browser: TestClient, back: Back, page: str
) -> None:
    token = back.reader(address="awa.kone@example.org")

    shown = browser.get(f"/{page}/{token}").text
    left = browser.post(f"/unsubscribe/{token}", data={"by_page": "1"}).text
    afterwards = browser.get(f"/{page}/{token}").text

    for text in (shown, left, afterwards):
        assert "a…@e….org" in text
        assert "kone" not in text
        assert "example" not in text.replace("courrier.example", "")


BEHIND = (
    *(".", ")", ">", ",", ";", ").", ">,", "%2E", "%29", "%3E", "%2C", "%29%2E", "%22", "%20"),
    # Quotation marks of other scripts, an ellipsis, a full stop in Chinese and Arabic, an entity.
    *("»", "\u00a0»", "”", "…", "。", "،", "؟", "&gt;", "%26gt%3B", "=", "=3D", "*", "_", "|", "~"),
    # Marks of direction, joiners, a byte that is no UTF-8, a word behind a bracket, an emoji.
    *("%E2%80%8F", "%E2%80%AC", "%E2%81%A0", "%EF%BB%BF", "%FF", ").Merci", "%0D%0A", "🙂", "%00"),
    # What a gateway adds, and a path that goes on.
    *("/", "%2F", "//", "/.", ".html"),
)


@pytest.mark.parametrize("behind", BEHIND)
def test_what_was_copied_with_a_link_is_forgiven(
    browser: TestClient, back: Back, behind: str
) -> None:
    token = back.reader()

    shown = browser.get(f"/preferences/{token}{behind}")
    left = browser.post(f"/unsubscribe/{token}{behind}", data={"by_page": "1"})

    assert (shown.status_code, left.status_code) == (200, 200)
    assert f'action="/preferences/{token}"' in shown.text
    assert back.subscriptions()[0][0] == "ended"


@pytest.mark.parametrize("behind", ["a", "a).", "7", "%62"])
def test_a_letter_more_is_no_punctuation(browser: TestClient, back: Back, behind: str) -> None:
    token = back.reader()

    assert browser.get(f"/preferences/{token}{behind}").status_code == 404


@pytest.mark.parametrize("behind", ["", "/", ").", "»", "%E2%80%8F", "&gt;", "/a", "?utm=1"])
def test_it_is_forgiven_behind_the_address_of_a_web_version(
    runtime: Runtime, browser: TestClient, clock: FakeClock, behind: str
) -> None:
    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        key = get_edition(session, issue.edition_id).key

    assert browser.get(f"/e/{key}{behind}").status_code == 200
    assert browser.get(f"/e/{key}0{behind}").status_code == 404
