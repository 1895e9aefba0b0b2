"""What a reader, or the server that keeps their mail, sends back: one click, or a bounce."""

import http.client
import smtplib
from email.message import EmailMessage, Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from urllib.parse import urlsplit

from service.devkit.inbox.store import MessageSummary
from service.kit.errors import OperationRefused, Unavailable

PATIENCE = 10


class SampleBounce(StrEnum):
    """Why the mail is said not to have been delivered."""

    HARD = "hard"
    FULL = "full"


STATUSES = {
    SampleBounce.HARD: ("5.1.1", "550 5.1.1 The mailbox does not exist"),
    SampleBounce.FULL: ("4.2.2", "452 4.2.2 The mailbox is full"),
}


def click_unsubscribe(address: str) -> int:
    """Make the POST that a mail program makes for "unsubscribe" (RFC 8058); give its status."""
    url = urlsplit(address)
    if url.scheme not in {"http", "https"} or url.hostname is None:
        raise OperationRefused("This mail offers no one-click address.")
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname, url.port, timeout=PATIENCE)
    target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
    try:
        connection.request(
            "POST",
            target,
            body="List-Unsubscribe=One-Click",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        message = f"{url.hostname} did not answer the POST: {error}."
        raise Unavailable(message) from error
    finally:
        connection.close()


def send_bounce(
    received: MessageSummary, raw: bytes, *, why: SampleBounce, inbound: tuple[str, int]
) -> None:
    """Send the report to the mail's return path, as the reader's server would."""
    if not received.sender:
        raise OperationRefused(
            "This message has an empty return path: it may not be answered with a bounce."
        )
    report = write_report(received, raw, why=why)
    try:
        with smtplib.SMTP(*inbound, timeout=PATIENCE, local_hostname="inbox.localhost") as relay:
            relay.sendmail("", [received.sender], report.as_bytes(policy=SMTP))
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        said = words.decode(errors="replace")
        message = f"Crieur's inbound server refused the return path: {code} {said}"
        raise OperationRefused(message) from error
    except (OSError, smtplib.SMTPException) as error:
        message = f"Crieur's inbound server {inbound[0]}:{inbound[1]} did not take it: {error}"
        raise Unavailable(message) from error


def write_report(received: MessageSummary, raw: bytes, *, why: SampleBounce) -> Message:
    """A delivery status notification as RFC 3464 describes it."""
    status, words = STATUSES[why]
    report = MIMEMultipart("report")
    report.set_param("report-type", "delivery-status")
    report["From"] = "Mail Delivery System <mailer-daemon@inbox.localhost>"
    report["To"] = received.sender
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Date"] = format_datetime(received.at)
    report["Auto-Submitted"] = "auto-replied"
    recipient = received.recipients[0] if received.recipients else "unknown@inbox.localhost"
    report.attach(MIMEText(f"Your mail to <{recipient}> was not delivered:\n\n    {words}\n"))
    report.attach(_status_part(recipient, status, words))
    report.attach(_headers_part(raw))
    return report


def _status_part(recipient: str, status: str, words: str) -> Message:
    about_server, about_reader = Message(), Message()
    about_server["Reporting-MTA"] = "dns; inbox.localhost"
    about_reader["Final-Recipient"] = f"rfc822; {recipient}"
    about_reader["Action"] = "failed"
    about_reader["Status"] = status
    about_reader["Remote-MTA"] = "dns; inbox.localhost"
    about_reader["Diagnostic-Code"] = f"smtp; {words}"
    part = MIMEBase("message", "delivery-status")
    part.set_payload([about_server, about_reader])
    return part


def _headers_part(raw: bytes) -> Message:
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    part = EmailMessage()
    part.set_content(head.decode(errors="replace") + "\n", subtype="rfc822-headers")
    return part
