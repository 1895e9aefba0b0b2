"""Mail systems that never learned RFC 3464, or write most of it in words: one mail of each kind.

The words are each program's own, since they are its interface; hosts and readers are invented.
"""

from dataclasses import dataclass

import pytest

from service.outcomes.parsing import report_parser
from service.outcomes.parsing.findings import ReportKind

READER = "awa@example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A mail and what it says of the reader."""

    body: str
    hard: bool = False
    kind: ReportKind = ReportKind.FAILED
    reason: str = ""
    sender: str = "MAILER-DAEMON@mx.example.net"
    subject: str = "Undeliverable mail"
    headers: str = ""

    def mail(self) -> bytes:
        return (
            f"From: {self.sender}\nTo: b-token@bounces.crieur.test\nSubject: {self.subject}\n"
            f"{self.headers}\n{self.body}"
        ).encode()


def _exim(said: str) -> str:
    return f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {READER}
    {said}

------ This is a copy of the message, including all the headers. ------

Received: from crieur.test
From: matin@crieur.test
"""


def _qmail(said: str) -> str:
    return f"""Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{READER}>:
{said}

--- Below this line is a copy of the message.

Return-Path: <b-token@bounces.crieur.test>
"""


def _gmail(said: str) -> str:
    return f"""This is an automatically generated Delivery Status Notification

Delivery to the following recipient failed permanently:

     {READER}

Technical details of permanent failure:
Google tried to deliver your message, but it was rejected by the recipient domain. We recommend
contacting the other email provider for further information about the cause of this error. The
error that the other server returned was: {said}

----- Original message -----

From: matin@crieur.test
"""


def _exchange(said: str) -> str:
    return f"""Your message

  To:      {READER}
  Subject: Votre journal
  Sent:    Thu, 29 Apr 2027 18:14:35 +0000

did not reach the following recipient(s):

{READER} on Thu, 29 Apr 2027 18:14:37 +0000
    {said}
"""


CASES = {
    "French, listed below": Case(
        subject="Non remis : Le Matin",
        body=(
            f"Échec de la remise pour les destinataires suivants :\n\n{READER}\n"
            "L'adresse de messagerie que vous avez entrée est introuvable."
        ),
        hard=True,
        reason="userunknown",
    ),
    "French, rejected": Case(
        subject="Rejet",
        body=(
            f"Votre message pour {READER} a été rejeté : adresse IP de votre serveur sur liste "
            "noire."
        ),
        reason="blocked",
    ),
    "exim, no such user": Case(body=_exim("Unrouteable address"), hard=True),
    "exim, user": Case(body=_exim("user not found"), hard=True, reason="userunknown"),
    "exim, no host": Case(
        body=_exim("all host address lookups failed permanently"), hard=True, reason="hostunknown"
    ),
    "exim, no MX host": Case(
        body=_exim("all relevant MX records point to non-existent hosts"),
        hard=True,
        reason="hostunknown",
    ),
    "exim, null MX": Case(
        body=_exim("an MX or SRV record indicated no SMTP service"), hard=True, reason="notaccept"
    ),
    "exim, full": Case(
        body=_exim("mailbox is full\n    (MTA-imposed quota exceeded while writing to file /x):"),
        reason="mailboxfull",
    ),
    "exim, timeout": Case(body=_exim("retry timeout exceeded"), reason="expired"),
    "exim, long dead": Case(
        body=_exim("retry time not reached for any host after a long failure period"),
        reason="expired",
    ),
    "exim, loop": Case(
        body=_exim('Too many "Received" headers - suspected mail loop'), reason="networkerror"
    ),
    "exim, LMTP": Case(
        body=_exim(f"LMTP error after RCPT TO:<{READER}>: 550 5.1.1 User doesn't exist: awa"),
        hard=True,
        reason="userunknown",
    ),
    "exim, sender": Case(
        body=_exim(
            "SMTP error from remote mail server after MAIL FROM:<b@bounces.crieur.test> SIZE=1024:"
            "\n    host mx.example.com [192.0.2.1]: 550 unknown user"
        )
    ),
    "exim, content": Case(
        body=_exim(
            "SMTP error from remote mail server after end of data:\n"
            "    host mx.example.com [192.0.2.1]: 550 5.1.1 user unknown"
        )
    ),
    "exim, delay": Case(
        subject="Warning: message 1xYz delayed 24 hours",
        body=f"""This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.example.net.

The address to which the message has not yet been delivered is:

  {READER}
    Delay reason: user not found

