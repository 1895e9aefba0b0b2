"""The inbox as a person and a script meet it."""

import json
import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest

from service.devkit.inbox.pages import make_app
from service.devkit.inbox.sink import listening
from service.devkit.inbox.store import MessageQuery, MessageStore
from service.devkit.ports import PortClaims
from tests.fakes.sink import Sink
from tests.rooms.devkit.conftest import Client, Listener, serving

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> MessageStore:
    return MessageStore(tmp_path / "inbox")


@pytest.fixture
def client(store: MessageStore) -> Iterator[Client]:
    with serving(make_app(store)) as client:
        yield client


def test_a_mail_sent_by_smtp_is_read_as_json(store: MessageStore, client: Client) -> None:
    with (
        PortClaims() as claims,
        listening(store, port=(port := claims.claim(21_500)), clock=lambda: NOW),
        smtplib.SMTP("127.0.0.1", port) as relay,
    ):
        relay.send_message(_mail(), from_addr="b-token@bounces.test", to_addrs="aya@example.org")

    listed = json.loads(client.get("/api/messages?to=aya@example.org&after=0").body)
    mail = json.loads(client.get(f"/api/messages/{listed['messages'][0]['id']}").body)

    assert listed["total"] == 1
    assert mail["envelope"] == {"from": "b-token@bounces.test", "to": ["aya@example.org"]}
    assert mail["received_at"] == NOW.isoformat()
    assert mail["subject"] == "L’essentiel"
    assert mail["links"] == [{"href": "https://golfe.example/a", "text": "lire"}]
    assert "Bonjour" in mail["text"]


def test_hostile_html_is_shown_only_in_a_sandbox(store: MessageStore, client: Client) -> None:
    number = _keep(store, _mail(html="<script>parent.alert(1)</script><p>bonjour</p>"))

    page = client.get(f"/mails/{number}")
    frame = client.get(f"/mails/{number}/html")

    assert "parent.alert" not in page.text
    assert 'sandbox="allow-popups' in page.text
    assert "allow-scripts" not in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert frame.headers["Content-Security-Policy"].startswith("sandbox allow-popups")
    assert "default-src 'none'" in frame.headers["Content-Security-Policy"]


def test_the_dark_view_shows_dark_mode_whatever_the_browser_prefers(
    store: MessageStore, client: Client
) -> None:
    html = "<style>@media (prefers-color-scheme: dark) { p { color: #fff } }</style><p>Bonjour</p>"
    number = _keep(store, _mail(html=html))

    dark = client.get(f"/mails/{number}?view=dark").text
    light = client.get(f"/mails/{number}?view=phone").text

    assert f"/mails/{number}/html?light=dark" in dark
    assert f"/mails/{number}/html?light=light" in light
    assert "@media all {" in client.get(f"/mails/{number}/html?light=dark").text
    assert "@media not all {" in client.get(f"/mails/{number}/html?light=light").text
    assert "prefers-color-scheme" in client.get(f"/mails/{number}/html").text


def test_a_subject_with_markup_is_text_on_the_pages(store: MessageStore, client: Client) -> None:
    mail = _mail()
    mail.replace_header("Subject", "<img src=x onerror=alert(1)>")
    number = _keep(store, mail)

    assert "<img src=x" not in client.get("/").text + client.get(f"/mails/{number}").text


@pytest.mark.parametrize("view", ["desktop", "phone", "dark", "text", "links", "headers", "source"])
def test_each_view_of_a_mail_opens(store: MessageStore, client: Client, view: str) -> None:
    number = _keep(store, _mail())

    page = client.get(f"/mails/{number}?view={view}")

    assert page.status == 200
    assert f'?view={view}"' in page.text
    assert page.text.count('aria-current="page"') == 1


def test_one_click_posts_what_rfc_8058_says(
    store: MessageStore, client: Client, listener: Listener
) -> None:
    mail = _mail()
    mail["List-Unsubscribe"] = f"<{listener.url}/unsubscribe/token?x=1>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    number = _keep(store, mail)

    done = client.ask("POST", f"/mails/{number}/unsubscribe")

    path, headers, body = listener.told[0]
    assert done.status == 303
    assert (path, body) == ("/unsubscribe/token?x=1", "List-Unsubscribe=One-Click")
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "answered with 200" in client.get(f"/mails/{number}").text


def test_a_hard_bounce_reaches_the_return_path_as_a_delivery_report(
    store: MessageStore, sink: Sink
) -> None:
    number = _keep(store, _mail())
    with serving(make_app(store, inbound=("127.0.0.1", sink.port))) as client:
        client.ask(
            "POST",
            f"/mails/{number}/bounce",
            body="why=hard",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        note = client.get(f"/mails/{number}").text

    assert "The report went to b-token@bounces.test" in note
    report = message_from_bytes(sink.messages[0].raw)
    status = next(p for p in report.walk() if p.get_content_type() == "message/delivery-status")
    assert sink.messages[0].recipient == "b-token@bounces.test"
    assert sink.messages[0].sender == "<>"
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "delivery-status"
    assert "Status: 5.1.1" in status.as_string()
    assert "Final-Recipient: rfc822; aya@example.org" in status.as_string()


def test_an_inbound_server_that_is_away_is_told_in_a_sentence(
    store: MessageStore, refusing_port: int
) -> None:
    number = _keep(store, _mail())
    with serving(make_app(store, inbound=("127.0.0.1", refusing_port))) as client:
        client.ask(
            "POST",
            f"/mails/{number}/bounce",
            body="why=hard",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )

        assert "did not take it" in client.get(f"/mails/{number}").text


def test_other_sites_and_other_names_get_nothing(store: MessageStore, client: Client) -> None:
    number = _keep(store, _mail())

    forged = client.ask(
        "POST", f"/mails/{number}/unsubscribe", headers={"Sec-Fetch-Site": "cross-site"}
    )
    rebound = client.get("/", Host="evil.example")

    assert forged.status == 403
    assert rebound.status == 400


def test_the_list_has_pages_and_a_search(store: MessageStore, client: Client) -> None:
    for number in range(51):
        store.add(_mail().as_bytes(), sender="", recipients=[f"r{number}@example.org"], at=NOW)

    first, second = client.get("/").text, client.get("/?page=2").text

    assert "r50@example.org" in first
    assert "r0@example.org" in second
    assert "r0@example.org" not in first
    assert "1 message matches" in client.get("/?q=r17@").text
    assert client.get("/mails/999").status == 404
    assert client.get("/api/messages?since=yesterday").status == 400
    assert store.find(MessageQuery(), limit=1)[1] == 51


def _mail(html: str = "<p>Bonjour, <a href='https://golfe.example/a'>lire</a></p>") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Le Courrier du Golfe <matin@golfe.example>"
    mail["To"] = "aya@example.org"
    mail["Subject"] = "L’essentiel"
    mail.set_content("Bonjour")
    mail.add_alternative(html, subtype="html")
    return mail


def _keep(store: MessageStore, mail: EmailMessage) -> int:
    raw = mail.as_bytes()
    sender = "b-token@bounces.test"
    return store.add(raw, sender=sender, recipients=["aya@example.org"], at=NOW).id
