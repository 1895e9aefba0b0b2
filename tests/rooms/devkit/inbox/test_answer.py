"""What the inbox sends back is what mail programs and servers send."""

from datetime import UTC, datetime
from email import message_from_bytes

import pytest

from service.devkit.inbox.answer import SampleBounce, click_unsubscribe, send_bounce, write_report
from service.devkit.inbox.store import MessageSummary
from service.kit.errors import OperationRefused, Unavailable
from tests.fakes.relay import Mood, Relay
from tests.fakes.sink import Sink
from tests.rooms.devkit.conftest import Listener

RAW = b"Message-ID: <1@golfe.example>\r\nSubject: =?utf-8?q?=C3=89dition?=\r\n\r\nBonjour\r\n"


def a_summary(*recipients: str, sender: str = "b-token@bounces.test") -> MessageSummary:
    return MessageSummary(
        id=1,
        at=datetime(2023, 2, 8, 6, 0, tzinfo=UTC),
        sender=sender,
        recipients=recipients,
        from_="matin@golfe.example",
        subject="Édition",
        size=len(RAW),
    )


@pytest.mark.parametrize(
    ("why", "status", "code"),
    [(SampleBounce.HARD, "5.1.1", "550"), (SampleBounce.FULL, "4.2.2", "452")],
)
def test_a_report_says_in_machine_readable_form_why(
    why: SampleBounce, status: str, code: str
) -> None:
    """Crieur suppresses a reader for 5.1.1 and not for 4.2.2: the demonstration shows both."""
    report = write_report(a_summary("aya@example.org"), RAW, why=why)

    parsed = message_from_bytes(report.as_bytes())
    parts = {part.get_content_type(): part.as_string() for part in parsed.walk()}
    assert parsed.get_content_type() == "multipart/report"
    assert parsed["Auto-Submitted"] == "auto-replied"
    assert "aya@example.org" in parts["text/plain"]
    machine = parts["message/delivery-status"].splitlines()
    assert "Reporting-MTA: dns; inbox.localhost" in machine
    assert "Final-Recipient: rfc822; aya@example.org" in machine
    assert f"Status: {status}" in machine
    assert any(line.startswith(f"Diagnostic-Code: smtp; {code} {status}") for line in machine)


def test_a_report_returns_the_headers_and_not_the_text() -> None:
    """RFC 6522 lets a server return headers only, and Crieur has to find the message by them."""
    report = write_report(a_summary("aya@example.org"), RAW, why=SampleBounce.HARD).as_string()

    assert "Message-ID: <1@golfe.example>" in report
    assert "Bonjour" not in report


def test_a_report_goes_to_the_return_path_from_nobody(sink: Sink) -> None:
    """A report with a sender could itself be bounced, for ever (RFC 5321 section 4.5.5)."""
    send_bounce(
        a_summary("aya@example.org"), RAW, why=SampleBounce.HARD, inbound=("127.0.0.1", sink.port)
    )

    (taken,) = sink.messages
    assert taken.recipient == "b-token@bounces.test"
    assert taken.sender in {"", "<>"}


def test_a_message_with_an_empty_return_path_is_not_answered(sink: Sink) -> None:
    """It is a report itself: an answer to it would begin a loop."""
    with pytest.raises(OperationRefused, match="empty return path"):
        send_bounce(
            a_summary("aya@example.org", sender=""),
            RAW,
            why=SampleBounce.HARD,
            inbound=("127.0.0.1", sink.port),
        )

    assert sink.messages == []


def test_a_return_path_that_crieur_refuses_is_shown_with_its_words() -> None:
    """Whoever tries a forged address in the demonstration sees that it is not believed."""
    with (
        Relay(lambda _recipient, _attempt: Mood.REFUSE) as relay,
        pytest.raises(OperationRefused, match=r"refused the return path: 550 "),
    ):
        send_bounce(
            a_summary("aya@example.org"),
            RAW,
            why=SampleBounce.HARD,
            inbound=("127.0.0.1", relay.port),
        )


def test_a_click_is_the_post_of_rfc_8058(listener: Listener) -> None:
    """Crieur's pages unsubscribe on this very POST, and on no GET."""
    listener.statuses[:] = [202]

    status = click_unsubscribe(f"{listener.url}/unsubscribe/token?x=1")

    ((path, headers, body),) = listener.told
    assert status == 202
    assert (path, body) == ("/unsubscribe/token?x=1", "List-Unsubscribe=One-Click")
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("address", ["", "mailto:leave@golfe.example", "https:///nowhere"])
def test_a_message_without_a_web_address_has_no_click(address: str) -> None:
    """A mail program shows no button for these; the inbox says so instead of failing."""
    with pytest.raises(OperationRefused, match="no one-click address"):
        click_unsubscribe(address)


def test_a_site_that_is_away_is_named(refusing_port: int) -> None:
    """The console of a demonstration may be stopped while its inbox is still open."""
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1 did not answer the POST"):
        click_unsubscribe(f"http://127.0.0.1:{refusing_port}/u/token")


def test_an_inbound_server_that_is_away_is_named(refusing_port: int) -> None:
    """Without the address one would look for the fault in the message."""
    with pytest.raises(Unavailable, match=f"127.0.0.1:{refusing_port} did not take it"):
        send_bounce(
            a_summary("aya@example.org"),
            RAW,
            why=SampleBounce.FULL,
            inbound=("127.0.0.1", refusing_port),
        )