No action is required on your part. Delivery attempts will continue for
some time, and this warning may be repeated at intervals if the message
remains undelivered.
""",
        kind=ReportKind.DELAYED,
    ),
    "qmail, host": Case(
        body=_qmail("Sorry, I couldn't find any host named mairi.example. (#5.1.2)"),
        hard=True,
        reason="hostunknown",
    ),
    "qmail, user": Case(
        body=_qmail("Sorry, no mailbox here by that name. vpopmail (#5.1.1)"), hard=True
    ),
    "qmail, disabled": Case(
        body=_qmail("Mailaddress is administratively disabled. (#5.2.1)"), reason="suspend"
    ),
    "qmail, LDAP": Case(body=_qmail("Temporary failure in LDAP lookup. (#4.4.3)")),
    "qmail, too long in the queue": Case(
        body=_qmail(
            "Connected to 192.0.2.1 but greeting failed.\nRemote host said: 421 Too busy\n"
            "I'm not going to try again; this message has been in the queue too long."
        )
    ),
    "qmail, quota": Case(
        body=_qmail(
            "192.0.2.1 does not like recipient.\nRemote host said: 552 5.2.2 over quota\n"
            "Giving up on 192.0.2.1."
        ),
        reason="mailboxfull",
    ),
    "gmail of old, user": Case(
        body=_gmail(f"550 550 5.1.1 <{READER}>... User Unknown (state 14)."), hard=True
    ),
    "gmail of old, policy": Case(
        body=_gmail("550 550 5.7.1 SPF unauthorized mail is prohibited. (state 15).")
    ),
    "gmail of old, greeting": Case(
        body=_gmail(f"550 550 5.7.1 <{READER}>... Access denied (state 13).")
    ),
    "gmail of old, DNS": Case(
        body=f"""Delivery to the following recipient failed permanently:

     {READER}

Technical details of permanent failure:
DNS Error: Domain name not found

----- Original message -----
""",
        hard=True,
        reason="hostunknown",
    ),
    "exchange 5.5, user": Case(
        body=_exchange(
            "The recipient name is not recognized\n"
            "    MSEXCH:IMS:ORG:SITE:EXCHANGE 0 (000C05A6) Unknown Recipient"
        ),
        hard=True,
    ),
    "exchange 5.5, too large": Case(
        body=_exchange("MSEXCH:IMS:ORG:SITE:EXCHANGE 3550 (000B09AA) Message exceeds size limit"),
        reason="mesgtoobig",
    ),
    "exchange 5.5, hops": Case(
        body=_exchange("MSEXCH:IMS:ORG:SITE:EXCHANGE 0 (00120270) Too Many Hops"),
        reason="networkerror",
    ),
    "domino, directory": Case(
        subject="DELIVERY FAILURE: User awa (awa@example.com) not listed in Domino Directory",
        body=f"""Your message

  Subject: Votre journal

was not delivered to:

  {READER}

because:

  User awa ({READER}) not listed in Domino Directory
""",
        hard=True,
    ),
    "domino, ambiguous": Case(
        subject="DELIVERY FAILURE: Several matches found in Domino Directory",
        body=f"""Your message

  Subject: Votre journal

was not delivered to:

  {READER}

because:

  Several matches found in Domino Directory
""",
    ),
    "courier, domain": Case(
        sender='"Courier mail server at mx.example.net" <@>',
        subject="NOTICE: mail delivery status.",
        body=f"""This is a delivery status notification from mx.example.net,
running the Courier mail server, version 0.65.2.

                           UNDELIVERABLE MAIL

Your message to the following recipients cannot be delivered:

<{READER}>:
<<< No such domain.
""",
        hard=True,
        reason="hostunknown",
    ),
    "courier, lookup": Case(
        sender='"Courier mail server at mx.example.net" <@>',
        subject="NOTICE: mail delivery status.",
        body=f"""                           UNDELIVERABLE MAIL

Your message to the following recipients cannot be delivered:

<{READER}>:
<<< DNS lookup failed.
""",
        reason="networkerror",
    ),
    "courier, delay": Case(
        sender='"Courier mail server at mx.example.net" <@>',
        subject="WARNING: delayed mail.",
        body=f"""                   DELAYS IN DELIVERING YOUR MESSAGE

Your message has been delayed. The following recipients were not reached yet:

<{READER}>:
 450 4.1.1 user unknown
""",
        kind=ReportKind.DELAYED,
    ),
    "imail, user": Case(
        headers="X-Mailer: <SMTP32 v8.22>\n",
        sender="Postmaster <postmaster@mail.example.net>",
        subject="Undeliverable Mail",
        body=f"Unknown user: {READER}\n\nOriginal message follows.\n\nReceived: x\n",
        hard=True,
    ),
    "imail, host": Case(
        headers="X-Mailer: <SMTP32 v8.22>\n",
        sender="Postmaster <postmaster@mail.example.net>",
        subject="Undeliverable Mail",
        body=f"Unknown host: {READER}\n\nOriginal message follows.\n\nReceived: x\n",
        hard=True,
    ),
    "imail, full": Case(
        headers="X-Mailer: <SMTP32 v8.22>\n",
        sender="Postmaster <postmaster@mail.example.net>",
        subject="Undeliverable Mail",
        body=f"User mailbox exceeds allowed size: {READER}\n\nOriginal message follows.\n",
        reason="mailboxfull",
    ),
    "imail, twenty attempts": Case(
        headers="X-Mailer: <SMTP32 v8.22>\n",
        sender="Postmaster <postmaster@mail.example.net>",
        subject="Undeliverable Mail",
        body=f"Delivery failed 20 attempts: {READER}\n\nOriginal message follows.\n\nFrom: x\n",
        reason="expired",
    ),
    "kddi, full": Case(
        sender="no-reply@mail.dion.example",
        subject="Mail Delivery Failure",
        body=f"""Your mail sent on: Thu, 29 Apr 2027 11:04:47 +0900

    Could not be delivered to: <{READER}>
    As their mailbox is full.
