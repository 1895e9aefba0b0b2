"""Bounces without a grammar: whose they are, and what they say of each recipient."""

import pytest

from service.outcomes.parsing import mime, prose
from service.outcomes.parsing.findings import RawFinding, ReportKind
from tests.rooms.outcomes import returned_messages

READER = "awa@example.com"
OTHER = "yao@example.com"
PATH = "b-token@bounces.crieur.test"
OPENING = "Your message could not be delivered."


def parsed(text: str, *headers: str, sender: str = "postmaster@mx.example") -> mime.ParsedMessage:
    head = "\n".join((f"From: {sender}", f"To: {PATH}", "Subject: Undeliverable", *headers))
    return mime.parse_message(f"{head}\n\n{text}".encode())


def findings(text: str, *headers: str, sender: str = "postmaster@mx.example") -> list[RawFinding]:
    return list(prose.parse_prose_bounce(parsed(text, *headers, sender=sender)))


def blamed(text: str, *headers: str) -> list[str]:
    return [finding.address for finding in findings(text, *headers)]


def test_each_recipient_has_the_lines_below_its_address() -> None:
    found = findings(f"{OPENING}\n\n<{READER}>:\nNo such user.\n\n<{OTHER}>:\nMailbox full.\n")

    assert [(each.address, each.text) for each in found] == [
        (READER, f"<{READER}>:\nNo such user.\n"),
        (OTHER, f"<{OTHER}>:\nMailbox full."),
    ]


@pytest.mark.parametrize(
    "line",
    [
        f"  * {READER}: unknown user",
        f"2) <{READER}> unknown user",
        f"RCPT TO:<{READER}> unknown user",
        f"Destinataire : {READER}",
        f"550 5.1.1 <{READER}> unknown user",
        f"The mailbox {READER} is unknown",
    ],
)
def test_a_recipient_is_named_at_the_start_or_behind_a_word(line: str) -> None:
    assert blamed(f"{OPENING}\n{line}\n") == [READER]


def test_recipients_below_the_announcement_go_before_addresses_above_it() -> None:
    text = f"{OTHER} wrote to us.\nDelivery failed to the following recipients:\n{READER}\n"

    assert blamed(text) == [READER]


def test_neither_our_address_nor_that_of_a_helper_is_the_recipient() -> None:
    text = f"{OPENING}\n{PATH} sent it.\nFor help: address help@mx.example\nUser: {READER}\n"

    assert blamed(text) == [READER]


def test_an_address_in_the_middle_of_a_line_is_taken_when_there_is_no_better_one() -> None:
    assert blamed(f"{OPENING}\nContact it@mx.example.\nWe know no {READER} here.\n") == [READER]


def test_exims_original_address_is_taken_when_the_rewritten_one_is_hidden() -> None:
    assert blamed(f"{OPENING}\n  (generated from {READER})\n") == [READER]


def test_the_recipient_of_the_returned_message_is_the_last_resort() -> None:
    text = f"{OPENING}\n\n--- Original message follows\nReceived: by mx\nTo: {READER}\n"

    assert blamed(text) == [READER]


def test_the_header_with_failed_recipients_goes_before_the_text() -> None:
    text = f"<{OTHER}>:\nNo such user.\n"

    (finding,) = findings(text, f"X-Failed-Recipients: {READER}")

    assert (finding.address, finding.text.strip()) == (READER, text.strip())


def test_a_list_server_refuses_one_address() -> None:
    text = f"You are not a member of this mailing list: {READER} or {OTHER}.\n"

    found = findings(text, "X-MLServer: fml", sender="list@example.org")

    assert [each.address for each in found] == [READER]


def test_sendmails_dialogue_above_the_first_address_belongs_to_it() -> None:
    text = (
        f"{OPENING}\nHello.\n   ----- Transcript of session follows -----\n"
        f"<<< 550 User unknown\n<{READER}>... failed\n"
    )

    (finding,) = findings(text)

    assert "550 User unknown" in finding.text
    assert "Hello" not in finding.text


def test_a_daemon_that_names_no_recipient_leaves_it_to_the_return_path() -> None:
    (finding,) = findings("Abc def ghi.\n", sender="MAILER-DAEMON@mx.example")

    assert (finding.address, finding.text.strip()) == ("", "Abc def ghi.")


def test_who_forwards_a_bounce_and_asks_has_not_bounced() -> None:
    raw = (
        b"From: awa@example.com\nTo: matin@crieur.test\nSubject: Fwd: Undelivered mail\n\n"
        b"What does this mean?\n\n> Delivery failed: user unknown <b@example.com>\n"
    )

    assert prose.parse_prose_bounce(mime.parse_message(raw)) == ()


@pytest.mark.parametrize(
    ("subject", "text", "is_bounce"),
    [
        ("Undeliverable", "Hello", False),
        ("Hello", OPENING, False),
        ("Undeliverable", OPENING, True),
    ],
)
def test_a_persons_subject_or_text_alone_makes_no_bounce(
    subject: str, text: str, is_bounce: bool
) -> None:
    raw = f"From: yao@example.org\nSubject: {subject}\n\n{text}\n<{READER}>\n".encode()

    assert bool(prose.parse_prose_bounce(mime.parse_message(raw))) is is_bounce


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("It has been delayed and will be retried.", ReportKind.DELAYED),
        ("It has been delayed; we are giving up.", ReportKind.FAILED),
        ("Unknown user.", ReportKind.FAILED),
    ],
)
def test_a_delay_is_one_only_while_the_mail_system_goes_on(text: str, kind: ReportKind) -> None:
    assert [each.kind for each in findings(f"{OPENING}\n<{READER}>:\n{text}\n")] == [kind]


