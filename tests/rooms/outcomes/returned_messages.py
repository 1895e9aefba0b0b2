"""Builds the raw mails that the tests of this room take in."""

import json
from textwrap import dedent


def dsn(
    *,
    to: str = "b-token@bounces.crieur.test",
    address: str = "awa@example.com",
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <awa@example.com>: Recipient address rejected: User unknown",
) -> bytes:
    """A delivery report (RFC 3464) as Postfix writes it."""
    return _mail(f"""\
        Return-Path: <>
        From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
        To: {to}
        Subject: Undelivered Mail Returned to Sender
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="=_x"

        This is a MIME-encapsulated message.

        --=_x
        Content-Type: text/plain; charset=us-ascii

        This is the mail system at host mx.example.com.

        --=_x
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example.com

        Final-Recipient: rfc822; {address}
        Original-Recipient: rfc822;{address}
        Action: {action}
        Status: {status}
        Diagnostic-Code: {diagnostic}

        --=_x
        Content-Type: message/rfc822

        Return-Path: <{to}>
        Message-ID: <1.2@crieur.test>
        From: Le Journal <matin@crieur.test>
        To: {address}
        Subject: Votre journal

        Bonjour

        --=_x--
        """)


def qmail(*, to: str, address: str, words: str) -> bytes:
    """A bounce in qmail's words."""
    return _mail(f"""\
        Return-Path: <>
        From: MAILER-DAEMON@mx.example.com
        To: {to}
        Subject: failure notice

        Hi. This is the qmail-send program at mx.example.com.
        I'm afraid I wasn't able to deliver your message to the following addresses.
        This is a permanent error; I've given up. Sorry it didn't work out.

        <{address}>:
        {words}

        --- Below this line is a copy of the message.

        Return-Path: <{to}>
        Message-ID: <1.2@crieur.test>
        To: {address}
        """)


def complaint(*, to: str, address: str, kind: str = "abuse") -> bytes:
    """A feedback report (RFC 5965)."""
    return _mail(f"""\
        From: <abuse@isp.example>
        To: {to}
        Subject: FW: Votre journal
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=feedback-report; boundary="=_x"

        --=_x
        Content-Type: text/plain

        This is an email abuse report.

        --=_x
        Content-Type: message/feedback-report

        Feedback-Type: {kind}
        User-Agent: SomeISP/1.0
        Version: 1
        Original-Rcpt-To: <{address}>

        --=_x
        Content-Type: message/rfc822

        Return-Path: <{to}>
        Message-ID: <1.2@crieur.test>
        To: {address}
        Subject: Votre journal

        Bonjour
        --=_x--
        """)


def redacted_complaint(*, mail_from: str) -> bytes:
    """A feedback report that leaves out the message, as those of Validity do."""
    return _mail(f"""\
        From: Rackspace FBL Service <feedbackloop@fbl.example>
        To: fbl@crieur.test
        Subject: Rackspace Abuse Report
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=feedback-report; boundary="=_x"

        --=_x
        Content-Type: message/feedback-report

        Source-Ip: 192.0.2.1
        User-Agent: ReturnPathFBL/2.0
        Original-Rcpt-To: hashed@example.com
        Original-Mail-From: {mail_from}
        Feedback-Type: abuse
        Version: 1

        --=_x
        Content-Type: message/rfc822

        REDACTED
        --=_x--
        """)


def outlook_complaint(*, unsubscribe: str) -> bytes:
    """What Outlook.com's junk mail reporting sends: no report part, no envelope sender."""
    return _mail(f"""\
        From: staff@hotmail.com
        To: fbl@crieur.test
        Subject:  complaint about message from 192.0.2.222
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary="=_x"

        --=_x
        Content-Type: message/rfc822
        Content-Disposition: inline

        X-HmXmrOriginalRecipient: awa@example.com
        From: Le Matin <matin@crieur.test>
        Message-ID: <1.2@crieur.test>
        List-Unsubscribe: <https://crieur.test/unsubscribe/x>,
         <mailto:{unsubscribe}?subject=unsubscribe>
        Subject: Votre journal

        Bonjour
        --=_x--
        """)


def vacation(*, to: str) -> bytes:
    """An automatic answer (RFC 3834)."""
    return _mail(f"""\
        From: awa@example.com
        To: {to}
        Subject: Absence du bureau
        Auto-Submitted: auto-replied (vacation)

        Je suis en congé, votre message could not be delivered to my attention.
        """)


def _mail(text: str) -> bytes:
    return dedent(text).replace("\n", "\r\n").encode()


def receipt(*, to: str, disposition: str = "displayed", type_: str = "") -> bytes:
    """A receipt that the mail was read (RFC 8098)."""
    part = type_ or "message/disposition-notification"
    return _mail(f"""\
        From: awa@example.com
        To: {to}
        Subject: Read: Votre journal
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="=_x"

        --=_x
        Content-Type: text/plain

        Your message was read. This is no guarantee that it was understood; user unknown.

        --=_x
        Content-Type: {part}

        Reporting-UA: mail.example.com; Mailer 1.0
        Final-Recipient: rfc822; awa@example.com
        Original-Message-ID: <1.2@crieur.test>
        Disposition: manual-action/MDN-sent-manually; {disposition}

        --=_x--
        """)


def notification(*, to: str, message: str) -> bytes:
    """A notification of Amazon SES by mail: JSON in JSON, its lines broken after 990 characters."""
    outer = json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:x", "Message": message})
    lines = "!\n ".join(outer[at : at + 990] for at in range(0, len(outer), 990))
    return (
        f"From: SES <no-reply@sns.amazonaws.com>\nTo: {to}\nSubject: AWS Notification Message\n"
        f"Content-Type: text/plain; charset=UTF-8\n\n{lines}\n"
    ).encode()