""",
        reason="mailboxfull",
    ),
    "kddi, domain": Case(
        sender="no-reply@mail.dion.example",
        subject="Mail Delivery Failure",
        body=f"""Your mail attempted to be delivered on: Thu, 29 Apr 2027 11:04:47 +0900

    Could not be delivered to: <{READER}>
    As the remote domain doesnt exist.
""",
        hard=True,
        reason="hostunknown",
    ),
    "ezweb, limited": Case(
        sender="<Postmaster@ezweb.example>",
        subject="Mail System Error - Returned Mail",
        body=f"""The user(s) account is temporarily limited.

<{READER}>: 550 user unknown (in reply to RCPT TO command)
""",
        reason="suspend",
    ),
    "ezweb, not responding": Case(
        sender="<Postmaster@ezweb.example>",
        subject="Mail System Error - Returned Mail",
        body=f"""Your message was not delivered within 0 days and 1 hours.
Remote host is not responding.

The following recipients did not receive this message:

<{READER}>
""",
        reason="expired",
    ),
    "ezweb, refused": Case(
        sender="<Postmaster@ezweb.example>",
        subject="Mail System Error - Returned Mail",
        body=f"""Each of the following recipients was rejected by a remote
mail server.

    Recipient: <{READER}>
    >>> RCPT TO:<{READER}>
    <<< 550 <{READER}>: User unknown
""",
        hard=True,
    ),
    "biglobe, full": Case(
        sender="postmaster@biglobe.example",
        subject="Returned mail: Mailbox full",
        body=f"""   ----- The following addresses had delivery problems -----
{READER}

   ----- Non-delivered information -----
The number of messages in recipient's mailbox exceeded the local limit.
""",
        reason="mailboxfull",
    ),
    "x2, no account": Case(
        subject="Delivery failure",
        body=f"""Message from example.com.
Unable to deliver message to the following address(es).

<{READER}>:
This user doesn't have a example.com account ({READER}) [0]

--- Original message follows.
""",
        hard=True,
    ),
    "interscan, dialogue": Case(
        sender='"InterScan MSS" <postmaster@mx.example.net>',
        subject="Mail could not be delivered",
        body=f"""Sent <<< RCPT TO:<{READER}>
Received >>> 550 5.1.1 <{READER}>... user unknown

Unable to deliver message to <{READER}>.
""",
        hard=True,
    ),
    "x6, brackets": Case(
        sender="postmaster@mx.example.net",
        subject="There was an error sending your mail",
        body=f"""We had trouble delivering your message. Full details follow:

Subject: 'Votre journal'
Date: 'Thu, 29 Apr 2027 23:34:45 +0000'

1 error(s):

SMTP Server <mx.example.com> rejected recipient <{READER}> (Error following RCPT command).
It responded as follows: [550 5.1.1 User unknown]

The attachment contains the original mail headers. Please verify recipient(s) mail addresses and
try resending this message or contact your IT department.
""",
        hard=True,
    ),
    "french, user": Case(
        sender="postmaster@messagerie.example",
        subject="Échec de la remise",
        body=f"""Votre message n'a pas pu être remis aux destinataires suivants :

{READER}
    Adresse de messagerie inexistante
""",
        hard=True,
    ),
    "french, domain": Case(
        sender="postmaster@messagerie.example",
        subject="Échec de la remise",
        body=f"""Votre message n'a pas pu être remis.

Destinataire : {READER}
Raison : nom de domaine introuvable
""",
        hard=True,
    ),
    "french, delay": Case(
        sender="postmaster@messagerie.example",
        subject="Échec temporaire de la remise",
        body=f"""Votre message n'a pas encore pu être remis à {READER}.
Nous continuerons d'essayer pendant deux jours.
""",
        kind=ReportKind.DELAYED,
    ),
    "german, user": Case(
        sender="postmaster@post.example",
        subject="Unzustellbar: Ihre Zeitung",
        body=f"""Ihre Nachricht konnte nicht zugestellt werden:

{READER}
    Der Empfänger ist unbekannt.
""",
        hard=True,
    ),
    "german, delay": Case(
        sender="postmaster@post.example",
        subject="Mail Delivery Status: Zustellung verzögert sich",
        body=f"""Ihre Nachricht an {READER} konnte noch nicht zugestellt werden.
Die Zustellung wird weiterhin versucht.
""",
        kind=ReportKind.DELAYED,
    ),
}


@pytest.mark.parametrize("case", list(CASES.values()), ids=list(CASES))
def test_what_a_mail_system_writes_is_understood(case: Case) -> None:
    report = report_parser.parse_report(case.mail())

    assert [(f.address, f.kind) for f in report.findings] == [(READER, case.kind)]
    assert report.findings[0].hard is case.hard, report.findings
    assert case.reason in {"", report.findings[0].reason}