def test_no_more_than_fifty_addresses_are_kept() -> None:
    text = "".join(f"<reader{number}@example.com>:\nUnknown.\n" for number in range(60))

    found = prose.split_by_address(text, set())

    assert list(found) == [f"reader{number}@example.com" for number in range(50)]


@pytest.mark.parametrize(
    ("headers", "is_program"),
    [
        ("Return-Path: <>\nFrom: awa@example.com", True),
        ("Return-Path: <MAILER-DAEMON@mx.example>\nFrom: awa@example.com", True),
        ("From: Mail Delivery System <x@mx.example>", True),
        ("From: =?utf-8?q?Mail_Delivery?= <x@mx.example>", True),
        ("X-MLServer: fml\nFrom: list@example.org", True),
        ("Return-Path: <awa@example.com>\nFrom: awa@example.com", False),
    ],
)
def test_a_program_is_known_by_its_sender(headers: str, is_program: bool) -> None:
    mail = mime.parse_message(f"{headers}\n\nBonjour".encode())

    assert prose.is_from_mail_system(mail) is is_program


def test_what_the_mail_system_wrote_ends_where_the_message_is_returned() -> None:
    raw = returned_messages.qmail(to=PATH, address=READER, words="No mailbox here.")

    text = prose.report_text(mime.parse_message(raw))

    assert "No mailbox here." in text
    assert "Below this line" not in text
    assert "1.2@crieur.test" not in text


def test_html_is_read_as_text_and_neither_attachments_nor_enclosed_messages_are() -> None:
    raw = (
        b'Content-Type: multipart/mixed; boundary="z"\n\nThis is a MIME message.\n'
        b"--z\nContent-Type: text/html\n\n<p>No such <b>user</b></p>\n"
        b"--z\nContent-Type: text/plain\nContent-Disposition: attachment\n\nattached\n"
        b"--z\nContent-Type: text/rfc822-headers\n\nSubject: headers\n"
        b"--z\nContent-Type: message/rfc822\n\nSubject: x\n\nenclosed\n"
        b"--z\nContent-Type: text/plain\n\nafterwards\n--z--\n"
    )

    assert prose.report_text(mime.parse_message(raw)).split() == ["No", "such", "user"]


def test_the_text_of_a_report_is_limited() -> None:
    assert len(prose.report_text(parsed("a" * 100_000))) == prose.LIMIT_TEXT


def test_a_text_is_parted_before_the_returned_message_and_not_at_its_own_first_line() -> None:
    assert prose.split_at_returned_message("No.\nReceived: by mx\nTo: x\n") == (
        "No.\n",
        "Received: by mx\nTo: x\n",
    )
    assert prose.split_at_returned_message("Received: by mx\nNo.\n") == (
        "Received: by mx\nNo.\n",
        "",
    )


def test_headers_commands_and_friendly_answers_are_left_out() -> None:
    text = (
        "Subject: user unknown\n>>> RCPT TO:<awa@example.com>\n<<< 250 Ok\n>>> DATA\n"
        "<<< 550 Mailbox full\nX-Spam-Status: Yes"
    )

    assert prose.strip_protocol_lines(text) == (
        ">>> RCPT TO:<awa@example.com>\n<<< 550 Mailbox full"
    )


def test_a_blank_line_ends_a_sentence_without_a_full_stop_once() -> None:
    assert prose.strip_protocol_lines("\nNot found\n\n\nWrite to us.\n\nEnd") == (
        "Not found;\nWrite to us.\nEnd"
    )


def test_what_stands_before_the_first_address_is_empty_without_one() -> None:
    assert prose.text_before_addresses(f"Sorry.\n\n<{READER}>:\nNo.") == "Sorry.\n\n"
    assert prose.text_before_addresses("Sorry.") == ""


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary=z\n\n--z\n\nNo.\n--z\n" + part + b"\n--z--\n"
        for part in (
            b"Content-Type: message/rfc822\n\n\nMessage-ID: <1.2@crieur.test>\n\nHi",
            b"Content-Type: text/rfc822-headers\n\nMessage-ID: <1.2@crieur.test>",
        )
    ]
    + [
        b"\nNo.\n--- Original message follows\n\nMessage-ID: <1.2@crieur.test>\n",
    ],
)
def test_the_returned_headers_are_found_wherever_they_stand(raw: bytes) -> None:
    headers = prose.returned_headers(mime.parse_message(raw))

    assert headers.first("message-id").strip() == "<1.2@crieur.test>"


def test_headers_above_the_returned_message_are_not_its_own() -> None:
    raw = b"Message-ID: <bounce@mx.example>\n\nMessage-ID: <quoted@mx.example>\nNo.\n"

    assert prose.returned_headers(mime.parse_message(raw)).headers == {}
