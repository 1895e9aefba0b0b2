"""Raw mails, taken apart whatever is wrong with them, at a bounded cost."""

import base64

import pytest

from service.outcomes.parsing.mime import (
    LIMIT_DEPTH,
    LIMIT_HEADERS,
    LIMIT_PARTS,
    decode_header_words,
    decode_text,
    parse_fields,
    parse_message,
    parse_repeated_fields,
)


def test_headers_and_leaves_are_given_in_order() -> None:
    mail = parse_message(
        b"From MAILER-DAEMON Mon Feb  6 2023\r\nSubject: Retour\r\n"
        b'Content-Type: multipart/report;\r\n boundary="a b"\r\n\r\npreamble\r\n'
        b"--a b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nd\xe9j\xe0\r\n"
        b"--a b\r\nContent-Type: message/rfc822\r\n\r\nTo: awa@example.com\r\n\r\nBonjour\r\n"
        b"--a b--\r\n"
    )

    assert mail.top.first("subject") == "Retour"
    assert mail.top.first("x-none") == ""
    assert [part.type for part in mail.parts] == ["preamble", "text/plain", "message/rfc822"]
    assert mail.parts[1].text.strip() == "déjà"
    assert "To: awa@example.com" in mail.parts[2].text


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("base64", base64.b64encode("déjà vu".encode())),
        ("BASE64 ", b"!" + base64.b64encode("déjà vu".encode()) + b"\n--"),
        ("quoted-printable", b"d=C3=A9j=C3=A0 =\nvu"),
        ("8bit", "déjà vu".encode()),
        ("nonsense", "déjà vu".encode()),
    ],
)
def test_a_body_is_decoded_from_its_encoding(encoding: str, body: bytes) -> None:
    mail = parse_message(f"Content-Transfer-Encoding: {encoding}\n\n".encode() + body)

    assert mail.parts[0].text.strip() == "déjà vu"


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        (b"d\xe9j\xe0", "ISO-8859-1", "déjà"),
        (b"d\xe9j\xe0", "", "déjà"),
        ("déjà".encode(), "us-ascii", "déjà"),
        ("déjà".encode(), "zlib", "déjà"),
        (b"plain", "utf-16", "plain"),
        ("déjà".encode("utf-16"), "utf-16", "déjà"),
    ],
)
def test_a_wrong_charset_is_not_believed(body: bytes, charset: str, text: str) -> None:
    assert decode_text(body, charset) == text


@pytest.mark.parametrize(
    ("value", "decoded"),
    [
        ("=?utf-8?q?R=C3=A9ponse?= auto", "Réponse auto"),
        ("=?iso-8859-1?b?6Q==?=", "é"),
        ("=?utf-8?b?abcde?=", "=?utf-8?b?abcde?="),
        ("plain", "plain"),
    ],
)
def test_encoded_words_of_a_header_are_decoded_where_they_can_be(value: str, decoded: str) -> None:
    assert decode_header_words(value) == decoded


def test_the_fields_of_a_block_keep_the_first_value_or_every_one() -> None:
    block = "\nStatus: 5.1.1\nStatus: 4.0.0\nDiagnostic-Code: smtp;\n 550 no such user\n"

    assert parse_fields(block) == {
        "status": "5.1.1",
        "diagnostic-code": "smtp; 550 no such user",
    }
    assert parse_repeated_fields(block)["status"] == ["5.1.1", "4.0.0"]


def test_a_parameter_on_a_line_that_is_not_folded_belongs_to_the_header_above() -> None:
    mail = parse_message(
        b"Content-Type: multipart/mixed;\nboundary=x\n\n--x\n\none\n--x\n\ntwo\n--x--\n"
    )

    assert [part.text.strip() for part in mail.parts] == ["one", "two"]


def test_a_line_that_is_no_header_begins_the_body() -> None:
    mail = parse_message(b"Subject: x\nThis is no header\nTo: awa@example.com\n")

    assert mail.top.headers == {"subject": ["x"]}
    assert mail.parts[0].text.startswith("This is no header")


def test_a_multipart_without_a_boundary_is_read_as_text() -> None:
    (part,) = parse_message(b"Content-Type: multipart/report\n\nUser unknown").parts

    assert (part.type, part.text) == ("text/plain", "User unknown")


def test_hostile_messages_cost_a_bounded_amount() -> None:
    headers = parse_message(b"".join(b"X-%d: 1\n" % each for each in range(1_000)) + b"\nbody")
    parts = parse_message(b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\n.\n" * 200)
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%02d\n\n--b%02d\n" % (each, each)
        for each in range(50)
    )

    assert len(headers.top.headers) == LIMIT_HEADERS
    assert len(parts.parts) == LIMIT_PARTS
    (deepest,) = parse_message(nested).parts
    assert deepest.first("content-type").endswith(f"boundary=b{LIMIT_DEPTH:02d}")
